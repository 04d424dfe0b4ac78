"""The migration runner: one Alembic environment, scripts and version table per vault; old scripts are frozen by hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from troth.storage.revision import folder

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from troth.storage.database import Database

FROZEN = "frozen.txt"


def upgrade(database: Database) -> None:
    """The vault has the newest schema; each script ran once, in one transaction.

    Raises:
        StorageFailed: the database refused; the schema is as it was.

    """
    with database.write() as connection:
        command.upgrade(_config(database.vault, connection), "head")


def digests(vault: str) -> dict[str, str]:
    """SHA-256 of every script of the vault, by file name."""
    scripts = sorted(folder(vault).glob("[0-9]*.py"))
    return {script.name: hashlib.sha256(script.read_bytes()).hexdigest() for script in scripts}


def frozen(vault: str) -> dict[str, str]:
    """The digests that were fixed when each script was released."""
    lines = (folder(vault) / FROZEN).read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line.strip())}


def _config(vault: str, connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder(vault)).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
