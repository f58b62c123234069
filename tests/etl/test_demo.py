"""Demo files: the same seed gives the same bytes, nobody is real, and they hold what they should.

Everything is read back with pandas alone and understood here anew: encodings, headers, numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from etl.datasets import Dataset, datasets
from etl.demo import SCENARIOS, scenario_names, write_demo
from etl.demo.ground import Ground
from etl.demo.handwriting import Clerk
from etl.demo.records import generator, make_records
from etl.demo.scenario import Hand, read_scenario
from etl.errors import MilepostError, UnknownNameError
from etl.keys import HashingKey
from etl.loading import DEMO_MARKER, load_files
from etl.places import Gazetteer
from etl.snapshot_file import prepare_tables
from tests.refusing import refusing

SCALE = 0.002
POLICIES = ("dalian", "dongguan", "guangdong", "jiangmen", "quzhou")
AREAS = ["441900", "440700", "440000", "210200", "330800"]
#: Rows that the scenarios spoil, by file.
SPOILT = {
    "2025-07-02 培训记录 6月补报.csv": 26,
    "2025-09-03 技能等级证书 补报.csv": 7,
    "2025-10-10 证书记录 9月补报.csv": 6,
}
#: Milestones and a prize that nobody has reached in the stories.
UNFED = {"dg-three-libraries", "dg-technician-college", "jm-national-base", "gd-model-schools-list"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("demo")
    write_demo(found, policies=POLICIES, scale=SCALE, seed=5)
    return found


def sheets(folder: Path) -> Iterator[tuple[str, Dataset, pd.DataFrame]]:
    """Each sheet below a folder: its file, its dataset, and text by field; spoilt files left out."""
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".csv" and path.name not in SPOILT:
            yield path.name, *named(read_csv(path))
        elif path.suffix == ".xlsx":
            book = pd.read_excel(path, sheet_name=None, header=1, dtype=str, engine="calamine")
            for table in book.values():
                yield path.name, *named(table.fillna(""))


def read_csv(path: Path) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        try:
            return pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)
        except UnicodeError:
            continue
    raise AssertionError(path)


def named(table: pd.DataFrame) -> tuple[Dataset, pd.DataFrame]:
    """The dataset that declares every header of a table, which all are then named as its fields."""
    for dataset in datasets().values():
        fields = {h: f.name for f in dataset.fields for h in (f.header.zh, *f.aliases)}
        required = {field.name for field in dataset.fields if field.required}
        if set(table.columns) <= set(fields) and required <= {fields[h] for h in table.columns}:
            return dataset, table.rename(columns=fields)
    raise AssertionError(list(table.columns))


def is_valid(number: str) -> bool:
    """Whether this is a number that a person can have: GB 11643-1999, or a permit or passport."""
    number = number.strip().upper()
    if re.fullmatch(r"[HM]\d{8}|\d{8}|E\d{8}", number):
        return True
    if re.fullmatch(r"\d{15}", number):
        number = f"{number[:6]}19{number[6:]}"
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        return 1950 < born.year < 2000
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    # ISO 7064 MOD 11-2: the digits weighted by powers of two leave 1.
    digits = [10 if digit == "X" else int(digit) for digit in number]
    total = sum(digit * 2 ** (17 - place) for place, digit in enumerate(digits))
    return total % 11 == 1 and 1950 < born.year < 2010


def test_every_policy_has_a_scenario() -> None:
    assert scenario_names() == list(POLICIES)


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = write_demo(tmp_path, policies=POLICIES, scale=SCALE, seed=5)
    assert len(again) > 60
    for path in again:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes(), path.name


def test_another_seed_other_people(folder: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, policies=["guangdong"], scale=SCALE, seed=6)
    name = "guangdong/01 培训记录 2024年.csv"
    one, other = read_csv(folder / name), read_csv(tmp_path / name)
    numbers = set(one["身份证号"]) & set(other["身份证号"])
    assert len(numbers) < len(one) / 10


def test_marked_as_made_up(folder: Path) -> None:
    assert (folder / DEMO_MARKER).exists()


def test_all_policies_if_none_is_named(tmp_path: Path) -> None:
    paths = write_demo(tmp_path, policies=(), scale=0.0005)
    assert {path.parent.name for path in paths} == set(scenario_names())


def test_unknown_policy(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="dongguan"):
        write_demo(tmp_path, policies=["dongguang"])


def test_identity_numbers_are_valid(folder: Path) -> None:
    seen: set[str] = set()
    for name, dataset, table in sheets(folder):
        if dataset.has_person:
            wrong = [number for number in table["person_id"] if not is_valid(number)]
            assert not wrong, (name, len(wrong))
            seen |= set(table["person_id"])
    assert len({number[:2] for number in seen if len(number) == 18}) >= 20  # from many provinces
    assert any(len(number.strip()) == 15 for number in seen)
    assert any(number.startswith("H") for number in seen)


def test_sheets_hold_what_the_declarations_demand(folder: Path) -> None:
    for name, dataset, table in sheets(folder):
        assert len(table), name
        for field in dataset.fields:
            if field.required:
                assert (table[field.name].str.strip() != "").all(), (name, field.name)
            if field.closed and field.name in table:
                assert set(table[field.name]) <= {*field.values, ""}, (name, field.name)


def test_keys_are_unique_and_corrections_known(folder: Path) -> None:
    keys: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    corrected = 0
    for policy in POLICIES:
        for name, dataset, table in sheets(folder / policy):
            found = list(map(tuple, table[list(dataset.key)].to_numpy().tolist()))
            assert len(found) == len(set(found)), name
            known = keys.setdefault((policy, dataset.name), set())
            if "更正" in name:
                assert set(found) <= known
                corrected += len(found)
            else:
                assert not set(found) & known, name
            known |= set(found)
    assert 0 < corrected <= 180


def test_a_correction_sorts_after_what_it_corrects(folder: Path) -> None:
    names = sorted(path.name for path in (folder / "dongguan").iterdir())
    assert names.index("2024-09-15 培训记录 2023年 更正.csv") > names.index("01 培训记录 2023年.csv")
    first = read_csv(folder / "dongguan" / "01 培训记录 2023年.csv").set_index("编号")
    then = read_csv(folder / "dongguan" / "2024-09-15 培训记录 2023年 更正.csv")
    moved = then[then["所属镇街"] == "松山湖高新技术产业开发区"].set_index("培训记录编号")
    before = first.loc[moved.index]
    assert (before["身份证号码"].str.strip() == moved["身份证号"]).all()
    assert (before["镇街"].str.strip() != moved["所属镇街"]).sum() > len(moved) / 2


def test_links_point_at_something(folder: Path) -> None:
    for policy in POLICIES:
        tables: dict[str, list[pd.DataFrame]] = {}
        for _, dataset, table in sheets(folder / policy):
            tables.setdefault(dataset.name, []).append(table)
        for name, parts in tables.items():
            for field in datasets()[name].fields:
                if field.points_at is None or field.points_at not in tables:
                    continue
                key = datasets()[field.points_at].key[0]
                known = {text for part in tables[field.points_at] for text in part[key]}
                said = {text for part in parts if field.name in part for text in part[field.name]}
                assert said - {""} <= known, (policy, name, field.name)


def test_scale_multiplies_people_and_nothing_else(tmp_path: Path) -> None:
    write_demo(tmp_path / "one", policies=["dongguan"], scale=5 * SCALE)
    write_demo(tmp_path / "two", policies=["dongguan"], scale=10 * SCALE)
    small, large = rows_by_dataset(tmp_path / "one"), rows_by_dataset(tmp_path / "two")
    for name in ("trainings", "certifications"):
        assert large[name] / small[name] == pytest.approx(2, rel=0.05)
    for name in set(small) - {"trainings", "certifications"}:
        assert large[name] == small[name]


def rows_by_dataset(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, dataset, table in sheets(folder):
        if "更正" not in name:
            found[dataset.name] = found.get(dataset.name, 0) + len(table)
    return found


def test_the_story_of_dongguan(folder: Path) -> None:
    """What the scenario promises, counted by hand from its file."""
    tables = {}
    trainings = []
    for name, dataset, table in sheets(folder / "dongguan"):
        tables[dataset.name] = table
        if dataset.name == "trainings" and "更正" not in name:
            trainings.append((name, table))
    register = tables["institutions"]
    assert (register["type"] == "技能生态品牌行动").sum() == 7
    sites = register[register["type"] == "技能宣传阵地"]["name"].str.extract("^(.*?)技能宣传阵地")[0]
    assert 24 <= sites.nunique() < 33  # not every town has one
    champions = tables["honours"][tables["honours"]["title"] == "世界技能大赛冠军"]
    assert sorted(champions["origin"]) == ["培养", "引进"]
    # People come again; and 2023 was busier than 2022, which was quiet for a while.
    everyone = pd.concat(table["person_id"].str.strip() for _, table in trainings)
    assert 0.4 < everyone.nunique() / len(everyone) < 0.9
    rows = {name[8:12]: len(table) for name, table in trainings}
    assert rows["2023"] > 1.3 * rows["2022"]
    # 2025 is half over, and Spring Festival fell into late January.
    latest = next(table for name, table in trainings if "2025" in name)
    months = pd.to_datetime(latest["completed_on"]).dt.month.value_counts()
    assert months.max() < 2.6 * months.min()
    assert set(months.index) == {1, 2, 3, 4, 5, 6}
    assert months[1] < months[3]
    places = latest["place"].str.strip().value_counts()
    assert places["441900119"] > 6 * places.get("441900108", 0)  # 长安 is large, 谢岗 small and behind


def test_only_planted_rows_are_refused(folder: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        prepare_tables(connection)
        report = load_files(
            connection,
            [folder],
            gazetteer=Gazetteer.read(),
            key=HashingKey((b"a key of these tests, used for nothing else",)),
            areas=AREAS,
            scratch=tmp_path,
            today=date(2026, 1, 1),
        )
    assert not report.failures
    assert report.demo
    assert {sheet.file: sheet.rejected for sheet in report.sheets if sheet.rejected} == SPOILT
    assert not [sheet for sheet in report.sheets if sheet.unknown_headers]
    assert {sheet.area for sheet in report.sheets} == set(AREAS)
    assert {sheet.file for sheet in report.sheets if sheet.superseded} == {
        "2024-09-15 培训记录 2023年 更正.csv"
    }


def test_flows_feed_the_targets() -> None:
    declared = yaml.safe_load((SCENARIOS.parents[1] / "metrics.yaml").read_text("utf-8"))["policies"]
    fed = {
        policy: {
            target
            for flows in read_scenario(SCENARIOS / f"{policy}.yaml").flows.values()
            for flow in flows
            for target in flow.feeds
        }
        for policy in POLICIES
    }
    known = {target for policy in declared.values() for target in policy["targets"]}
    for policy, content in declared.items():
        assert set(content["targets"]) - fed[policy] <= UNFED
        assert {t for t in fed[policy] if t[:3] in {k[:3] for k in known}} <= known


def test_literals_by_target() -> None:
    found = read_scenario(SCENARIOS / "dongguan.yaml").literals()
    assert found["dg-purchased-course-people"] == [
        "trainings: kind=技能提升; funding=购买课程服务; course=精密测量|增材制造|工业视觉; "
        "hours=from|to|step; result=合格|"
    ]


def test_a_place_that_is_not_there() -> None:
    scenario = read_scenario(SCENARIOS / "guangdong.yaml").model_copy(update={"places": {"广洲": 1}})
    with refusing(MilepostError, "广洲"):
        Ground(scenario, Gazetteer.read())


def test_statistics_as_text() -> None:
    scenario = read_scenario(SCENARIOS / "quzhou.yaml")
    records = make_records(scenario, 0.001, 1)
    dataset = datasets()["statistics"]
    table = Clerk(records, Hand(), generator(1)).write(dataset, records.tables["statistics"])
    rows = list(zip(*(table[header].to_pylist() for header in ("指标", "统计期", "数值")), strict=True))
    assert ("生均公用经费(职业)", "2024年", "3020") in rows
    assert ("就业人员数", "2024年", "719") in rows  # counts people, and so is scaled


@pytest.mark.parametrize(
    ("wrong", "named_as"),
    [
        ("flows: {trainings: [{yearly: {2021: 1}, with: {colour: red}}]}", "no field colour"),
        ("flows: {training: []}", "no dataset 'training'"),
        ("flows: {trainings: [{with: {kind: 技能提升}}]}", "a flow has one of"),
        ("flows: {}\nseason: 3", "season"),
    ],
)
def test_mistakes_in_a_scenario_are_named(wrong: str, named_as: str, tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    season = "" if "season" in wrong else "season: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    path.write_text(
        "area: '441900'\nprefix: X\nlast_on: 2024-12-31\npeople: 10\nplaces: {长安: 1}\nfiles: []\n"
        f"{season}{wrong}\n",
        "utf-8",
    )
    with refusing(MilepostError, named_as):
        read_scenario(path)
