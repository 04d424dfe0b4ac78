"""`troth vaults`: the schema of the vaults."""

from __future__ import annotations

import typer

from troth.cli.options import Home, Json, give, say
from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.storage.revision import current, newest
from troth.wiring.added import add_vaults
from troth.wiring.create import VAULTS, read_owners
from troth.wiring.replicas import without_replica
from troth.wiring.settings import ROLES

app = typer.Typer(help="The vaults' schema.", no_args_is_help=True)


@app.command()
def check(home: Home, *, as_json: Json = False) -> None:
    """Say which schema each vault has, and which this program needs."""
    found: dict[str, dict[str, str | None]] = {}
    for name, url in read_owners(home)[0].items():
        database = Database(url, vault=name)
        found[name] = {"has": current(database), "needs": newest(name)}
        database.close()
    found |= {name: {"has": None, "needs": newest(name)} for name in VAULTS if name not in found}
    give(found, as_json=as_json, text="\n".join(f"{n}: {v['has']} (needs {v['needs']})" for n, v in found.items()))
    if any(state["has"] != state["needs"] for state in found.values()):
        raise typer.Exit(1)


@app.command()
def migrate(home: Home, *, as_json: Json = False) -> None:
    """Bring every vault to the schema that this program needs, and its grants. Each script runs once, in one transaction.

    A vault that this version has and the installation has not is added first, with its role.
    """
    found = {}
    added = add_vaults(home)
    urls, cluster = read_owners(home)
    for name, url in urls.items():
        database = Database(url, vault=name)
        before = current(database)
        upgrade(database)
        if cluster:
            cluster.apply(database)
        found[name] = {"from": None if name in added else before, "to": current(database)}
        database.close()
    if without := without_replica(home):
        say(
            f"no replica is kept by {', '.join(without)}: a restored backup would open finished codes again. "
            "Name a folder on another disk as `replica` in their settings, then `troth restore reconcile --new-replica` (docs/restore.md)"
        )
    give(found, as_json=as_json, text="\n".join(f"{n}: {v['from']} -> {v['to']}" for n, v in found.items()))


@app.command()
def roles(*, as_json: Json = False) -> None:
    """Say which role may open which vaults."""
    found = {role: sorted(names) for role, names in ROLES.items()}
    give(
        found, as_json=as_json, text="\n".join(f"{role}: {', '.join(names) or 'none'}" for role, names in found.items())
    )
