"""The migration runner: one Alembic environment, scripts and version table per vault; old scripts are frozen by hash."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from troth.storage.database import Database

FROZEN = "frozen.txt"


def folder(vault: str) -> Path:
    """Where the vault's scripts lie."""
    return Path(str(resources.files("troth"))) / "vaults" / vault / "migrations"


def upgrade(database: Database) -> None:
    """The vault has the newest schema; each script ran once, in one transaction.

    Raises:
        StorageFailed: the database refused; the schema is as it was.

    """
    with database.write() as connection:
        command.upgrade(_config(database.vault, connection), "head")


@cache
def newest(vault: str) -> str:
    """The revision that this program wants: its scripts are part of it, and are read once a process."""
    head = ScriptDirectory.from_config(_config(vault, None)).get_current_head()
    if head is None:
        raise Refused("the vault has no migrations", where=f"vault {vault}")
    return head


def current(database: Database) -> str | None:
    """The revision that the vault has; None when it is empty."""
    with database.read() as connection:
        return MigrationContext.configure(connection, opts={"version_table": "schema_version"}).get_current_revision()


def require_newest(database: Database) -> None:
    """The vault has the schema that this program was written for.

    Raises:
        Refused: it has an older one, a newer one, or none; nothing is served from it.

    """
    found, wanted = current(database), newest(database.vault)
    if found != wanted:
        raise Refused(
            f"the schema is {found or 'empty'}, this program needs {wanted}",
            where=f"vault {database.vault}",
            mend="run `troth vaults migrate`",
        )


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
