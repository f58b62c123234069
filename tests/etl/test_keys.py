"""The key of identity numbers: HMAC-SHA-256 of the standard, kept whole, changed, found wrong."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from pathlib import Path

import duckdb
import pytest

from etl.errors import SettingsError
from etl.keys import HashingKey, lengthen_key_file, read_key_file, settle_key
from etl.settings import Settings
from etl.snapshot_file import prepare_tables
from tests.refusing import refusing

NUMBERS = ["11010519491231002X", "H12345678", "E1234567", "12345678"]
KEYS = [b"k" * 16, b"\x00\xff" * 16, b"x" * 64, b"y" * 65, "密钥".encode() * 40]


def by_sql(key: HashingKey, texts: list[str]) -> list[str]:
    with duckdb.connect() as connection:
        statement = f"SELECT {key.hashed_sql('t')} FROM (SELECT unnest($texts) AS t)"
        found = connection.execute(statement, {"texts": texts, **key.parameters}).fetchall()
    return [hashed for (hashed,) in found]


@pytest.mark.parametrize("key", KEYS)
def test_sql_hashes_as_the_standard_library_does(key: bytes) -> None:
    expected = [hmac.new(key, n.encode(), hashlib.sha256).hexdigest()[:32] for n in NUMBERS]
    assert by_sql(HashingKey((key,)), NUMBERS) == expected
    assert [HashingKey((key,)).hashed(number) for number in NUMBERS] == expected


def test_a_case_of_the_standard() -> None:
    """RFC 4231, test case 2, whose 128 leading bits are printed there."""
    assert by_sql(HashingKey((b"Jefe",)), ["what do ya want for nothing?"]) == [
        "5bdcc146bf60754e6a042426089575c7"
    ]


def test_numbers_go_through_all_keys_in_turn() -> None:
    first = hmac.new(KEYS[0], NUMBERS[0].encode(), hashlib.sha256).hexdigest()[:32]
    second = hmac.new(KEYS[1], first.encode(), hashlib.sha256).hexdigest()[:32]
    assert by_sql(HashingKey((KEYS[0], KEYS[1])), NUMBERS[:1]) == [second]


def keyed(key: HashingKey) -> duckdb.DuckDBPyConnection:
    """A snapshot with one person, hashed with `key`."""
    connection = duckdb.connect()
    prepare_tables(connection)
    connection.execute("INSERT INTO persons VALUES (1, ?)", [key.hashed(NUMBERS[0])])
    settle_key(connection, key)
    return connection


def test_a_key_that_was_added_is_put_over_the_stored_hashes() -> None:
    longer = HashingKey((KEYS[0], KEYS[1], KEYS[2]))
    with keyed(HashingKey((KEYS[0],))) as connection:
        assert settle_key(connection, longer)
        assert connection.execute("SELECT * FROM persons").fetchall() == [
            (1, longer.hashed(NUMBERS[0]))
        ]
        assert not settle_key(connection, longer)
        assert connection.execute("SELECT hash FROM persons").fetchall() == [
            (longer.hashed(NUMBERS[0]),)
        ]


@pytest.mark.parametrize("wrong", [(KEYS[1],), (KEYS[1], KEYS[0]), (KEYS[1], KEYS[2])])
def test_a_wrong_key_is_refused_before_anything_is_hashed(wrong: tuple[bytes, ...]) -> None:
    with keyed(HashingKey((KEYS[0],))) as connection:
        before = connection.execute("SELECT * FROM persons, snapshot").fetchall()
        with refusing(SettingsError, "wrong key"):
            settle_key(connection, HashingKey(wrong))
        assert connection.execute("SELECT * FROM persons, snapshot").fetchall() == before


def test_a_key_that_was_taken_away_is_missed() -> None:
    with keyed(HashingKey((KEYS[0], KEYS[1]))) as connection, refusing(SettingsError, "wrong key"):
        settle_key(connection, HashingKey((KEYS[0],)))


def test_any_key_does_for_a_snapshot_without_persons_or_without_check_value() -> None:
    with keyed(HashingKey((KEYS[0],))) as connection:
        connection.execute("DELETE FROM snapshot")
        assert not settle_key(connection, HashingKey((KEYS[1],)))
        connection.execute("DELETE FROM persons")
        assert not settle_key(connection, HashingKey((KEYS[2],)))


def test_the_key_file_is_made_for_its_owner_only_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    path.parent.mkdir()
    (path.parent / "key.new").write_text("half a key of a killed process")
    made = read_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [len(key) for key in made.chain] == [64]
    assert read_key_file(path) == made
    longer = lengthen_key_file(path)
    assert longer.chain[:1] == made.chain
    assert len(set(longer.chain)) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "too short (0"), (b"abc\n", "too short (3"), (b"\xff" * 40, "no text")]
)
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "key").write_bytes(content)
    with refusing(SettingsError, said):
        read_key_file(tmp_path / "key")


def test_a_folder_that_no_key_can_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file in the way")
    with refusing(SettingsError, "see to the folder"):
        read_key_file(tmp_path / "home" / "key")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with refusing(SettingsError, "Permission denied"):
        read_key_file(tmp_path / "key")


def test_the_setting_takes_several_keys(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, key="0123456789abcdef|fedcba9876543210", _env_file=None)
    assert settings.hashing_key().chain == (b"0123456789abcdef", b"fedcba9876543210")
    with refusing(SettingsError, "MILEPOST_KEY: too short"):
        Settings(home=tmp_path, key="0123456789abcdef|", _env_file=None).hashing_key()
