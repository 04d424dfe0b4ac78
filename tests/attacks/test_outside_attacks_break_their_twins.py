"""Attacks from outside break a site that leaks, and find nothing in the same site that does not."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from tests.attacks.leaky import LetsIn, LooksUpFirst, Pane, ShowsAnAnswer, TellsInAHeader, TellsUsed
from tests.attacks.place import browser, handle_of, site
from tests.attacks.swag import SURE, broken, chance, clean, run
from tests.support.house import answer_all

from troth.assurance.attacks.loot import Loot, append
from troth.assurance.attacks.outside import (
    REFUSED,
    ask_states,
    common_pages,
    hold_letter,
    holder_row,
    issuers_on,
)
from troth.kit.errors import Invalid
from troth.protocol.blind import IssuerSigner, issuer_public, new_issuer
from troth.protocol.claim import begin_ticket, finish_ticket, new_claim_secret
from troth.protocol.code import new_code, show_code
from troth.study import bundled, load_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp
    from tests.attacks.place import People
    from tests.attacks.swag import Swag
    from tests.attacks.whole import Whole

BYTES = "status oracle, bytes"
TIME = "status oracle, time"
SEES = "the letter's holder sees an answer"
ROUTE = "the letter's holder guesses the route"
MARKS = "the issuer marks somebody's key"


pytestmark = pytest.mark.slow


def asked(
    people: People, loot: Loot, codes: dict[str, list[str]], pane: Callable[[ASGIApp], ASGIApp]
) -> dict[str, str]:
    """The oracle is asked through the pane; gives the truth."""

    async def go() -> dict[str, str]:
        async with site(people.house) as app, browser(pane(app), remembers=False) as stranger:
            rows, truth = await ask_states(stranger, codes, rounds=2, draw=random.Random(3))
        append(loot.folder, "observations/oracle", rows)
        return truth

    return asyncio.run(go())


@pytest.mark.parametrize("leak", [TellsUsed, TellsInAHeader, LetsIn])
def test_a_refusal_that_differs_for_used_codes_is_found(
    whole: Whole, tmp_path: Path, leak: type[TellsUsed | TellsInAHeader | LetsIn]
) -> None:
    used = set(whole.midway.states["used"])
    asked(whole.midway, Loot(tmp_path), whole.midway.states, lambda app: leak(app, used))
    broken(BYTES, Loot(tmp_path))


def test_the_same_refusal_through_a_clear_pane_is_not(whole: Whole, tmp_path: Path) -> None:
    asked(whole.midway, Loot(tmp_path), whole.midway.states, Pane)
    clean(BYTES, Loot(tmp_path))


def test_a_code_that_opens_something_is_told_apart(whole: Whole, tmp_path: Path) -> None:
    """Conceded to the letter's holder, so it must not be among the codes that are asked."""
    code, _ = whole.midway.saved[0]
    asked(whole.midway, Loot(tmp_path), {"unknown": [show_code(new_code())], "saved": [show_code(code)]}, Pane)
    assert any("led on" in found.what for found in broken(BYTES, Loot(tmp_path)))


def test_a_door_that_looks_up_before_it_stretches_is_told_by_time(whole: Whole, tmp_path: Path) -> None:
    codes = {state: [show_code(new_code()) for _ in range(26)] for state in REFUSED}
    leaky, honest = Loot(tmp_path / "leaky"), Loot(tmp_path / "honest")
    truth = asked(whole.midway, leaky, codes, lambda app: LooksUpFirst(app, set(codes["unknown"])))
    assert chance(run(TIME, leaky), truth) < SURE
    clean(BYTES, leaky)  # it says the same to all: only the stopwatch tells
    truth = asked(whole.midway, honest, codes, Pane)
    assert chance(run(TIME, honest), truth) > SURE


def test_states_of_different_numbers_and_other_names_are_told_by_time_too(whole: Whole, tmp_path: Path) -> None:
    codes = {
        "unknown": [show_code(new_code()) for _ in range(20)],
        "deleted": [show_code(new_code()) for _ in range(40)],
    }
    truth = asked(whole.midway, Loot(tmp_path), codes, lambda app: LooksUpFirst(app, set(codes["unknown"])))
    came = run(TIME, Loot(tmp_path))
    assert max(sum(truth[guess.left] == guess.right for guess in trial.guesses) for trial in came.trials) >= 58


@pytest.fixture(scope="module")
def held(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> tuple[Loot, Loot, dict[str, str]]:
    """Leaky loot, honest loot, and who answered: 40 people paused in the hard section, every second one held through each pane."""
    house = whole.midway.house
    codes = house.codes[-40:]
    answer_all(house, codes, pages=7)
    leaky, honest = Loot(tmp_path_factory.mktemp("leaky")), Loot(tmp_path_factory.mktemp("honest"))
    truth = {}

    async def go() -> None:
        async with site(house) as app:
            for number, code in enumerate(codes):
                loot, said = (leaky, honest)[number % 2], ("answered", "left out")[number // 2 % 2]
                handle = handle_of(house, code).hex()
                truth[handle] = said
                pane = ShowsAnAnswer(app, said[:4].encode()) if loot is leaky else Pane(app)
                async with browser(pane) as somebody:
                    append(
                        loot.folder,
                        "observations/holder",
                        [holder_row(handle, await hold_letter(somebody, show_code(code)))],
                    )

    asyncio.run(go())
    for loot in (leaky, honest):
        append(loot.folder, "observations/common", common_pages(load_pack(bundled("sdcs")).questionnaire))
    return leaky, honest, truth


def test_a_resumed_page_that_shows_an_earlier_answer_is_found(held: tuple[Loot, Loot, dict[str, str]]) -> None:
    leaky, honest, _ = held
    broken(SEES, leaky)
    clean(SEES, honest)


def test_a_resumed_page_that_differs_gives_the_route_away(held: tuple[Loot, Loot, dict[str, str]]) -> None:
    leaky, honest, truth = held
    assert chance(run(ROUTE, leaky), truth) < SURE
    assert chance(run(ROUTE, honest), truth) > SURE


def test_resuming_anywhere_but_at_a_common_section_is_found(stolen: Swag, tmp_path: Path) -> None:
    (*others, last) = stolen.loot.observations("holder")
    last["pages"][-1] |= {"path": "/en/page", "fields": ["unsafe"], "title": "0"}
    append(tmp_path, "observations/holder", [*others, last])
    append(tmp_path, "observations/common", stolen.loot.observations("common"))
    assert any("common section" in found.what for found in broken(SEES, Loot(tmp_path)))


def test_a_letter_whose_code_opens_nothing_holds_nothing(whole: Whole) -> None:
    async def go() -> int:
        async with site(whole.midway.house) as app, browser(app) as somebody:
            return len(await hold_letter(somebody, whole.midway.states["used"][0]))

    assert asyncio.run(go()) == 1


def finish_page(public: bytes) -> str:
    import base64
    import html
    import json

    words = json.dumps({"study": "s", **dict.fromkeys(("voucher", "interview"), base64.b64encode(public).decode())})
    return f'<div data-issuers="{html.escape(words)}" hidden></div>'


def test_an_issuers_key_per_person_is_found(stolen: Swag, tmp_path: Path) -> None:
    rows = stolen.loot.observations("issuers")
    (tmp_path / "keys").symlink_to(stolen.loot.folder / "keys")
    append(tmp_path, "observations/issuers", [*rows, issuers_on(finish_page(issuer_public(new_issuer())))])
    assert len(broken(MARKS, Loot(tmp_path))) == 3, "a rare set, and neither key of it is the published one"


def test_one_strange_key_for_everybody_is_found(stolen: Swag, tmp_path: Path) -> None:
    (tmp_path / "keys").symlink_to(stolen.loot.folder / "keys")
    append(tmp_path, "observations/issuers", [issuers_on(finish_page(issuer_public(new_issuer())))] * 3)
    broken(MARKS, Loot(tmp_path))


def test_a_signature_under_another_key_makes_no_ticket() -> None:
    """An issuer that shows the published key and signs with another marks nobody: the ticket is refused where it is made."""
    shown, hidden = new_issuer(), new_issuer()
    begun = begin_ticket(new_claim_secret(), "voucher", "s", issuer_public(shown))
    assert finish_ticket(begun, IssuerSigner(shown).sign(begun.blinded))
    with pytest.raises(Invalid):
        finish_ticket(begun, IssuerSigner(hidden).sign(begun.blinded))
