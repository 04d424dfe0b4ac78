"""Files go to the printer by SFTP: only to the host whose key is pinned, under a passing name, checked, then renamed.

The printer finds a file whole or not at all. A connection that was cut leaves a passing name, which the next run replaces; a file that
went already is not sent again, whether it is still there or was collected; one that is there and another is refused. Nobody is trusted on
first use.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import asyncssh

from troth.kit.errors import Busy, Invalid, Refused
from troth.kit.steps import quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from troth.fieldwork.printroom.sendings import Sending, Sendings

_BLOCK: Final = 256 * 1024
_TIMEOUT: Final = 30


@dataclass(frozen=True)
class Destination:
    """Where the printer takes files in."""

    host: str
    user: str
    host_key: str
    """The pinned key: `ssh-ed25519 AAAA…` as in a `known_hosts` file, or its fingerprint `SHA256:…`."""
    port: int = 22
    folder: str = "."


@dataclass(frozen=True)
class Credential:
    """A private key (OpenSSH format) or a password."""

    key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Uploaded:
    """One file that the printer has."""

    path: Path
    sha256: str
    already: bool
    """An earlier run sent it, or it was there, and the same."""
    read_back: bool
    """Its digest was checked at the printer's; else only its size, because the printer lets nobody read."""


async def upload(
    sendings: Sendings,
    files: Sequence[Sending],
    to: Destination,
    by: Credential,
    progress: Callable[[int, int], None] = quietly,
) -> list[Uploaded]:
    """The printer has got every file, whole, under its own name, once; the journal names each before the next one goes.

    Raises:
        Refused: the host's key is not the pinned one; the printer does not let us in, has another file of that name, or may have
            collected it after a run that was cut. Busy: the connection was cut; run it again. Invalid: a pinned key cannot be read.
            StorageFailed: the journal cannot be written.

    """
    try:
        async with _connected(to, by) as connection, connection.start_sftp_client() as sftp:
            found = []
            for done, file in enumerate(files, start=1):
                found.append(await _one(sftp, sendings, file, to.folder))
                progress(done, len(files))
            return found
    except asyncssh.HostKeyNotVerifiable:
        raise Refused(
            "the host's key is not the pinned one", where=to.host, mend="send nothing; ask the printer by phone"
        ) from None
    except asyncssh.PermissionDenied:
        raise Refused(
            "the printer does not let us in", where=to.host, mend="check the user, and the key or password"
        ) from None
    except asyncssh.SFTPPermissionDenied:
        raise Refused("the printer does not let us write there", where=to.host, mend="check the folder") from None
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise Busy(
            f"the connection failed ({type(error).__name__})",
            where=to.host,
            mend="run it again: a file that arrived is not sent twice",
        ) from None


def _connected(to: Destination, by: Credential) -> asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]:
    try:
        keys = [asyncssh.import_private_key(by.key)] if by.key else []
        pinned = [] if to.host_key.startswith("SHA256:") else [asyncssh.import_public_key(to.host_key)]
    except asyncssh.KeyImportError:
        raise Invalid("an SSH key cannot be read", where=to.host, mend="copy it whole, in OpenSSH's format") from None
    return asyncssh.connect(
        to.host, to.port, username=to.user, client_keys=keys or None, password=by.password or None,
        known_hosts=(pinned, [], []), client_factory=lambda: _Pinned(to.host_key), config=None, agent_path=None,
        login_timeout=_TIMEOUT, connect_timeout=_TIMEOUT, keepalive_interval=_TIMEOUT,
    )  # fmt: skip


class _Pinned(asyncssh.SSHClient):
    """Asked for a host key that is not among the pinned ones: only the pinned fingerprint is accepted."""

    def __init__(self, pinned: str) -> None:
        self._pinned = pinned

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        return self._pinned.startswith("SHA256:") and key.get_fingerprint() == self._pinned


async def _one(sftp: asyncssh.SFTPClient, sendings: Sendings, one: Sending, folder: str) -> Uploaded:
    name, data, digest = one.path.name, one.data, one.sha256
    if line := sendings.went(one):
        return Uploaded(one.path, digest, already=True, read_back=bool(line.get("read_back", True)))
    final, passing = f"{folder}/{name}", f"{folder}/.{name}.part"
    if await sftp.exists(final):
        same, read_back = await _same(sftp, final, data, digest)
        if not same:
            raise Refused("the printer has another file of this name", where=name, mend="print under another name")
        sendings.done(one, read_back=read_back)
        return Uploaded(one.path, digest, already=True, read_back=read_back)
    if sendings.doubtful(one) and not await sftp.exists(
        passing
    ):  # it was renamed; the passing name would be there else
        raise Refused(
            "an earlier run was cut when this file was all but sent: the printer may have collected it",
            where=name,
            mend="ask the printer; if they have not got it, say so with --again",
        )
    async with sftp.open(passing, "wb") as handle:  # what a cut connection left there is replaced
        for at in range(0, len(data), _BLOCK):
            await handle.write(data[at : at + _BLOCK])
    same, read_back = await _same(sftp, passing, data, digest)
    if not same:
        raise Refused(
            "what arrived is not what was sent", where=name, mend="run it again; if it stays so, ask the printer"
        )
    sendings.about(one)
    await sftp.rename(passing, final)  # the plain rename: it never replaces a file
    sendings.done(one, read_back=read_back)
    return Uploaded(one.path, digest, already=False, read_back=read_back)


async def _same(sftp: asyncssh.SFTPClient, path: str, data: bytes, digest: str) -> tuple[bool, bool]:
    """Whether the printer's file is ours, and whether that was read and not only measured."""
    if (await sftp.stat(path)).size != len(data):
        return False, False
    found = hashlib.sha256()
    try:
        async with sftp.open(path, "rb", encoding=None) as handle:
            while block := await handle.read(_BLOCK):
                found.update(block)  # type: ignore[arg-type]  # without an encoding it is bytes
    except asyncssh.SFTPPermissionDenied:
        return True, False
    return found.hexdigest() == digest, True
