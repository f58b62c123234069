"""The key that identity numbers are hashed with: where it lies, how it is changed, whether it fits.

Owns `HashingKey` (HMAC-SHA-256 in SQL and in Python), the key file, and `settle_key`, which a load asks
before it hashes anything. Numbers are not kept, so that a new key cannot take the place of an old one:
it is put after it. What is stored is then the hash under the new key of the hash under the old one, and
new numbers go through the same chain. Called by `settings`, `identity` and the verbs. May import
`errors`, `foreign_words`, `parts`, `texts`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.errors import SettingsError
from etl.foreign_words import of_system
from etl.parts import bring, own
from etl.texts import Text

#: The first 32 hex digits of HMAC-SHA-256: 128 bits, so that no two persons ever share one.
HASH_DIGITS = 32
#: A shorter secret can be found by trying all.
SHORTEST = 16
#: Parts the keys of a chain where they stand on one line.
SEPARATOR = "|"

_BLOCK = 64  # bytes that SHA-256 takes in at a time
#: What a snapshot keeps the hash of, to know its key again: it can be no identity number.
_CHECKED = "key of this snapshot"
_FACT = "key_check"


@dataclass(frozen=True, slots=True)
class HashingKey:
    """The keys that a number goes through, oldest first; one unless the key was ever changed."""

    chain: tuple[bytes, ...]

    def hashed(self, text: str) -> str:
        """The keyed hash of a text."""
        for key in self.chain:
            text = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:HASH_DIGITS]
        return text

    def hashed_sql(self, text: str) -> str:
        """SQL for the keyed hash of a text; `parameters` belong to it."""
        for number in range(len(self.chain)):
            inner = f"unhex(sha256($inner{number}::BLOB || encode({text})))"
            text = f"substr(sha256($outer{number}::BLOB || {inner}), 1, {HASH_DIGITS})"
        return text

    @property
    def parameters(self) -> dict[str, bytes]:
        """What `hashed_sql` asks for: the pads of HMAC (RFC 2104), put before its messages."""
        found = {}
        for number, key in enumerate(self.chain):
            block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
            found[f"inner{number}"] = bytes(b ^ 0x36 for b in block)
            found[f"outer{number}"] = bytes(b ^ 0x5C for b in block)
        return found

    def after(self, check: str) -> HashingKey | None:
        """The keys that follow those that made a check value; None if others made it."""
        for count in range(1, len(self.chain) + 1):
            if hmac.compare_digest(HashingKey(self.chain[:count]).hashed(_CHECKED), check):
                return HashingKey(self.chain[count:])
        return None


def parse_key(texts: list[str], where: str) -> HashingKey:
    """The keys written in a setting or a file. Raises SettingsError."""
    for text in texts or [""]:
        if len(text) < SHORTEST:
            raise SettingsError(
                Text(
                    f"{where}：太短（{len(text)} 个字符）；至少要 {SHORTEST} 个字符",
                    f"{where}: too short ({len(text)} characters); use at least {SHORTEST}",
                )
            )
    return HashingKey(tuple(text.encode("utf-8") for text in texts))


def read_key_file(path: Path) -> HashingKey:
    """The keys of a key file, one on a line; made with one key on first use. Raises SettingsError."""
    try:
        if not path.exists():
            _write(path, [secrets.token_hex(32)])
        lines = path.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from error
    return parse_key(lines, str(path))


def lengthen_key_file(path: Path) -> HashingKey:
    """Put a new key after those of a key file. Raises SettingsError."""
    chain = [key.decode("utf-8") for key in read_key_file(path).chain]
    try:
        _write(path, [*chain, secrets.token_hex(32)])
    except OSError as error:
        raise _unusable(path, error) from error
    return read_key_file(path)


def settle_key(connection: duckdb.DuckDBPyConnection, key: HashingKey) -> bool:
    """Bring a snapshot to `key`: whether its hashes had to go through keys that were added since.

    Raises SettingsError for a key that the persons of the snapshot were not hashed with: each of them
    would count twice.
    """
    row = connection.execute("SELECT value FROM snapshot WHERE key = ?", [_FACT]).fetchone()
    persons = connection.execute("SELECT count(*) FROM persons").fetchone()
    added: HashingKey | None = HashingKey(())
    # A snapshot of an older version keeps no check value: its key cannot be told.
    if row is not None and persons != (0,):
        added = key.after(str(row[0]))
    if added is None:
        raise SettingsError(
            Text(
                "密钥不对：当前快照中的人员是用另一把密钥加密的，继续装载会把同一个人算成两个人。"
                "请恢复原来的密钥文件或 MILEPOST_KEY；要更换密钥，请用 milepost rotate-key；"
                "原密钥已丢失的，请把全部文件重新装载到空仓库",
                "wrong key: the persons of the published snapshot were hashed with another one, and "
                "each of them would count as a second person. Bring back the key file or "
                "MILEPOST_KEY; to change the key, use: milepost rotate-key; if the key is lost, load "
                "all files anew into an empty warehouse",
            )
        )
    if added.chain:
        bring(connection, "persons", "SELECT rowid FROM persons")
        connection.execute(
            f"UPDATE {own(connection, 'persons')} SET hash = {added.hashed_sql('hash')}",
            added.parameters,
        )
    connection.execute("DELETE FROM snapshot WHERE key = ?", [_FACT])
    connection.execute("INSERT INTO snapshot VALUES (?, ?)", [_FACT, key.hashed(_CHECKED)])
    return bool(added.chain)


def _write(path: Path, lines: list[str]) -> None:
    """Write a key file in one atomic step: half a key would be another key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _unusable(path: Path, error: OSError | UnicodeDecodeError) -> SettingsError:
    why = of_system(error) if isinstance(error, OSError) else Text("不是文本", "it is no text")
    return SettingsError(
        Text(
            f"{path}：密钥文件无法读取或写入（{why.zh}）；"
            "请检查该文件夹的属主和权限，或设置 MILEPOST_KEY",
            f"{path}: the key file cannot be read or written ({why.en}); see to the folder's owner and "
            "mode, or set MILEPOST_KEY",
        )
    )
