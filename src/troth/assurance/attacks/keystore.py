"""Key folders as a thief copied them: every key file of every role, whatever it is called."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.loot import lying

if TYPE_CHECKING:
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot

_MARK: Final = "troth-key-v1"
SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class StolenKey:
    """One key file. `key` never goes into a message."""

    role: str
    name: str
    kind: str
    key: bytes = field(repr=False)

    @property
    def public(self) -> bool:
        """A public half: anybody may have it, anywhere."""
        return self.role == "public" or self.kind.endswith(("-public", "-recipient"))


def keys_in(folder: Path) -> list[StolenKey]:
    """Every key under a folder with one folder a role; files that are no keys are passed over."""
    found = []
    for path in sorted(lying(folder)):
        role = path.relative_to(folder).parts[0]
        try:
            mark, kind, encoded = path.read_text(encoding="utf-8").split()
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        if mark == _MARK:
            found.append(StolenKey(role, path.name, kind, key))
    return found


def day_of_label(label: str) -> date:
    """The day with which a keystore's label begins. Raises ValueError."""
    return date.fromisoformat(label[:10])


def first_keys(loot: Loot) -> list[StolenKey]:
    """The keys as they lay at the first moment; empty where none were copied."""
    folders = list(loot.keystores().values())
    return keys_in(folders[0]) if folders else []


def last_keys(loot: Loot) -> tuple[date, list[StolenKey]] | None:
    """The keys as they lay at the last moment, and its day; None where none were copied."""
    folders = loot.keystores()
    if not folders:
        return None
    label = list(folders)[-1]
    return day_of_label(label), keys_in(folders[label])
