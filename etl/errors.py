"""What can go wrong for a user, each kind with its own exit code.

Owns every exception that is a user's mistake or a fact of the machine (never a bug of ours: those
keep their traceback). A message names the file, row or line, the key, what was found, what is
allowed and the remedy, in both languages: `text` has them, `str()` gives the Chinese. The command line
prints it without a traceback and leaves with `exit_code`. May import `texts` only.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.texts import Text, lines


class MilepostError(Exception):
    """An error that a user can act on."""

    exit_code = 1

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


class SettingsError(MilepostError):
    """A setting of the environment or of `.env` cannot be used."""

    exit_code = 3


class SourceError(MilepostError):
    """A source file cannot be read at all (single bad rows go to `rejects` instead)."""

    exit_code = 4


class MetricsError(MilepostError):
    """`metrics.yaml` has problems; `problems` lists all of them, in the order of the file."""

    exit_code = 5

    def __init__(self, problems: Sequence[Text]) -> None:
        super().__init__(lines(problems))
        self.problems = tuple(problems)


class SnapshotError(MilepostError):
    """There is no such snapshot, or it cannot be read."""

    exit_code = 6


class NothingLoadedError(SnapshotError):
    """No snapshot has been published yet."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "还没有装载数据；请运行：milepost load 文件或文件夹",
                "nothing is loaded yet; run: milepost load PATH",
            )
        )


class OutdatedError(SnapshotError):
    """A snapshot of an older version of Milepost lacks what this version reads."""


class BusyError(MilepostError):
    """Another load is writing; one writer at a time."""

    exit_code = 7


class UnknownNameError(MilepostError):
    """A target, place, policy or dataset that nothing declares."""

    exit_code = 8


class ReferenceTableError(MilepostError):
    """A reference table (`data/reference/`) has problems; the message lists all of them."""

    exit_code = 9


class Mistake(ValueError):  # noqa: N818  # it never ends a command: pydantic collects it with others
    """One wrong value of a declaration that is written by hand, said in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text
