"""The preview shows the real pages of a file, again when it changes, to this machine and to nobody else."""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.authoring.samples import BROKEN_AT, PACK

from troth.kit.errors import Invalid, Refused
from troth.wiring.preview import loopback, preview_app, serve_preview

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Visit = Callable[[httpx.AsyncClient], Awaitable[None]]


def visited(folder: Path, visit: Visit) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(app=preview_app(folder / "questionnaire.yaml"))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8100", follow_redirects=True
        ) as client:
            await visit(client)

    asyncio.run(run())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(PACK, tmp_path / "pack")


GO: dict[str, Any] = {"token": "preview", "do": "continue"}


def test_it_walks_the_real_pages_and_shows_the_forms_messages(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert "Welcome to the survey" in (await client.get("/")).text
        assert "Which words should we use" in (await client.post("/en/page", data=GO)).text
        assert "Choose one of the answers" in (await client.post("/en/page", data=GO)).text
        assert "How old are you now?" in (await client.post("/en/page", data={**GO, "adults": "family"})).text

    visited(folder, visit)


def test_the_language_switches_and_one_can_jump(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert "Croeso" in (await client.get("/cy/page")).text
        assert "school number 1" in (await client.post("/en/jump", data={"to": "school_safety"})).text
        assert "Welcome" in (await client.post("/en/jump", data={"to": "nowhere"})).text

    visited(folder, visit)


def test_an_answer_that_is_shown_once_more_is_shown_once_more(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        await client.post("/en/jump", data={"to": "unsafe"})
        asked = await client.post("/en/page", data={**GO, "unsafe": "once"})
        found = re.search(r'name="sure" value="([0-9a-f]+)"', asked.text)
        assert found
        assert "In what ways" in (await client.post("/en/page", data={**GO, "unsafe": "once", "sure": found[1]})).text

    visited(folder, visit)


def test_the_end_shows_what_each_page_would_have_sealed(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        await client.post("/en/jump", data={"to": "ideas"})
        await client.post("/en/page", data={**GO, "ideas": "Somebody who listens"})
        end = await client.post("/en/page", data=GO)
        assert "Somebody who listens" in end.text
        assert "memory of the preview alone" in end.text

    visited(folder, visit)


def test_a_broken_file_is_told_with_its_place_and_mends_itself(folder: Path) -> None:
    file = folder / "questionnaire.yaml"
    whole = file.read_text()

    async def visit(client: httpx.AsyncClient) -> None:
        before = (await client.get("/changed")).json()
        file.write_text(whole.replace("kind: single", "kind: sing", 1))
        broken = await client.get("/en/page")
        assert broken.status_code == 200
        assert f"questionnaire.yaml:{BROKEN_AT}" in broken.text
        assert (await client.get("/changed")).json() != before
        assert (await client.post("/en/page", data=GO)).status_code == 200
        assert (await client.get("/route.svg")).status_code == 404
        file.write_text(whole.replace("Welcome to the survey", "Hello to the survey"))
        assert "Hello to the survey" in (await client.get("/en/page")).text
        file.unlink()
        assert "questionnaire.yaml" in (await client.get("/en/page")).text

    visited(folder, visit)


def test_a_broken_catalogue_is_told_and_the_pages_go_on(folder: Path) -> None:
    (folder / "cy.po").write_text('msgid "a\n')

    async def visit(client: httpx.AsyncClient) -> None:
        assert "Welcome" in (await client.get("/en/page")).text
        assert "cy.po:" in (await client.get("/en/check")).text

    visited(folder, visit)


def test_the_route_is_drawn_and_the_page_reloads_itself(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert (await client.get("/route.svg")).text.startswith("<svg")
        assert '<img src="/route.svg' in (await client.get("/en/route")).text
        page = await client.get("/en/page")
        assert '<script type="module" src="/preview.js">' in page.text
        assert "location.reload" in (await client.get("/preview.js")).text
        assert "script-src 'self'" in page.headers["content-security-policy"]

    visited(folder, visit)


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example:8100", "10.0.0.1", ""])
def test_a_name_elsewhere_that_leads_here_is_turned_away(folder: Path, name: str) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert (await client.get("/en/page", headers={"host": name})).status_code == 403

    visited(folder, visit)


@pytest.mark.parametrize("name", ["localhost:8100", "127.0.0.1", "[::1]:8100", "127.0.0.2:1"])
def test_names_of_this_machine_are_let_in(folder: Path, name: str) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert (await client.get("/en/page", headers={"host": name})).status_code == 200

    visited(folder, visit)


def test_a_form_of_another_site_is_turned_away(folder: Path) -> None:
    async def visit(client: httpx.AsyncClient) -> None:
        assert (await client.post("/en/page", data=GO, headers={"sec-fetch-site": "cross-site"})).status_code == 403

    visited(folder, visit)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "example.org", "8.8.8.8", ""])
def test_an_address_that_others_could_reach_is_refused(folder: Path, host: str) -> None:
    with pytest.raises(Refused, match="this machine alone"):
        serve_preview(folder / "questionnaire.yaml", host, 8100)


def test_loopback_addresses_are_taken() -> None:
    assert [loopback(host) for host in ("127.0.0.1", "localhost", "::1", "127.9.9.9")] == [
        "127.0.0.1",
        "127.0.0.1",
        "::1",
        "127.9.9.9",
    ]


def test_a_file_that_is_not_there_is_told_before_anything_listens(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        serve_preview(tmp_path / "no.yaml", "127.0.0.1", 8100)
