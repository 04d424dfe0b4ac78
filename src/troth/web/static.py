"""The static files, read once and served from memory under names that change with their content."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

FOLDER: Final = Path(__file__).with_name("static")
PREFIX: Final = "/static/"
FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class _File:
    plain: bytes
    packed: bytes
    kind: str


@cache
def manifest() -> Mapping[str, str]:
    """File name → name with its digest.

    Raises:
        FileNotFoundError: the assets were not built; the message names the command.

    """
    path = FOLDER / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError("the static files are not built: run `make setup` (or `python scripts/assets.py`)")
    names: dict[str, str] = json.loads(path.read_text())
    return names


def asset(name: str) -> str:
    """The path of a static file, for example `asset("theme.css")`.

    Raises:
        KeyError: no such file was built.

    """
    return PREFIX + manifest()[name]


class Static:
    """ASGI: answers GET and HEAD below `/static/` only. Packed with gzip, which is safe: nothing here is secret."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        for name in manifest().values():
            path = FOLDER / name
            if path.suffix in _TYPES:
                plain = path.read_bytes()
                self._files[name] = _File(plain, gzip.compress(plain, 9, mtime=0), _TYPES[path.suffix])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mount it: `Mount("/static", Static())`."""
        file = self._files.get(scope["path"].rsplit("/", 1)[-1])
        if file is None:
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        headers = {"cache-control": FOREVER, "content-type": file.kind, "vary": "accept-encoding"}
        accepts = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        packed = b"gzip" in accepts
        if packed:
            headers["content-encoding"] = "gzip"
        response = Response(file.packed if packed else file.plain, headers=headers)
        await response(scope, receive, send)
