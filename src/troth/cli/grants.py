"""`troth grants`: the SQL that keeps roles apart on PostgreSQL, to read and to run."""

from __future__ import annotations

from typing import Annotated

import typer

from troth.cli.options import say
from troth.wiring.grants import OWNERS, Cluster


def grants(
    prefix: Annotated[str, typer.Option("--prefix", help="Databases and roles begin with it.")] = "troth",
    *,
    tables: Annotated[bool, typer.Option("--tables", help="Show the grants inside each vault instead.")] = False,
) -> None:
    """Print the SQL for the server's administrator: `troth grants | psql` makes roles and databases, once.

    The grants inside each vault are applied by `troth study new --postgres` and `troth vaults migrate`; `--tables` shows them.
    """
    cluster = Cluster("", prefix=prefix)
    if tables:
        for vault in OWNERS:
            say(f"-- {cluster.database(vault)}, owned by {cluster.role(OWNERS[vault])}")
            print("\n".join(f"{statement};" for statement in cluster.grants(vault)))
        return
    print("\n".join(f"{statement};" for statement in cluster.setup()))
