"""Where Milepost keeps things and how it is told: the environment, else a `.env` file.

Owns `Settings`, each setting declared once with its meaning. Called by the command line and the web
server's start. May import `errors`, `keys`, `texts`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from etl.errors import SettingsError
from etl.keys import SEPARATOR, HashingKey, parse_key, read_key_file
from etl.texts import LANGUAGES, Language, Text

#: The checkout: where `metrics.yaml` and `data/reference/` are.
PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings; each is an environment variable `MILEPOST_<NAME>` or a line of `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="MILEPOST_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    home: Path = Field(
        default=PROJECT / "data",
        description="The folder with the inbox, the warehouse and the key.",
    )
    metrics: Path = Field(
        default=PROJECT / "metrics.yaml", description="The file that declares the targets."
    )
    warehouse: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the warehouse; default duckdb:///<home>/warehouse, a folder.",
    )
    key: str | None = Field(
        default=None,
        description="Secret for hashing identity numbers; default: <home>/key, made on first use. "
        "After a change of the key: all of them, oldest first, with | between them.",
    )
    source_password: SecretStr | None = Field(
        default=None,
        description="Password of the database that is loaded from, if its URL has none.",
    )
    office: str = Field(
        default="", description="Who issues briefings, as their head says it; default: left blank."
    )
    fonts: Path | None = Field(
        default=None,
        description="A folder with typefaces for briefings as PDF; default: those of the system, else "
        "those that come with Milepost.",
    )
    lang: str = Field(
        default="zh", description="The language of the command line: zh (Chinese) or en (English)."
    )

    @property
    def language(self) -> Language:
        """The language of the command line. Raises SettingsError for one that there is not."""
        for known in LANGUAGES:
            if self.lang == known:
                return known
        raise SettingsError(
            Text(
                f"MILEPOST_LANG：没有“{self.lang}”这种语言；请写 zh（中文）或 en（英文）",
                f"MILEPOST_LANG: no language {self.lang!r}; write zh (Chinese) or en (English)",
            )
        )

    @property
    def inbox(self) -> Path:
        """The folder that `milepost up` and `make run` load from."""
        return self.home / "inbox"

    @property
    def warehouse_folder(self) -> Path:
        """The folder of snapshots. Raises SettingsError for a URL that is not DuckDB's."""
        if self.warehouse is None:
            return self.home / "warehouse"
        try:
            url = make_url(self.warehouse)
        except ArgumentError as error:
            raise SettingsError(
                Text(
                    f"MILEPOST_WAREHOUSE：“{self.warehouse}”不是 SQLAlchemy 地址；"
                    "请写 duckdb:///文件夹",
                    f"MILEPOST_WAREHOUSE: not a SQLAlchemy URL (expected duckdb:///folder): {error}",
                )
            ) from error
        if url.get_backend_name() != "duckdb" or not url.database:
            kind = url.get_backend_name()
            raise SettingsError(
                Text(
                    f"MILEPOST_WAREHOUSE：{kind} 不能存放快照；请用 duckdb:///文件夹",
                    f"MILEPOST_WAREHOUSE: {kind} cannot hold snapshots; use duckdb:///folder",
                )
            )
        return Path(url.database)

    @property
    def key_file(self) -> Path:
        """Where the key lies if no setting gives it."""
        return self.home / "key"

    def hashing_key(self) -> HashingKey:
        """The secret that identity numbers are hashed with; made (mode 0600) on first use. Raises
        SettingsError."""
        if self.key is not None:
            return parse_key(self.key.split(SEPARATOR), "MILEPOST_KEY")
        return read_key_file(self.key_file)
