"""`troth demo`: the bundled study, 200 synthetic people, letters as PDF, one process per role on this machine."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.cli.options import err, say
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.protocol.code import show_code
from troth.study import bundled, write_dates
from troth.wiring.collection import flush_for
from troth.wiring.create import MARK, create, host_of
from troth.wiring.open import opened
from troth.wiring.printing import printroom_for
from troth.wiring.sample import suppress_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES = ("issuer", "respond", "claim", "public")
_PORTS = {"respond": 8001, "claim": 8002, "public": 8003, "issuer": 8004}


def demo(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the demonstration lives; made anew each time.")
    ] = Path("var/demo"),
    people: Annotated[int, typer.Option("--people", min=100, max=5000, help="How many synthetic people.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="The synthetic people of this seed.")] = 1,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Make everything, look that every site answers, and stop.")
    ] = False,
) -> None:
    """Show the whole system on this machine: sample, letters, and the sites, each in a process of its own.

    Nobody in it is real. Everything it makes lies in one folder and goes with it.
    """
    home = folder.resolve()
    _clear(home)
    ports = _ports(any_=once)
    with tempfile.TemporaryDirectory() as made:
        pack = Path(made) / "pack"
        shutil.copytree(bundled("sdcs"), pack)
        write_dates(pack, SystemClock().today())
        create(home, pack, ports=ports, say=say)
    with opened(home, "flush") as work:
        flush_for(work).ready()
    codes = _fieldwork(home, people, seed)
    with _processes(home) as running:
        _wait(ports)
        _troth(home, "promises", quiet=True)
        _tell(home, ports, codes)
        if not once:
            _until_stopped(running)
    say("stopped")


def _clear(home: Path) -> None:
    """What an earlier demonstration left is gone; a mark inside the folder says that it was one, even if it was killed."""
    mark = home / MARK
    if home.exists() and any(home.iterdir()) and not mark.is_file():
        raise Refused("there is something else in that folder", where=str(home), mend="name another with --folder")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.touch()
    for path in home.iterdir():  # the mark stays: a clearing that is killed can be taken up again
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != mark:
            path.unlink()


def _fieldwork(home: Path, people: int, seed: int) -> list[str]:
    """Sample, load, invitation, letters as PDF; three codes from the letters, as their readers would find them."""
    sample = home / "sample.csv"
    _troth(home, "sample", "synthesise", "--people", str(people), "--seed", str(seed), "--out", str(sample))
    today = SystemClock().today().isoformat()
    _troth(home, "sample", "load", str(sample), "--source", "NHS England", "--extract-date", today)
    sample.unlink()
    with opened(home, "letters") as work:
        wave = str(work.pack.waves[0].id)
    nobody = home / "suppression.csv"
    nobody.write_text("supplier_ref,reason\r\n", encoding="utf-8")
    with opened(home, "load") as work:
        suppress_for(work).run(nobody)
    nobody.unlink()
    _troth(home, "letters", "release", wave, "--out", str(home / "outbox"))
    batch = next((home / "outbox").glob("*.letters.age"))
    _troth(home, "print", str(batch), "--out", str(home / "letters.pdf"))
    with opened(home, "printroom") as work:
        _, letters = printroom_for(work).open(batch)
    return [show_code(letter.code) for letter in letters[:3]]


def _troth(home: Path, *words: str, quiet: bool = False) -> None:
    """One command, as somebody would type it; its refusal is the demonstration's."""
    command = [sys.executable, "-m", "troth", *words, "--home", str(home)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None)  # noqa: S603
    if done.returncode and not quiet:
        raise Refused(
            f"`troth {' '.join(words[:2])}` ended with status {done.returncode}",
            where="demo",
            mend="its message is above",
        )


@contextlib.contextmanager
def _processes(home: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One process a role, until the block ends."""
    running = [subprocess.Popen([sys.executable, "-m", "troth", "serve", role, "--home", str(home)]) for role in ROLES]  # noqa: S603
    try:
        yield running
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _wait(ports: dict[str, int]) -> None:
    with err.status("waiting for the sites"):
        for role in ("respond", "claim", "public"):
            for _ in range(150):
                with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                    if urllib.request.urlopen(f"http://127.0.0.1:{ports[role]}/en/", timeout=5).status == 200:  # noqa: PLR2004
                        break
                time.sleep(0.2)
            else:
                raise Refused(
                    f"the {role} site does not answer", where=f"port {ports[role]}", mend="its message is above"
                )


def _tell(home: Path, ports: dict[str, int], codes: list[str]) -> None:
    at = {role: f"http://{host_of(role)}:{port}/" for role, port in ports.items()}
    lines = [
        "",
        "The demonstration is running. Nobody in it is real.",
        f"  Answer the survey   {at['respond']}   with one of these codes:",
        *(f"                        {code}" for code in codes),
        f"  Use a ticket        {at['claim']}",
        f"  Notice, promises    {at['public']}",
        f"  The letters         {home / 'letters.pdf'}",
        f"  More commands       TROTH_HOME={shlex.quote(str(home))} {shlex.quote(sys.executable)} -m troth --help",
        "  Stop                Ctrl-C",
        "",
    ]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()


def _until_stopped(running: list[subprocess.Popen[bytes]]) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(KeyboardInterrupt):
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        raise Refused("one of the processes ended by itself", where="demo", mend="its message is above")


def _ports(*, any_: bool) -> dict[str, int]:
    """The ports of the README; free ones where somebody has them, or where any will do."""
    if not any_:
        with contextlib.suppress(OSError):
            for port in _PORTS.values():
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return dict(_PORTS)
    sockets = [socket.socket() for _ in _PORTS]
    for probe in sockets:
        probe.bind(("127.0.0.1", 0))
    found = {role: probe.getsockname()[1] for role, probe in zip(_PORTS, sockets, strict=True)}
    for probe in sockets:
        probe.close()
    return found
