"""A whole installation in a folder, in this process, with synthetic people: what tests of commands and of promises stand on.

Made once a session and copied for each test that changes it: on SQLite a copy of a folder is a copy of a house.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from troth.claims.details import Details
from troth.fieldwork.admit import admit, where
from troth.fieldwork.answer import Saved, Unsure, Wrong, answer, token
from troth.fieldwork.complete import Blinded, begin_both, complete, finish_both
from troth.kit.clock import SimulatedClock
from troth.protocol.blind import IssuerSigner
from troth.protocol.claim import new_claim_secret
from troth.protocol.code import show_code
from troth.questionnaire import Position, view
from troth.study import bundled, write_dates
from troth.wiring.claim import claim_desks
from troth.wiring.collection import flush_for
from troth.wiring.contact import load_for, release_for
from troth.wiring.create import create
from troth.wiring.issuing import IssuerHere
from troth.wiring.open import opened
from troth.wiring.printing import printroom_for
from troth.wiring.respond import respondents
from troth.wiring.sample import suppress_for

if TYPE_CHECKING:
    from troth.fieldwork.carried import Carried
    from troth.fieldwork.respondents import Respondents
    from troth.protocol.claim import Ticket
    from troth.protocol.names import Code
    from troth.wiring.grants import Cluster

PEOPLE = 120
FEW = 6


@dataclass(frozen=True)
class House:
    """An installation, its clock, and the codes that its letters hold."""

    home: Path
    clock: SimulatedClock
    codes: tuple[Code, ...]

    def copy(self, to: Path) -> House:
        """The same house elsewhere, with a clock of its own (SQLite only). Its settings name its own folder."""
        shutil.copytree(self.home, to)
        for settings in (to / "settings").glob("*.toml"):
            settings.write_text(settings.read_text().replace(str(self.home), str(to)))
        return House(to, SimulatedClock(self.clock.moment), self.codes)


def build(
    home: Path,
    *,
    people: int = PEOPLE,
    cluster: Cluster | None = None,
    minimum: int = 5,
    reminders: str = "receipt_free",
    clock: SimulatedClock | None = None,
) -> House:
    """An installation with loaded people and a released invitation; codes cost little to derive here."""
    clock = clock or SimulatedClock()
    today = clock.today()
    pack = home.with_name(home.name + "-pack")
    shutil.copytree(bundled("sdcs"), pack)
    study = yaml.safe_load((pack / "study.yaml").read_text())
    study |= {"code_cost_log2_n": 10, "reserve_codes": 1, "reminders": reminders}
    study["flush"]["minimum"] = minimum
    study["flush"]["cells"] = (
        study["flush"]["cells"][6:8] + study["flush"]["cells"][9:]
    )  # three cells: few people, whole groups
    (pack / "study.yaml").write_text(yaml.safe_dump(study, allow_unicode=True, sort_keys=False))
    write_dates(pack, today)
    create(home, pack, cluster=cluster)
    shutil.rmtree(pack)
    with opened(home, "flush", clock) as work:
        flush_for(work).ready()
    sample = home / "sample.csv"
    with opened(home, "load", clock) as work:
        from troth.fieldwork.synthesise import write_sample

        write_sample(work.pack, people, 7, sample)
        with load_for(work) as loading:
            loading.run(sample, source="NHS England", extracted=today)
    sample.unlink()
    suppress_nobody(home, clock)
    with opened(home, "letters", clock) as work:
        wave = str(work.pack.waves[0].id)
        released = release_for(work).run(wave, home)
    with opened(home, "printroom", clock) as work:
        _, letters = printroom_for(work).open(released.file)
    released.file.unlink()
    return House(home, clock, tuple(letter.code for letter in letters))


def suppress_nobody(home: Path, clock: SimulatedClock) -> None:
    """The supplier's file names nobody today: letters may leave."""
    file = home / "suppression.csv"
    file.write_text("supplier_ref,reason\r\n")
    with opened(home, "load", clock) as work:
        suppress_for(work).run(file)
    file.unlink()


async def fill_page(room: Respondents, carried: Carried, pick: int) -> bool:
    """One page answered as `pick` says; False at the end."""
    here = where(room, carried)
    if here is None or not isinstance(here.at, Position):
        return False
    shown = view(room.questionnaire, here.at, here.facts, str)
    form: dict[str, list[str]] = {"token": [token(carried, here.at.slot)]}
    for asked in shown.answers:
        if asked.kind in ("single", "multiple"):
            form[asked.field] = [asked.options[pick % len(asked.options)].value]
        else:
            form[asked.missing_field] = [asked.missing[0].value]
    outcome = await answer(room, carried, form)
    if isinstance(outcome, Wrong):  # a check across answers: say don't know to all
        for asked in shown.answers:
            form.pop(asked.field, None)
            form[asked.missing_field] = [asked.missing[0].value]
        outcome = await answer(room, carried, form)
    if isinstance(outcome, Unsure):
        outcome = await answer(room, carried, {**form, "sure": [outcome.sure]})
    assert isinstance(outcome, Saved), outcome
    return True


def answer_all(house: House, codes: tuple[Code, ...], *, pages: int | None = None) -> list[dict[str, Ticket]]:
    """These people answer (all, or the first `pages` pages); those who finish get their tickets."""
    with opened(house.home, "issuer", house.clock) as work:
        signers: Any = {p: IssuerSigner(work.keys.issuer_private(p)) for p in ("voucher", "interview")}
    tickets = []
    with opened(house.home, "respond", house.clock) as work:
        room = respondents(work, IssuerHere(signers))
        publics: Any = {p: work.keys.issuer_public(p) for p in ("voucher", "interview")}

        async def one(number: int, code: Code) -> None:
            carried = await admit(room, show_code(code), language="en")
            done = 0
            while (pages is None or done < pages) and await fill_page(room, carried, number):
                done += 1
            if pages is None:
                begun = begin_both(room.study, new_claim_secret(), publics)
                signed = await complete(room, carried, Blinded(begun["voucher"].blinded, begun["interview"].blinded))
                tickets.append(finish_both(begun, signed))

        async def everybody() -> None:
            for number, code in enumerate(codes):
                await one(number, code)

        asyncio.run(everybody())
        room.writer.close()
        room.pool.close()
    return tickets


def claim_all(
    house: House, tickets: list[dict[str, Ticket]], purposes: tuple[str, ...] = ("voucher", "interview")
) -> None:
    """Everybody with tickets claims."""
    with opened(house.home, "claim", house.clock) as work:
        desks = claim_desks(work)
        for number, both in enumerate(tickets):
            for purpose in purposes:
                desks[purpose].claim(both[purpose].show(), Details(f"Person {number}", f"person{number}@example.org"))  # type: ignore[index]


def last_day(house: House) -> date:
    """The day after the collection closes."""
    with opened(house.home, "flush", house.clock) as work:
        return work.pack.collection.closes + timedelta(days=1)


def run_calendar(house: House, until: date, *, every: int = 7) -> list[Any]:
    """`troth daily` once in so many days, and on that day; who has copies outside says in time that they are gone."""
    from troth.wiring.attesting import attest_copy, copies_outside
    from troth.wiring.daily import daily

    done = []
    while (left := (until - house.clock.today()).days) > 0:
        house.clock.forward(timedelta(days=min(every, left)))
        for copy in copies_outside(house.home, house.clock)[0]:
            if copy.destroyed is None and copy.due <= house.clock.today():
                attest_copy(house.home, copy.of, by=copy.holder, destroyed=copy.due, weaker=True, clock=house.clock)
        done.append(daily(house.home, house.clock))
    return done
