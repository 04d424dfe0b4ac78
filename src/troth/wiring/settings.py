"""A role's settings: one TOML file that names its study, its key folder, and the vaults that this role may open.

A file that names a vault which is not the role's is refused, so a slip in a settings file cannot join what is kept apart.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from troth.kit.errors import Invalid, Refused

ROLES: Final[dict[str, frozenset[str]]] = {
    "load": frozenset({"sample", "responses", "ledger"}),
    "letters": frozenset({"sample", "ledger"}),
    "custodian": frozenset({"sample"}),
    "printroom": frozenset(),
    "respond": frozenset({"responses"}),
    "issuer": frozenset(),
    "claim": frozenset({"vouchers", "interviews"}),
    "public": frozenset(),
    "flush": frozenset({"responses", "ledger"}),
    "vouchers": frozenset({"vouchers", "ledger"}),
    "interviews": frozenset({"interviews", "ledger"}),
    "holds": frozenset({"holds", "ledger"}),
    "findings": frozenset({"responses", "ledger"}),
    "assurance": frozenset({"ledger"}),
}
"""Role -> the vaults it may open. `load` is the one command that sees both a contact and a handle, in memory, for one row."""


_MEND: Final = "make an installation with `troth study new`, or set TROTH_HOME to the folder of one"


class Serve(BaseModel):
    """Where a served process listens."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str = "127.0.0.1"
    port: int
    workers: int = 1


class Origins(BaseModel):
    """The three sites as a browser names them: `https://host`, no path."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    respond: str
    claim: str
    public: str
    issuer: str = ""
    """The issuer's own address, inside: only the respond role uses it."""


class Settings(BaseModel):
    """What one role may know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: str
    home: Path
    study: Path
    keys: Path
    """The role's own key folder."""
    public_keys: Path
    """Public halves; everybody's to read."""
    vaults: dict[str, str] = {}
    serve: Serve | None = None
    origins: Origins
    replica: Path | None = None
    """The folder of the replicas, on another disk than the vaults (docs/restore.md)."""
    evidence: Path | None = None
    """The signed evidence file, for the public site."""

    def vault(self, name: str) -> str:
        """The URL of that vault. Raises Refused when this role may not open it."""
        if name not in self.vaults:
            raise Refused(f"the role {self.role} does not open the vault {name}", where="settings")
        return self.vaults[name]


def read_settings(path: Path) -> Settings:
    """The settings in that file.

    Raises:
        Invalid: not there, not TOML, or not settings. Refused: it names a role or a vault that the role may not have.

    """
    try:
        written = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(f"the settings cannot be read ({error.strerror})", where=str(path), mend=_MEND) from None
    return _settings(written, path)


@lru_cache(maxsize=64)
def _settings(written: str, path: Path) -> Settings:
    """As `read_settings`: what is written the same is read once (a command of a day asks for every role's)."""
    try:
        settings = Settings.model_validate(tomllib.loads(written))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"not TOML: {error}", where=str(path), mend=_MEND) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{field}: {first['msg']}", where=str(path), mend=_MEND) from None
    if settings.role not in ROLES:
        raise Refused(f"there is no role {settings.role}", where=str(path), mend=f"one of {', '.join(ROLES)}")
    too_many = sorted(set(settings.vaults) - ROLES[settings.role])
    if too_many:
        what = f"the role {settings.role} may not open {', '.join(too_many)}"
        raise Refused(what, where=str(path), mend="remove the vault from this file (P04)")
    return settings


def settings_for(home: Path, role: str) -> Settings:
    """The settings of a role in an installation. Raises as `read_settings`."""
    settings = read_settings(home / "settings" / f"{role}.toml")
    if settings.role != role:
        raise Refused(f"these are the settings of {settings.role}, not of {role}", where=str(home / "settings"))
    return settings
