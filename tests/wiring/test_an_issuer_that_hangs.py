"""An issuer that takes connections and answers nothing keeps nobody waiting beyond its time, however many ask at once."""

from __future__ import annotations

import asyncio
import socket

from troth.kit.clock import stopwatch
from troth.kit.errors import Busy
from troth.wiring.issuing import IssuerElsewhere, _network

SECONDS = 0.3
MANY = 400
"""More than there are threads for, on any machine."""


def test_whoever_waits_for_a_free_thread_is_told_that_it_is_busy_in_time() -> None:
    async def ask(port: int) -> list[object]:
        address = f"http://127.0.0.1:{port}"
        issuer = IssuerElsewhere(address, "token", _network(address, SECONDS))
        return await asyncio.gather(
            *(issuer.sign("voucher", b"blinded") for _ in range(MANY)), return_exceptions=True
        )  # fmt: skip

    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as silent:
        before = stopwatch()
        answers = asyncio.run(ask(silent.getsockname()[1]))
        took = stopwatch() - before
    assert {type(each) for each in answers} == {Busy}
    assert took < 5 * SECONDS
