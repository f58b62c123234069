"""What is unknown, and what is a true 0, worked out by hand as in `test_by_hand`."""

from __future__ import annotations

from tests.oracle.by_hand import shows

CERTIFICATES = """
    certificate_no | person_id | place  | level | issued_on
    C-1            | E10000001 | 中山区 | 五级  | 2020-01-01
    C-2            | E10000002 | 金州区 | 五级  | 2020-01-01
    C-3            | E10000003 | 金县   | 五级  | 2020-01-01
"""


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
