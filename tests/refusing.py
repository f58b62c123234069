"""Errors as a user meets them: in both languages.

Owns `refusing`: a block that must be refused. Used by all tests of what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from etl.errors import MilepostError
from etl.texts import Text

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@contextmanager
def refusing(kind: type[MilepostError], english: str) -> Iterator[None]:
    """The block raises `kind`, whose English text holds `english`; its Chinese one is Chinese."""
    with pytest.raises(kind) as refused:
        yield
    assert english in refused.value.text.en
    assert is_both(refused.value.text)
    assert str(refused.value) == refused.value.text.zh


def is_both(text: Text) -> bool:
    """Whether a text is there in both languages, one for one line by line."""
    zh, en = text.zh.splitlines(), text.en.splitlines()
    return len(zh) == len(en) > 0 and all(map(_CHINESE.search, zh))
