"""Whatever was typed or pasted, the page that asked says what is wrong with it, with the typing still there; in process."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from tests.support.in_process import visit
from tests.support.installation import make
from tests.walks.person import IDEAS

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

WAY_OUT = re.compile(r'name="([a-z_-]+)"[^>]*value="prefer-not-to-say"')
TOKEN = re.compile(r'name="token" value="([^"]*)"')
SURE = re.compile(r'name="sure" value="([^"]*)"')


async def until(client: httpx.AsyncClient, heading: str) -> str:
    """Prefers not to say until that page; gives its token."""
    for _ in range(30):
        reply = await client.get("/en/page")
        if reply.status_code == 303:
            await client.post(reply.headers["location"], data={"do": "skip"})
            continue
        if heading in unescape(reply.text):
            return TOKEN.findall(reply.text)[0]
        ways_out = dict.fromkeys(WAY_OUT.findall(reply.text), "prefer-not-to-say")
        body = {"token": TOKEN.findall(reply.text)[0], "do": "continue", **ways_out}
        again = SURE.findall((await client.post("/en/page", data=body)).text)
        if again:
            await client.post("/en/page", data=body | {"sure": again[0]})
    raise AssertionError(heading)


def test_signs_that_do_not_belong_and_a_text_far_too_long_are_told_by_the_page(tmp_path: Path) -> None:
    place = make(tmp_path)

    async def write(client: httpx.AsyncClient) -> Any:
        await client.post("/en/", data={"code": place.code()})
        token = await until(client, IDEAS)
        return [
            await client.post("/en/page", data={"token": token, "do": "continue", "ideas": text})
            for text in ("a\x0bb", "Zebras " * 5_000)
        ]

    signs, long = visit(place, write)
    assert [reply.status_code for reply in (signs, long)] == [200, 200]
    assert "Write with ordinary letters, numbers and signs" in signs.text
    assert "Write 180 characters or fewer" in long.text
    assert "Zebras Zebras" in long.text
