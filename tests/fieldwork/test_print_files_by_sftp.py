"""Files reach the printer whole, once, and only the host whose key is pinned: against a real SSH server in this process."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from troth.fieldwork.printroom.sftp import Credential, Destination, Uploaded, upload
from troth.kit.errors import Busy, Invalid, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ssh-ed25519")
BY_KEY = Credential(key=USER_KEY.export_private_key().decode())
PINNED = HOST_KEY.export_public_key().decode().strip()


@dataclass
class Printer:
    """The printer's server: a folder, and what it does to whoever writes there."""

    folder: Path
    cut_after: int | None = None
    """The connection is cut after so many bytes."""
    unreadable: bool = False
    spoil: bool = False
    written: int = 0
    connections: list[Any] = field(default_factory=list)


class Doors(asyncssh.SSHServer):
    def __init__(self, printer: Printer) -> None:
        self._printer = printer

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._printer.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("troth", "the password")

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "troth" and key.public_data == USER_KEY.public_data


def shelf(printer: Printer) -> Callable[[Any], asyncssh.SFTPServer]:
    class Shelf(asyncssh.SFTPServer):
        def __init__(self, chan: Any) -> None:
            super().__init__(chan, chroot=str(printer.folder).encode())

        def open(self, path: bytes, pflags: int, attrs: Any) -> object:
            if printer.unreadable and pflags & asyncssh.FXF_READ:
                raise asyncssh.SFTPPermissionDenied("write only")
            return super().open(path, pflags, attrs)

        def write(self, file_obj: Any, offset: int, data: bytes) -> int:
            printer.written += len(data)
            if printer.cut_after is not None and printer.written > printer.cut_after:
                for each in printer.connections:
                    each.abort()
            return super().write(file_obj, offset, b"?" * len(data) if printer.spoil else data)

    return Shelf


@contextlib.asynccontextmanager
async def serving(printer: Printer) -> AsyncIterator[Destination]:
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: Doors(printer), server_host_keys=[HOST_KEY], sftp_factory=shelf(printer), config=None,
    )  # fmt: skip
    try:
        yield Destination("127.0.0.1", "troth", PINNED, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for each in printer.connections:
            each.abort()
        await server.wait_closed()


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    (tmp_path / "printer").mkdir()
    return Printer(tmp_path / "printer")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = []
    for name, size in (("a.pdf.age", 900_000), ("b.pdf.age", 10)):
        path = tmp_path / name
        path.write_bytes(bytes(range(250)) * (size // 250) + b"end")
        made.append(path)
    return made


def run(printer: Printer, files: list[Path], by: Credential = BY_KEY, **changed: Any) -> list[Uploaded]:
    async def go() -> list[Uploaded]:
        async with serving(printer) as to:
            return await upload(files, replace(to, **changed), by)

    return asyncio.run(go())


def shelved(printer: Printer) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in printer.folder.iterdir()}


@pytest.mark.parametrize("by", [BY_KEY, Credential(password="the password")], ids=["key", "password"])
def test_files_arrive_whole_under_their_own_names_and_a_second_run_sends_nothing(
    printer: Printer, files: list[Path], by: Credential
) -> None:
    done = run(printer, files, by)
    assert shelved(printer) == {each.name: each.read_bytes() for each in files}
    assert [(each.already, each.read_back) for each in done] == [(False, True)] * 2
    written = printer.written
    assert [each.already for each in run(printer, files, by)] == [True, True]
    assert printer.written == written


@pytest.mark.parametrize(
    "pinned", [OTHER_KEY.export_public_key().decode(), OTHER_KEY.get_fingerprint()], ids=["key", "fingerprint"]
)
def test_a_host_with_another_key_gets_nothing_not_even_a_password(
    printer: Printer, files: list[Path], pinned: str
) -> None:
    with pytest.raises(Refused, match="not the pinned one"):
        run(printer, files, Credential(password="the password"), host_key=pinned)
    assert shelved(printer) == {}


def test_a_fingerprint_pins_as_well_as_a_key(printer: Printer, files: list[Path]) -> None:
    assert len(run(printer, files, host_key=HOST_KEY.get_fingerprint())) == 2


def test_a_connection_that_is_cut_leaves_no_file_and_the_next_run_brings_it_whole(
    printer: Printer, files: list[Path]
) -> None:
    printer.cut_after = 300_000
    with pytest.raises(Busy, match="connection failed"):
        run(printer, files)
    assert not [name for name in shelved(printer) if not name.startswith(".")], "no half file under its own name"
    printer.cut_after, printer.connections = None, []
    run(printer, files)
    assert shelved(printer) == {each.name: each.read_bytes() for each in files}


def test_another_file_of_that_name_is_never_replaced_and_a_spoilt_one_is_told(
    printer: Printer, files: list[Path]
) -> None:
    (printer.folder / "b.pdf.age").write_bytes(b"another")
    with pytest.raises(Refused, match="another file of this name"):
        run(printer, files[1:])
    assert shelved(printer) == {"b.pdf.age": b"another"}
    printer.spoil = True
    with pytest.raises(Refused, match="not what was sent"):
        run(printer, files[:1])
    assert "a.pdf.age" not in shelved(printer)


def test_where_the_printer_lets_nobody_read_the_size_is_checked_and_that_is_said(
    printer: Printer, files: list[Path]
) -> None:
    printer.unreadable = True
    assert [each.read_back for each in run(printer, files)] == [False, False]
    assert shelved(printer) == {each.name: each.read_bytes() for each in files}


def test_a_wrong_password_a_broken_key_and_two_files_of_one_name_are_refused(
    printer: Printer, files: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="does not let us in"):
        run(printer, files, Credential(password="a wrong one"))
    with pytest.raises(Invalid, match="cannot be read"):
        run(printer, files, Credential(key="-----BEGIN NONSENSE-----"))
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / files[0].name
    twin.write_bytes(b"x")
    with pytest.raises(Invalid, match="one name"):
        run(printer, [files[0], twin])
    assert shelved(printer) == {}
