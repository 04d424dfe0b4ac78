"""What every use case of a respondent needs, bound together once: the vault, its writer, the questionnaire, the public keys.

There is no key here that opens an answer. The pepper derives handles; the analysis and strip keys are public halves.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from troth.kit.errors import Busy, Refused
from troth.protocol.boxes import AnalysisSealer, StripSealer
from troth.protocol.names import StripPublic, Tag
from troth.protocol.progress import seal_common, seal_exact
from troth.protocol.root import derive
from troth.questionnaire import (
    Finish,
    confirmed,
    dummy_page,
    encode_common,
    encode_how,
    encode_state,
    next_common,
    records,
)
from troth.vaults.responses.store import Forward, Told, strip_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from troth.protocol.names import AnalysisPublic, Code, ExactKey, Handle, Pepper, StateKey
    from troth.protocol.root import Cost, Derived
    from troth.questionnaire import Facts, Next, Plan, Questionnaire, Trail
    from troth.storage.database import Database
    from troth.storage.writer import Writer
    from troth.vaults.responses.store import Job, Purpose

    T = TypeVar("T")


class Issuer(Protocol):
    """Signs blinded tickets: behind this port in every process, and a process of its own in production (P15, P23)."""

    async def sign(self, purpose: Purpose, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes. Raises Busy, Refused."""
        ...


class StretchPool:
    """A bounded pool that stretches codes and pause words (about 40 ms each): beyond its bound a busy page, at once.

    Log-ins therefore never starve answers: at most `workers` of them run, and answers never enter this pool.
    """

    def __init__(self, workers: int = 1, waiting: int = 50) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="stretch")
        self._free = workers + waiting

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gave. Raises Busy when too many wait."""
        if self._free <= 0:
            raise Busy("many people are signing in just now", mend="Nothing is lost; try again in a minute")
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._free += 1

    def close(self) -> None:
        """No thread of it runs."""
        self._pool.shutdown(wait=True)


@dataclass(frozen=True)
class Place:
    """What progress says: where somebody is, the facts that later rules need, the sittings so far."""

    at: Next
    facts: Facts
    trail: Trail


@dataclass
class _Strip:
    id: str
    sealer: StripSealer


@dataclass
class Respondents:
    """The dependencies of admit, answer and complete in one process."""

    study: str
    questionnaire: Questionnaire
    plan: Plan
    database: Database
    writer: Writer[Job, Told]
    pepper: Pepper = field(repr=False)
    cost: Cost
    analysis: AnalysisPublic
    issuer: Issuer
    pool: StretchPool = field(default_factory=StretchPool)
    targeted: bool = False
    """Whether the study's reminders are targeted: only then is there room for a tag in a step."""

    def __post_init__(self) -> None:
        self._sealer = AnalysisSealer(self.analysis)
        self._context = page_context(self.study, self.questionnaire)
        self._strip: _Strip | None = None
        self.pages = {page.id: page for page in self.questionnaire.pages}
        self.confirmed = confirmed(self.questionnaire)

    async def derive(self, code: Code) -> Derived:
        """Handle, state key and tag of a code, about 40 ms in the pool. Raises Busy."""
        return await self.pool.run(lambda: derive(code, self.pepper, self.study, self.cost))

    def strip(self, *, again: bool = False) -> str:
        """The id of the current strip key; looked up once, and again when a write said that it was leaving."""
        if self._strip is None or again:
            found = strip_key(self.database)
            if found is None:
                raise Refused(
                    "this study has no strip key",
                    where="vault responses",
                    mend="make the installation with `troth study new`",
                )
            self._strip = _Strip(found.id, StripSealer(StripPublic(found.public)))
        return self._strip.id

    def seal_page(self, of: Handle, n: int, page: bytes, tag: Tag) -> bytes:
        """One page's box: sealed to the analysis key in one fixed size, and again to the strip key, bound to its place (P09).

        Where reminders are targeted, every box has room for a tag between the two layers, and the very last one has it: who holds no
        strip key sees boxes of one length, and a response that is not at its end has given no tag away to anybody.
        """
        self.strip()
        assert self._strip is not None
        inner = self._sealer.seal(page, self.plan.box_size, self._context)
        if self.targeted:
            inner += tag if tag and n == self.plan.total_slots - 1 else NO_TAG
        return self._strip.sealer.seal(inner, step_context(self.study, of, n))

    def fill(
        self, of: Handle, first: int, last: int, trail: Trail, language: str, *, tag: Tag
    ) -> tuple[tuple[int, bytes], ...]:
        """Dummies for the slots from `first` up to, not with, `last`: without the keys, nobody tells them from answers.

        The very last slot says how it was answered, where the study records that: `trail` and `language`, and nothing finer.
        """
        end = self.plan.total_slots - 1 if records(self.questionnaire) else -1

        def plain(n: int) -> bytes:
            return encode_how(self.questionnaire, trail, language) if n == end else dummy_page()

        return tuple((n, self.seal_page(of, n, plain(n), tag)) for n in range(first, last))

    def forward(self, of: Handle, state_key: StateKey, exact_key: ExactKey, place: Place) -> Forward:
        """The progress at that position, sealed twice (DESIGN §3): exactly, and as the code alone may know it."""
        at = place.at
        landing = code_alone(self.questionnaire, self.plan, at)
        exact = encode_state(at, place.facts, place.trail)
        return Forward(
            n=at.slot,
            exact=seal_exact(exact_key, exact, self.plan.facts_size, of, at.slot),
            common=seal_common(state_key, encode_common(landing, place.trail), _COMMON_SIZE, of, at.slot),
        )

    async def submit(self, make: Callable[[], Job]) -> Told:
        """The job is committed. Where its strip key was leaving it is made again, once, with the current one."""
        told = await self.writer.submit(make())
        if told is Told.STALE_STRIP:
            self.strip(again=True)
            told = await self.writer.submit(make())
        return told


_COMMON_SIZE: Final = 128
NO_TAG: Final = Tag(bytes(16))
"""Stands where a step has room for a tag and none is due."""


def page_context(study: str, questionnaire: Questionnaire) -> bytes:
    """What a page's inner box is bound to: the study and the questionnaire's version; never a person or a place."""
    return f"troth page {study} {questionnaire.id} {questionnaire.version}".encode()


def step_context(study: str, of: Handle, n: int) -> bytes:
    """What a step's outer box is bound to: its row, so that rows cannot be exchanged."""
    return b"troth step " + study.encode() + b"\0" + of + n.to_bytes(2, "big")


def code_alone(questionnaire: Questionnaire, plan: Plan, at: Next) -> Next:
    """Where somebody goes on who holds the code and not the pause word: nothing that an earlier answer decided (P09).

    The start of a common section is such a place itself, as long as nothing in it is answered.
    """
    if isinstance(at, Finish):
        return at
    for section in questionnaire.sections:
        if section.pages[0].id == at.page and plan.section_slot.get(section.id) == at.slot:
            return at
    return next_common(questionnaire, at)
