"""A new file for its owner only, whole or not there: what holds a name, an address or a code on its way out (P05, P06)."""

from __future__ import annotations

import contextlib
import os
import secrets
from glob import escape
from typing import TYPE_CHECKING

from troth.kit.errors import Refused, StorageFailed

if TYPE_CHECKING:
    from pathlib import Path


def write_private(file: Path, data: bytes) -> None:
    """The file is on the disk, whole or not at all, for its owner only, and no draft of it that a kill left.

    Raises:
        Refused: it is there. StorageFailed: it cannot be written; nothing of it is left.

    """
    draft = file.with_name(f".{file.stem}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        if file.exists():
            draft.unlink()
            raise Refused("there is a file already", where=file.name, mend="name another one, or destroy it")
        draft.replace(file)
        for left in file.parent.glob(f".{escape(file.stem)}.{'[0-9a-f]' * 8}"):
            left.unlink(missing_ok=True)
    except OSError as error:
        with contextlib.suppress(OSError):  # the folder itself may be what is wrong
            draft.unlink(missing_ok=True)
        raise StorageFailed(
            f"the file cannot be written ({error.strerror})", where=file.name, mend="Make room and run it again"
        ) from None
