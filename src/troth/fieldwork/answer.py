"""Answer: one page, checked, sealed twice, committed; only then is the next page anybody's to see (P08, P09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.fieldwork.admit import SessionOver, where
from troth.protocol.session import form_token, same, session_hash
from troth.questionnaire import Finish, Position, advance, encode_page, read
from troth.vaults.responses.store import Forget, Save, Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.fieldwork.admit import Here
    from troth.fieldwork.carried import Carried
    from troth.fieldwork.respondents import Respondents
    from troth.questionnaire import Facts, Read


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


def token(carried: Carried, slot: int) -> str:
    """12 characters that a form carries: tell this session which page it was, and tell a reader of the page nothing."""
    return form_token(carried.session, slot)


async def answer(room: Respondents, carried: Carried, form: Mapping[str, Sequence[str]]) -> Saved | Elsewhere | Wrong:
    """The page's answers are durable, or nothing was changed.

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
    found = read(page, {name: values for name, values in form.items() if name != "token"}, here.facts)
    if found.errors:
        return Wrong(here, found)
    told = await _save(room, carried, at, found, here.facts)
    return Saved() if told is Told.DONE else Elsewhere()


async def _save(room: Respondents, carried: Carried, at: Position, found: Read, facts: Facts) -> Told:
    onward = advance(room.questionnaire, at, found.values, facts)
    plain = encode_page(room.questionnaire, at, found.values)

    def job() -> Save:
        strip = room.strip()
        return Save(
            handle=carried.handle,
            hash=session_hash(carried.session),
            n=at.slot,
            box=room.seal_page(carried.handle, at.slot, plain),
            strip=strip,
            fill=room.fill(carried.handle, at.slot + 1, onward.next.slot),
            forward=room.forward(carried.handle, carried.state_key, carried.exact_key, onward.next, onward.facts),
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
