"""Files reach the printer whole, once, and only the host whose key is pinned: against a real SSH server in this process."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import asyncssh
import pytest

from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.printroom.sendings import Sendings
from troth.fieldwork.printroom.sftp import Credential, Destination, Uploaded, upload
from troth.kit.clock import SimulatedClock
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
    closed_for: bytes = b""
    """A file of this name is refused when it is opened to be written."""
    cut_at_rename: Literal["", "before", "behind"] = ""
    """The connection is cut when a file is about to get its own name, or has got it."""
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
            if printer.closed_for and printer.closed_for in path and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("not this one")
            return super().open(path, pflags, attrs)

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            if printer.cut_at_rename != "before":
                super().rename(oldpath, newpath)
            if printer.cut_at_rename:
                for each in printer.connections:
                    each.abort()

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
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "printroom")


@pytest.fixture
def files(tmp_path: Path, journal: Journal) -> list[Path]:
    made = []
    for name, size in (("a.pdf.age", 900_000), ("b.pdf.age", 10)):
        path = tmp_path / name
        path.write_bytes(bytes(range(250)) * (size // 250) + b"end")
        made.append(path)
    printed(journal, *made)
    return made


def printed(journal: Journal, *files: Path) -> None:
    said = [{"path": str(each), "sha256": hashlib.sha256(each.read_bytes()).hexdigest()} for each in files]
    with journal.turn():
        journal.write("printed", batch="ab" * 16, letters=2, refs=[], files=said)


def run(
    printer: Printer, files: list[Path], by: Credential = BY_KEY, again: str = "", **changed: Any
) -> list[Uploaded]:
    journal = Journal(printer.folder.parent / "printroom")

    async def go() -> list[Uploaded]:
        async with serving(printer) as to:
            sendings = Sendings(journal, SimulatedClock(), to.host, again)
            return await upload(sendings, sendings.these(files), replace(to, **changed), by)

    with journal.turn():
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


def test_a_file_that_the_printer_collected_is_not_sent_again_and_the_rest_goes_on(
    printer: Printer, files: list[Path]
) -> None:
    printer.closed_for = b"b.pdf.age"
    with pytest.raises(Refused, match="write there"):
        run(printer, files)
    (printer.folder / "a.pdf.age").unlink()  # collected, and taken in
    printer.closed_for, printer.connections = b"", []
    assert [(each.path.name, each.already) for each in run(printer, files)] == [
        ("a.pdf.age", True),
        ("b.pdf.age", False),
    ]
    assert [*shelved(printer)] == ["b.pdf.age"]
    assert [each.already for each in run(printer, files[:1], again="they lost it")] == [False]
    assert sorted(shelved(printer)) == ["a.pdf.age", "b.pdf.age"]


def test_a_file_whose_name_was_given_unseen_is_asked_about_before_it_goes_again(
    printer: Printer, files: list[Path], journal: Journal
) -> None:
    printer.cut_at_rename = "behind"
    with pytest.raises(Busy, match="connection failed"):
        run(printer, files[:1])
    printer.cut_at_rename, printer.connections = "", []
    assert [each.already for each in run(printer, files[:1])] == [True], "it is still there: it arrived"
    assert [line["what"] for line in journal.lines()] == ["printed", "uploading", "uploaded"]
    printer.cut_at_rename = "behind"
    with pytest.raises(Busy):
        run(printer, files[1:])
    (printer.folder / "b.pdf.age").unlink()
    printer.cut_at_rename, printer.connections = "", []
    with pytest.raises(Refused, match="may have collected it"):
        run(printer, files)
    assert "b.pdf.age" not in shelved(printer)
    assert [each.already for each in run(printer, files[1:], again="they say they have not got it")] == [False]


def test_a_file_that_had_not_got_its_name_when_the_connection_was_cut_goes(printer: Printer, files: list[Path]) -> None:
    printer.cut_at_rename = "before"
    with pytest.raises(Busy):
        run(printer, files[1:])
    assert [*shelved(printer)] == [".b.pdf.age.part"]
    printer.cut_at_rename, printer.connections = "", []
    assert [each.already for each in run(printer, files[1:])] == [False]
    assert [*shelved(printer)] == ["b.pdf.age"]


def test_only_files_of_finished_prints_as_they_were_written_are_sent(
    printer: Printer, files: list[Path], journal: Journal
) -> None:
    other = files[0].with_name("c.pdf.age")
    other.write_bytes(b"anything")
    with pytest.raises(Refused, match="no print that was finished"):
        run(printer, [files[1], other])
    files[1].write_bytes(b"changed")
    with pytest.raises(Refused, match="no print that was finished"):
        run(printer, files[1:])
    with journal.turn():
        journal.write("destroyed", batch="ab" * 16)
    with pytest.raises(Refused, match="no print that was finished"):
        run(printer, files[:1])
    assert shelved(printer) == {}
