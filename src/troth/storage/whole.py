"""A file that waits for somebody else of the house: whole or not there, for its maker and its reader only (P04, P05, P25).

Who reads it is a matter of the folder. Where one user does everything the folder is that user's alone, and so is the file. Where each role
is a user of its own, the operator gives the folder a group of both with the set-group bit, writable by the group because the reader takes
the file away: then the group may read the file too, and nobody else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from glob import escape
from typing import TYPE_CHECKING, Final

from troth.kit.errors import StorageFailed

if TYPE_CHECKING:
    from pathlib import Path

_ALONE: Final = 0o600
_SHARED: Final = 0o640
_RANDOM: Final = 4
"""Random bytes in a draft's name."""


def write_whole(file: Path, data: bytes, *, private: bool = False) -> None:
    """The file is on the disk, whole or not at all, instead of any that was there, and no earlier draft of it.

    Readable by its owner only, or, unless it is `private`, by its folder's group too where that group may write there.

    Raises:
        StorageFailed: it cannot be written; nothing of it is left.

    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(_RANDOM)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ALONE)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            if not private and file.parent.stat().st_mode & stat.S_IWGRP:
                os.fchmod(handle.fileno(), _SHARED)
            os.fsync(handle.fileno())
        draft.replace(file)
        for left in drafts(file.parent, escape(file.name)):
            left.unlink(missing_ok=True)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):  # the folder itself may be what is wrong
            draft.unlink(missing_ok=True)
        raise StorageFailed(
            f"the file cannot be written ({error.strerror})",
            where=file.name,
            mend="Make room and run it again: it will be the same",
        ) from None


def drafts(folder: Path, name: str) -> list[Path]:
    """What writers of files of such a name (a pattern) that were killed left there."""
    return list(folder.glob(f".{name}.{'[0-9a-f]' * 2 * _RANDOM}"))
