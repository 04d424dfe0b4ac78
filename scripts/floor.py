"""The bare floor that `make bench` compares with: ASGI and nothing else, the same cookie, the same two seals, the same durable write.

No routing, no forms, no rules, no session, no progress: one insert per answer, in groups, committed before it is told.
"""

from __future__ import annotations

import asyncio
import os
import queue
import secrets
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import psycopg

from troth.protocol.boxes import AnalysisSealer, StripSealer, analysis_public, new_analysis_seed, new_strip
from troth.protocol.cookie import new_cookie_key, open_cookie, seal_cookie

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_BODY = b"<!doctype html><title>page</title>" + b"<p>a page as long as a question page</p>" * 150
_HEADERS = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(_BODY)).encode())]
_PLAIN = b'{"a":{"adults":"parents"},"p":"adults","q":"sdcs","r":0,"v":"1"}'
_INSERT = "INSERT INTO step (handle, n, box, strip) VALUES (%s, %s, %s, %s)"


class Floor:
    """Keys and one writer thread."""

    def __init__(self, database: str) -> None:
        self.key = new_cookie_key()
        self.analysis = AnalysisSealer(analysis_public(new_analysis_seed()))
        self.strip = StripSealer(new_strip()[1])
        self.database = database
        self.waiting: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self.write, daemon=True).start()

    def write(self) -> None:
        """What waits is inserted and committed together, then everybody is told."""
        if self.database.startswith("sqlite:"):
            connection: Any = sqlite3.connect(self.database.removeprefix("sqlite:///"), isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            begin, statement = "BEGIN IMMEDIATE", _INSERT.replace("%s", "?")
        else:
            connection = psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True)
            begin, statement = "BEGIN", _INSERT
        while True:
            jobs = [self.waiting.get()]
            while len(jobs) < 256:  # noqa: PLR2004 - as the product's writer
                try:
                    jobs.append(self.waiting.get_nowait())
                except queue.Empty:
                    break
            connection.execute(begin)
            connection.cursor().executemany(statement, [row for row, _, _ in jobs])
            connection.execute("COMMIT")
            for _, loop, future in jobs:
                loop.call_soon_threadsafe(future.set_result, None)

    async def save(self) -> None:
        """One answer is sealed twice and on the disk."""
        handle = secrets.token_bytes(16)
        box = self.strip.seal(self.analysis.seal(_PLAIN, 1024, b"page"), b"step" + handle)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self.waiting.put(((handle, 0, box, "floor"), loop, future))
        await future


def app() -> Callable[..., Awaitable[None]]:
    """GET: a page. POST: read, open the cookie, save, seal the cookie, see other."""
    floor = Floor(os.environ["TROTH_FLOOR"])

    async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        cookie = dict(scope["headers"]).get(b"cookie", b"")
        payload = open_cookie(floor.key, "floor", cookie[6:].decode()) if cookie else bytes(115)
        if scope["method"] == "GET":
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": _BODY})
            return
        while (await receive()).get("more_body"):
            pass
        await floor.save()
        value = f"floor={seal_cookie(floor.key, 'floor', payload)}; Secure; HttpOnly; SameSite=Strict".encode()
        headers = [(b"location", b"/"), (b"set-cookie", value), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return asgi


if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "floor:app", address="127.0.0.1", port=int(os.environ["TROTH_PORT"]), workers=1, interface=Interfaces.ASGI,
        factory=True, log_level=LogLevels.error, log_access=False, websockets=False,
    ).serve()  # fmt: skip
