"""Completeness: who has reported what, and which months are missing. Months are drawn as they are counted.

A place is expected to report a dataset once it has records in two thirds of the months looked back on,
and in three at least; a low number is one below a quarter of the usual ten and more. What a policy declares
is due whatever came before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pytest

from etl.errors import MetricsError
from metrics import published
from tests.refusing import is_both
from tests.spec.drawing import rows_of
from tests.spec.harness import CODES, Measured, measured

GOAL = """
    kind: cumulative
    require: {at_least: 100, unit: enrolment}
    query: {flow: trainings, count: records}
"""


def trained(**places: Mapping[str, int]) -> str:
    """A table of trainings: so many on the tenth of each month at each place."""
    rows = [
        f"1 | {place} | {month}-10"
        for place, months in places.items()
        for month, count in months.items()
        for _ in range(count)
    ]
    return "\n".join(["person | place | completed_on", *rows])


def states(found: Measured, place: str, *, as_of: str | None = None) -> dict[str, str]:
    """The months of a place, each with its records, what is usual and its state."""
    day = date.fromisoformat(as_of) if as_of else None
    rows = published.completeness(found.connection, dataset="trainings", place=CODES[place], as_of=day)
    return {
        f"{row.month:%Y-%m}": f"{row.records}/{'-' if row.usual is None else f'{row.usual:g}'} {row.state}"
        for row in rows
    }


def months(first: str, counts: str) -> dict[str, int]:
    """So many in each month from the first on; `-` for none."""
    begun = pd.Period(first, "M")
    return {str(begun + n): int(count) for n, count in enumerate(counts.split()) if count != "-"}


def test_a_month_without_records_is_missing_where_they_are_usual() -> None:
    """The mill reports every month of 2024 but August and the last two; its third month is the first
    from which anything follows."""
    found = measured(
        GOAL,
        trainings=trained(mill=months("2024-01", "4 5 6 4 5 6 4 - 5 6"), lake=months("2024-12", "1")),
    )
    assert states(found, "east") == {
        "2024-01": "4/- received", "2024-02": "5/- received", "2024-03": "6/- received",
        "2024-04": "4/5 received", "2024-05": "5/4.5 received", "2024-06": "6/5 received",
        "2024-07": "4/5 received", "2024-08": "0/5 missing", "2024-09": "5/5 received",
        "2024-10": "6/5 received", "2024-11": "0/5 missing", "2024-12": "0/5 missing",
    }  # fmt: skip


def test_a_place_that_reports_now_and_then_is_not_expected_to() -> None:
    """Six of twelve months are no rule; nor are two, however close together."""
    found = measured(
        GOAL,
        trainings=trained(
            hill=months("2024-01", "3 - 3 - 3 - 3 - 3 - 3 -"), lake=months("2024-11", "2 2")
        ),
    )
    assert set(states(found, "west").values()) == {"3/- received", "0/- none"}
    assert states(found, "lake") == {
        **{f"2024-{month:02d}": "0/- none" for month in range(1, 11)},
        "2024-11": "2/- received",
        "2024-12": "2/- received",
    }


def test_two_thirds_of_the_months_are_a_rule() -> None:
    """Eight of the twelve months that end with November; of thirteen months it would be fewer."""
    drawn = months("2023-11", "9 - - 2 2 - 2 2 - 2 2 2 2")
    found = measured(GOAL, trainings=trained(mill=drawn, lake=months("2024-12", "1")))
    assert states(found, "east")["2024-12"] == "0/2 missing"
    fewer = {month: count for month, count in drawn.items() if month != "2024-08"}
    found = measured(GOAL, trainings=trained(mill=fewer, lake=months("2024-12", "1")))
    assert states(found, "east")["2024-12"] == "0/- none"


def test_a_place_that_fell_silent_stays_missing() -> None:
    found = measured(
        GOAL, trainings=trained(mill=months("2023-01", "2 2 2 2"), lake=months("2024-12", "1"))
    )
    assert set(states(found, "east").values()) == {"0/2 missing"}
    assert states(found, "east", as_of="2023-06-30") == {
        "2023-01": "2/- received", "2023-02": "2/- received", "2023-03": "2/- received",
        "2023-04": "2/2 received", "2023-05": "0/2 missing", "2023-06": "0/2 missing",
        **{f"2022-{month:02d}": "0/- none" for month in range(7, 13)},
    }  # fmt: skip


def test_few_records_are_told_from_a_missing_file() -> None:
    """A quarter of twelve is three: three are received, two are few. Of eight, one is not few."""
    drawn = months("2024-01", "12 12 12 3 2")
    found = measured(GOAL, trainings=trained(mill=drawn, hill=months("2024-01", "8 8 8 8 1")))
    assert states(found, "east")["2024-04"] == "3/12 received"
    assert states(found, "east")["2024-05"] == "2/12 low"
    assert states(found, "west")["2024-05"] == "1/8 received"


def test_a_month_that_is_not_over_is_open() -> None:
    drawn = trained(mill=months("2024-01", "20 20 20 4"), hill=months("2024-01", "5 5 5"))
    found = measured(GOAL, trainings=drawn, today=date(2024, 4, 30))
    assert states(found, "east")["2024-04"] == "4/20 open"
    assert states(found, "west")["2024-04"] == "0/5 open"
    found = measured(GOAL, trainings=drawn, today=date(2024, 5, 1))
    assert states(found, "east")["2024-04"] == "4/20 low"
    assert states(found, "west")["2024-04"] == "0/5 missing"


def test_a_district_answers_for_its_towns_and_the_city_for_the_rest() -> None:
    """What is recorded for the city, no place below it given, is a row of its own."""
    found = measured(
        GOAL, trainings=trained(mill={"2024-01": 2}, port={"2024-01": 3}, city={"2024-01": 7})
    )
    rows = published.completeness(found.connection, dataset="trainings")
    january = {row.place: row.records for row in rows if row.month == date(2024, 1, 1)}
    below = {CODES[name]: 0 for name in ("west", "lake", "bay")}
    assert january == {CODES["city"]: 7, CODES["east"]: 5, **below}


def test_the_rows_agree_with_a_count_in_pandas() -> None:
    """All months of all places against the records, counted another way."""
    drawn = trained(
        mill=months("2023-02", "3 - 4 5 1 1 - - 2 9 9 9 4 4 30 2 2"),
        port=months("2023-06", "1 1 1 1 - 2 2 2 2 2 2"),
        hill=months("2024-01", "11 12 13 14 1 15"),
        city=months("2023-12", "2 - 2"),
    )
    found = measured(GOAL, trainings=drawn)
    frame = pd.DataFrame(rows_of(drawn))
    tops = {"mill": "east", "port": "east", "hill": "west", "city": "city"}
    frame["place"] = frame["place"].map(tops).map(CODES)
    frame["month"] = frame["completed_on"].str[:7]
    counted = frame.groupby(["place", "month"]).size()
    rows = published.completeness(found.connection, dataset="trainings")
    assert len({row.month for row in rows}) == 12
    recent = {f"{row.month:%Y-%m}" for row in rows}
    assert {(row.place, f"{row.month:%Y-%m}"): row.records for row in rows if row.records} == {
        key: count for key, count in counted.items() if key[1] in recent
    }
    fresh = {row.place: row.records for row in published.freshness(found.connection, CODES["city"])}
    assert fresh == {
        CODES[place]: count
        for place, count in pd.DataFrame(rows_of(drawn)).groupby("place").size().items()
    }


@pytest.mark.parametrize("dataset", ["trainings", "competitions"])
def test_a_dataset_that_nobody_sends_is_not_listed(dataset: str) -> None:
    found = measured(GOAL, trainings=trained(mill={"2024-01": 2}))
    rows = published.completeness(found.connection, dataset=dataset)
    assert bool(rows) == (dataset == "trainings")


def declared(*entries: str) -> str:
    """What a policy says of the reports that it expects."""
    return "\n".join(["    expects:", *(f"      - {{{entry}}}" for entry in entries)])


def test_a_declared_report_is_missing_of_a_place_that_never_sent_any() -> None:
    """By the rule nothing at all is expected of the districts; the park is not named and stays free."""
    drawn = trained(mill={"2024-11": 2}, lake={"2024-12": 1})
    found = measured(
        GOAL, policy=declared("dataset: trainings, from: district, every: month"), trainings=drawn
    )
    assert set(states(found, "west").values()) == {"0/- missing"}
    assert states(found, "east") == {
        **{f"2024-{month:02d}": "0/- missing" for month in (*range(1, 11), 12)},
        "2024-11": "2/- received",
    }
    assert set(states(found, "bay").values()) == {"0/- none"}
    assert {why(found, place) for place in ("west", "east", "lake", "bay")} == {
        ("declared",) * 12, (None,) * 12
    }  # fmt: skip


def why(found: Measured, place: str) -> tuple[str | None, ...]:
    """Why a report of a place is due, month by month."""
    rows = published.completeness(found.connection, dataset="trainings", place=CODES[place])
    return tuple(row.due for row in rows)


def test_a_declared_dataset_that_nobody_sends_is_listed() -> None:
    found = measured(
        GOAL,
        policy=declared("dataset: [courses, trainings], from: town, every: month"),
        trainings=trained(lake={"2024-12": 1}),
    )
    rows = published.completeness(found.connection, dataset="courses")
    lake = [row.state for row in rows if row.place == CODES["lake"]]
    assert lake == ["missing"] * 12
    assert {row.state for row in rows if row.place != CODES["lake"]} == {"none"}


def test_what_is_declared_goes_before_the_rule() -> None:
    """The mill reports every month: none is expected before `since`, and afterwards only the quarter; its
    usual number is no measure of one."""
    drawn = trained(
        mill=months("2023-12", "20 20 20 - 20 - - 1 - - - - -"), lake=months("2024-12", "1")
    )
    entry = "dataset: trainings, from: district, every: quarter, since: 2024-02-01"
    found = measured(GOAL, policy=declared(entry), trainings=drawn)
    assert states(found, "east") == {
        "2024-01": "20/- received", "2024-02": "20/- received", "2024-03": "0/- none",
        "2024-04": "20/- received", "2024-05": "0/- none", "2024-06": "0/- received",
        "2024-07": "1/- received", "2024-08": "0/- none", "2024-09": "0/- received",
        "2024-10": "0/- none", "2024-11": "0/- none", "2024-12": "0/- missing",
    }  # fmt: skip
    assert [month for month, said in zip(range(1, 13), why(found, "east"), strict=True) if said] == [
        6, 9, 12
    ]  # fmt: skip


def test_few_records_of_a_declared_month_are_few() -> None:
    """What is usual is known by the rule, of the months in which anything is due."""
    drawn = trained(mill=months("2024-08", "12 12 12 - 2"))
    entry = "dataset: trainings, from: district, every: month, since: 2024-08-15"
    found = measured(GOAL, policy=declared(entry), trainings=drawn)
    assert list(states(found, "east").values())[7:] == [
        "12/- received", "12/- received", "12/- received", "0/12 missing", "2/12 low",
    ]  # fmt: skip
    assert why(found, "east") == (*(None,) * 8, *("declared",) * 4)


def test_the_city_and_single_places_are_named_too() -> None:
    """The city's report is what is recorded for the whole; the last entry that names a place holds."""
    found = measured(
        GOAL,
        policy=declared(
            "dataset: trainings, from: [city, district], every: month, since: 2024-11-01",
            f"dataset: trainings, from: '{CODES['west']}', every: year",
            f"dataset: trainings, from: '{CODES['bay']}', every: month, since: 2024-12-01",
        ),
        trainings=trained(city={"2024-12": 1}, mill={"2024-12": 1}, lake={"2024-12": 1}),
    )
    assert list(states(found, "city").values())[10:] == ["0/- missing", "1/- received"]
    assert list(states(found, "east").values())[10:] == ["0/- missing", "1/- received"]
    assert list(states(found, "west").values())[10:] == ["0/- none", "0/- missing"]
    assert list(states(found, "bay").values())[10:] == ["0/- none", "0/- missing"]
    assert list(states(found, "lake").values())[10:] == ["0/- none", "1/- received"]


def test_a_report_is_due_when_its_period_is_over() -> None:
    """The year 2024 is reported by its last month; before, the city's last date does not ask for it."""
    entry = "dataset: trainings, from: district, every: year"
    drawn = trained(mill=months("2023-05", "1"), lake=months("2024-11", "1"))
    found = measured(GOAL, policy=declared(entry), trainings=drawn)
    assert states(found, "west")["2023-12"] == "0/- missing"
    assert states(found, "east")["2023-12"] == "0/- received"
    assert states(found, "west")["2024-11"] == "0/- none"
    drawn = trained(mill=months("2023-05", "1"), lake=months("2024-12", "1"))
    for day, state in ((date(2024, 12, 31), "0/- open"), (date(2025, 1, 1), "0/- missing")):
        found = measured(GOAL, policy=declared(entry), trainings=drawn, today=day)
        assert states(found, "west")["2024-12"] == state


def test_nothing_is_due_after_the_end_of_the_policy() -> None:
    drawn = trained(mill=months("2024-01", "1 1 1 1 1 1"), lake=months("2024-12", "1"))
    life = "    start: 2024-01-01\n    by: 2024-09-15\n"
    entry = declared("dataset: trainings, from: district, every: month")
    found = measured(GOAL, policy=life + entry, trainings=drawn)
    assert list(states(found, "east").values())[5:] == [
        "1/1 received", "0/1 missing", "0/1 missing", "0/1 missing", "0/- none", "0/- none", "0/- none",
    ]  # fmt: skip


@pytest.mark.parametrize(("every", "letter"), [("month", "M"), ("quarter", "Q"), ("year", "Y")])
def test_declared_reports_agree_with_a_count_in_pandas(every: str, letter: str) -> None:
    """Which are due and which are missing, by periods of pandas, which know nothing of months."""
    since = pd.Timestamp("2022-05-20")
    drawn = trained(
        mill=months("2022-01", "3 - 4 - - - 1 - - 2 - - - - - - 9 9 - - 4 30 2 2 - - - 1"),
        port=months("2023-06", "1 - - 1 - 2 - - - - 2 - 2"),
        hill=months("2024-01", "11 - - - 1 15"),
        lake=months("2024-12", "1"),
    )
    entry = f"dataset: trainings, from: [district, town], every: {every}, since: {since:%Y-%m-%d}"
    found = measured(GOAL, policy=declared(entry), trainings=drawn)
    frame = pd.DataFrame(rows_of(drawn))
    frame["sender"] = frame["place"].map(
        {"mill": "east", "port": "east", "hill": "west", "lake": "lake"}
    )
    frame["period"] = pd.to_datetime(frame["completed_on"]).dt.to_period(letter)
    sent = set(zip(frame["sender"], frame["period"], strict=True))
    due = [p for p in pd.period_range("2022-01-01", "2024-12-31", freq=letter) if p.start_time >= since]
    wanted = {
        (CODES[sender], period.end_time.date().replace(day=1), "declared"): (sender, period) in sent
        for sender in ("east", "west", "lake")
        for period in due
    }
    shown = {}
    for year in (2022, 2023, 2024):
        day = date(year, 12, 31)
        rows = published.completeness(found.connection, dataset="trainings", as_of=day)
        shown |= {(r.place, r.month, r.due): r.state != "missing" for r in rows if r.due}
    assert shown == wanted
    assert True in wanted.values()
    assert False in wanted.values()


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [("province", "city, district, park, town"), (CODES["hill"], "such a place")],
)
def test_a_sender_that_is_not_there_is_refused_by_the_load(sender: str, allowed: str) -> None:
    entry = f"dataset: trainings, from: '{sender}', every: month"
    with pytest.raises(MetricsError) as refused:
        measured(GOAL, policy=declared(entry), trainings=trained(mill={"2024-01": 2}))
    (problem,) = refused.value.problems
    assert is_both(problem)
    assert f"expects.0.from: '{sender}'" in problem.en
    assert allowed in problem.en
