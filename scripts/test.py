"""`make check` and `make test`: lint, types, contracts, then the tests. Stops at the first thing that is red.

`check`: what needs no browser, no PostgreSQL, no npm and no vault. `all`: everything; a test that lacks its browser or server is skipped
visibly, and fails where CI=true.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PY = str(BIN / "python")

STATIC = {
    "lint": [str(BIN / "ruff"), "check", "--quiet", "src", "tests", "scripts"],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "src", "tests", "scripts"],
    "types": [PY, "-m", "mypy"],
    "contracts": [str(BIN / "lint-imports")],
}
WORKERS = str(max(2, os.cpu_count() or 1))
"""One a core: a third on two cores was tried, and takes no less time (browsers need them whole)."""
PURE = ["-m", "not browser and not postgres and not npm and not vault and not slow"]


def run(name: str, command: list[str]) -> None:
    """One step; its time; the end if it is red."""
    began = time.monotonic()
    print(f"== {name}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TZ": "Europe/London"}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    print(f"== {name}: {'ok' if code == 0 else 'RED'} in {time.monotonic() - began:.1f} s", flush=True)
    if code:
        raise SystemExit(code)


def main() -> None:
    """Everything that was asked for is green."""
    what, more = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("all", [])
    for name, command in STATIC.items():
        run(name, command)
    chosen = PURE if what == "check" else []
    run("tests", [PY, "-m", "pytest", "-n", WORKERS, "--dist", "loadgroup", *chosen, *more])


if __name__ == "__main__":
    main()
