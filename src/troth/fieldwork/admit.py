"""Admit: a code opens a new response, or goes on with a paused one: exactly with the pause word, else at the next common section.

P07, P09: whoever holds the letter but not the word sees nothing that an earlier answer decided. Every refusal of a well-typed code
is the same neutral one, after the same work, so nobody learns anything of a code that is not theirs. Who holds the letter itself sees
whether something is saved, and when its code opens nothing any more (docs/threat-model.md).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from troth.fieldwork.carried import Carried, Stage
from troth.fieldwork.respondents import Place
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.code import read_code
from troth.protocol.names import ClaimSecret, ExactKey, SessionHash, SessionId, Tag
from troth.protocol.progress import new_exact_key, open_common, open_exact, word_key
from troth.protocol.session import new_session, session_hash
from troth.questionnaire import Trail, decode_common, decode_state, first
from troth.vaults.responses.store import Current, Enter, Guess, Leave, Rekey, Told, current, standing

if TYPE_CHECKING:
    from troth.fieldwork.respondents import Respondents
    from troth.questionnaire import Facts, Next
    from troth.vaults.responses.store import Standing

MOST_TRIES: Final = 10
"""Wrong pause words before only the next common section is offered: the letter's holder cannot go on guessing."""


class NotOpened(Refused):
    """The code opens nothing: never issued, used up, stopped, or closed. Which of these is not said."""


class WrongWordTyped(Refused):
    """The pause word does not open the saved place; whether one was ever chosen is not said."""


class SessionOver(Refused):
    """The cookie is not the one that may answer: paused, exited, entered elsewhere, or finished."""


@dataclass(frozen=True)
class Here:
    """Where a session is, opened: position, the facts that later rules need, the sittings, the cookie's contents, the session's hash."""

    at: Next
    facts: Facts
    carried: Carried
    trail: Trail
    hash: SessionHash


async def admit(room: Respondents, typed: str, *, language: str) -> Carried:
    """The code was right: a new session, or the question for the pause word where something is saved.

    While no page is answered there is nothing to come back to: the code enters afresh, so a second press of the same button, or a
    device taken up before the first answer, stands where the first would have.

    Raises:
        Mistyped: the check character says so. NotOpened: anything else. Busy: try again; nothing was lost.

    """
    derived = await room.derive(read_code(typed))
    blank = Carried(
        Stage.RETURNING, derived.handle, derived.state_key, ExactKey(bytes(32)), SessionId(bytes(16)),
        ClaimSecret(bytes(16)), language=language, tag=derived.tag if room.targeted else Tag(b""),
    )  # fmt: skip
    start = first(room.questionnaire)
    for _ in range(
        2
    ):  # once more where somebody else's entry came between looking and entering: the same button, pressed twice
        found = standing(room.database, derived.handle)
        if found is None or found.state != "issued":
            break
        if found.n is not None and found.n > start.slot:
            return replace(blank, session=_as_it_was(found))
        with contextlib.suppress(NotOpened):
            return await _enter(room, replace(blank, exact_key=new_exact_key()), found, Place(start, {}, Trail()))
    raise NotOpened("this code does not open the survey")


async def with_word(room: Respondents, carried: Carried, word: str) -> Carried:
    """The session goes on exactly where it was paused.

    Raises:
        WrongWordTyped, NotOpened, Busy, Invalid (an empty or overlong word).

    """
    found = _saved(room, carried)
    key = await room.pool.run(lambda: word_key(carried.state_key, word, room.cost))
    if await room.submit(lambda: Guess(carried.handle, MOST_TRIES)) is not Told.DONE:
        raise WrongWordTyped("too many words were tried")
    try:
        assert found.n is not None
        at, facts, trail = decode_state(open_exact(key, found.exact, carried.handle, found.n))
    except (CannotOpen, Invalid):
        raise WrongWordTyped("the word does not open the saved place") from None
    return await _enter(room, replace(carried, exact_key=key, word_set=True), found, Place(at, facts, _again(trail)))


async def without_word(room: Respondents, carried: Carried) -> Carried:
    """The session goes on at the next common section; what lies between is filled, so that the count says nothing."""
    found = _saved(room, carried)
    assert found.n is not None
    at, trail = decode_common(open_common(carried.state_key, found.common, carried.handle, found.n))
    fresh = replace(carried, exact_key=new_exact_key(), word_set=False)
    return await _enter(room, fresh, found, Place(at, {}, _again(trail)))


def where(room: Respondents, carried: Carried) -> Here | None:
    """Where this session is; None when it is complete. Raises SessionOver."""
    found, by = _mine(room, carried)
    if found.state in {"complete", "flushed"}:
        return None
    if found.n is None:
        raise SessionOver("nothing is saved under this session")
    try:
        at, facts, trail = decode_state(open_exact(carried.exact_key, found.exact, carried.handle, found.n))
    except (CannotOpen, Invalid):
        raise SessionOver("the saved place belongs to another session") from None
    return Here(at, facts, carried, trail, by)


async def set_word(room: Respondents, carried: Carried, word: str) -> Carried:
    """From now on the pause word opens the exact place, on any device. Raises Invalid, Busy, SessionOver."""
    here = where(room, carried)
    if here is None:
        raise SessionOver("the survey is finished")
    key = await room.pool.run(lambda: word_key(carried.state_key, word, room.cost))
    forward = room.forward(carried.handle, carried.state_key, key, Place(here.at, here.facts, here.trail))
    told = await room.submit(lambda: Rekey(carried.handle, session_hash(carried.session), forward))
    if told is not Told.DONE:
        raise SessionOver("the session ended meanwhile")
    return replace(carried, exact_key=key, word_set=True)


async def leave(room: Respondents, carried: Carried) -> None:
    """The session is over, whatever it was: paused, or exited. Leaving twice is leaving once."""
    if carried.stage is Stage.ANSWERING:
        await room.submit(lambda: Leave(carried.handle, session_hash(carried.session)))


def _saved(room: Respondents, carried: Carried) -> Standing:
    found = standing(room.database, carried.handle)
    if found is None or found.state != "issued" or found.n is None or carried.session != _as_it_was(found):
        raise NotOpened("this code does not open the survey")
    return found


def _as_it_was(found: Standing) -> SessionId:
    """Whoever typed the code may come back to the progress of that moment: a copy of their cookie, kept, opens nothing later.

    The first bytes of a sealed value are its random nonce, new at every entry, answer and pause word.
    """
    return SessionId(found.common[:16])


def _mine(room: Respondents, carried: Carried) -> tuple[Current, SessionHash]:
    if carried.stage is not Stage.ANSWERING:
        raise SessionOver("no session yet")
    by = session_hash(carried.session)
    found = current(room.database, carried.handle, by)
    if found is None:
        raise SessionOver("another session took its place, or it was ended")
    return found, by


def _again(trail: Trail) -> Trail:
    return replace(trail, sittings=trail.sittings + 1)


async def _enter(room: Respondents, carried: Carried, found: Standing, place: Place) -> Carried:
    entered = replace(carried, stage=Stage.ANSWERING, session=new_session())
    seen = found.n

    def job() -> Enter:
        strip = room.strip()
        said = (place.trail, entered.language)
        gap = () if seen is None else room.fill(entered.handle, seen, place.at.slot, *said, tag=entered.tag)
        forward = room.forward(entered.handle, entered.state_key, entered.exact_key, place)
        return Enter(entered.handle, session_hash(entered.session), seen, strip, gap, forward)

    if await room.submit(job) is not Told.DONE:
        raise NotOpened(
            "this code does not open the survey"
        )  # somebody else's entry or answer came first: type it again
    return entered
