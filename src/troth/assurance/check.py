"""What a check is: a name, the promise it is about, and a question that an installation answers with numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from troth.promises import CheckResult, PromiseId
from troth.wiring.open import open_settings
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.kit.clock import Clock
    from troth.storage.database import Database
    from troth.wiring.open import Opened


@dataclass
class Site:
    """An installation under examination. Roles are opened when first asked for; each with its own settings and keys."""

    home: Path
    clock: Clock
    _open: dict[str, Opened] = field(default_factory=dict)

    def role(self, name: str) -> Opened:
        """That role, at work."""
        if name not in self._open:
            self._open[name] = open_settings(settings_for(self.home, name), self.clock)
        return self._open[name]

    def ask(self, role: str, vault: str, statement: str, **bound: Any) -> list[Any]:
        """Rows of one SQL question to a vault, as that role."""
        with self.role(role).vault(vault).read() as connection:
            return list(connection.execute(text(statement), bound).all())

    def one(self, role: str, vault: str, statement: str, **bound: Any) -> int:
        """A question whose answer is one number."""
        return int(self.ask(role, vault, statement, **bound)[0][0] or 0)

    def vault(self, role: str, name: str) -> Database:
        """The vault as that role opens it."""
        return self.role(role).vault(name)

    def close(self) -> None:
        """Every role is closed."""
        for work in self._open.values():
            work.close()


@contextlib.contextmanager
def examining(home: Path, clock: Clock) -> Iterator[Site]:
    """The installation, until the block ends."""
    site = Site(home, clock)
    try:
        yield site
    finally:
        site.close()


Ask = Callable[[Site], CheckResult | None]
"""None: the question does not arise here, so nothing was checked."""


@dataclass(frozen=True)
class Check:
    """One question about one promise."""

    name: str
    promise: PromiseId
    ask: Ask
    needed: bool = True
    """Whether the promise needs it to be called kept; one that is not needed can only break it."""


CHECKS: Final[list[Check]] = []


def check(promise: str, name: str, *, needed: bool = True) -> Callable[[Ask], Ask]:
    """Registers a question. Names are unique; `needed` lists them."""

    def register(ask: Ask) -> Ask:
        if any(known.name == name for known in CHECKS):
            raise ValueError(f"two checks are called {name}")
        CHECKS.append(Check(name, PromiseId(promise), ask, needed))
        return ask

    return register


def say(name: str, *, passed: bool, evidence: str, weaker: bool = False) -> CheckResult:
    """A check's answer."""
    return CheckResult(name=name, passed=passed, evidence=evidence, strength="weaker" if weaker else "full")
