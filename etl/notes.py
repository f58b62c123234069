"""Notes: what was read otherwise than its sender may have meant, said after a load.

Owns the texts of it: sheets and rows that are hidden, cells over several rows, rows that are no
records, headers that are there twice or close to known ones. Called by `loading`. May import `headers`,
`reading`, `senders`, `source_files`, `texts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from etl.headers import near_headers, second_headers
from etl.reading import Sheet
from etl.senders import SENDER_FILE
from etl.source_files import SourceFile
from etl.texts import Text, listed

#: How many row numbers a note lists.
_LISTED = 10


def hidden_sheet(sheet: Sheet) -> Text:
    """A hidden sheet is somebody's draft: it is not loaded."""
    return Text(
        f"{sheet.place.zh}：是隐藏的工作表，没有载入；要载入请取消隐藏",
        f"{sheet.place.en}: is hidden and was not loaded; unhide it to have it loaded",
    )


def all_hidden(file: SourceFile) -> Text:
    """Why nothing of a workbook is loaded."""
    return Text(
        f"{file.name}：有数据集表头的工作表都是隐藏的，没有载入；请取消隐藏",
        f"{file.name}: all its sheets with headers of a dataset are hidden; unhide them",
    )


def of_sheet(sheet: Sheet, footers: Sequence[int]) -> Iterator[Text]:
    """What is to be said of a sheet that was loaded."""
    of = sheet.place
    if sheet.hidden_rows:
        yield Text(
            f"{of.zh}：有隐藏（或被筛选掉）的行，已一并读取",
            f"{of.en}: rows that are hidden, or filtered away, were read like the others",
        )
    if sheet.merged_rows:
        rows = _rows(sheet.merged_rows)
        yield Text(
            f"{of.zh}：与上面的行共用合并的单元格，已按其中的内容读取：{rows.zh}",
            f"{of.en}: read with what is in a cell that is merged with rows above: {rows.en}",
        )
    if footers:
        rows = _rows(footers)
        yield Text(
            f"{of.zh}：{len(footers)} 行是合计、标题、签名、说明或重复的表头，不是记录，未计入"
            f"（{rows.zh}）",
            f"{of.en}: {len(footers)} rows of totals, titles, signatures, notes or repeated headers "
            f"are no records and were left out ({rows.en})",
        )
    for header, read in second_headers(sheet.match).items():
        yield Text(
            f"{of.zh}：列“{header}”没有使用，{read.zh}已从另一列读取；请删去多余的一列",
            f"{of.en}: column {header!r} is not used: {read.en} was read from another column; delete "
            "the one that is too much",
        )
    for header, (near, field) in near_headers(sheet.match).items():
        yield Text(
            f"{of.zh}：列“{header}”没有使用；它是否就是“{near}”？如是，请在 {SENDER_FILE} 的 columns "
            f"下写：{header}: {field}",
            f"{of.en}: column {header!r} is not used; is it {near!r}? If so, write below columns in "
            f"{SENDER_FILE}: {header}: {field}",
        )


def _rows(numbers: Sequence[int]) -> Text:
    """Rows by their numbers, the first of them if there are many."""
    rows, more = listed(str(row) for row in numbers[:_LISTED]), len(numbers) > _LISTED
    return Text(f"第 {rows.zh} 行" + "等" * more, f"rows {rows.en}" + ", ..." * more)
