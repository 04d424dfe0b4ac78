"""A served process shuts itself in: after this it can open its own files and no other vault's (Linux Landlock).

One user on one machine has no role separation between processes; Landlock (Linux 5.13 and later, no privilege needed)
gives some: the kernel refuses every path that is not on the list, for this process and all it starts, for good. Where the
kernel has none the evidence says "weaker". It does not stop root, a debugger of the same user, or a kernel bug.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE: Final = 444
_ADD: Final = 445
_RESTRICT: Final = 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVS: Final = 38
# linux/landlock.h: execute, write, read file, read dir, remove dir, remove file, make char … make sym, refer, truncate
_READ: Final = 0b1101
_FILE_ONLY: Final = 0b0111 | (1 << 14)
_ALL_V1: Final = (1 << 13) - 1
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_ABI_REFER: Final = 2
_ABI_TRUNCATE: Final = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def available() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        return 0
    found = ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, _VERSION_FLAG)
    return max(0, int(found))


def confine(read: Iterable[Path], write: Iterable[Path]) -> bool:
    """From now on this process and its children open what lies under `read` (to read) and `write` (to do anything), and nothing else.

    Returns:
        False: the kernel has no Landlock, and nothing was confined.

    Raises:
        OSError: the kernel refused the rules; the process must not serve.

    """
    abi = available()
    if not abi:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    handled = _ALL_V1 | (_REFER if abi >= _ABI_REFER else 0) | (_TRUNCATE if abi >= _ABI_TRUNCATE else 0)
    attributes = _Ruleset(handled)
    ruleset = _checked(libc.syscall(_CREATE, ctypes.byref(attributes), ctypes.sizeof(attributes), 0))
    try:
        for path in read:
            _allow(libc, ruleset, path, _READ)
        for path in write:
            _allow(libc, ruleset, path, handled)
        _checked(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def program_files() -> list[Path]:
    """What any Python process reads: the interpreter, its packages, this program, the system's libraries and settings."""
    named = {
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        *sysconfig.get_paths().values(),
        "/usr",
        "/lib",
        "/lib64",
        "/etc",
    }
    here = Path(__file__).resolve().parents[2]  # the folder that the package is found in
    found = {Path(name).resolve() for name in named} | {
        here,
        Path("/proc"),
        Path("/sys"),
        Path("/dev/urandom"),
        Path("/dev/null"),
    }
    return sorted(path for path in found if path.exists())


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> None:
    if not path.exists():
        return
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = access if path.is_dir() else access & _FILE_ONLY
        rule = _PathBeneath(allowed, handle)
        _checked(libc.syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(handle)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "landlock")
    return result
