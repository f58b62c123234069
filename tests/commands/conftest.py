"""A home to type commands in, and what types them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from milepost import cli
from tests.commands.small import CSV, METRICS, Run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own with a file to load, and a `metrics.yaml` of one target."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MILEPOST_KEY", "0123456789abcdef")
    monkeypatch.setenv("MILEPOST_METRICS", str(tmp_path / "metrics.yaml"))
    monkeypatch.delenv("MILEPOST_LANG", raising=False)
    (tmp_path / "metrics.yaml").write_text(METRICS, "utf-8")
    (tmp_path / "training.csv").write_text(CSV, "utf-8")
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Types a command; gives exit code, standard output and standard error."""

    def typed(*words: object, lang: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["milepost", *map(str, words)])
        if lang is not None:
            monkeypatch.setenv("MILEPOST_LANG", lang)
        else:
            monkeypatch.delenv("MILEPOST_LANG", raising=False)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(str(ended.value.code or 0)), said.out, said.err

    return typed
