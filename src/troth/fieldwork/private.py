"""A new file for its owner only, whole or not there: what holds a name, an address or a code on its way out (P05, P06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.kit.errors import Refused
from troth.storage.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def write_private(file: Path, data: bytes) -> None:
    """The file is on the disk, whole or not at all, for its owner only, and no draft of it that a kill left.

    Raises:
        Refused: it is there. StorageFailed: it cannot be written; nothing of it is left.

    """
    if file.exists():
        raise Refused("there is a file already", where=file.name, mend="name another one, or destroy it")
    write_whole(file, data, private=True)
