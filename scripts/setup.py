"""A machine with Python 3.11 and the package registries has everything that `make run` and `make test` need.

Steps, each done only when what it depends on changed: system libraries (apt where allowed, else the exact line to
type), `.venv` with the locked and hashed packages, front-end assets. Run again it takes well under a second.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VPY = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
STAMPS = VENV / "stamps"

# What letters need to run, and what tests need besides. Debian's names; the message says so on other systems.
LETTERS = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz": "libharfbuzz0b",
    "harfbuzz-subset": "libharfbuzz-subset0",
    "fontconfig": "fontconfig",
}
TEST_ONLY = {"chromium": "chromium", "postgres": "postgresql", "webkit": "webkit2gtk-driver", "Xvfb": "xvfb"}
SHELL = "chromium-headless-shell"
"""The same engine without the browser's own windows: a third of the processor time. Where it is not to be had, Chromium does."""


def say(text: str) -> None:
    """One line on stderr, so that stdout stays the command's own."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def have_program(name: str) -> bool:
    """Chromium goes by several names; PostgreSQL's server programs are often off the PATH; WebKit is driven by a program of its own."""
    if name == "chromium":
        return any(shutil.which(n) for n in (SHELL, "chromium", "chromium-browser", "google-chrome"))
    if name in {"webkit", "Xvfb"}:
        return bool(shutil.which("WebKitWebDriver" if name == "webkit" else name))
    return bool(shutil.which("initdb")) or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def missing_packages() -> list[str]:
    """The Debian packages that are not here, libraries first."""
    libraries = [package for library, package in LETTERS.items() if not ctypes.util.find_library(library)]
    return libraries + [package for program, package in TEST_ONLY.items() if not have_program(program)]


def system_libraries() -> None:
    """Installed with apt when this user may, else the exact line is printed and set-up goes on."""
    missing = missing_packages()
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.name == "posix" and shutil.which("apt-get") and os.geteuid() == 0:
        say(f"installing {', '.join(missing)} with apt")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, stdout=sys.stderr)
        done = subprocess.run(line.split(), check=False, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode == 0:
            return
    say(f"not on this machine: {', '.join(missing)}. Letters need the libraries; the tests need all of them. Type:")
    say(f"    sudo {line}")


def quick_browser() -> None:
    """Tried once a checkout, where apt may: tests take the shell when it is here, and nothing is said when it is not to be had."""
    if shutil.which(SHELL) or not once("shell", SHELL) or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    line = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", SHELL]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(line, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done("shell", SHELL)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two `make` in one checkout wait for each other."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "setup.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fingerprint(*paths: Path) -> str:
    """A digest of the files' bytes and of the interpreter: a stamp that equals it needs no work."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def once(name: str, stamp: str) -> bool:
    """True when the step must run; call `done` afterwards."""
    path = STAMPS / name
    return not path.exists() or path.read_text() != stamp


def done(name: str, stamp: str) -> None:
    """The step is remembered."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(stamp)


def packages() -> None:
    """`.venv` holds exactly the locked packages, each checked against its hash, and this project in place."""
    lock, project = ROOT / "requirements.lock", ROOT / "pyproject.toml"
    stamp = fingerprint(lock, project)
    if VPY.exists() and not once("packages", stamp):
        return
    say("making .venv with the locked packages (a minute or two the first time)")
    if not VPY.exists():
        venv.create(VENV, with_pip=True, clear=True)
    pip = [str(VPY), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(lock)], check=True, stdout=sys.stderr)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True, stdout=sys.stderr)
    done("packages", stamp)


def assets() -> None:
    """Front-end assets are built from package-lock.json by the Node that the locked packages bring."""
    sources = [ROOT / "package.json", ROOT / "package-lock.json", ROOT / "scripts" / "assets.py"]
    sources += sorted(path for path in (ROOT / "assets").rglob("*") if path.is_file())
    stamp = fingerprint(*sources)
    if not once("assets", stamp) and (ROOT / "src/troth/web/static").is_dir():
        return
    say("building the front-end assets")
    subprocess.run([str(VPY), str(ROOT / "scripts" / "assets.py")], check=True, cwd=ROOT, stdout=sys.stderr)
    done("assets", stamp)


def main() -> None:
    """Everything is set up, or the message says what is missing."""
    if sys.version_info < (3, 11):
        raise SystemExit("setup: Troth needs Python 3.11 or newer; say `make PYTHON=python3.11 …` if you have one.")
    with only_one():
        system_libraries()
        packages()
        quick_browser()
        assets()


if __name__ == "__main__":
    main()
