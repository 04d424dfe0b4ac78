"""Exit, and a page that closes itself, when the vault takes nothing: the other website and the end of the cookie, never a page of ours."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.in_process import noon, visit
from tests.support.installation import make

import troth.wiring.respond
from troth.storage.writer import Writer
from troth.wiring.chrome import EXIT
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from tests.support.installation import Installation


def stopping(_: Installation, writer: Writer[Any, Any]) -> None:
    """The writer takes nothing more: Busy."""
    writer.close()


def disk_full(place: Installation, _: Writer[Any, Any]) -> None:
    """The database refuses the write: StorageFailed."""
    with opened(place.home, "flush") as work:
        file = work.settings.vault("responses").removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER IF NOT EXISTS full BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'full'); END"
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return make(tmp_path_factory.mktemp("unwritable"))


@pytest.mark.parametrize("trouble", [stopping, disk_full])
def test_the_way_out_is_open_and_the_cookie_gone(
    place: Installation, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[Installation, Writer[Any, Any]], None]
) -> None:
    clock = noon()
    made: list[Writer[Any, Any]] = []

    class Seen(Writer[Any, Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            made.append(self)

    monkeypatch.setattr(troth.wiring.respond, "Writer", Seen)

    async def go(client: httpx.AsyncClient) -> Any:
        await client.post("/en/", data={"code": place.code()})
        cookie = {"cookie": f"__Host-troth={client.cookies['__Host-troth']}"}
        trouble(place, made[0])
        clock.forward(timedelta(minutes=30))
        found = []
        for path in ("pause", "exit", "away"):
            client.cookies.clear()
            found.append(await client.post(f"/en/{path}", data={"do": "pause"}, headers=cookie))
        return found

    pause, left, away = visit(place, go, clock)
    assert pause.status_code == 503  # the control: nothing can be written
    assert (left.status_code, left.headers["location"]) == (303, EXIT)
    assert away.status_code == 204
    for reply in (left, away):
        assert "Max-Age=0" in reply.headers["set-cookie"]
