"""The cases that are most easily counted wrong, each worked out by hand: Milepost and the oracle must
both say what the drawn table says. The worlds that they are set in are those of `worlds`."""

from __future__ import annotations

from tests.oracle.by_hand import shows


def test_one_person_with_two_documents_in_several_towns() -> None:
    """Four persons: 1949's resident has an old number and a new one, the permit of H12345678 was
    renewed; M12345678 and the resident whose number ends in 003 are others. Each counts once in a town,
    once in the city, and once only if trained and certified."""
    shows(
        "dongguan",
        "dg-people-upskilled",
        """
        as_of      | place     | value
        2021-02-28 | 441900    | 0
        2021-04-01 | 441900    | 1
        2021-04-01 | 441900003 | 1
        2021-04-01 | 441900004 | 1
        2022-12-31 | 441900    | 4
        2022-12-31 | 441900003 | 3
        2022-12-31 | 441900004 | 2
        2022-12-31 | 441900102 | 1
        """,
        trainings="""
        record_no | person_id          | place | completed_on
        T-1       | 110105491231002    | 东城  | 2021-03-01
        T-2       | 11010519491231002x | 南城  | 2021-04-01
        T-3       | H1234567801        | 东城  | 2021-05-01
        T-4       | H1234567802        | 石龙  | 2022-05-01
        T-5       | M1234567801        | 南城  | 2022-05-01
        T-6       | 110105491231003    | 东城  | 2022-05-01
        """,
        certifications="""
        certificate_no | person_id          | place  | level | issued_on
        C-1            | 11010519491231002X | 东莞市 | 三级  | 2022-12-31
        """,
    )


def test_places_that_are_no_more() -> None:
    """新会县 became 新会市 (440782) and then 新会区: whatever it is called, one of four districts has
    windows. 台山 has one too from 2020 on; the park in 新会 is no district."""
    shows(
        "jiangmen",
        "jm-service-windows",
        """
        as_of      | place     | value | numerator | denominator | expected     | status
        2018-12-31 | 440700    | 25    | 1         | 4           | 100*364/1095 | off_track
        2018-12-31 | 440705    | 3     | -         | -           | 0            | achieved
        2018-12-31 | 440705450 | 0     | -         | -           | -            |
        2020-12-31 | 440700    | 50    | 2         | 4           | 100          | missed
        2020-12-31 | 440781    | 1     | -         | -           | 1            | achieved
        2020-12-31 | 440703    | 0     | -         | -           | 1            | missed
        """,
        institutions="""
        institution_no | name | type                   | place        | recognised_on
        I-1            | 甲   | 高技能领军人才服务窗口 | 江门市新会县 | 2018-03-01
        I-2            | 乙   | 高技能领军人才服务窗口 | 440782       | 2018-03-01
        I-3            | 丙   | 高技能领军人才服务窗口 | 440721000000 | 2018-03-01
        I-4            | 丁   | 高技能领军人才服务窗口 | 台山县       | 2020-01-01
        """,
    )


def test_what_is_in_force() -> None:
    """Revoked before the start, on the start and on the day of issue. The first one's certificate is
    revoked on the very day on which he gets a higher one: he is in stock without a gap; the third holds
    two, of which one ends. A town's stock is its own."""
    shows(
        "jiangmen",
        "jm-high-skilled-stock",
        """
        as_of      | place     | value
        2017-12-30 | 440700    | 3
        2017-12-31 | 440700    | 2
        2018-01-01 | 440700    | 2
        2018-01-01 | 440703002 | 0
        2018-01-01 | 440781    | 1
        2019-05-05 | 440700    | 2
        2019-05-06 | 440703    | 1
        """,
        certifications="""
        certificate_no | person_id | place   | level | issued_on  | revoked_on
        C-1            | E10000001 | 白沙街道 | 三级  | 2015-01-01 | 2018-01-01
        C-2            | E10000001 | 台山市  | 二级  | 2018-01-01 |
        C-3            | E10000002 | 江门市  | 三级  | 2016-02-29 | 2017-12-31
        C-4            | E10000003 | 蓬江区  | 三级  | 1998-05-31 |
        C-5            | E10000003 | 江门市  | 一级  | 2017-01-01 | 2019-05-05
        C-6            | E10000004 | 江门市  | 三级  | 2019-05-05 | 2019-05-05
        """,
    )


def test_a_cap_filled_to_the_brim_and_one_beyond() -> None:
    """20 persons named in 2019, one of them twice, are allowed; the 21st of 2020 breaks the cap."""
    named = [
        f"H-{year}-{n} | E{10000000 + n} | 440700 | 首席技师 | city | {year}-02-28"
        for year, count in ((2019, 20), (2020, 21))
        for n in range(count)
    ]
    shows(
        "jiangmen",
        "jm-chief-technicians",
        """
        as_of      | place  | value | required | percent | status
        2019-06-30 | 440700 | 20    | 20       | 100     | at_risk
        2019-12-30 | 440700 | 20    | 20       | 100     | on_track
        2019-12-31 | 440700 | 20    | 20       | 100     | achieved
        2020-02-27 | 440700 | 0     | 20       | 0       | on_track
        2020-02-28 | 440700 | 21    | 20       | 105     | breached
        2021-06-30 | 440700 | 21    | 20       | 105     | breached
        """,
        honours="honour_no | person_id | place | title | level | awarded_on\n"
        + "\n".join([*named, "H-x | E10000000 | 440703 | 首席技师 | city | 2019-03-01"]),
    )


def test_exactly_what_was_asked_in_money() -> None:
    """2019's two payments are 200,000.00 yuan to the cent, whatever was paid in 2018: 20 are 20, and
    the year is achieved. 2020 falls one cent short."""
    shows(
        "jiangmen",
        "jm-exchange-budget",
        """
        as_of      | place  | value     | status   | to_go
        2018-12-31 | 440700 | 45.00007  | achieved | 0
        2019-12-30 | 440700 | 20        | achieved | 0
        2019-12-31 | 440700 | 20        | achieved | 0
        2020-12-31 | 440700 | 19.999999 | missed   | 0.000001
        """,
        spending="""
        payment_no | item                 | amount    | place  | paid_on
        S-1        | 购买社会组织交流服务 | 450000.70 | 江门市 | 2018-06-30
        S-2        | 购买社会组织交流服务 | 133333.33 | 江门市 | 2019-06-30
        S-3        | 购买社会组织交流服务 | 66666.67  | 蓬江区 | 2019-06-30
        S-4        | 购买社会组织交流服务 | 199999.99 | 江门市 | 2020-12-31
        """,
    )


def test_a_range_met_late_and_one_exceeded_late() -> None:
    """Three to five bases by the end of 2025, and there were two: the third, of January, is late; of
    the key brands there were five, and in January there are nine, of which eight are allowed."""
    made = [("数字技能培育基地", "2024-02-29", 2), ("数字技能培育基地", "2026-01-05", 1),
            ("重点培训品牌", "2024-02-29", 5), ("重点培训品牌", "2026-01-05", 4)]  # fmt: skip
    rows = [f"I-{i}-{n} | 甲 | {kind} | 大连市 | {day}"
            for i, (kind, day, count) in enumerate(made) for n in range(count)]  # fmt: skip
    institutions = "institution_no | name | type | place | recognised_on\n" + "\n".join(rows)
    shows(
        "dalian",
        "dl-digital-bases",
        """
        as_of      | place  | value | required | required_max | status   | to_go
        2025-12-30 | 210200 | 2     | 3        | 5            | on_track | 1
        2025-12-31 | 210200 | 2     | 3        | 5            | missed   | 1
        2026-01-05 | 210200 | 2     | 3        | 5            | achieved | 0
        """,
        institutions=institutions,
    )
    shows(
        "dalian",
        "dl-key-brands",
        """
        as_of      | place  | value | status | to_go
        2025-12-31 | 210200 | 5     | missed | 1
        2026-01-05 | 210200 | 5     | missed | 1
        """,
        institutions=institutions,
    )


def test_a_year_that_was_missed_is_made_good() -> None:
    """No competition of the city in 2025, and one in February: the year, the last one, is met late. In
    2024 there was one of a bureau, which is none."""
    shows(
        "quzhou",
        "qz-city-competition",
        """
        as_of      | place  | value | status   | to_go
        2024-12-31 | 330800 | 0     | missed   | 1
        2025-12-31 | 330800 | 0     | missed   | 1
        2026-02-27 | 330800 | 0     | missed   | 1
        2026-02-28 | 330800 | 0     | achieved | 0
        """,
        competitions="""
        competition_no | name | level | organiser      | place  | held_on
        C-1            | 甲   | city  | 某局           | 衢州市 | 2024-02-29
        C-2            | 乙   | city  | 衢州市人民政府 | 衢州市 | 2026-02-28
        """,
    )


def test_what_is_due_on_a_leap_day() -> None:
    """By 29 February, that is 28 February in other years, 2021 had reached 1 of 2, 2022 its only one
    and 2023 none: in the mean half. On 1 March all had all. 2020 was before the start."""
    shows(
        "quzhou",
        "qz-annex-08-post-express",
        """
        as_of      | place  | value | expected | pace  | status
        2024-02-28 | 330800 | 0     | 50       | 0     | off_track
        2024-02-29 | 330800 | 1     | 50       | 1/50  | off_track
        2024-03-01 | 330800 | 1     | 100      | 1/100 | off_track
        """,
        trainings="""
        record_no | person_id | programme    | place  | completed_on
        T-0       | E10000001 | post-express | 衢州市 | 2020-02-28
        T-1       | E10000001 | post-express | 衢州市 | 2021-02-28
        T-2       | E10000001 | post-express | 衢州市 | 2021-03-01
        T-3       | E10000001 | post-express | 衢县   | 2022-02-28
        T-4       | E10000001 | post-express | 衢县   | 2023-03-01
        T-5       | E10000001 | post-express | 江山县 | 2024-02-29
        """,
    )


def test_a_school_that_was_registered_for_no_day() -> None:
    """二校 was struck off the register on the day on which it was entered: the first share, where the
    way to 100 % begins, is that of the day on which 一校 is entered; twice, under one name."""
    shows(
        "quzhou",
        "qz-school-bases",
        """
        as_of      | place  | value | numerator | denominator | expected      | pace      | status
        2022-05-09 | 330800 | -     | 0         | 0           | -             | -         | no_data
        2023-09-13 | 330800 | -     | 0         | 0           | -             | -         | no_data
        2024-02-23 | 330800 | 0     | 0         | 1           | 100*1148/1825 | 0         | off_track
        2025-01-31 | 330800 | 100   | 1         | 1           | 100*1491/1825 | 1825/1491 | achieved
        """,
        institutions="""
        institution_no | name | type         | level | place  | recognised_on | revoked_on
        I-1            | 二校 | 职业院校     |       | 衢江区 | 2022-05-09    | 2022-05-09
        I-2            | 一校 | 职业院校     |       | 衢州市 | 2023-09-14    |
        I-3            | 一校 | 职业院校     |       | 江山市 | 2023-12-31    |
        I-4            | 一校 | 公共实训基地 | city  | 柯城区 | 2025-01-31    |
        """,
    )


def test_money_that_was_short_and_came_late() -> None:
    """In 2020 a cent was missing to 200,000 yuan; it was paid on 5 January: the year is met late."""
    shows(
        "jiangmen",
        "jm-exchange-budget",
        """
        as_of      | place  | value     | status   | to_go
        2020-12-31 | 440700 | 19.999999 | missed   | 0.000001
        2021-01-04 | 440700 | 19.999999 | missed   | 0.000001
        2021-01-05 | 440700 | 19.999999 | achieved | 0
        """,
        spending="""
        payment_no | item                 | amount    | place  | paid_on
        S-1        | 购买社会组织交流服务 | 450000.70 | 江门市 | 2018-06-30
        S-2        | 购买社会组织交流服务 | 199999.99 | 江门市 | 2020-12-31
        S-3        | 购买社会组织交流服务 | 0.01      | 蓬江区 | 2021-01-05
        """,
    )
