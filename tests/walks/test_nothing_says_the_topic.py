"""No title, address, name of a file or of the cookie says what the survey is about, on any route of any site, in either language (P09)."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.in_process import visit

from troth.sites.claim import app as claim
from troth.sites.public import app as public
from troth.sites.respond import app as respond
from troth.study import bundled, load_pack
from troth.web.static import manifest

if TYPE_CHECKING:
    from starlette.routing import Route
    from tests.support.installation import Installation

TOPIC = re.compile(
    r"safe|child|abus|harm|neglect|violen|viole|rape|sex|trauma|unsafe|hard|sdcs|diogel|plant|plentyn|cam-?drin|niwed|trais|rhyw(?!un|beth)",
    re.IGNORECASE,
)
TITLE = re.compile(r"<title>(.*?)</title>")
NEUTRAL = {"en": "Online survey", "cy": "Arolwg ar-lein"}


def routes() -> dict[str, list[Route]]:
    """Every route of the three sites that people see."""
    pack = load_pack(bundled("sdcs"))
    desk: Any = SimpleNamespace(room=SimpleNamespace(study="s", questionnaire=pack.questionnaire), publics={})
    return {
        "respond": respond.routes(desk),
        "claim": claim.routes(SimpleNamespace(**dict.fromkeys(("home", "ask", "begin", "claim")))),  # type: ignore[arg-type]
        "public": public.routes(
            SimpleNamespace(**dict.fromkeys(("home", "notice", "accessibility", "cookies", "promises")))
        ),  # type: ignore[arg-type]
    }


def addresses(site: str, language: str) -> list[str]:
    """What a browser's history can hold of that site."""
    found = []
    for route in routes()[site]:
        path = route.path.replace("{language:language}", language)
        found += (
            [path.replace("{purpose:purpose}", purpose) for purpose in ("voucher", "interview")]
            if "{" in path
            else [path]
        )
    return list(dict.fromkeys(found))


def test_no_address_and_no_file_says_it() -> None:
    said = [path for site in routes() for path in addresses(site, "en")] + list(manifest()) + ["__Host-troth"]
    assert len(said) > 30
    assert [text for text in said if TOPIC.search(text)] == []
    # The control: the study's own name would be seen
    pack = load_pack(bundled("sdcs"))
    for words in (pack.title, pack.catalogue("cy")(pack.title), pack.id):
        assert TOPIC.search(words)


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page_of_the_survey_has_the_one_neutral_title(place: Installation, language: str) -> None:
    async def look(client: httpx.AsyncClient) -> dict[str, tuple[str, str]]:
        found = {}
        for who in ("nobody", "mair"):
            if who == "mair":
                await client.post(f"/{language}/", data={"code": place.code()})
            for path in [*addresses("respond", language), f"/{language}/nowhere"]:
                reply = await client.get(path)
                found[f"{who} {path}"] = (reply.headers.get("location", ""), reply.text)
        return found

    seen = visit(place, look)
    titles = {name: TITLE.findall(text) for name, (_, text) in seen.items() if text}
    assert len(titles) > 25
    assert {name: title for name, title in titles.items() if title != [NEUTRAL[language]]} == {}
    assert [where for where, _ in seen.values() if TOPIC.search(where)] == []


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("site", ["claim", "public"])
def test_and_so_have_the_other_sites(place: Installation, site: str, language: str) -> None:
    with httpx.Client(trust_env=False, base_url=place.site(site)) as client:
        for path in [*addresses(site, language), f"/{language}/nowhere"]:
            reply = client.get(path)
            assert TITLE.findall(reply.text) == [NEUTRAL[language]], path
            assert "set-cookie" not in reply.headers
