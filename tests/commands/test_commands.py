"""The command line as it is typed: both languages, what machines read, older snapshots."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

from dashboard import server
from dashboard.site import create_app
from etl.errors import UnknownNameError
from etl.settings import PROJECT, Settings
from etl.snapshot_file import glance
from metrics.published import progress as read_progress
from metrics.rows import ProgressRow
from metrics.schema import json_schema
from milepost import verbs
from milepost.words import texts
from tests import asking
from tests.commands.small import CSV, METRICS, Run

CHINESE = re.compile(r"[\u4e00-\u9fff]")


# Texts


def _said() -> set[str]:
    """The keys that the modules of the command line say, `stage_*` told from where they are named."""
    found: set[str] = set()
    for path in (PROJECT / "milepost").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    sources = [PROJECT / "milepost/verbs.py", PROJECT / "etl/loading.py"]
    text = "".join(path.read_text("utf-8") for path in sources)
    stages = re.findall(r'watch\(.*"(\w+)", \w+\)', text)
    assert len(set(stages)) == 5
    return found | {f"stage_{stage}" for stage in stages}


def test_every_text_that_is_said_is_declared_and_every_declared_one_is_said() -> None:
    asked = set()
    for path in (PROJECT / "milepost").glob("*.py"):
        asked |= set(re.findall(r'\bsay\(\s*"(\w+)"', path.read_text("utf-8")))
    assert asked <= texts().keys()
    assert texts().keys() <= _said()


def test_every_text_is_there_in_both_languages_with_the_same_slots() -> None:
    declared = yaml.safe_load((PROJECT / "milepost" / "texts.yaml").read_text("utf-8"))
    for key, text in declared.items():
        assert set(text) == {"zh", "en"}, key
        slots = [{slot for _, slot, _, _ in string.Formatter().parse(text[lang])} for lang in text]
        assert slots[0] == slots[1], key
        assert CHINESE.search(text["zh"]), key
        assert not CHINESE.search(text["en"]), key


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (None, ["用法：", "装载文件", "选项", "显示本说明"]),
        ("zh", ["用法：", "命令"]),
        ("en", ["Usage:", "Load files", "Options", "Show this message"]),
    ],
)
def test_help_is_in_the_language_of_the_setting(lang: str | None, words: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "MILEPOST_LANG"}
    if lang is not None:
        environment["MILEPOST_LANG"] = lang
    command = [sys.executable, "-m", "milepost.cli", "--help"]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    page = printed.decode("utf-8")
    assert all(word in page for word in words)
    assert bool(CHINESE.search(page)) == (lang != "en")


# Mistakes of what was typed

NOTHING_TO_LOAD = (
    "没有说明装载什么：请写文件或文件夹，或用 --source 写数据库地址，并用 --table 或 --query 说明取什么"
)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("typed", "zh", "en"),
    [
        ("chek", "没有命令“chek”；是否为 check？", "No such command 'chek'"),
        (
            "progress --polcy x",
            "没有选项 --polcy；是否为 --place、--policy？",
            "No such option: --polcy",
        ),
        ("progress -x", "没有选项 -x", "No such option: -x"),
        ("progress --as-of yesterday", "--as-of：“yesterday”不是日期；请写成 2025-06-30", "--as-of"),
        ("progress --format x", "--format：不能写“x”；可写：table、csv、json", "'x' is not one of"),
        ("progress --policy", "选项 --policy 后面要写值", "requires an argument"),
        ("load --json=3 x", "选项 --json 后面不写值", "does not take a value"),
        ("load", NOTHING_TO_LOAD, "nothing to load is named"),
        ("load --table t", NOTHING_TO_LOAD, "a database with --source"),
        ("rollback", "缺少参数 ID", "Missing argument 'ID'"),
        ("rollback a b", "多出参数：b", "unexpected extra argument"),
        ("serve --port x", "--port：应为整数", "valid integer"),
        ("serve --workers 0", "--workers：不能小于 1", "greater than or equal to 1"),
        ("demo x --scale y", "--scale：应为数字", "valid number"),
    ],
)
def test_a_command_line_that_is_refused(run: Run, typed: str, zh: str, en: str) -> None:
    code, out, err = run(*typed.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == f"命令写得不对：{zh}"
    code, out, err = run(*typed.split(), lang="en")
    assert (code, out) == (2, "")
    assert en in err
    assert not CHINESE.search(err)


@pytest.mark.usefixtures("home")
def test_a_language_that_there_is_not(run: Run) -> None:
    code, _, err = run("snapshots", lang="fr")
    assert code == 3
    assert "MILEPOST_LANG：没有“fr”这种语言" in err


# What is printed


def test_a_load_speaks_the_language_that_is_asked_for(run: Run, home: Path) -> None:
    (home / "bad.csv").write_text("x", "utf-8")
    code, out, err = run("load", home / "training.csv", home / "bad.csv")
    assert code == 4
    assert all(word in out for word in ("文件", "读取", "用时（秒）", "已发布快照", "被退回的行"))
    assert "bad.csv：前 30 行中没有任何数据集的表头" in err
    assert "training.csv：未使用的列：备注" in err
    code, out, err = run("load", home / "training.csv", home / "bad.csv", lang="en")
    assert all(word in out for word in ("file", "read", "seconds", "nothing new;"))
    assert "bad.csv: no row of headers of any dataset" in err
    assert not CHINESE.search(out)


def test_a_load_for_machines(run: Run, home: Path) -> None:
    (home / "bad.csv").write_text("x", "utf-8")
    _, out, _ = run("load", home / "training.csv", home / "bad.csv", "--json", lang="en")
    said = json.loads(out)
    assert said.keys() == {
        "snapshot", "published", "files", "failures", "notes", "warnings",
    }  # fmt: skip
    (sheet,) = said["files"]
    assert sheet["loaded"] == 2
    assert sheet["rejected"] == 1
    assert 0 < sheet["seconds"] < 60
    (failure,) = said["failures"]
    assert failure.startswith("bad.csv: no row of headers")


def test_progress_for_people_and_for_machines(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    _, zh, _ = run("progress", "--place", "441900")
    assert all(word in zh for word in ("目标", "地点", "状态", "培训人次", "东莞市", "人次"))
    for asked in (("--lang", "en"), ()):
        _, en, _ = run("progress", "--place", "441900", *asked, lang=None if asked else "en")
        assert all(word in en for word in ("target", "status", "Trainings", "Dongguan", "enrolments"))
        assert not CHINESE.search(en)
    _, machine, _ = run("progress", "--place", "441900", "--format", "csv", lang="en")
    assert machine.splitlines()[0].startswith("policy,target,name,kind,place,place_name")
    _, zh, _ = run("progress", "--format", "csv", "--lang", "zh", lang="en")
    assert "东莞市" in zh


def test_a_corrected_workbook_clears_the_list(run: Run, home: Path) -> None:
    """What a clerk does: load, export, correct in the spreadsheet, load again."""
    run("load", home / "training.csv")
    run("rejects", "--format", "xlsx", "-o", home / "rejects.xlsx")
    book = openpyxl.load_workbook(home / "rejects.xlsx")
    headers = {cell.value: cell.column for cell in book.active[1]}
    book.active.cell(2, headers["所属镇街"]).value = "虎门"
    book.active.cell(2, headers["身份证号"]).value = "11010519491231002X"
    book.save(home / "rejects.xlsx")
    code, out, _ = run("load", home / "rejects.xlsx", lang="en")
    assert (code, "1 rows that were refused before are replaced" in out) == (0, True)
    assert run("rejects")[2] == "没有退回的行\n"
    (row,) = (r for r in progress_now() if (r.place, r.as_of.isoformat()) == ("441900", "2023-07-01"))
    assert row.value == 3


def test_warnings_are_counted_by_a_load_and_listed(run: Run, home: Path) -> None:
    """Of 100 trainings one is of 2003, long before the policy of 2021."""
    header, row, *_ = CSV.splitlines()
    rows = [row.replace("T1", f"T{n}") for n in range(100)]
    rows[7] = rows[7].replace("2023-05-01", "2003-05-01")
    (home / "many.csv").write_text("\n".join([header, *rows]), "utf-8")
    _, _, err = run("load", home / "many.csv")
    assert "提醒（已装入，请核对）：日期远早于政策，1 条" in err
    assert "虎门镇有 1 行的结业日期早于 2011 年，最早为 2003-05-01（many.csv:9）" in err
    assert "全部提醒：milepost warnings" in err
    _, out, _ = run("warnings", "--format", "csv", lang="en")
    (listed,) = csv.DictReader(out.splitlines())
    assert (listed["kind"], listed["place"], listed["source_row"]) == ("early_date", "441900121", "9")
    assert listed["said"] == "Humen: Completed on before 2011 in 1 rows, the earliest 2003-05-01"
    _, zh, _ = run("warnings")
    assert all(word in zh for word in ("类别", "日期远早于政策", "请核对年份"))
    assert json.loads(run("warnings", "--kind", "like_name", "--format", "json")[1]) == []
    code, _, err = run("warnings", "--kind", "early_dat")
    assert (code, err) == (8, "没有“early_dat”这一类提醒；是否为“early_date”？\n")
    run("load", home / "many.csv")
    said = json.loads(run("load", home / "training.csv", "--json")[1])
    assert len(said["warnings"]) == 1


def test_a_sex_that_does_not_fit_the_number_is_a_warning_until_it_is_corrected(
    run: Run, home: Path
) -> None:
    """The 17th digit is 2: a woman. The corrected file has nothing else that is new."""
    lines = ["培训记录编号,身份证号,性别,所属镇街,结业日期", "T1,11010519491231002X,男,虎门,2023-05-01"]
    (home / "a.csv").write_text("\n".join(lines), "utf-8")
    _, _, err = run("load", home / "a.csv", lang="en")
    assert "Sexes that do not fit the identity number, 1 in all" in err
    (listed,) = json.loads(run("warnings", "--format", "json", lang="en")[1])
    assert (listed["kind"], listed["subject"], listed["place"]) == ("two_sexes", "T1", "441900121")
    assert (listed["source_file"], listed["source_row"]) == ("a.csv", 2)
    (home / "b.csv").write_text("\n".join(lines).replace("男", "女"), "utf-8")
    _, out, err = run("load", home / "b.csv", lang="en")
    assert ("published" in out, err.strip()) == (True, "")
    assert json.loads(run("warnings", "--format", "json")[1]) == []


def test_who_has_reported_what_is_listed(run: Run, home: Path) -> None:
    expects = "    expects: [{dataset: trainings, from: town, every: month}]\n    targets:\n"
    (home / "metrics.yaml").write_text(METRICS.replace("    targets:\n", expects), "utf-8")
    run("load", home / "training.csv")
    _, out, _ = run("completeness", "--place", "441900121", "--format", "csv")
    rows = {row["month"]: row for row in csv.DictReader(out.splitlines())}
    assert list(rows) == [
        *(f"2022-{m:02d}" for m in range(7, 13)),
        *(f"2023-{m:02d}" for m in range(1, 7)),
    ]
    assert (rows["2023-05"]["records"], rows["2023-05"]["state"]) == ("1", "received")
    assert (rows["2023-05"]["files"], rows["2023-04"]["state"]) == ("training.csv", "missing")
    assert {row["due"] for row in rows.values()} == {"declared"}
    _, zh, _ = run("completeness", "--dataset", "trainings")
    assert all(word in zh for word in ("培训记录", "虎门镇", "2023-05", "已报送", "缺报", "政策规定"))
    assert run("completeness", "--dataset", "traning")[0] == 8


def test_errors_are_in_the_language_that_is_asked_for(run: Run, home: Path) -> None:
    assert run("progress") == (6, "", "还没有装载数据；请运行：milepost load 文件或文件夹\n")
    assert run("progress", lang="en")[2] == "nothing is loaded yet; run: milepost load PATH\n"
    assert run("progress", "--lang", "en")[2] == "nothing is loaded yet; run: milepost load PATH\n"
    assert run("progress", "--lang", "zh", lang="en")[2].startswith("还没有装载数据")
    (home / "metrics.yaml").write_text(METRICS.replace("at_least", "at_leest"), "utf-8")
    code, _, err = run("check")
    assert code == 5
    assert "metrics.yaml 第 " in err
    assert "不认识的键“at_leest”；是否为“at_least”？" in err


@pytest.mark.usefixtures("home")
def test_the_schema_of_metrics_yaml(run: Run) -> None:
    code, out, err = run("check", "--schema")
    assert (code, json.loads(out), err) == (0, json.loads(json.dumps(json_schema())), "")


# Snapshots of an older version


def published(home: Path) -> Path:
    folder = home / "home" / "warehouse"
    return folder / "snapshots" / (folder / "current").read_text().strip()


def progress_now() -> list[ProgressRow]:
    """All progress; the file is closed again, so that it may be changed."""
    engine = verbs.published_engine(Settings())
    with engine.connect() as connection:
        found = read_progress(connection)
    engine.dispose()
    return found


def make_older(path: Path, statement: str) -> None:
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def shown(path: str = "/") -> str:
    """What the site shows at an address."""
    with create_app(Settings()).server.test_client() as client:
        return asking.plainly(client, path)


@pytest.mark.parametrize(
    ("statement", "lacks"),
    [
        ("ALTER TABLE targets DROP COLUMN clause", "targets.clause"),
        ("DROP TABLE windows", "windows"),
        ("ALTER TABLE trainings DROP COLUMN hours", "trainings.hours"),
        ("DROP TABLE honours", "honours"),
    ],
)
def test_a_snapshot_of_an_older_version_is_refused_and_rebuilt_by_a_load(
    run: Run, home: Path, statement: str, lacks: str
) -> None:
    run("load", home / "training.csv")
    before = progress_now()
    old = published(home)
    make_older(old, statement)
    code, out, err = run("progress", lang="en")
    assert (code, out) == (6, "")
    assert f"no table or column {lacks}; load again" in err
    page = shown()
    assert "快照需要重新装载" in page
    assert lacks in page
    with create_app(Settings()).server.test_client() as client:
        assert client.get("/healthz").status_code == 503
    code, out, err = run("load", home / "training.csv")
    assert code == 0
    assert "已发布快照" in out
    assert "原快照由另一版本生成" in err
    assert published(home) != old
    assert progress_now() == before
    with glance(published(home)) as connection:
        hours = connection.execute("SELECT sum(hours), count(*) FROM trainings").fetchone()
    assert hours == (20, 2)
    assert "培训人次" in shown()
    page = shown(f"/?snapshot={old.stem}")
    assert "快照需要重新装载" in page
    assert "nothing new" in run("load", home / "training.csv", lang="en")[1]


def test_the_site_before_the_first_load(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts, says that nothing is loaded yet, and takes up the first load."""
    started: list[dict[str, object]] = []
    monkeypatch.setattr(server, "run", lambda **options: started.append(options))
    code, out, _ = run("serve", "--port", "8123")
    assert (code, out) == (0, "Milepost: http://127.0.0.1:8123/\n")
    assert started == [{"host": "127.0.0.1", "port": 8123, "workers": 2}]
    assert "还没有装载数据" in shown()
    assert "Nothing is loaded yet" in shown("/?lang=en")
    run("load", home / "training.csv")
    assert "培训人次" in shown()


def test_up_brings_an_older_snapshot_to_this_version(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "run", lambda **_: None)
    inbox = home / "home" / "inbox"
    inbox.mkdir(parents=True)
    (home / "training.csv").rename(inbox / "training.csv")
    assert run("up")[0] == 0
    make_older(published(home), "ALTER TABLE progress DROP COLUMN pace")
    assert "快照需要重新装载" in shown()
    code, _, err = run("up")
    assert code == 0
    assert "原快照由另一版本生成" in err
    assert "培训人次" in shown()


def test_a_published_file_that_cannot_be_read(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    path = published(home)
    path.chmod(0o644)
    path.write_bytes(b"no database")
    assert "当前快照无法打开" in run("progress")[2]
    code, _, err = run("load", home / "training.csv")
    assert code == 6
    assert "当前快照无法读取" in err
    page = shown()
    assert "暂时无法显示" in page
    assert str(home) not in page


def _words(node: ast.expr) -> str:
    """What of a text is written in the source: the rest is filled in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(one.value) for one in parts if isinstance(one, ast.Constant))


def test_every_text_in_the_sources_is_chinese_and_english() -> None:
    found = 0
    for room in ("etl", "metrics", "milepost", "dashboard"):
        for path in (PROJECT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Text":
                    continue
                if len(node.args) == 2 and (zh := _words(node.args[0])):
                    found += 1
                    en = _words(node.args[1])
                    assert CHINESE.search(zh) or not re.search(r"[a-z] [a-z]", zh), (path, zh)
                    assert not CHINESE.search(en) or re.search(r"[a-z]", en), (path, en)
    assert found > 150


def test_changes_and_what_follows_are_printed_for_people(run: Run, home: Path) -> None:
    assert run("load", home / "training.csv")[0] == 0
    code, out, _ = run("changes", "--place", "441900", lang="en")
    assert code == 0
    assert "ranks climbed" in run("changes", "--movers", lang="en")[1]
    assert "status then" in out
    assert "同级平均" in run("progress", "--more")[1]
    for wrong in (("--since", "2035-01-01"), ("--place", "999"), ("--policy", "dongguang")):
        code, _, err = run("changes", *wrong, lang="en")
        assert code == UnknownNameError.exit_code
        assert ("no dates to compare" in err) == (wrong[0] == "--since")
