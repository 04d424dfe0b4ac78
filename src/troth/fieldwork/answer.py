"""Answer: one page, checked, sealed twice, committed; only then is the next page anybody's to see (P08, P09)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from troth.fieldwork.admit import SessionOver, where
from troth.fieldwork.respondents import Place
from troth.protocol.session import answer_token, form_token, same, session_hash
from troth.questionnaire import DRAWS, Finish, Position, advance, encode_page, read
from troth.vaults.responses.store import Forget, Save, Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.fieldwork.admit import Here
    from troth.fieldwork.carried import Carried
    from troth.fieldwork.respondents import Respondents
    from troth.questionnaire import Read


@dataclass(frozen=True)
class Saved:
    """The page is on the disk; go on to where the session is now."""


@dataclass(frozen=True)
class Elsewhere:
    """The form was of an earlier page, or another answer came first: nothing was changed; go to where the session is."""


@dataclass(frozen=True)
class Wrong:
    """The answers need mending; nothing was saved."""

    here: Here
    read: Read


@dataclass(frozen=True)
class Unsure:
    """The answers are right in form, and decide what is asked next: they are to be shown once more before they are saved.

    `sure` is what a form carries that says these very answers were shown. Nothing was saved.
    """

    here: Here
    sure: str


def draw(form_token: str) -> int:
    """Which order shuffled options stand in: one for a session and page, so that a page shown again keeps it; kept nowhere."""
    return int.from_bytes(base64.urlsafe_b64decode(form_token), "big") % DRAWS


def token(carried: Carried, slot: int) -> str:
    """12 characters that a form carries: tell this session which page it was, and tell a reader of the page nothing."""
    return form_token(carried.session, slot)


async def answer(
    room: Respondents, carried: Carried, form: Mapping[str, Sequence[str]], minutes: int = 0
) -> Saved | Elsewhere | Wrong | Unsure:
    """The page's answers are durable, or nothing was changed. `minutes` is how long the page was looked at, coarsely.

    A form of an earlier page, a second tab, a repeated request: all are `Elsewhere`. First write wins.

    Raises:
        SessionOver: another session took its place. Busy, StorageFailed: nothing was saved; the page can be sent again.

    """
    here = where(room, carried)
    if here is None or not isinstance(here.at, Position):
        return Elsewhere()
    at = here.at
    sent = form.get("token", ())
    if len(sent) != 1 or not same(sent[0], token(carried, at.slot)):
        return Elsewhere()
    page = room.pages[at.page]
    found = read(page, {name: values for name, values in form.items() if name not in {"token", "sure"}}, here.facts)
    if found.errors:
        return Wrong(here, found)
    plain = encode_page(room.questionnaire, at, found.values)
    if at.page in room.confirmed and not _is_sure(form, sure := answer_token(carried.session, at.slot, plain)):
        return Unsure(here, sure)
    told = await _save(room, carried, _Page(here, found, plain, minutes))
    return Saved() if told is Told.DONE else Elsewhere()


def _is_sure(form: Mapping[str, Sequence[str]], sure: str) -> bool:
    sent = form.get("sure", ())
    return len(sent) == 1 and same(sent[0], sure)


@dataclass(frozen=True)
class _Page:
    here: Here
    read: Read
    plain: bytes
    minutes: int


async def _save(room: Respondents, carried: Carried, page: _Page) -> Told:
    here, at = page.here, page.here.at
    assert isinstance(at, Position)
    onward = advance(room.questionnaire, at, page.read.values, here.facts)
    known = here.trail.minutes
    trail = replace(here.trail, minutes=None if known is None else known + page.minutes)

    def job() -> Save:
        strip = room.strip()
        return Save(
            handle=carried.handle,
            hash=here.hash,
            n=at.slot,
            box=room.seal_page(carried.handle, at.slot, page.plain, carried.tag),
            strip=strip,
            fill=room.fill(carried.handle, at.slot + 1, onward.next.slot, trail, carried.language, tag=carried.tag),
            forward=room.forward(
                carried.handle, carried.state_key, carried.exact_key, Place(onward.next, onward.facts, trail)
            ),
        )

    return await room.submit(job)


async def stop_and_delete(room: Respondents, carried: Carried) -> None:
    """Everything saved is deleted, and the code opens nothing any more. Possible until completion.

    Raises:
        SessionOver: it was finished, or another session took its place; nothing was deleted.

    """
    if await room.submit(lambda: Forget(carried.handle, session_hash(carried.session))) is not Told.DONE:
        raise SessionOver("nothing of this session is there to delete")


def finished(here: Here | None) -> bool:
    """Whether all pages are behind: the response can be completed, or is."""
    return here is None or isinstance(here.at, Finish)
