"""requirements.lock is made again from pyproject.toml: every version pinned, every file hashed, for any platform.

A one-week cool-down keeps a release that was just hijacked out of the lock: uv ignores files newer than that.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write requirements.lock."""
    newest = (datetime.now(UTC) - timedelta(days=7)).strftime("%Y-%m-%dT00:00:00Z")
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "assurance", "--extra", "import", "--group", "test",
        "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header",
        "--exclude-newer", newest, "--quiet", "-o", "requirements.lock", *sys.argv[1:],
    ]  # fmt: skip
    raise SystemExit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
