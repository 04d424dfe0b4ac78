"""Databases and roles on PostgreSQL: who may connect to what, and what each may do there. Readable SQL, kept beside each schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from troth.kit.errors import Refused
from troth.wiring.settings import ROLES

if TYPE_CHECKING:
    from troth.storage.database import Database

OWNERS: Final = {
    "sample": "letters",
    "responses": "flush",
    "vouchers": "vouchers",
    "interviews": "interviews",
    "holds": "holds",
    "ledger": "bookkeeper",
}
"""Vault -> the role that owns its tables. The bookkeeper runs migrations and nothing else."""
_PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,20}\Z")


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server as one installation uses it: databases `PREFIX_vault`, roles `PREFIX_role`."""

    host: str
    """A host name, or the folder of a Unix socket."""
    port: int = 5432
    prefix: str = "troth"

    def __post_init__(self) -> None:
        if not _PREFIX.match(self.prefix):
            raise Refused("a prefix is a plain lower-case word", where="PostgreSQL")

    def role(self, name: str) -> str:
        """The database role of one of our roles."""
        return f"{self.prefix}_{name}"

    def database(self, vault: str) -> str:
        """The database of a vault."""
        return f"{self.prefix}_{vault}"

    def url(self, vault: str, role: str) -> str:
        """How that role opens that vault. A password comes from PGPASSFILE or the server's own authentication, never from here."""
        return f"postgresql+psycopg://{self.role(role)}@/{self.database(vault)}?host={self.host}&port={self.port}"

    def urls(self) -> dict[str, dict[str, str]]:
        """Role -> vault -> URL, and under "owner" how each vault's owner opens it."""
        found = {role: {vault: self.url(vault, role) for vault in sorted(vaults)} for role, vaults in ROLES.items()}
        return found | {"owner": {vault: self.url(vault, owner) for vault, owner in OWNERS.items()}}

    def setup(self) -> list[str]:
        """What the server's administrator runs once, statement by statement: roles, databases, who may connect."""
        roles = sorted({*ROLES, *OWNERS.values()})
        found = [f"CREATE ROLE {self.role(role)} LOGIN" for role in roles]
        for vault, owner in OWNERS.items():
            found.append(
                f"CREATE DATABASE {self.database(vault)} OWNER {self.role(owner)} TEMPLATE template0 ENCODING 'UTF8'"
            )
            found.append(f"REVOKE ALL ON DATABASE {self.database(vault)} FROM PUBLIC")
            users = [role for role, vaults in ROLES.items() if vault in vaults]
            found += [f"GRANT CONNECT ON DATABASE {self.database(vault)} TO {self.role(role)}" for role in users]
        return found

    def grants(self, vault: str) -> list[str]:
        """What the vault's owner grants after each migration. Repeating changes nothing."""
        source = (resources.files("troth") / "vaults" / vault / "grants.sql").read_text(encoding="utf-8")
        lines = [line for line in source.splitlines() if line and not line.startswith("--")]
        names = {role: self.role(role) for role in (*ROLES, *OWNERS.values())}
        return [statement.strip().format(**names) for statement in " ".join(lines).split(";") if statement.strip()]

    def apply(self, database: Database) -> None:
        """The grants of that vault stand. By its owner."""
        with database.write() as connection:
            connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
            for role in ROLES:
                if database.vault in ROLES[role]:
                    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {self.role(role)}"))
            for statement in self.grants(database.vault):
                connection.execute(text(statement))
