"""A served process holds its own role's rooms, and nothing that only a command, a printer or another role needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.support.browser import ROOT
from tests.support.installation import make

from troth.wiring.settings import ROLES

HEAVY = {
    "typer", "click", "rich", "pygments", "alembic", "mako", "weasyprint", "fontTools", "openpyxl", "pikepdf", "asyncssh", "pyxform",
    "httpx", "pyrage", "segno", "notifications_python_client", "gptables", "pandas", "numpy", "scipy", "matplotlib",
    "psycopg",  # these vaults are SQLite's
}  # fmt: skip
ROOMS = {
    "respond": {"fieldwork"},
    "issuer": set(),
    "claim": {"claims"},
    "public": set(),
}
"""Of the rooms beside each other, those that the role works in."""
APART = {
    "cli", "rehearsal", "assurance", "findings", "fieldwork", "claims", "care", "retention", "authoring", "narrative",
}  # fmt: skip
PROBE = """
import json, os, sys
from pathlib import Path
from troth.wiring import open as _, served, settings as _

for file in map(Path, sys.argv[1:]):
    if not os.fork():
        os.environ[served.ENVIRONMENT] = str(file)
        site = served.app()
        os.write(1, (json.dumps({file.stem: sorted(sys.modules)}) + "\\n").encode())
        os._exit(0)
    assert os.wait()[1] == 0
"""
"""What every worker begins with, then a process per role: as the server forks them."""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Role -> its modules, each as its parts."""
    settings = make(tmp_path_factory.mktemp("small")).home / "settings"
    command = [sys.executable, "-c", PROBE, *(str(settings / f"{role}.toml") for role in ROOMS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, text=True, cwd="/")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {role: [name.split(".") for name in names] for each in found for role, names in each.items()}


@pytest.mark.parametrize("role", ROOMS)
def test_a_worker_holds_its_own_rooms_and_nothing_heavy(held: dict[str, list[list[str]]], role: str) -> None:
    assert {name[0] for name in held[role]} & HEAVY == set()
    ours = [name[1:] for name in held[role] if name[0] == "troth" and len(name) > 1]
    assert {name[1] for name in ours if name[0] == "sites" and len(name) > 2} == {role}
    vaults = {name[1] for name in ours if name[0] == "vaults" and len(name) > 1}
    assert vaults & {vault for opened in ROLES.values() for vault in opened} == ROLES[role]
    assert {name[0] for name in ours} & APART == ROOMS[role]
