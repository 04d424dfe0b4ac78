"""Which schema a vault has and which one this program wants: read without the migration runner, which no served process needs."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from troth.storage.database import Database

VERSION_TABLE: Final = "schema_version"
_SAID: Final = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


def folder(vault: str) -> Path:
    """Where the vault's scripts lie."""
    return Path(str(resources.files("troth"))) / "vaults" / vault / "migrations"


@cache
def newest(vault: str) -> str:
    """The revision that this program wants, of the script that no other follows: scripts are part of it, and are read once a process."""
    said = [
        dict(_SAID.findall(script.read_text(encoding="utf-8"))) for script in sorted(folder(vault).glob("[0-9]*.py"))
    ]
    followed = {each.get("down_revision") for each in said}
    heads: list[str] = [each["revision"] for each in said if each["revision"] not in followed]
    if len(heads) != 1:
        raise Refused("the vault's migrations have no one end", where=f"vault {vault}")
    return heads[0]


def current(database: Database) -> str | None:
    """The revision that the vault has; None when it is empty."""
    with database.read() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        return found


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
