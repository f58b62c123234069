"""Identity numbers: which are valid, who is the same person, and the keyed hash that stands for them.

Owns `number_persons`, which gives every different spelling of an identity number its person, in SQL
and without ever keeping a number: temporary tables hold them while a file is read, the snapshot holds
the keyed hash only. Called by `loading` and, for the sex that a number states, by `doubting`. May
import `cells`, `keys`, `parts`, `texts`.

A person is known by one number: the 15-digit form is made the 18-digit one; a Hong Kong or Macau permit
counts without its two renewal digits.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

import duckdb

from etl.cells import Refusal
from etl.keys import HashingKey
from etl.parts import own
from etl.texts import Text

#: A resident's number has so many characters, each of a byte or more.
SHORTEST_NUMBER = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"  # by the weighted sum modulo 11 (ISO 7064 MOD 11-2)

REFUSED = {
    "check": Refusal(
        Text("身份证号校验码不符", "the identity number's check character does not fit"),
        Text("请对照证件重新填写全部 18 位", "copy all 18 characters again from the document"),
    ),
    "birth": Refusal(
        Text("身份证号中的出生日期不对", "the birth date in the identity number cannot be"),
        Text("请对照证件重新填写", "copy the number again from the document"),
    ),
    "masked": Refusal(
        Text("身份证号仍被遮盖", "the identity number is still masked"),
        Text("请填写完整的证件号码", "write the whole number"),
    ),
    "lost": Refusal(
        Text(
            "证件号码被存成了数字，后几位已丢失",
            "the identity number was kept as a number: digits are lost",
        ),
        Text(
            "请把单元格设为文本格式，再对照证件重新填写全部 18 位",
            "format the cells as text, then copy all 18 characters again from the document",
        ),
    ),
    "form": Refusal(
        Text("不是身份证、通行证或护照号码", "neither an identity number, a permit nor a passport"),
        Text(
            "请填写 18 位身份证号、15 位旧号、港澳台通行证或护照号码；单元格应为文本格式",
            "write an 18-character or old 15-digit number, a permit or a passport, as text",
        ),
    ),
}


def _digits(text: str) -> str:
    """SQL for the 17 digits that `text` begins with, as one number."""
    return f"try_cast(substr({text}, 1, 17) AS BIGINT)"


def _weighted(digits: str) -> str:
    """SQL for the check character of 17 digits: dividing them off one number takes half the time of
    cutting them out of a text."""
    total = " + ".join(
        f"{digits} // {10**place} % 10 * {weight}"
        for place, weight in zip(reversed(range(17)), _WEIGHTS, strict=True)
    )
    return f"substr('{_CHECK_CHARACTERS}', (({total}) % 11)::INTEGER + 1, 1)"


_PLAIN = """
    upper(regexp_replace(
    translate(raw, '０１２３４５６７８９ＸｘＨｈＭｍ＊－（）', '0123456789XXHHMM*-()'),
    '[\\s''　\\x{A0}\\x{200B}-\\x{200F}\\x{2060}\\x{FEFF}-]', '', 'g'))
"""


def _reading(hashed: str) -> str:
    """SQL that reads all spellings; `hashed` is SQL for the keyed hash of `number`."""
    return f"""
CREATE OR REPLACE TEMP TABLE hashed_persons AS
WITH plain AS (SELECT raw, CASE WHEN regexp_full_match(raw, '[0-9]{{17}}[0-9X]') THEN raw
    ELSE {_PLAIN} END AS plain FROM raw_persons),
formed AS (
    SELECT raw, plain, CASE
        WHEN regexp_full_match(plain, '[1-9][0-9]{{16}}[0-9X]') THEN 'resident'
        WHEN regexp_full_match(plain, '[1-9][0-9]{{14}}') THEN 'old'
        WHEN regexp_full_match(plain, '[HM][0-9]{{8}}([0-9]{{2}})?') THEN 'hong kong'
        WHEN regexp_full_match(plain, '[0-9]{{8}}') THEN 'taiwan'
        WHEN regexp_full_match(plain, '[HM]([0-9]{{9}}|[0-9]{{11,}})') THEN 'form'
        WHEN regexp_full_match(plain, '[A-Z]{{1,3}}[0-9]{{5,12}}') THEN 'passport'
        WHEN contains(plain, '*') THEN 'masked'
        WHEN regexp_full_match(plain, '[0-9](\\.[0-9]+)?E\\+?[0-9]+|[0-9]+\\.[0-9]*') THEN 'lost'
        ELSE 'form' END AS form
    FROM plain),
known AS (
    SELECT raw, plain, form, CASE
        WHEN form = 'resident' THEN plain
        WHEN form = 'old' THEN substr(plain, 1, 6) || '19' || substr(plain, 7)
        WHEN form = 'hong kong' THEN substr(plain, 1, 9)
        WHEN form IN ('taiwan', 'passport') THEN plain END AS number
    FROM formed),
counted AS (
    SELECT *, CASE WHEN form IN ('resident', 'old') THEN {_digits("number")} END AS digits FROM known),
numbered AS (
    SELECT raw, plain, form, CASE WHEN form = 'old' THEN number || {_weighted("digits")}
        ELSE number END AS number, digits
    FROM counted),
born AS (
    SELECT *, CASE WHEN form IN ('resident', 'old')
        THEN try_cast(substr(number, 7, 4) || '-' || substr(number, 11, 2) || '-'
            || substr(number, 13, 2) AS DATE) END AS birth
    FROM numbered),
judged AS (SELECT raw, number, CASE
    WHEN plain = '' THEN NULL
    WHEN form IN ('form', 'masked', 'lost') THEN form
    WHEN form = 'resident' AND substr(number, 18, 1) <> {_weighted("digits")} THEN 'check'
    WHEN form IN ('resident', 'old')
        AND (birth IS NULL OR birth < DATE '1880-01-01' OR birth > $today) THEN 'birth'
    END AS problem
    FROM born)
SELECT raw, problem, CASE WHEN problem IS NULL AND number IS NOT NULL THEN
    {hashed} END AS hash
FROM judged
"""


@dataclass(frozen=True, slots=True)
class StagedPersons:
    """How a sheet's rows stand for persons until all are looked up at once.

    A row is stored with a salted digest of what was written, then `settle` puts the person's number
    there: looking persons up while rows are stored would lose the order of the file. The salt is
    random and kept nowhere, so that a digest in a freed block of the snapshot's file says nothing:
    for that MD5 is good, and it takes half the time of SHA-256 for each row.
    The temporary table `spelled_person` (raw, value, problem, staged) says what each spelling means,
    `new_persons` (person, hash) who was not known before.
    """

    salt: str

    def staged(self, column: str) -> str:
        """SQL for what stands for the person of a row, so far."""
        return _staged(self.salt, f"coalesce({column}, '')")

    def settle(self, connection: duckdb.DuckDBPyConnection, table: str, *, required: bool) -> None:
        """Put persons' numbers into `table`; mark the good rows whose person cannot be read, and with
        `required` those without one, with -1 in `source_row`."""
        bad = "found.problem IS NOT NULL" + (" OR found.value IS NULL" if required else "")
        connection.execute(
            f"UPDATE {table} SET person = found.value,"
            f" source_row = CASE WHEN source_row = 0 AND ({bad}) THEN -1 ELSE source_row END"
            f" FROM spelled_person AS found WHERE {table}.person = found.staged"
        )

    def keep(self, connection: duckdb.DuckDBPyConnection, table: str, *, all_rows: bool) -> None:
        """Put the new persons among those that are known: all of them if `all_rows` of the sheet are
        in `table`, else those that one of its rows is about. Nothing is kept of a refused one."""
        there = "" if all_rows else f" SEMI JOIN {table} USING (person)"
        connection.execute(
            f"INSERT INTO {own(connection, 'persons')} SELECT person, hash FROM new_persons{there}"
        )


def value_of_person(column: str) -> str:
    """SQL for the number of the person in a column of a sheet; none if it cannot be read."""
    return f"(SELECT value FROM spelled_person WHERE raw = coalesce({column}, ''))"


def refuses_person(column: str) -> str:
    """SQL for whether the person in a column of a sheet cannot be read."""
    return f"(SELECT problem IS NOT NULL FROM spelled_person WHERE raw = coalesce({column}, ''))"


def _staged(salt: str, text: str) -> str:
    return f"(hash(md5_number('{salt}' || {text})) >> 1)::BIGINT"


def stated_sex(raw: str) -> str:
    """SQL for the sex that a resident's number states, `M` or `F`; nothing of other numbers."""
    plain = _PLAIN.replace("raw", raw)
    digit = (
        f"CASE WHEN regexp_full_match({plain}, '[1-9][0-9]{{16}}[0-9X]') THEN substr({plain}, 17, 1)"
        f" WHEN regexp_full_match({plain}, '[1-9][0-9]{{14}}') THEN substr({plain}, 15, 1) END"
    )
    return f"CASE try_cast({digit} AS INTEGER) % 2 WHEN 1 THEN 'M' WHEN 0 THEN 'F' END"


def holds_number(text: str) -> str:
    """SQL for whether a text holds a resident's identity number, where none belongs."""
    # Only texts that are long enough are searched: nearly none is. A lambda names what was found,
    # which written out for each of its digits would take longer to plan than a file to read.
    is_right = f"lambda digits: substr(found, 18, 1) = {_weighted('digits')}"
    fits = f"lambda found: list_transform([{_digits('found')}], {is_right})[1]"
    fits = f"list_transform([{_found(text)}], {fits})[1]"
    # Bytes are counted sooner than characters.
    is_long = " AND ".join(f"{size}({text}) >= {SHORTEST_NUMBER}" for size in ("strlen", "length"))
    return f"CASE WHEN {is_long} THEN coalesce({fits}, false) ELSE false END"


def _found(text: str) -> str:
    """SQL for the first run of characters in a text that has the form of a resident's number."""
    narrow = f"translate({text}, '０１２３４５６７８９Ｘｘ', '0123456789XX')"
    plain = f"upper(regexp_replace({narrow}, '\\s', '', 'g'))"
    form = "[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9X]"
    return f"nullif(regexp_extract({plain}, '(?:^|[^0-9])({form})(?:[^0-9]|$)', 1), '')"


def number_persons(
    connection: duckdb.DuckDBPyConnection, key: HashingKey, today: date
) -> StagedPersons:
    """From the temporary table `raw_persons` (raw) make `spelled_person` and `new_persons`.

    `value` is the person's number in `persons`, or the one that is given to who has none yet; nobody
    is born after `today`. The tables with numbers in them are dropped by `forget_numbers`. Not to be
    called in a transaction: what one has not committed yet, DuckDB reads on one core.
    """
    read = _reading(key.hashed_sql("number"))
    connection.execute(read, {"today": today, **key.parameters})
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE new_persons AS
        SELECT (SELECT coalesce(max(person), 0) FROM persons) + row_number() OVER () AS person, hash
        FROM (SELECT DISTINCT hash FROM hashed_persons WHERE hash IS NOT NULL) AS found
        ANTI JOIN persons USING (hash)
        """
    )
    salt = _salt_for_distinct(connection)
    return StagedPersons(salt)


def _salt_for_distinct(connection: duckdb.DuckDBPyConnection) -> str:
    """Make `spelled_person` with a salt under which no two spellings have one digest."""
    while True:
        salt = secrets.token_hex(16)
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE spelled_person AS
            SELECT raw, person AS value, problem, {_staged(salt, "raw")} AS staged
            FROM hashed_persons LEFT JOIN (
                SELECT * FROM new_persons
                UNION ALL SELECT person, hash FROM persons SEMI JOIN hashed_persons USING (hash)
            ) AS known USING (hash)
            """
        )
        repeated = connection.execute(
            "SELECT count(*) - count(DISTINCT staged) FROM spelled_person"
        ).fetchone()
        if repeated == (0,):
            return salt


def forget_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what still holds identity numbers once a file is read."""
    for table in ("raw_persons", "hashed_persons", "spelled_person", "new_persons"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
