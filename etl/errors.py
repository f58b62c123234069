"""What can go wrong for a user, each kind with its own exit code.

Owns every exception that is a user's mistake or a fact of the machine (never a bug of ours: those
keep their traceback). A message names the file, row or line, the key, what was found, what is
allowed and the remedy. The command line prints it without a traceback and leaves with `exit_code`.
Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence


class MilepostError(Exception):
    """An error that a user can act on."""

    exit_code = 1


class SettingsError(MilepostError):
    """A setting of the environment or of `.env` cannot be used."""

    exit_code = 3


class SourceError(MilepostError):
    """A source file cannot be read at all (single bad rows go to `rejects` instead)."""

    exit_code = 4


class MetricsError(MilepostError):
    """`metrics.yaml` has problems; `problems` lists all of them, in the order of the file."""

    exit_code = 5

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class SnapshotError(MilepostError):
    """There is no such snapshot, or none has been published yet."""

    exit_code = 6


class BusyError(MilepostError):
    """Another load is writing; one writer at a time."""

    exit_code = 7


class UnknownNameError(MilepostError):
    """A target, place, policy or dataset that nothing declares."""

    exit_code = 8


class ReferenceTableError(MilepostError):
    """A reference table (`data/reference/`) has problems; the message lists all of them."""

    exit_code = 9
