"""Specification of ratios: numerator / denominator, in % times 100."""

from __future__ import annotations

from tests.spec.harness import measured

HIGH_SKILLED_SHARE = """
    kind: ratio
    require: {at_least: 40, unit: "%"}
    query:
      numerator: {stock: certifications, count: persons, where: "level >= 3"}
      denominator: {stock: certifications, count: persons}
"""
SHARE_OF_CITY_BASES = """
    kind: ratio
    require: {at_least: 40, unit: "%"}
    query:
      numerator: {stock: institutions, count: records, where: "level = 'city'"}
      denominator: {stock: institutions, count: records}
"""
SKILLED_SHARE = """
    kind: ratio
    require: {at_least: 40, unit: "%"}
    query:
      numerator: {stock: certifications, count: persons}
      denominator: {statistic: 就业人员数}
"""
SKILLED_AWARDS = """
    kind: ratio
    recurs: yearly
    require: {at_least: 20, unit: "%"}
    query:
      numerator: {flow: honours, count: records, where: "level = 'city' and skilled"}
      denominator: {flow: honours, count: records, where: "level = 'city'"}
"""


def test_share_of_persons_by_their_highest_level() -> None:
    """Each person once above and once below the line; every place against the same requirement."""
    measured(
        HIGH_SKILLED_SHARE,
        certifications="""
            person | place | level | issued_on
            1      | mill  | 1     | 2019-01-01
            1      | mill  | 3     | 2020-01-01
            1      | port  | 5     | 2020-01-01
            2      | mill  | 2     | 2020-01-01
            3      | hill  | 1     | 2020-01-01
        """,
    ).shows("""
        as_of      | place | numerator | denominator | value | required | percent   | status
        2021-06-30 | city  | 1         | 3           | 100/3 | 40       | 100/3*100/40 | off_track
        2021-06-30 | east  | 1         | 2           | 50    | 40       | 125       | achieved
        2021-06-30 | mill  | 1         | 2           | 50    | 40       | 125       | achieved
        2021-06-30 | port  | 1         | 1           | 100   | 40       | 250       | achieved
        2021-06-30 | hill  | 0         | 1           | 0     | 40       | 0         | off_track
    """)


def test_nothing_to_divide_by_is_no_data() -> None:
    """A place with no denominator has no share; a numerator of 0 is a share of 0 %."""
    measured(
        HIGH_SKILLED_SHARE,
        certifications="""
            person | place | level | issued_on  | revoked_on
            1      | mill  | 1     | 2021-03-01 |
            2      | hill  | 3     | 2020-03-01 | 2022-01-01
        """,
    ).shows("""
        as_of      | place | numerator | denominator | value | pace | status
        2021-02-28 | mill  | 0         | 0           | -     | -    | no_data
        2021-12-31 | mill  | 0         | 1           | 0     | 0    | off_track
        2022-01-01 | hill  | 0         | 0           | -     | -    | no_data
        2022-01-01 | lake  | 0         | 0           | -     | -    | no_data
    """)


def test_a_statistic_holds_from_the_end_of_its_period_until_the_next() -> None:
    """2021's number of employed is known when 2021 has ended, and serves until 2022's."""
    measured(
        SKILLED_SHARE,
        certifications="""
            person | place | level | issued_on
            1      | mill  | 1     | 2020-06-30
            2      | hill  | 1     | 2021-06-30
        """,
        statistics="""
            indicator  | period | period_end | value
            就业人员数 | 2021   | 2021-12-31 | 4
            就业人员数 | 2022   | 2022-12-31 | 10
            户籍人口   | 2021   | 2021-12-31 | 1000
        """,
    ).shows("""
        as_of      | place | numerator | value | status
        2021-12-30 | city  | 2         | -     | no_data
        2021-12-31 | city  | 2         | 50    | achieved
        2022-12-30 | city  | 2         | 50    | achieved
        2022-12-31 | city  | 2         | 20    | off_track
        2024-12-31 | city  | 2         | 20    | off_track
        2024-12-31 | mill  | 1         | -     | no_data
    """)


def test_a_statistic_of_before_the_start_serves_too() -> None:
    """Like a stock, it holds however long ago its period ended; quarters and months as years do."""
    measured(
        SKILLED_SHARE,
        certifications="""
            person | place | level | issued_on
            1      | mill  | 1     | 2020-06-30
        """,
        statistics="""
            indicator  | place | period  | period_end | value
            就业人员数 | city  | 2019    | 2019-12-31 | 4
            就业人员数 | mill  | 2020Q4  | 2020-12-31 | 2
            就业人员数 | mill  | 2021-01 | 2021-01-31 | 5
        """,
    ).shows("""
        as_of      | place | denominator | value
        2021-01-01 | mill  | 2           | 50
        2021-01-31 | mill  | 5           | 20
    """)


def test_a_ratio_of_two_statistics_in_times() -> None:
    """A unit other than % is not times 100."""
    measured(
        """
        kind: ratio
        require: {at_least: 2, unit: times}
        query:
          numerator: {statistic: 生均公用经费(职业)}
          denominator: {statistic: 生均公用经费(普高)}
        """,
        statistics="""
            indicator          | period | period_end | value
            生均公用经费(职业) | 2020   | 2020-12-31 | 1800
            生均公用经费(普高) | 2020   | 2020-12-31 | 1200
            生均公用经费(职业) | 2022   | 2022-12-31 | 2400
        """,
    ).shows("""
        as_of      | value | required | percent | status
        2021-01-01 | 1.5   | 2        | 75      | on_track
        2022-12-31 | 2     | 2        | 100     | achieved
    """)


def test_a_figure_that_was_never_published_is_unknown() -> None:
    """Not 0: neither the share nor the part that is missing; the way begins at the first share."""
    measured(
        """
        kind: ratio
        require: {at_least: 2, unit: times}
        query:
          numerator: {statistic: 生均公用经费(职业)}
          denominator: {statistic: 生均公用经费(普高)}
        """,
        statistics="""
            place | indicator          | period | period_end | value
            city  | 生均公用经费(普高) | 2020   | 2020-12-31 | 1200
            city  | 生均公用经费(职业) | 2021   | 2021-12-31 | 1200
        """,
    ).shows("""
        as_of      | place | numerator | denominator | value | baseline | status
        2021-12-30 | city  | -         | 1200        | -     | 1        | no_data
        2021-12-31 | city  | 1200      | 1200        | 1     | 1        | off_track
        2021-12-31 | mill  | -         | -           | -     | -        | no_data
    """)


def test_a_part_that_was_never_loaded_is_unknown() -> None:
    """The employed are known and no certificate was ever loaded: that is no share of 0 %."""
    measured(
        """
        kind: ratio
        require: {at_least: 40, unit: "%"}
        query:
          numerator: {stock: certifications, count: persons}
          denominator: {statistic: 就业人员数}
        """,
        statistics="""
            indicator  | period | period_end | value
            就业人员数 | 2020   | 2020-12-31 | 1000
        """,
    ).shows("""
        as_of      | value | status
        2021-12-31 | -     | no_data
    """)


def test_a_ratio_of_the_year() -> None:
    """Numerator and denominator are of the current window; a year with no award has no share, and the
    year's share is missed on its last day."""
    measured(
        SKILLED_AWARDS,
        honours="""
            person | level    | skilled | awarded_on
            1      | city     | true    | 2021-05-01
            2      | city     | false   | 2021-05-01
            3      | city     |         | 2021-06-01
            4      | city     | false   | 2021-12-31
            5      | province | true    | 2021-05-01
            1      | city     | false   | 2022-05-01
            2      | city     | false   | 2022-05-01
        """,
    ).shows("""
        as_of      | numerator | denominator | value | status
        2021-05-31 | 1         | 2           | 50    | achieved
        2021-12-31 | 1         | 4           | 25    | achieved
        2022-01-31 | 0         | 0           | -     | no_data
        2022-12-31 | 0         | 2           | 0     | missed
        2023-06-30 | 0         | 0           | -     | no_data
    """)


def test_one_third_is_a_fraction() -> None:
    """1 of 3 meets it, 3,333 of 10,000 would not: here 333 of 1,000 in money."""
    third = """
        kind: ratio
        require: {at_least: 100/3, unit: "%"}
        query:
          numerator: {flow: spending, sum: amount, where: "item = '一线'"}
          denominator: {flow: spending, sum: amount}
    """
    measured(
        third,
        spending="""
            item | amount | paid_on
            一线 | 1      | 2021-01-01
            其他 | 2      | 2021-01-01
            其他 | 0.003  | 2021-01-02
        """,
    ).shows("""
        as_of      | value          | required | status
        2021-01-01 | 100/3          | 100/3    | achieved
        2021-01-02 | 100/3.003      | 100/3    | off_track
    """)


def test_from_the_baseline_in_a_straight_line() -> None:
    """20 % at the start, 40 % due after 1,825 days: 10 points done are on track for 960 days, at risk
    for 1,140, and off track from then on."""
    measured(
        SHARE_OF_CITY_BASES,
        institutions="""
            level    | recognised_on
            city     | 2020-01-01
            province | 2020-01-01
            province | 2020-01-01
            province | 2020-01-01
            province | 2020-01-01
            city     | 2021-06-01
            city     | 2021-06-01
            province | 2021-06-01
            province | 2021-06-01
            province | 2021-06-01
        """,
    ).shows("""
        as_of      | value | baseline | expected         | pace               | status
        2021-01-01 | 20    | 20       | 20               | -                  | on_track
        2023-08-19 | 30    | 20       | 20+20*960/1825   | 10/20*1825/960     | on_track
        2023-08-20 | 30    | 20       | 20+20*961/1825   | 10/20*1825/961     | at_risk
        2024-02-15 | 30    | 20       | 20+20*1140/1825  | 10/20*1825/1140    | at_risk
        2024-02-16 | 30    | 20       | 20+20*1141/1825  | 10/20*1825/1141    | off_track
        2025-12-31 | 30    | 20       | 40               | 1/2                | missed
        2026-05-31 | 30    | 20       | 40               | 1/2                | missed
    """)


def test_moving_the_wrong_way_is_off_track() -> None:
    """Below the baseline the pace is negative."""
    measured(
        SHARE_OF_CITY_BASES,
        institutions="""
            level    | recognised_on
            city     | 2020-01-01
            province | 2020-01-01
            province | 2020-01-01
            province | 2020-01-01
            province | 2021-03-01
        """,
    ).shows("""
        as_of      | value | baseline | expected       | pace            | status
        2021-03-01 | 20    | 25       | 25+15*59/1825  | -5/15*1825/59   | off_track
    """)


def test_a_place_has_a_baseline_of_its_own() -> None:
    """Each place starts from where it stood; where there was nothing to divide by yet, from its first
    share."""
    measured(
        SHARE_OF_CITY_BASES,
        institutions="""
            place | level    | recognised_on
            mill  | city     | 2020-01-01
            mill  | province | 2020-01-01
            mill  | province | 2020-01-01
            mill  | province | 2020-01-01
            hill  | city     | 2021-06-01
            hill  | province | 2021-06-01
            hill  | province | 2021-06-01
            hill  | province | 2021-06-01
            hill  | province | 2021-06-02
        """,
    ).shows("""
        as_of      | place | value | baseline | expected
        2023-07-02 | mill  | 25    | 25       | 25+15*912/1825
        2023-07-02 | hill  | 20    | 25       | 25+15*912/1825
        2023-07-02 | city  | 200/9 | 25       | 25+15*912/1825
    """)
