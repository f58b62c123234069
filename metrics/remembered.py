"""What was found out of a snapshot and need not be found out again: a snapshot never changes.

Owns `Remembered`. Called by `browsing` and by pages. Imports nothing of ours.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """The latest answers by their question, which must name the snapshot. Safe for threads; two that
    ask the same at once may both look."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._kept: OrderedDict[Hashable, Found] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, asked: Hashable, find: Callable[[], Found]) -> Found:
        """The answer to a question: the one kept, or what `find` gives."""
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        found = find()
        with self._lock:
            self._kept[asked] = found
            while len(self._kept) > self._at_most:
                self._kept.popitem(last=False)
        return found
