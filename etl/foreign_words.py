"""What others say of a mistake (the system, the CSV reader, pydantic), in both languages.

Owns `of_system`, `refused_by_machine`, `of_csv`, `of_value` and `first_line`. What is on no list here
is given in its author's own words. Called wherever such an error becomes a message of ours. May import
`errors`, `texts`.
"""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Mapping

import duckdb
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError

from etl.errors import Mistake
from etl.texts import Text

_SYSTEM: Mapping[int, str] = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许这样做",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "已有同名文件",
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "超出磁盘配额",
    errno.EFBIG: "文件超出允许的大小",
    errno.EROFS: "磁盘为只读",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件过多",
}

#: What a load cannot be blamed for.
_OF_MACHINE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.EMFILE,
)  # fmt: skip

_CSV: Mapping[str, str] = {
    "unexpected end of data": "文件在引号内结束",
    "field larger than field limit": "单元格过长",
    "line contains NUL": "含有空字符",
    "new-line character seen in unquoted field": "引号外有换行符",
    "',' expected after '\"'": "引号之后应为分隔符",
}

#: pydantic's own kinds of error (those that declarations of ours can meet).
_VALUES: Mapping[str, str] = {
    "string_type": "应为文字；数字请加引号",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "date_type": "应为日期，如 2025-12-31",
    "date_parsing": "应为日期，如 2025-12-31",
    "date_from_datetime_parsing": "应为日期，如 2025-12-31",
    "date_from_datetime_inexact": "应为不带时刻的日期，如 2025-12-31",
    "tuple_type": "应为列表",
    "list_type": "应为列表",
    "too_short": "列表中的项太少",
    "too_long": "列表中的项太多",
    "missing": "缺少此项",
    "extra_forbidden": "不认识的键",
    "greater_than": "过小",
    "greater_than_equal": "过小",
    "less_than": "过大",
    "less_than_equal": "过大",
}


def first_line(error: BaseException | None) -> str:
    """What a library or the database says of its own, without the lines that only it understands."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def of_system(error: OSError) -> Text:
    """Why the system refused."""
    said = error.strerror or str(error)
    return Text(_SYSTEM.get(error.errno or 0, said), said)


def refused_by_machine(error: BaseException) -> Text | None:
    """Why the machine could not go on (no space, no memory, a folder that is read-only), if it is that:
    what the system says, or the database of it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, OSError):
        return of_system(cause) if cause.errno in _OF_MACHINE else None
    said = str(cause)
    for code in _OF_MACHINE:
        if isinstance(cause, duckdb.Error) and os.strerror(code) in said:
            return of_system(OSError(code, os.strerror(code)))
    if isinstance(cause, duckdb.OutOfMemoryException):
        return Text(f"内存或临时空间不足：{first_line(cause)}", first_line(cause))
    return None


def of_csv(error: csv.Error) -> Text:
    """Why the CSV reader could not go on."""
    said = str(error)
    return Text(next((zh for en, zh in _CSV.items() if said.startswith(en)), said), said)


def of_value(problem: ErrorDetails) -> Text:
    """Why pydantic refused a value: in the words of the rule of ours that it broke, if it is one."""
    context = problem.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Mistake):
        return cause.text
    if isinstance(context.get("text"), Text):
        said: Text = context["text"]
        return said
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "literal_error":
        found, allowed = problem["input"], str(context["expected"])
        return Text(
            f"这里不能写“{found}”；可写：{allowed.replace(' or ', '、').replace(', ', '、')}",
            f"{found!r} is not allowed here: {message}",
        )
    return Text(_VALUES.get(problem["type"], message), message)
