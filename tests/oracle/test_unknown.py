"""What is unknown, and what is a true 0, worked out by hand as in `test_by_hand`."""

from __future__ import annotations

from tests.oracle.by_hand import shows

CERTIFICATES = """
    certificate_no | person_id | place  | level | issued_on
    C-1            | E10000001 | 中山区 | 五级  | 2020-01-01
    C-2            | E10000002 | 金州区 | 五级  | 2020-01-01
    C-3            | E10000003 | 金县   | 五级  | 2020-01-01
"""


def test_figures_of_parts_are_no_figure_of_the_whole() -> None:
    """Only one district has said how many are employed, two: of the city that is unknown, and its share
    is not 3 of 2. A town's figure is none of its district's either."""
    shows(
        "dalian",
        "dl-skilled-share",
        """
        as_of      | place     | value | numerator | denominator | expected   | status
        2024-12-31 | 210200    | -     | 3         | -           | -          | no_data
        2024-12-31 | 210202    | 50    | 1         | 2           | 40         | achieved
        2024-12-31 | 210213    | -     | 2         | -           | -          | no_data
        2024-12-31 | 210213001 | 0     | 0         | 5           | 40*428/793 | off_track
        """,
        certifications=CERTIFICATES,
        statistics="""
        indicator  | place    | period | value
        就业人员数 | 中山区   | 2022   | 2
        就业人员数 | 拥政街道 | 2022   | 5
        """,
    )


def test_costs_per_student_do_not_add_up() -> None:
    """Two districts spend 2,000 yuan per vocational student, one of them says 1,000 per high-school
    student. The city spends neither 4,000 nor four times as much."""
    shows(
        "quzhou",
        "qz-per-student-funding",
        """
        as_of      | place  | value | numerator | denominator | status
        2023-12-31 | 330800 | -     | -         | -           | no_data
        2023-12-31 | 330802 | 2     | 2000      | 1000        | achieved
        2023-12-31 | 330803 | -     | 2000      | -           | no_data
        """,
        statistics="""
        indicator              | place  | period | value
        生均公用经费(职业)     | 柯城区 | 2022   | 2000
        生均公用经费(职业)     | 衢江区 | 2022   | 2000
        生均公用经费(普通高中) | 柯城区 | 2022   | 1000
        """,
    )


def test_a_figure_of_the_whole_that_comes_late() -> None:
    """From the end of 2024 on the city's figure is there: 30 %, where its way to 40 % begins."""
    shows(
        "dalian",
        "dl-skilled-share",
        """
        as_of      | place  | value | numerator | denominator | expected      | status
        2024-12-30 | 210200 | -     | 3         | -           | -             | no_data
        2024-12-31 | 210200 | 30    | 3         | 10          | 30+10*428/793 | off_track
        """,
        certifications=CERTIFICATES,
        statistics="""
        indicator  | place  | period | value
        就业人员数 | 中山区 | 2022   | 2
        就业人员数 | 大连市 | 2024   | 10
        """,
    )


def test_a_denominator_of_nothing() -> None:
    """A payment that is taken back leaves nothing to have a share of; the next year's is all for the
    front line. What is spent on something else is no part of it."""
    shows(
        "dalian",
        "dl-frontline-education-share",
        """
        as_of      | place  | value | numerator | denominator | status
        2024-02-28 | 210200 | -     | 0         | 0           | no_data
        2024-02-29 | 210200 | 0     | 0         | 0.3         | off_track
        2024-12-31 | 210200 | -     | 0         | 0           | no_data
        2025-01-01 | 210200 | 100   | 0.1       | 0.1         | achieved
        """,
        spending="""
        payment_no | item                     | amount | place  | paid_on
        S-1        | 职工教育经费（其他）     | 0.1    | 大连市 | 2024-02-29
        S-2        | 职工教育经费（其他）     | 0.2    | 中山区 | 2024-02-29
        S-3        | 职工教育经费（其他）     | -0.3   | 大连市 | 2024-12-31
        S-4        | 职工教育经费（一线职工） | 0.1    | 大连市 | 2025-01-01
        S-5        | 其他支出                 | 100    | 大连市 | 2025-01-01
        """,
    )


def test_loaded_and_counted_nowhere() -> None:
    """All trainings were failed: a true 0. Certificates were never loaded: unknown."""
    trainings = """
        record_no | person_id | place | completed_on | result
        T-1       | E10000001 | 东城  | 2021-06-30   | 不合格
        """
    for target, value, status in (
        ("dg-people-upskilled", "0", "off_track"),
        ("dg-public-practice", "0", "off_track"),
        ("dg-centre-certifications", "-", "no_data"),
        ("dg-high-skilled-share", "-", "no_data"),
    ):
        shows(
            "dongguan",
            target,
            f"""
            as_of      | place  | value   | status
            2022-12-30 | 441900 | {value} | {status}
            """,
            trainings=trainings,
        )
