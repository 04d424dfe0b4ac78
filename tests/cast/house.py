"""A house: RESPONSES and LEDGER on a real database, every key that a study has, and any number of respond processes over them."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select
from tests.cast.survey import survey

from troth.fieldwork.admit import admit, where
from troth.fieldwork.answer import Elsewhere, Saved, Wrong, answer, token
from troth.fieldwork.complete import Blinded, Signatures, begin_both, complete
from troth.fieldwork.flush import Flush
from troth.fieldwork.receipts import Handing
from troth.fieldwork.respondents import Respondents, StretchPool, page_context
from troth.keys.folder import KeyFolder
from troth.protocol.age import new_age_identity
from troth.protocol.blind import IssuerSigner, issuer_public, new_issuer
from troth.protocol.boxes import ANALYSIS_OVERHEAD, analysis_public, new_analysis_seed
from troth.protocol.chain import new_signing
from troth.protocol.claim import new_claim_secret
from troth.protocol.code import new_code
from troth.protocol.root import Cost, derive, new_pepper
from troth.questionnaire import Position, plan
from troth.questionnaire.read import missing_field, offered
from troth.storage.writer import Writer
from troth.vaults.ledger.schema import metadata as ledger_metadata
from troth.vaults.ledger.store import Ledger
from troth.vaults.responses.schema import handle, progress, record, session, step
from troth.vaults.responses.schema import metadata as responses_metadata
from troth.vaults.responses.store import apply
from troth.wiring.issuing import IssuerHere

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from troth.fieldwork.admit import Here
    from troth.fieldwork.carried import Carried
    from troth.protocol.claim import Purpose
    from troth.protocol.names import ClaimSecret, Code, Handle, IssuerPrivate, IssuerPublic
    from troth.questionnaire import Next, Page, Questionnaire
    from troth.storage.database import Database

STUDY: Final = "short"
COST: Final = Cost(log2_n=4, r=1)
K: Final = 3


class Killed(Exception):  # noqa: N818
    """The process died here."""


def kill_at(nth: int) -> Callable[[str], None]:
    """A `between` that dies at its n-th step (from 1)."""
    left = nth

    def between(_step: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    return between


@lru_cache(maxsize=1)
def issuers() -> Mapping[Purpose, IssuerPrivate]:
    """Two RSA keys for the whole run: they take a second to make and nothing here depends on which they are."""
    return {"voucher": new_issuer(), "interview": new_issuer()}


@lru_cache(maxsize=1)
def issuer_publics() -> Mapping[Purpose, IssuerPublic]:
    return {purpose: issuer_public(private) for purpose, private in issuers().items()}


@lru_cache(maxsize=1)
def signers() -> Mapping[Purpose, IssuerSigner]:
    """Read once: each reading proves the key, in 150 ms."""
    return {purpose: IssuerSigner(private) for purpose, private in issuers().items()}


@dataclass
class House:
    """One installation. `snapshot` is what a thief has who copied the database at that moment."""

    responses: Database
    ledger_vault: Database
    folder: Path
    questionnaire: Questionnaire = field(default_factory=survey)
    k: int = K
    targeted: bool = False
    """Whether the study's reminders are targeted; it may be changed between two rooms."""

    def __post_init__(self) -> None:
        self.plan = plan(self.questionnaire)
        self.seed = new_analysis_seed()
        self.analysis = analysis_public(self.seed)
        self.pepper = new_pepper()
        self.flush_keys = KeyFolder(self.folder / "flush")
        self.respond_keys = KeyFolder(self.folder / "respond")
        self.load_keys = KeyFolder(self.folder / "load")
        for holder in (self.respond_keys, self.load_keys):
            holder.put("pepper", "pepper", self.pepper)
        self.signing, self.ledger_public = new_signing()
        self.ledger = Ledger(self.ledger_vault, self.signing)
        self.identity, self.recipient = new_age_identity()
        self.context = page_context(STUDY, self.questionnaire)
        self.codes: dict[Handle, Code] = {}
        self._rooms: list[Respondents] = []
        self.flush().ready()

    def hand_out(self, count: int, *, cell: str = "north") -> list[Code]:
        """Codes that are issued, in that cell."""
        codes = [new_code() for _ in range(count)]
        rows = []
        for code in codes:
            of = derive(code, self.pepper, STUDY, COST).handle
            self.codes[of] = code
            rows.append({"handle": of, "intake": "i", "cell": cell, "tranche": 1, "reserve": False, "state": "issued"})
        with self.responses.write() as connection:
            connection.execute(insert(handle), rows)
        return codes

    def room(self) -> Respondents:
        """One respond process."""
        issuer = IssuerHere(signers())
        made = Respondents(
            study=STUDY, questionnaire=self.questionnaire, plan=self.plan, database=self.responses,
            writer=Writer(self.responses, apply), pepper=self.pepper, cost=COST, analysis=self.analysis,
            issuer=issuer, pool=StretchPool(workers=1), targeted=self.targeted,
        )  # fmt: skip
        self._rooms.append(made)
        return made

    def flush(self, between: Callable[[str], None] = lambda _step: None) -> Flush:
        """The flush process, fresh: as it is after a kill."""
        handing = (
            Handing(STUDY, self.k, self.signing, self.recipient, self.folder / "receipts") if self.targeted else None
        )
        box = self.plan.box_size + ANALYSIS_OVERHEAD
        return Flush(
            STUDY, self.responses, self.flush_keys, self.ledger, self.plan.total_slots, self.k, between, box, handing
        )  # fmt: skip

    def take_in(self) -> None:
        """The ledger says of every receipt file that it was taken in, as the role `letters` does."""
        for file in (self.folder / "receipts").iterdir():
            key = f"receipted {hashlib.sha256(file.read_bytes()).hexdigest()}"
            self.ledger.enter("receipted", key, date(2027, 1, 25), {"known": 0, "unknown": 0})

    def close(self) -> None:
        for room in self._rooms:
            room.writer.close()
            room.pool.close()

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the tables about people, as a thief copies them."""
        with self.responses.read() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in (handle, session, step, progress, record)
            }

    def boxes(self) -> dict[tuple[bytes, int], bytes]:
        """(handle, slot) -> box."""
        return {(bytes(row["handle"]), row["n"]): bytes(row["box"]) for row in self.snapshot()["step"]}

    def states(self) -> dict[str, int]:
        """How many handles are in each state."""
        found: dict[str, int] = {}
        for row in self.snapshot()["handle"]:
            found[row["state"]] = found.get(row["state"], 0) + 1
        return found


@dataclass
class Respondent:
    """Somebody with a letter: answers with choices of their own (seeded), and remembers them, which no machine does."""

    code: Code
    seed: int = 0
    said: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    carried: Carried | None = None
    paused_at: Next | None = None
    secret: ClaimSecret = field(default_factory=new_claim_secret)

    def __post_init__(self) -> None:
        self._choose = random.Random(self.seed)

    async def enter(self, room: Respondents) -> Carried:
        self.carried = await admit(room, self.code, language="en")
        return self.carried

    @property
    def mine(self) -> Carried:
        assert self.carried is not None
        return self.carried

    def here(self, room: Respondents) -> Here:
        found = where(room, self.mine)
        assert found is not None
        return found

    def form(self, room: Respondents, here: Here) -> dict[str, list[str]]:
        """A valid form for the page, and its token."""
        assert isinstance(here.at, Position)
        page = room.pages[here.at.page]
        return {**self._fill(page, here), "token": [token(self.mine, here.at.slot)]}

    async def next(self, room: Respondents) -> bool:
        """One page answered; False where all are."""
        here = self.here(room)
        if not isinstance(here.at, Position):
            return False
        before = dict(self.said)
        outcome = await answer(room, self.mine, self.form(room, here))
        if not isinstance(outcome, Saved):
            self.said = before
        assert isinstance(outcome, (Saved, Elsewhere)), outcome if not isinstance(outcome, Wrong) else outcome.read
        return True

    async def all(self, room: Respondents) -> None:
        """Entered, and every page answered."""
        await self.enter(room)
        while await self.next(room):
            pass

    def blinded(self) -> Blinded:
        begun = begin_both(STUDY, self.secret, issuer_publics())
        return Blinded(begun["voucher"].blinded, begun["interview"].blinded)

    async def finish(self, room: Respondents) -> Signatures:
        return await complete(room, self.mine, self.blinded())

    def _fill(self, page: Page, here: Here) -> dict[str, list[str]]:
        """The form's fields; what was meant is remembered in words of its own, not through the product's reader."""
        assert isinstance(here.at, Position)
        form: dict[str, list[str]] = {}
        said: dict[str, Any] = {}
        for one in page.answers:
            if self._choose.random() < 0.15:
                form[missing_field(one)], said[one.id] = ["dont-know"], -8
                continue
            options = offered(one, here.facts)
            match one.kind:
                case "single":
                    said[one.id] = self._choose.choice(options).id
                    form[one.id] = [said[one.id]]
                case "multiple":
                    plain = [option.id for option in options if not option.exclusive]
                    said[one.id] = self._choose.sample(plain, self._choose.randint(1, len(plain)))
                    form[one.id] = list(said[one.id])
                case "number":
                    said[one.id] = self._choose.randint(1, 9)
                    form[one.id] = [str(said[one.id])]
                case "text":
                    said[one.id] = self._choose.choice(["", "kindness", "mwy o amser ŵ"]) or -7
                    form[one.id] = ["" if said[one.id] == -7 else said[one.id]]
        self.said[here.at.page, here.at.repeat] = said
        return form


def fresh_house(open_vault: Callable[[str], Database], folder: Path, *, k: int = K) -> House:
    """A house whose vaults are empty, with keys of its own; an earlier house over the same vaults is gone."""
    responses, ledger = open_vault("responses"), open_vault("ledger")
    for database, metadata in ((responses, responses_metadata), (ledger, ledger_metadata)):
        with database.write() as connection:
            for table in metadata.tables.values():
                connection.execute(delete(table))
    return House(responses, ledger, folder / secrets.token_hex(4), k=k)


def expected_row(person: Respondent, *, complete: bool) -> dict[str, str]:
    """What microdata must say of that person, written out by hand for the short survey."""
    row: dict[str, str] = {}

    def put(name: str, value: Any, *, options: tuple[str, ...] = ()) -> None:
        if not options:
            row[name] = str(-6 if value is None else value)
            return
        for option in options:
            row[f"{name}__{option}"] = str(
                -6 if value is None else value if isinstance(value, int) else int(option in value)
            )

    def told(page: str, name: str, repeat: int = 0) -> Any:
        return person.said.get((page, repeat), {}).get(name)

    put("adults", told("adults", "adults"))
    put("homes", told("homes", "homes"))
    put("places", told("homes", "places"), options=("house", "boat", "other", "nowhere"))
    for round_ in (1, 2):
        put(f"safety_{round_}", told("safety", "safety", round_))
    put("willing", told("willing", "willing"))
    put("told", told("told", "told"))
    put("today", told("today", "today"))
    put("ideas", told("today", "ideas"))
    row |= {"record__duration": "under_ten" if complete else "-6", "record__sittings": "1" if complete else "-6"}
    return row


def completed(house: House, room: Respondents, count: int, *, cell: str = "north") -> list[Respondent]:
    """That many people, done to the end."""
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(count, cell=cell))]

    async def walk() -> None:
        async def one(person: Respondent) -> None:
            await person.all(room)
            await person.finish(room)

        await asyncio.gather(*(one(person) for person in people))

    asyncio.run(walk())
    return people


def begun(house: House, room: Respondents, count: int, *, pages: int = 2, cell: str = "north") -> list[Respondent]:
    """That many people, on their way."""
    people = [Respondent(code, seed=100 + n) for n, code in enumerate(house.hand_out(count, cell=cell))]

    async def walk() -> None:
        for person in people:
            await person.enter(room)
            for _ in range(pages):
                await person.next(room)

    asyncio.run(walk())
    return people
