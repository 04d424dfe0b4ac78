"""A key folder: one role's keys, one file each, readable by that role's user only.

A file is one line, `troth-key-v1 KIND BASE64`, so that a key put in the wrong place is found before it is used. Key folders
have live replicas and are never part of a backup: a key in a backup would outlive its destruction.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from troth.kit.errors import KeyMissing, Refused

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9@.+-]{0,79}\Z")
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{1,39}\Z")
_MARK: Final = "troth-key-v1"


class KeyFolder:
    """The keys of one role. `repr` and errors name the folder and the key's name, never a byte of a key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"KeyFolder({self.path.name!r})"

    def put(self, name: str, kind: str, key: bytes, *, replace: bool = False) -> None:
        """The key is on the disk under that name, whole or not at all.

        Raises:
            Refused: a key of that name is there already (and `replace` is not asked), or the name is not a plain name.

        """
        path = self._file(name)
        if not _KIND.match(kind):
            raise Refused("the kind of a key is a plain name", where=str(self))
        if path.exists() and not replace:
            raise Refused(
                f"there is a key {name} already",
                where=str(self.path),
                mend="keys are never overwritten; use another name",
            )
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path / f".{name}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(f"{_MARK} {kind} {base64.b64encode(key).decode()}\n")
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
        self._sync()

    def get(self, name: str, kind: str) -> bytes:
        """The key of that name.

        Raises:
            KeyMissing: it is not there, not a key file, or a key of another kind.

        """
        path = self._file(name)
        mend = "give this role its key folder, or make an installation with `troth study new`"
        try:
            mark, found, encoded = path.read_text().split()
            key = base64.b64decode(encoded, validate=True)
        except FileNotFoundError:
            raise KeyMissing(f"there is no key {name}", where=str(self.path), mend=mend) from None
        except (ValueError, binascii.Error, UnicodeDecodeError):
            raise KeyMissing(f"{name} is not a key file", where=str(self.path), mend=mend) from None
        except OSError as error:
            raise KeyMissing(
                f"the key {name} cannot be read ({error.strerror})", where=str(self.path), mend=mend
            ) from None
        if mark != _MARK or found != kind:
            raise KeyMissing(
                f"{name} is a key for something else: {found}, not {kind}", where=str(self.path), mend=mend
            )
        return key

    def has(self, name: str) -> bool:
        """Whether a key of that name is there."""
        return self._file(name).exists()

    def names(self, prefix: str = "") -> list[str]:
        """The names that begin with `prefix`, sorted."""
        if not self.path.is_dir():
            return []
        return sorted(p.name for p in self.path.iterdir() if p.name.startswith(prefix) and not p.name.startswith("."))

    def destroy(self, name: str) -> None:
        """The key is gone: overwritten, synced, unlinked. Destroying what is not there is done already.

        On flash storage an overwritten block may linger until the drive reuses it: production keeps key folders on an
        encrypted volume of their own, or in an HSM (docs/threat-model.md).
        """
        path = self._file(name)
        if not path.exists():
            return
        with path.open("r+b") as handle:
            handle.write(secrets.token_bytes(path.stat().st_size))
            handle.flush()
            os.fsync(handle.fileno())
        path.unlink()
        self._sync()

    def fingerprint(self, name: str, kind: str) -> str:
        """16 hex characters of SHA-256: names a public key in a certificate. For private keys it tells nothing usable."""
        return hashlib.sha256(b"troth key fingerprint\0" + self.get(name, kind)).hexdigest()[:16]

    def _file(self, name: str) -> Path:
        if not _NAME.match(name):
            raise Refused("the name of a key is a plain name", where=str(self.path))
        return self.path / name

    def _sync(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
