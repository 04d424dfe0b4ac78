"""A vault that came with a later version is added to an installation made before: its role's key folder, settings and database.

What is there already stays. Done again after a kill it goes on, for the line in `owners.json` is written last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.keys.folder import KeyFolder
from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.wiring.create import VAULTS, Places, read_owners, sqlite_urls, write_owners, write_settings
from troth.wiring.grants import OWNERS
from troth.wiring.settings import ROLES, settings_for

if TYPE_CHECKING:
    from pathlib import Path

LIKE: Final = "letters"
"""The role whose settings and ledger key a new role's are made after."""
_LEDGER: Final = ("ledger", "ledger-private")


def add_vaults(home: Path) -> list[str]:
    """Every vault of this version is there, with its role; gives those that were added.

    On PostgreSQL the server's administrator runs `troth grants` first: what is there refuses to be made twice, and that is all.

    Raises:
        Invalid: this is not where the installation was made. KeyMissing: the role `letters` is not on this machine.
        StorageFailed: the database is not there, or refuses.

    """
    urls, cluster = read_owners(home)
    missing = [name for name in VAULTS if name not in urls]
    places = Places(home.resolve())
    for name in missing:
        role = OWNERS[name]
        like = settings_for(home, LIKE)
        mine = cluster.urls()[role] if cluster else {each: sqlite_urls(places.home)[each] for each in ROLES[role]}
        keys = KeyFolder(places.keys(role))
        if not keys.has(_LEDGER[0]):
            keys.put(*_LEDGER, KeyFolder(like.keys).get(*_LEDGER))
        changed = {"role": role, "keys": keys.path, "vaults": mine, "serve": None}
        write_settings(home / "settings" / f"{role}.toml", like.model_copy(update=changed))
        if not cluster:
            places.vault(name).mkdir(parents=True, exist_ok=True, mode=0o700)
        url = cluster.url(name, role) if cluster else mine[name]
        _make(name, url)
        urls = {**urls, name: url}
        write_owners(home, urls, cluster)
    return missing


def _make(name: str, url: str) -> None:
    database = Database(url, vault=name)
    try:
        upgrade(database)
    finally:
        database.close()
