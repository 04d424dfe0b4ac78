"""P04: contact information is completely separate from responses. Also what P15 and P23 need of the walls."""

from __future__ import annotations

import importlib
import stat
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from troth.assurance.check import check, say
from troth.keys.folder import KeyFolder
from troth.wiring.collection import RECEIPTS
from troth.wiring.grants import OWNERS as ALL_OWNERS
from troth.wiring.settings import ROLES, settings_for

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from troth.assurance.check import Site
    from troth.promises import CheckResult

OWNERS: Final = {vault: role for vault, role in ALL_OWNERS.items() if vault != "ledger"}
"""The vaults with people in them, and the role that owns each."""
_SHORTEST: Final = 8
_SHARED_KEYS: Final = {
    "pepper": {"load", "respond"},
    "issuer-token": {"issuer", "respond"},
    "index": {"custodian", "load"},
    "ledger": {"load", "letters", "flush", "vouchers", "interviews", "holds", "findings", "assurance"},
}
_JOINS: Final = frozenset({"random id", "derived id", "sealed", "digest"})


@check("P04", "each role names its own vaults only")
def settings_apart(site: Site) -> CheckResult:
    """No settings file names a vault that is not the role's; only `load` names both contacts and responses."""
    both = []
    for role in ROLES:
        names = set(settings_for(site.home, role).vaults)  # refuses a foreign vault by itself
        if {"sample", "responses"} <= names and role != "load":
            both.append(role)
    return say(
        "each role names its own vaults only",
        passed=not both,
        evidence=f"{len(ROLES)} roles; {len(both)} name both vaults",
    )


@check("P04", "no value stands in two vaults")
def no_shared_value(site: Site) -> CheckResult:
    """No id, sealed value or digest of eight bytes or more stands in two vaults; the id of a load's batch is one for all its people."""
    seen: dict[bytes, str] = {}
    hits = values = 0
    for vault, role in OWNERS.items():
        mine = _values(site, vault, role)
        values += len(mine)
        hits += sum(1 for value in mine if seen.get(value, vault) != vault)
        seen.update(dict.fromkeys(mine, vault))
    return say(
        "no value stands in two vaults",
        passed=not hits,
        evidence=f"{values} values in {len(OWNERS)} vaults, {hits} in two",
    )


@check("P04", "no key lies in a folder of another role")
def keys_apart(site: Site) -> CheckResult:
    """Every private key lies with its holders and nobody else."""
    holders: dict[bytes, set[str]] = {}
    names: dict[bytes, str] = {}
    root = site.home / "keys"
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and path.name != "public"):
        for name in KeyFolder(folder).names():
            content = (folder / name).read_bytes()
            holders.setdefault(content, set()).add(folder.name)
            names[content] = name
    wrong = [
        names[key] for key, found in holders.items() if len(found) > 1 and found != _SHARED_KEYS.get(names[key], set())
    ]
    return say(
        "no key lies in a folder of another role",
        passed=not wrong,
        evidence=f"{len(holders)} keys, {len(wrong)} out of place",
    )


@check("P04", "keys, vaults and queues are closed to other users", needed=False)
def folders_closed(site: Site) -> CheckResult:
    """No folder of keys, SQLite vaults, replicas or what waits, and no file that waits, opens for every user of the machine."""
    found = [path for name in ("keys", "vaults", "replica") for path in site.home.glob(f"{name}/*") if path.is_dir()]
    queues = [site.home / name for name in ("outbox", "outbox/vouchers", RECEIPTS, "printroom")]
    found = [path for path in found if path.name != "public"] + [path for path in queues if path.is_dir()]
    waiting = [path for queue in queues for path in queue.glob("*.age")]
    wide = sum(bool(path.stat().st_mode & stat.S_IRWXO) for path in (*found, *waiting))
    evidence = f"{len(found)} folders and {len(waiting)} files that wait; {wide} of them open for everybody"
    return say("keys, vaults and queues are closed to other users", passed=not wide, evidence=evidence)


@check("P04", "the database keeps roles apart")
def roles_apart(site: Site) -> CheckResult:
    """On PostgreSQL another role is refused by the server. SQLite has no roles: the kernel confines processes at best, which is weaker."""
    name = "the database keeps roles apart"
    database = site.vault("flush", "responses")
    if database.is_sqlite:
        return say(
            name,
            passed=True,
            weaker=True,
            evidence="SQLite on one machine: files and processes apart, no database roles",
        )
    foreign = 0
    for vault, role in OWNERS.items():
        for other in OWNERS:
            if other not in ROLES[role]:
                theirs = site.role(OWNERS[other]).vault(other).url.database
                asked = site.ask(
                    role, vault, "SELECT has_database_privilege(current_user, :name, 'CONNECT')", name=theirs
                )
                foreign += bool(asked[0][0])
    above = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    almighty = sum(bool(site.ask(role, vault, above)[0][0]) for vault, role in OWNERS.items())
    users = {role: site.role(role).vault(vault).url.username for vault, role in OWNERS.items()}
    users["respond"] = site.role("respond").vault("responses").url.username
    apart = len(set(users.values())) == len(users)
    evidence = f"{len(set(users.values()))} database roles; may connect to another's vault: {foreign}; above all rules: {almighty}"
    return say(name, passed=apart and not foreign and not almighty, evidence=evidence)


def _values(site: Site, vault: str, role: str) -> set[bytes]:
    metadata: MetaData = importlib.import_module(f"troth.vaults.{vault}.schema").metadata
    found: set[bytes] = set()
    with site.vault(role, vault).read() as connection:
        for table in metadata.tables.values():
            if table.name == "intake":
                continue  # one id a load, the same for everybody in it
            columns = [column for column in table.columns if column.info["class"] in _JOINS]
            if columns:
                for row in connection.execute(select(*columns)):
                    found.update(_bytes(value) for value in row if value is not None)
    return {value for value in found if len(value) >= _SHORTEST}


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
