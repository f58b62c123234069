"""Docs cannot rot: what they say of keys, settings, exit codes and commands is held against the code.

Every example is run as it stands in the page. Where a page could name something that does not exist,
both directions are checked.
"""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args
from uuid import uuid4

import pytest
import typer
import yaml
from pydantic import BaseModel
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool
from typer.exceptions import TyperException

from etl import errors
from etl.datasets import datasets
from etl.dictionary import data_dictionary
from etl.errors import MetricsError, MilepostError
from etl.places import Gazetteer, write_places
from etl.settings import PROJECT, Settings
from etl.snapshot_file import prepare_tables
from metrics import catalogue
from metrics.evaluate import evaluate
from metrics.reader import parse_catalogue
from milepost.cli import app
from tests.docs.pages import DOCS, PAGES, section_of, table_of

METRICS_YAML = (DOCS / "metrics-yaml.md").read_text("utf-8")
SETTINGS = (DOCS / "settings.md").read_text("utf-8")


# The data dictionary


def test_the_data_dictionary_is_fresh() -> None:
    written = (DOCS / "data-dictionary.md").read_text("utf-8")
    assert written == data_dictionary(), "run: python -m etl.dictionary > docs/data-dictionary.md"


def test_the_data_dictionary_has_every_word_of_the_declaration() -> None:
    """Taken apart again, each table says of each field what the declaration says, and no more."""
    page = data_dictionary()
    for dataset in datasets().values():
        heading = f"{dataset.name} {dataset.title.zh} {dataset.title.en}"
        section = section_of(page, heading)
        for said in (*dataset.key, dataset.date, dataset.ends, dataset.counts_when):
            assert said is None or f"`{said}`" in section, f"{dataset.name}: {said}"
        rows = {row["字段 Field"].strip("`"): row for row in table_of(section)}
        assert list(rows) == [field.name for field in dataset.fields]
        for field in dataset.fields:
            row, where = rows[field.name], f"{dataset.name}.{field.name}"
            assert (row["表头"], row["Header"]) == tuple(field.header), where
            assert row["其他表头 Also"] == "、".join(field.aliases), where
            assert row["类型 Type"] == f"`{field.type}`", where
            assert bool(row["必填 Required"]) == field.required, where
            assert "、".join(field.values) in row["取值 Values"], where
            assert bool(row["取值 Values"]) == bool(field.values), where
            assert ("仅限" in row["取值 Values"]) == (field.closed or field.type == "scope"), where
            for limit in (field.minimum, field.maximum):
                assert limit is None or f" {limit:g}" in row["规则 Rules"], where
            for name in (field.not_before, field.points_at):
                assert name is None or f"`{name}`" in row["规则 Rules"], where
            assert ("不晚于载入当日" in row["规则 Rules"]) == field.not_in_future, where
            assert row["说明 Note"] == ("<br>".join(field.note) if field.note else ""), where


# metrics-yaml.md

#: Under which heading each model of the catalogue is documented.
HEADINGS = {
    "Catalogue": "The file",
    "Policy": "A policy",
    "Expects": "An expected report",
    "Section": "A section",
    "StatusRule": "The rule of status",
    "Target": "A target",
    "Requirement": "The requirement",
    "Measure": "A measure",
    "Ratio": "A ratio",
    "Units": "Units that are no places",
    "Point": "A point",
}
#: Given by the reader from the key above or from the policy.
GIVEN = {("Policy", "id"), ("Target", "id"), ("Target", "start"), ("Target", "by")}
#: Taken out by the reader before the models see it.
DROPPED = {"Policy": {"forms"}, "Target": {"form"}}

MODELS: Mapping[str, type[BaseModel]] = {
    name: model
    for name, model in inspect.getmembers(catalogue, inspect.isclass)
    if issubclass(model, BaseModel) and name in catalogue.__all__
}


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_a_target_is_documented(name: str) -> None:
    assert name in HEADINGS, f"{name}: docs/metrics-yaml.md has no table of its keys"
    section = section_of(METRICS_YAML, HEADINGS[name])
    required = {
        key: row["required"] for row in table_of(section) for key in re.findall(r"`(\w+)`", row["key"])
    }
    fields = {field.alias or key: field for key, field in MODELS[name].model_fields.items()}
    accepted = {key for key in fields if (name, key) not in GIVEN or key != "id"}
    assert set(required) == accepted | DROPPED.get(name, set())
    for key, said in required.items():
        needed = key in fields and fields[key].is_required() and (name, key) not in GIVEN
        assert (said == "yes") == needed, f"{name}.{key}: required is {said!r}"


def test_the_id_is_documented_as_the_key_above() -> None:
    for name in ("Policy", "Target"):
        assert "id" in MODELS[name].model_fields
        assert "do not write `id` inside" in section_of(METRICS_YAML, HEADINGS[name])


def test_every_kind_and_recurrence_is_documented() -> None:
    row = {row["key"]: row["means"] for row in table_of(section_of(METRICS_YAML, "A target"))}
    for key, allowed in (("kind", catalogue.Kind), ("recurs", catalogue.Recurs)):
        values = {value for value in get_args(allowed) if value}
        assert set(re.findall(r"`([^`]+)`", row[f"`{key}`"])) == values


#: An example, and what `milepost check` says to it where the page shows that.
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$(?:\n\ngives\n\n```text\n(.*?)^```$)?", re.M | re.S)
EXAMPLES = [
    pytest.param(found[1], found[2], id=f"line {METRICS_YAML.count(chr(10), 0, found.start()) + 1}")
    for found in _EXAMPLE.finditer(METRICS_YAML)
]
GOOD = [pytest.param(one.values[0], id=one.id) for one in EXAMPLES if one.values[1] is None]
REFUSED = [one for one in EXAMPLES if one.values[1] is not None]


@pytest.mark.parametrize("text", GOOD)
def test_every_example_passes_the_reader_and_is_evaluated(text: str) -> None:
    """As it stands, filled into a policy where it is a part of one; then measured over no records."""
    for whole in _whole(text):
        read = parse_catalogue(whole)
        engine = create_engine(f"duckdb:///:memory:{uuid4()}", poolclass=QueuePool)
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            prepare_tables(raw)
            write_places(raw, Gazetteer.read())
        evaluate(engine, read, today=date(2024, 6, 30))
        engine.dispose()


def test_there_is_an_example_of_every_kind_and_form() -> None:
    kinds: set[str] = set()
    forms: set[str] = set()
    wholes = (whole for one in GOOD for whole in _whole(str(one.values[0])))
    for target in (target for whole in wholes for target in parse_catalogue(whole).targets.values()):
        kinds.add(target.kind)
        for part in (target, target.require, target.units, *target.measures.values()):
            forms |= part.model_fields_set if isinstance(part, BaseModel) else set()
    assert kinds == set(get_args(catalogue.Kind))
    for name in ("Requirement", "Measure", "Units"):
        assert set(MODELS[name].model_fields) <= forms
    assert {"averaged", "recurs", "share", "baseline", "trajectory", "support"} <= forms


@pytest.mark.parametrize(("text", "output"), REFUSED)
def test_what_check_reports_is_what_the_page_says(text: str, output: str) -> None:
    with pytest.raises(MetricsError) as refused:
        parse_catalogue(text)
    assert refused.value.text.en == output.strip()


def _whole(text: str) -> Iterator[str]:
    """The files that an example stands for: itself, or each target or measure in a small policy."""
    said = yaml.safe_load(text)
    if isinstance(said, dict) and "policies" in said:
        yield text
        return
    policy: dict[str, Any] = {}
    if isinstance(said, list):
        targets = [_of_measure(measure) for measure in said]
    elif "kind" in said:
        targets = [said]
    else:
        policy, targets = said, [_of_measure({"flow": "trainings", "count": "records"})]
    words = {"zh": "一句话", "en": "a sentence"}
    common = {"name": words, "means": words, "clause": "1", "counted_per": "city"}
    for target in targets:
        life = {"start": date(2021, 1, 1), "by": date(2025, 12, 31)}
        whole = {"name": words, "document": words, "area": "441900", **life, **policy}
        whole["targets"] = {"goal": common | target}
        units = {target["require"]["unit"]: words, "%": words}
        yield yaml.safe_dump({"units": units, "policies": {"example": whole}}, allow_unicode=True)


def _of_measure(measure: dict[str, Any]) -> dict[str, Any]:
    kind = "cumulative" if "flow" in measure else "stock"
    return {"kind": kind, "require": {"at_least": 1, "unit": "record"}, "query": measure}


# settings.md


def test_every_setting_is_documented_and_no_other() -> None:
    rows = {row["setting"].strip("`"): row for row in table_of(section_of(SETTINGS, "Settings"))}
    assert set(rows) == {f"MILEPOST_{name.upper()}" for name in Settings.model_fields}
    assert all(row["default"] and row["means"] for row in rows.values())


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = {f"MILEPOST_{name.upper()}" for name in Settings.model_fields}
    for name, page in PAGES.items():
        assert set(re.findall(r"MILEPOST_[A-Z_]+", page)) <= known, name


def test_every_exit_code_is_documented_and_no_other() -> None:
    codes = {
        kind.exit_code
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, MilepostError)
    }
    listed = [int(row["code"]) for row in table_of(section_of(SETTINGS, "Exit codes"))]
    assert listed == sorted(codes | {0, 2})  # done; a command line that Typer refuses


# Commands

#: `milepost ...` as a line of a block of commands, or as code inside a sentence.
_LINE = re.compile(r"^\s*(?:\$ )?(?:[\w./]*/)?milepost(?=\s|$)(.*)$")
_INLINE = re.compile(r"(?<!`)`(?:[\w./]*/)?milepost( [^`]*)`(?!`)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def _commands() -> Iterator[tuple[str, str]]:
    for name, page in PAGES.items():
        for language, block in _FENCE.findall(page):
            for line in block.replace("\\\n", " ").splitlines():
                if language != "text" and (found := _LINE.match(line)) is not None:
                    yield name, found[1]
        for found in _INLINE.finditer(_FENCE.sub("", page)):
            yield name, found[1]


COMMANDS = sorted(set(_commands()))


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_shown_exists(name: str, command: str) -> None:
    """Its options too; and if it is no synopsis (`[--policy]`, `PATH`, `...`), it parses whole."""
    problem = _wrong(command)
    assert problem is None, f"{name}: milepost{command}: {problem}"


@pytest.mark.parametrize(
    "command",
    [
        " chek",
        " progress --polcy dongguan",
        " progress --as-of yesterday",
        " rollback a b",
        " load [--jsn]",
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    assert _wrong(command) is not None


def test_commands_were_found_to_check() -> None:
    assert ("docs/metrics-yaml.md", " check FILE") in COMMANDS


def _wrong(command: str) -> str | None:
    """What is wrong with a command line, after the word `milepost`."""
    group: Any = typer.main.get_command(app)
    words = shlex.split(re.split(r"\s(?:#|\||>|&&|;)", command)[0])
    plain = [word for word in words if not re.search(r"[\[\]]|\.\.\.|…", word)]
    if not words or words == ["--help"]:
        return None
    if words[0] not in group.commands:
        return f"there is no command {words[0]!r}"
    chosen = group.commands[words[0]]
    options = {option for parameter in chosen.params for option in parameter.opts} | {"--help"}
    for option in re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", " ".join(words[1:])):
        if option not in options:
            return f"there is no option {option}"
    placeholder = any(re.fullmatch(r"[A-Z]{1,12}|<.*>", word) for word in words)
    if plain == words and not placeholder and "--help" not in words and len(words) > 1:
        try:
            chosen.make_context(words[0], words[1:])
        except TyperException as error:
            return str(error)
    return None


# Links


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_project_leads_somewhere(name: str) -> None:
    for link in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", PAGES[name]):
        file, _, anchor = link.partition("#")
        path = (PROJECT / name).parent / file if file else PROJECT / name
        assert path.exists(), f"{name}: {link}"
        headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M) if anchor else []
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, f"{name}: {link}"
