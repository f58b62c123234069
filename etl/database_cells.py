"""Database cells: each value of a driver as the text that a clerk would have typed.

Owns `typed_text`. The text goes the way of every cell of a file, so that nothing is read in two ways.
Called by `database_answers` for each cell. Imports nothing of ours.
"""

from __future__ import annotations

import json
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

#: A record counts by its day, and the day is China's.
_ZONE = ZoneInfo("Asia/Shanghai")

#: Up to here a floating-point number is a whole number exactly.
_EXACT = 2**53

#: One bit, as MySQL keeps what is true.
_BITS = {b"\x00": "0", b"\x01": "1"}


def typed_text(value: object) -> str | None:
    """The text of a value; None for nothing. Raises UnicodeDecodeError for bytes that are no text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        # A whole number keeps no point. One with digits lost keeps its exponent, and so is never
        # taken for an identity number.
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        bare = value if value.tzinfo is None else value.astimezone(_ZONE).replace(tzinfo=None)
        return str(bare.date()) if bare.time() == time.min else str(bare)
    if isinstance(value, (bytes, bytearray, memoryview)):
        plain = bytes(value)
        return _BITS.get(plain) or plain.decode("utf-8")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
