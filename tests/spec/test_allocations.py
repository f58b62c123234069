"""Specification of allocations (分解任务): what places are asked for, and whether it adds up."""

from __future__ import annotations

import pytest

from etl.errors import MetricsError
from tests.spec.harness import TODAY, measured

MONEY = """
    kind: cumulative
    require: {at_least: 2000, unit: record}
    query: {flow: spending, sum: amount}
"""
STUDIOS = """
    kind: cumulative
    require: {at_least: 20, unit: record}
    query: {flow: institutions, count: records}
"""
YEARLY = """
    kind: annual
    recurs: yearly
    require: {at_least: 200, unit: record}
    query: {flow: spending, sum: amount}
"""
BASES = """
    kind: stock
    require: {at_least: 20, unit: record}
    query: {stock: institutions, count: records}
"""


def test_cumulative_adds_up_its_years() -> None:
    """100 + 100 + 200 + 366 + 234 are asked of the mill. By 29 February 2024, the 60th of 366 days, 400 of
    the earlier years and 60 of this one are due; 430 of 460 are there, 570 to go in 671 days."""
    measured(
        MONEY,
        allocations="""
            place | period | value
            mill  | 2021   | 100
            mill  | 2022   | 100
            mill  | 2023   | 200
            mill  | 2024   | 366
            mill  | 2025   | 234
        """,
        spending="""
            place | amount | paid_on
            mill  | 230    | 2023-01-10
            mill  | 200    | 2024-02-10
            port  | 70     | 2024-02-10
            mill  | 570    | 2025-12-31
        """,
    ).shows("""
        as_of      | place | value | required | expected | percent | pace    | to_go | needed_per_month | status      | share
        2020-12-31 | mill  | 0     | 1000     | 0        | 0       | -       | 1000  | -                | not_started | -
        2021-01-01 | mill  | 0     | 1000     | 100/365  | 0       | 0       | 1000  | 1000*487/16/1825 | on_track    | -
        2021-12-31 | mill  | 0     | 1000     | 100      | 0       | 0       | 1000  | 1000*487/16/1461 | off_track   | -
        2024-02-29 | mill  | 430   | 1000     | 460      | 43      | 430/460 | 570   | 570*487/16/671   | at_risk     | 86
        2024-12-31 | mill  | 430   | 1000     | 766      | 43      | 430/766 | 570   | 570*487/16/365   | off_track   | 86
        2025-12-31 | mill  | 1000  | 1000     | 1000     | 100     | 1       | 0     | -                | achieved    | 100000/1070
        2024-02-29 | port  | 70    | -        | -        | -       | -       | -     | -                | -           | 14
        2024-02-29 | east  | 500   | -        | -        | -       | -       | -     | -                | -           | 100
        2024-02-29 | city  | 500   | 2000     | 2000*1155/1826 | 25 | 500/2000*1826/1155 | 1500 | 1500*487/16/671 | off_track | -
    """)


def test_share_and_rank_stay() -> None:
    """What is asked of the mill leaves its rank among its sisters as it is."""
    measured(
        MONEY,
        allocations="""
            place | period | value
            mill  | 2021   | 10
        """,
        spending="""
            place | amount | paid_on
            mill  | 30     | 2021-01-10
            port  | 70     | 2021-01-10
        """,
    ).shows("""
        as_of      | place | value | status   | share | rank | ranked
        2021-01-31 | mill  | 30    | achieved | 30    | 2    | 3
        2021-01-31 | port  | 70    | -        | 70    | 1    | 3
        2021-01-15 | mill  | 30    | achieved | 30    | 2    | 3
        2021-01-15 | port  | 70    | -        | 70    | 1    | 3
    """)


def test_few_studios_are_expected_one_by_one() -> None:
    """2 of 12 in the first year: on 30 June 0.99 are due, too early to tell; 3.003 a year later, of
    which 3 are expected and 2 are there."""
    measured(
        STUDIOS,
        allocations="""
            place | period | value
            mill  | 2021   | 2
            mill  | 2022   | 2
            mill  | 2023   | 3
            mill  | 2024   | 3
            mill  | 2025   | 2
        """,
        institutions="""
            place | recognised_on
            mill  | 2021-08-01
            mill  | 2022-02-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | pace | status
        2021-06-30 | mill  | 0     | 12       | 0        | -    | on_track
        2022-07-02 | mill  | 2     | 12       | 3        | 2/3  | off_track
    """)


def test_a_person_counts_once_in_a_town_that_is_asked() -> None:
    """Two persons of the mill, one of them trained twice: one short of three."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: person}
        query: {flow: trainings, count: persons}
        """,
        allocations="""
            place | period | value
            mill  | 2021   | 3
        """,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-02-10
            1      | mill  | 2021-05-20
            2      | mill  | 2021-05-20
            2      | hill  | 2021-05-20
        """,
    ).shows("""
        as_of      | place | value | required | to_go | status
        2021-06-30 | mill  | 2     | 3        | 1     | on_track
    """)


def test_annual_asks_for_each_year() -> None:
    """Each year's figure is the year's requirement. In its third year half of 2021 and 40 % of 2022 had
    come to the whole city by 30 June, so 45 % are due. Nothing is allocated for 2024: no judgement."""
    found = measured(
        YEARLY,
        allocations="""
            place | period | value
            mill  | 2021   | 100
            mill  | 2022   | 50
            mill  | 2023   | 200
            mill  | 2025   | 80
        """,
        spending="""
            place | amount | paid_on
            mill  | 100    | 2021-03-01
            port  | 100    | 2021-10-01
            mill  | 40     | 2022-05-01
            port  | 60     | 2022-11-01
            port  | 1      | 2025-12-31
        """,
    )
    found.shows("""
        as_of      | place | value | required | expected   | pace          | to_go | status
        2021-06-30 | mill  | 100   | 100      | 100*181/365 | 365/181      | 0     | achieved
        2022-06-30 | mill  | 40    | 50       | 50*181/365 | 40/50*365/181 | 10    | on_track
        2022-12-31 | mill  | 40    | 50       | 50         | 0.8           | 10    | missed
        2023-06-30 | mill  | 0     | 200      | 90         | 0             | 200   | off_track
        2024-06-30 | mill  | 0     | -        | -          | -             | -     | -
        2024-06-15 | mill  | 0     | -        | -          | -             | -     | -
        2025-12-31 | mill  | 0     | 80       | 80         | 0             | 80    | missed
        2025-12-31 | port  | 1     | -        | -          | -             | -     | -
    """)
    found.windows(
        """
        window_start | window_end | value | required | state
        2021-01-01   | 2021-12-31 | 100   | 100      | met
        2022-01-01   | 2022-12-31 | 40    | 50       | missed
        2023-01-01   | 2023-12-31 | 0     | 200      | missed
        2025-01-01   | 2025-12-31 | 0     | 80       | missed
        """,
        place="mill",
    )
    found.windows("window_start | window_end | value | required | state", place="port")


def test_a_window_of_two_years_adds_up_both() -> None:
    """100 in 2021 and 200 in 2022 are due as their years go by; of 2023 and 2024 only the first is
    given: the other counts as 0, and that is said."""
    found = measured(
        """
        kind: annual
        recurs: every 2 years
        require: {at_least: 300, unit: record}
        query: {flow: spending, sum: amount}
        """,
        allocations="""
            place | period | value
            mill  | 2021   | 100
            mill  | 2022   | 200
            mill  | 2023   | 50
        """,
        spending="""
            place | amount | paid_on
            mill  | 90     | 2021-05-01
            mill  | 45     | 2023-05-01
        """,
    )
    found.shows("""
        as_of      | place | value | required | expected       | status
        2022-01-31 | mill  | 90    | 300      | 100+200*31/365 | off_track
        2023-07-02 | mill  | 45    | 50       | 50*183/365     | on_track
        2024-02-29 | mill  | 45    | 50       | 50             | at_risk
        2025-02-28 | mill  | 0     | -        | -              | -
    """)
    found.checks("""
        parent | parts | window_start | allocated | required | shortfall | problem | detail | rows
        -      | -     | -            | -         | -        | -         | gap     | 2024   | 1
        city   | 1     | 2021-01-01   | 300       | 300      | 0         | -       | -      | -
        city   | 1     | 2023-01-01   | 50        | 300      | 250       | -       | -      | -
    """)


def test_stock_goes_from_year_end_to_year_end() -> None:
    """2 were there at the start. 4 are due at the ends of 2021 and 2022, 6 of 2023, 8 in the end: on
    2 July 2023, 183 of 365 days after the end of 2022, 5.003."""
    measured(
        BASES,
        allocations="""
            place | period | value
            mill  | 2021   | 4
            mill  | 2022   | 4
            mill  | 2023   | 6
            mill  | 2025   | 8
        """,
        institutions="""
            place | recognised_on
            mill  | 2019-05-01
            mill  | 2020-05-01
            mill  | 2021-06-01
            mill  | 2022-06-01
            port  | 2022-06-01
        """,
    ).shows("""
        as_of      | place | value | required | expected    | baseline | pace     | to_go | status
        2021-01-01 | mill  | 2     | 8        | 2           | 2        | -        | 6     | on_track
        2021-07-02 | mill  | 3     | 8        | 3           | 2        | 1        | 5     | on_track
        2022-03-31 | mill  | 3     | 8        | 4           | 2        | 0.5      | 5     | off_track
        2022-06-30 | mill  | 4     | 8        | 4           | 2        | 1        | 4     | on_track
        2023-07-02 | mill  | 4     | 8        | 4+2*183/365 | 2        | 730/1096 | 4     | off_track
        2024-12-31 | mill  | 4     | 8        | 6+2*366/731 | 2        | 731/1828 | 4     | off_track
        2025-12-31 | mill  | 4     | 8        | 8           | 2        | 1/3      | 4     | missed
        2022-06-30 | port  | 1     | -        | -           | -        | -        | -     | -
    """)


def test_the_last_year_that_is_given_is_the_level_of_a_stock() -> None:
    """4 at the end of 2021 and 6 at that of 2022: 6 from then on."""
    measured(
        BASES,
        allocations="""
            place | period | value
            mill  | 2021   | 4
            mill  | 2022   | 6
        """,
        institutions="""
            place | recognised_on
            mill  | 2021-06-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | status
        2021-12-31 | mill  | 1     | 6        | 4        | off_track
        2022-12-31 | mill  | 1     | 6        | 6        | off_track
        2024-03-15 | mill  | 1     | 6        | 6        | off_track
    """)


def test_a_cap_is_handed_down_as_caps() -> None:
    """20 a year in the city, 5 in the mill, 5 in the port: a sixth is too many, and the city may still
    be within its own. 5 + 17 would allow two more than the city has."""
    found = measured(
        """
        kind: annual
        recurs: yearly
        require: {at_most: 20, unit: record}
        query: {flow: spending, sum: amount}
        """,
        allocations="""
            place | period | value
            mill  | 2021   | 5
            port  | 2021   | 17
        """,
        spending="""
            place | amount | paid_on
            mill  | 6      | 2021-03-01
            port  | 2      | 2021-03-01
            lake  | 1      | 2021-12-31
        """,
    )
    found.shows("""
        as_of      | place | value | require | required | to_go | status
        2021-06-30 | mill  | 6     | at_most | 5        | -     | breached
        2021-06-30 | port  | 2     | at_most | 17       | -     | on_track
        2021-12-31 | port  | 2     | at_most | 17       | -     | achieved
        2021-06-30 | city  | 8     | at_most | 20       | -     | on_track
        2021-12-31 | lake  | 1     | at_most | -        | -     | -
    """)
    found.checks("""
        parent | parts | allocated | required | shortfall | excess
        city   | 2     | 22        | 20       | 0         | 2
    """)
    assert found.warnings() == [
        "goal: city, 2021: 2 places are asked for 22, the limit is 20, 2 too many"
    ]


def test_of_a_range_the_lower_end_is_handed_down() -> None:
    """50 to 100 in the city: the mill is asked for 30 and may do more."""
    found = measured(
        """
        kind: annual
        recurs: yearly
        require: {between: [50, 100], unit: record}
        query: {flow: spending, sum: amount}
        """,
        allocations="""
            place | period | value
            mill  | 2021   | 30
            port  | 2021   | 80
        """,
        spending="""
            place | amount | paid_on
            mill  | 70     | 2021-03-01
        """,
    )
    found.shows("""
        as_of      | place | value | require  | required | required_max | status
        2021-06-30 | mill  | 70    | at_least | 30       | -            | achieved
        2021-06-30 | city  | 70    | between  | 50       | 100          | on_track
    """)
    found.checks("""
        parent | allocated | required | required_max | shortfall | excess
        city   | 110       | 50       | 100          | 0         | 10
    """)


def test_a_place_that_is_asked_for_nothing_has_done_it() -> None:
    """A 0 in the table is an answer: the mill owes nothing."""
    measured(
        MONEY,
        allocations="""
            place | period | value
            mill  | 2021   | 0
        """,
        spending="""
            place | amount | paid_on
            port  | 1      | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | percent | pace | to_go | status
        2021-06-30 | mill  | 0     | 0        | 0        | -       | -    | 0     | achieved
    """)


def test_met_after_the_deadline_is_late() -> None:
    """The mill's 100 were there on 10 January 2026."""
    measured(
        MONEY,
        allocations="""
            place | period | value
            mill  | 2021   | 100
        """,
        spending="""
            place | amount | paid_on
            mill  | 90     | 2025-12-31
            mill  | 10     | 2026-01-10
        """,
    ).shows("""
        as_of      | place | value | required | to_go | status   | note | noted_on
        2026-01-09 | mill  | 90    | 100      | 10    | missed   | -    | -
        2026-01-10 | mill  | 90    | 100      | 0     | achieved | late | 2026-01-10
    """)


def test_the_towns_fall_short_of_the_whole() -> None:
    """1,999 of 2,000 are asked of two towns: one is asked of nobody. The next target has one too many,
    which is no harm."""
    found = measured(
        MONEY,
        MONEY,
        allocations="""
            target_id | place | period | value
            goal      | mill  | 2021   | 1000
            goal      | lake  | 2021   | 500
            goal      | mill  | 2025   | 499
            goal-2    | mill  | 2021   | 2001
        """,
    )
    full = "2022, 2023, 2024"
    found.checks(f"""
        target | parent | levels | parts | window_start | window_end | allocated | required | shortfall | excess | problem | detail
        goal   | -      | -      | -     | -            | -          | -         | -        | -         | -      | gap     | {full}, 2025
        goal   | city   | town   | 2     | 2021-01-01   | 2025-12-31 | 1999      | 2000     | 1         | 0      | -       | -
        goal-2 | -      | -      | -     | -            | -          | -         | -        | -         | -      | gap     | {full}, 2025
        goal-2 | city   | town   | 1     | 2021-01-01   | 2025-12-31 | 2001      | 2000     | 0         | 0      | -       | -
    """)
    assert found.warnings()[1] == (
        "goal: city, 2021–2025: 2 places are asked for 1,999 of 2,000, 1 short"
    )
    assert len(found.warnings()) == 3


def test_districts_answer_to_the_city_and_towns_to_their_district() -> None:
    """The parts of the city are its districts and the town in no district; those of the east its towns.
    A town of the west, whose district is asked for nothing, is a part of the city itself."""
    found = measured(
        YEARLY,
        allocations="""
            place | period | value
            east  | 2021   | 90
            mill  | 2021   | 50
            port  | 2021   | 30
            hill  | 2021   | 60
            lake  | 2021   | 50
            west  | 2022   | 100
            hill  | 2022   | 120
        """,
        spending="""
            place | amount | paid_on
            east  | 45     | 2021-03-01
            mill  | 50     | 2021-03-01
        """,
    )
    found.checks("""
        parent | levels        | parts | window_start | allocated | required | shortfall | excess
        city   | district,town | 3     | 2021-01-01   | 200       | 200      | 0         | 0
        city   | district      | 1     | 2022-01-01   | 100       | 200      | 100       | 0
        east   | town          | 2     | 2021-01-01   | 80        | 90       | 10        | 0
        west   | town          | 1     | 2022-01-01   | 120       | 100      | 0         | 0
    """)
    found.shows("""
        as_of      | place | value | required | status
        2021-06-30 | east  | 95    | 90       | achieved
        2021-06-30 | mill  | 50    | 50       | achieved
        2021-06-30 | port  | 0     | 30       | off_track
        2021-06-30 | west  | 0     | -        | -
    """)


def test_what_cannot_be_allocated_is_said() -> None:
    """Shares, units, acts and yearly averages have no parts; nor has what nobody declares. The places
    are judged as they were."""
    found = measured(
        """
        kind: ratio
        require: {at_least: 40, unit: "%"}
        query:
          numerator: {flow: trainings, count: records, where: "kind = 'a'"}
          denominator: {flow: trainings, count: records}
        """,
        """
        kind: coverage
        units: town
        require: {at_least: 1, unit: record}
        query: {flow: trainings, count: records}
        """,
        """
        kind: milestone
        require: {at_least: 1, unit: done}
        """,
        """
        kind: annual
        recurs: yearly
        averaged: true
        require: {at_least: 1, unit: record}
        query: {flow: trainings, count: records}
        """,
        allocations="""
            target_id | place | period | value
            goal      | mill  | 2021   | 60
            goal-2    | mill  | 2021   | 2
            goal-3    | mill  | 2021   | 1
            goal-4    | mill  | 2021   | 1
            goal-4    | port  | 2021   | 1
            gaol      | port  | 2021   | 1
        """,
        trainings="""
            person | place | kind | completed_on
            1      | mill  | a    | 2021-03-01
            2      | mill  | b    | 2021-03-01
        """,
    )
    found.checks("""
        target | policy | parent | problem        | detail    | rows
        gaol   |        | -      | unknown_target | goal      | 1
        goal   | spec   | -      | kind           | ratio     | 1
        goal-2 | spec   | -      | kind           | coverage  | 1
        goal-3 | spec   | -      | kind           | milestone | 1
        goal-4 | spec   | -      | kind           | averaged  | 2
    """)
    found.shows("""
        target | as_of      | place | value | required | status
        goal   | 2021-06-30 | mill  | 50    | 40       | achieved
        goal-2 | 2021-06-30 | mill  | 2     | 1        | achieved
        goal-3 | 2021-06-30 | mill  | -     | -        | -
        goal-4 | 2021-06-30 | mill  | 2*36525/100/181 | - | -
    """)


def test_rows_that_speak_of_nothing_here_are_said() -> None:
    """Of the whole itself, of a place outside, of years before and after the target's life."""
    found = measured(
        YEARLY,
        allocations="""
            place  | period | value
            city   | 2021   | 500
            abroad | 2021   | 1
            mill   | 2020   | 1
            mill   | 2026   | 1
        """,
        spending="""
            place | amount | paid_on
            mill  | 1      | 2021-03-01
        """,
    )
    found.checks("""
        target | problem | detail     | rows
        goal   | of_whole | -         | 1
        goal   | place   | -          | 1
        goal   | year    | 2020, 2026 | 2
    """)
    found.shows("""
        as_of      | place | value | required | status
        2021-06-30 | city  | 1     | 200      | off_track
        2021-06-30 | mill  | 1     | -        | -
    """)
    assert len(found.warnings()) == 3


def test_a_plan_is_no_record() -> None:
    """Allocations move no date, and nothing is known of a target that they are all there is of."""
    found = measured(
        MONEY,
        allocations="""
            place | period | value
            mill  | 2021   | 100
        """,
        trainings="""
            person | completed_on
            1      | 2021-02-03
        """,
    )
    assert found.default_date() != TODAY
    assert str(found.default_date()) == "2021-02-03"
    found.shows("""
        as_of      | place | value | required | status
        2021-06-30 | mill  | -     | 100      | no_data
        2021-06-30 | port  | -     | -        | -
        2021-06-30 | city  | -     | 2000     | no_data
    """)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{flow: allocations, sum: value}", "allocations is a plan and holds no records to count"),
        (
            "{sql: 'SELECT place, period_end AS date, value FROM allocations'}",
            "no dataset 'allocations'",
        ),
    ],
)
def test_a_plan_cannot_be_counted(query: str, said: str) -> None:
    """What a city means to do counts towards nothing."""
    with pytest.raises(MetricsError) as refused:
        measured(f"{{kind: cumulative, require: {{at_least: 1, unit: record}}, query: {query}}}")
    assert said in refused.value.text.en


def test_a_life_that_begins_and_ends_inside_a_year() -> None:
    """1 a day: 184 of the second half of 2021, 182 of the first half of 2024, a leap year. By
    29 February 2024 244 are due."""
    measured(
        MONEY,
        policy="{start: 2021-07-01, by: 2024-06-30}",
        allocations="""
            place | period | value
            mill  | 2021   | 184
            mill  | 2022   | 0
            mill  | 2023   | 0
            mill  | 2024   | 182
        """,
        spending="""
            place | amount | paid_on
            mill  | 244    | 2021-07-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | status
        2021-06-30 | mill  | 0     | 366      | 0        | not_started
        2021-07-01 | mill  | 244   | 366      | 1        | on_track
        2022-12-31 | mill  | 244   | 366      | 184      | on_track
        2024-02-29 | mill  | 244   | 366      | 244      | on_track
        2024-06-30 | mill  | 244   | 366      | 366      | missed
    """)
