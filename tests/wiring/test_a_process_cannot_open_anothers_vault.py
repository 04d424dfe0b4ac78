"""Each served process is shut in with its own files: no other vault, no other role's keys or settings (P04)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import need
from tests.support.browser import ROOT
from tests.support.installation import make, served

from troth.kit.errors import Refused
from troth.wiring.confine import available
from troth.wiring.open import opened
from troth.wiring.serve import SERVED
from troth.wiring.settings import ROLES, read_settings, settings_for

if TYPE_CHECKING:
    from tests.support.installation import Installation

PROBE = """
import json, sqlite3, sys
from pathlib import Path
from troth.wiring import serve
from troth.wiring.settings import read_settings

file, confined, *paths = sys.argv[1:]
settings = read_settings(Path(file))
if confined == "yes":
    assert serve.confine(serve._readable(Path(file), settings), serve._own(settings))

def attempt(path):
    try:
        if path.endswith(".db"):
            sqlite3.connect(path).execute("SELECT count(*) FROM sqlite_master").fetchone()
        elif Path(path).is_dir():
            list(Path(path).iterdir())
        with open(path, "rb") if not Path(path).is_dir() else open("/dev/null") as file:
            file.read(1)
    except (PermissionError, sqlite3.OperationalError) as error:
        return type(error).__name__
    return "opened"

print(json.dumps({path: attempt(path) for path in paths}))
"""
"""Goes through the very lists that `serve` shuts a process in with, then tries each path."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    need("Landlock", here=available() > 0, line="a Linux kernel of 5.13 or later")
    made = make(tmp_path_factory.mktemp("confined"))
    for queue in ("outbox", "receipts"):
        (made.home / queue).mkdir(exist_ok=True)
        (made.home / queue / "waits.age").write_bytes(b"sealed")
    return made


def attempts(place: Installation, role: str, paths: list[Path], *, confined: bool) -> dict[str, str]:
    """Path -> what a process of that role met when it opened it."""
    settings = place.home / "settings" / f"{role}.toml"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(settings), "yes" if confined else "no", *map(str, paths)],
        capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def parts(place: Installation, role: str) -> tuple[list[Path], list[Path]]:
    """The files of an installation that this role may read, and all the others."""
    settings = settings_for(place.home, role)
    own = {settings.study, settings.keys, settings.public_keys, place.home / "settings" / f"{role}.toml"}
    own |= {place.home / "vaults" / vault for vault in settings.vaults}
    if role == "public":
        own.add(place.home / "evidence")
    if role in {"respond", "claim"}:
        own.add(place.home / "replica" / {"respond": "responses", "claim": "claims"}[role])
    files = [path for path in place.home.rglob("*") if path.is_file() and path.suffix != ".log"]
    mine = [path for path in files if own & {path, *path.parents}]
    return mine, [path for path in files if path not in mine]


@pytest.mark.parametrize("role", SERVED)
def test_a_served_role_opens_its_own_files_and_nothing_else(place: Installation, role: str) -> None:
    mine, others = parts(place, role)
    vaults = {path.stem for path in others if path.suffix == ".db"}
    assert vaults == {"sample", "responses", "vouchers", "interviews", "holds", "ledger"} - ROLES[role]
    assert all(any(name in path.parts for path in others) for name in ("keys", "outbox", "receipts"))
    # Shut in: every file of another role is refused by the kernel, every own one opens
    confined = attempts(place, role, others, confined=True)
    assert {path for path, met in confined.items() if met == "opened"} == set()
    assert set(attempts(place, role, mine, confined=True).values()) == {"opened"}
    # The control: it is the kernel's rule that refuses, not the file
    assert set(attempts(place, role, others, confined=False).values()) == {"opened"}


def test_the_process_that_serves_is_the_one_that_is_shut_in(tmp_path: Path) -> None:
    """The kernel says so of every running process and of its worker."""
    need("Landlock", here=available() > 0, line="a Linux kernel of 5.13 or later")
    with served(tmp_path) as place:
        for role, process in place.running.items():
            group = [
                entry
                for entry in Path("/proc").iterdir()
                if entry.name.isdigit() and _group(int(entry.name)) == process.pid
            ]
            assert len(group) >= 2, role
            for entry in group:
                assert "NoNewPrivs:\t1" in (entry / "status").read_text(encoding="ascii"), role


def test_a_served_process_takes_no_module_from_the_folder_that_it_is_started_in(tmp_path: Path) -> None:
    """Not even from one that it may read: neither the server nor its worker, which imports most of the program."""
    place = make(tmp_path)
    study = tmp_path / "home" / "study"
    assert (study / "study.yaml").is_file()
    for name in ("granian", "starlette", "jinja2"):
        (study / f"{name}.py").write_text("raise SystemExit('planted')", encoding="utf-8")
    place.start("issuer", cwd=study)
    try:
        place.wait("issuer", seconds=10)
    finally:
        place.stop("issuer")
    assert "planted" not in place.log("issuer")


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


@pytest.mark.parametrize("role", sorted(ROLES))
def test_settings_that_name_a_foreign_vault_are_refused(place: Installation, tmp_path: Path, role: str) -> None:
    original = (place.home / "settings" / f"{role}.toml").read_text(encoding="utf-8")
    for vault in sorted({"sample", "responses", "vouchers", "interviews", "holds", "ledger"} - ROLES[role]):
        file = tmp_path / f"{vault}.toml"
        file.write_text(
            original.replace("[vaults]", f'[vaults]\n{vault} = "sqlite:///{place.home}/vaults/{vault}/{vault}.db"'),
            encoding="utf-8",
        )
        with pytest.raises(Refused, match=f"may not open {vault}"):
            read_settings(file)
    assert read_settings(place.home / "settings" / f"{role}.toml").role == role


@pytest.mark.parametrize("role", SERVED)
def test_a_role_that_asks_for_another_vault_is_refused(place: Installation, role: str) -> None:
    with opened(place.home, role) as work:
        for vault in sorted({"sample", "responses", "vouchers", "interviews", "holds", "ledger"} - ROLES[role]):
            with pytest.raises(Refused, match="does not open the vault"):
                work.vault(vault)
