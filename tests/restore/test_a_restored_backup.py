"""Every vault is put back to a backup of before: nothing is served until it is reconciled, and then nothing that had ended begins again."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from tests.conftest import need
from tests.rehearsal.conftest import quick_pack
from tests.support.backups import back_up, restore

from troth.assurance.check import examining
from troth.assurance.examine import examine
from troth.kit.clock import UK
from troth.kit.errors import CannotOpen, Refused
from troth.promises import State
from troth.questionnaire import plan
from troth.rehearsal.office import Office
from troth.rehearsal.pack import STARTS
from troth.rehearsal.postgres import programs, running
from troth.rehearsal.resident import Doors, Resident, invited
from troth.rehearsal.town import Town, found_town
from troth.rehearsal.visitor import Ground, Pause
from troth.rehearsal.wire import Browser
from troth.storage.database import Database
from troth.vaults.responses.schema import record, step
from troth.vaults.sample.schema import person
from troth.wiring.claims import voucher_desk
from troth.wiring.collection import flush_for
from troth.wiring.contact import release_for
from troth.wiring.create import read_owners
from troth.wiring.open import opened
from troth.wiring.replicas import follow
from troth.wiring.restoring import Line, reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.backups import Backup

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
SPENT = "tickets that were used, and would have been taken again; their details are lost"
ENDED = "codes that had finished or stopped, and would have opened again"
DEAD = "people whose answers in this backup no key opens any more"


@dataclass
class Story:
    """A town on its way, one day after another, and its backups."""

    town: Town
    office: Office

    def __post_init__(self) -> None:
        pack = self.town.pack
        with opened(self.town.home, "respond", self.town.clock) as work:
            publics = {purpose: work.keys.issuer_public(purpose) for purpose in ("voucher", "interview")}
        self.ground = Ground(pack.id, publics, frozenset(), frozenset())  # type: ignore[arg-type]
        self.people = invited(pack, self.town.rows, 3, plan(pack.questionnaire).total_slots)
        self.doors = Doors(self.people, self.ground, 3)
        self.printed: dict[str, list[str]] = {}

    def until(self, day: date) -> None:
        """Every morning up to that day, which is the last."""
        clock = self.town.clock
        while clock.today() < day:
            tomorrow = datetime.combine(clock.today() + timedelta(days=1), time(6), UK).astimezone(UTC)
            clock.forward(tomorrow - clock.moment)
            try:
                released = self.office.morning()
            except Refused as refused:  # a wave's day, and every contact was lost with the backup
                assert "nobody is due a letter" in str(refused)
                continue
            for manifest, letters in released:
                for one in letters:
                    self.doors.deliver(one)
                    self.printed.setdefault(manifest.wave, []).append(one.ref)

    def somebody(self, number: int, *, pages: int | None = None, deletes: int | None = None) -> Resident:
        """Who will answer all, or stop after so many pages; nobody mistypes, loses a letter or comes back by themselves."""
        one = self.people[number]
        assert one.visitor is not None
        pauses = () if pages is None else (Pause(pages, "no word", None, wrong_word=False, holder=False),)
        one.visitor.who = replace(one.who, pauses=pauses, deletes_at=deletes, mistypes=False)
        one.visitor._pauses = None
        return one

    def sit(self, *people: Resident, claims: bool = False) -> None:
        async def go() -> None:
            async with self.town.sites() as sites:
                for one in people:
                    assert one.visitor is not None
                    await one.visitor.sit(sites["respond"])
                    if claims and one.visitor.tickets:
                        assert await one.visitor.claim(sites["claim"], "voucher", one.row["name"], one.email)

        asyncio.run(go())

    def enter(self, *people: Resident) -> list[bool]:
        """Whose code still opens the survey."""

        async def go() -> list[bool]:
            async with self.town.sites() as sites:
                answers = [await Browser(sites["respond"]).post("/en/", {"code": one.code}) for one in people]
            return [answer.status_code == 303 for answer in answers]

        return asyncio.run(go())

    def claim_again(self, *people: Resident) -> list[bool]:
        """Whose ticket is still taken."""

        async def go() -> list[bool]:
            async with self.town.sites() as sites:
                tickets = [one.visitor.tickets["voucher"] for one in people if one.visitor]
                shown = [await Browser(sites["claim"]).post("/en/voucher", {"ticket": ticket}) for ticket in tickets]
            return ['name="name"' in page.text for page in shown]

        return asyncio.run(go())

    def back_up(self, *vaults: str) -> dict[str, Backup]:
        return {name: back_up(database) for name, database in self._vaults() if not vaults or name in vaults}

    def restore(self, backups: dict[str, Backup]) -> None:
        for name, database in self._vaults():
            if name in backups:
                restore(database, backups[name])

    def _vaults(self) -> Iterator[tuple[str, Database]]:
        for name, url in read_owners(self.town.home)[0].items():
            database = Database(url, vault=name)
            yield name, database
            database.close()

    def reconcile(
        self, *, dry_run: bool = False, between: Callable[[str], None] = lambda _step: None
    ) -> dict[str, int]:
        lines: list[Line] = reconcile(self.town.home, self.town.clock, dry_run=dry_run, between=between)
        return {line.what: line.count for line in lines}

    def count(self, role: str, vault: str, what: object) -> int:
        with opened(self.town.home, role, self.town.clock) as work, work.vault(vault).read() as connection:
            return int(connection.scalar(select(func.count()).select_from(what)) or 0)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    with contextlib.ExitStack() as stack:
        server = None
        if request.param == "postgresql":
            need("PostgreSQL", here=programs() is not None, line="apt-get install postgresql")
            server = stack.enter_context(running(wal_megabytes=64))
        study = quick_pack(tmp_path)
        town = found_town(tmp_path / "town", study, people=60, days=28, starts=STARTS, seed=3, server=server)
        yield Story(town, Office(town, tmp_path / "loot"))


ALL = ("respond", "claim", "flush", "letters", "vouchers")


def refused_everywhere(story: Story, roles: tuple[str, ...] = ALL) -> None:
    """What is served, and what sends or moves something, says that a backup was restored."""
    home, clock = story.town.home, story.town.clock
    uses = {"flush": flush_for, "letters": release_for, "vouchers": voucher_desk}
    for role in roles:
        with opened(home, role, clock) as work, pytest.raises(Refused, match="restored from a backup"):
            uses.get(role, follow)(work)
    with opened(home, "letters", clock) as work, pytest.raises(Refused, match="lacks entries"):
        work.ledger().enter("x", "something new", clock.today(), {})


def test_nothing_that_had_ended_begins_again(story: Story) -> None:
    story.until(date(2027, 1, 12))
    done, stopped, under_way, early = (
        story.somebody(0), story.somebody(1, deletes=2), story.somebody(2, pages=2), story.somebody(3),
    )  # fmt: skip
    unwilling = story.people[4]
    story.sit(early, story.somebody(5, pages=2), claims=True)
    # Given a backup, after which somebody finishes and claims, somebody stops and deletes, and somebody wants no more letters
    backup, entries = story.back_up(), story.count("letters", "ledger", _ledger())
    assert story.reconcile(dry_run=True) == {}, "the control: nothing was restored"
    half = story.somebody(5)
    half.visitor.word = ""  # type: ignore[union-attr]
    story.sit(done, half, stopped, under_way, claims=True)
    story.office.stop(unwilling.ref)
    with opened(story.town.home, "letters", story.town.clock) as work:
        follow(work)
        work.ledger().enter("note", "since the backup", story.town.clock.today(), {})
    # When every vault is put back
    story.restore(backup)
    # Then nothing is served, sent or moved
    refused_everywhere(story)
    assert story.enter(done) == [True], "the control: without that, the code would open again"
    assert story.claim_again(done) == [True]
    # And a dry run says what is to be done, and does nothing
    told = story.reconcile(dry_run=True)
    assert (told[ENDED], told[SPENT]) == (3, 2)
    refused_everywhere(story)
    # When it is reconciled
    did = story.reconcile()
    assert (did[ENDED], did[SPENT]) == (3, 2)
    assert did["people who had been stopped, and would have been written to"] == 1
    assert did["complete responses of which a part is lost: kept as partial ones"] == 2
    assert story.count("letters", "ledger", _ledger()) == entries + 1
    # Then what had ended has ended, what had not goes on, and a second time there is nothing to do
    assert story.enter(done, stopped, half, early, under_way) == [False, False, False, False, True]
    assert story.claim_again(done, early) == [False, False]
    assert story.reconcile() == {}
    for role in ("respond", "claim", "flush", "letters", "vouchers", "interviews"):
        with opened(story.town.home, role, story.town.clock) as work:
            follow(work)
    # And the reminder goes to everybody but to who wants none
    story.until(date(2027, 1, 19))
    assert unwilling.ref not in story.printed["reminder_one"]
    assert len(story.printed["reminder_one"]) == 59


def test_a_backup_from_before_a_flush_a_reminder_and_an_erasure(story: Story) -> None:
    """Strip keys and buckets are destroyed meanwhile; the key folders are put back too."""
    story.until(date(2027, 1, 12))
    everybody = [
        story.somebody(n) for n in range(60) if story.people[n].row["region"] == story.people[0].row["region"]
    ][:6]
    under_way = story.somebody(30, pages=2)
    story.sit(*everybody, under_way)
    backup = story.back_up()
    keys = story.town.home.parent / "keys-backup"
    shutil.copytree(story.town.home / "keys", keys)
    gone = story.people[40]
    story.office.stop(gone.ref)  # dies days after the invitation: its bucket is left for a younger one
    story.until(date(2027, 1, 20))
    records = story.count("flush", "responses", record)
    assert records > 0
    assert story.count("letters", "sample", person) == 59
    story.restore(backup)
    for role in ("letters", "flush", "vouchers", "interviews"):
        shutil.rmtree(story.town.home / "keys" / role)
        shutil.copytree(keys / role, story.town.home / "keys" / role)
    refused_everywhere(story, ("respond", "flush", "letters"))
    killed = _killed_everywhere(story)
    assert killed >= 6
    did = story.reconcile()
    # Then no destroyed key is there again, and nothing lies under one
    assert story.reconcile() == {}
    assert story.count("flush", "responses", step) < 20 * plan(story.town.pack.questionnaire).total_slots
    # Everybody who finished stays finished; who was under way begins anew
    assert story.enter(*everybody, under_way) == [False] * len(everybody) + [True]
    assert did is not None
    # The contacts cannot be opened any more: they are gone, and accounted for; nobody gets the reminder twice
    assert story.count("letters", "sample", person) == 0
    if story.town.server is not None:  # the rest is no matter of the database, and costs half a minute there
        return
    # And the study goes on to its opening, with no promise broken
    sent = list(story.printed["reminder_one"])
    story.until(date(2027, 3, 10))
    assert story.printed["reminder_one"] == sent
    assert "reminder_two" not in story.printed
    assert story.office.opened_on is not None
    with examining(story.town.home, story.town.clock) as site:
        assert [one.promise for one in examine(site) if one.state is State.BROKEN] == []


def _killed_everywhere(story: Story) -> int:
    """It is killed behind every step, and run again each time; counts the kills."""

    class Killed(Exception):  # noqa: N818
        pass

    kills = 0
    while True:
        left = kills + 1

        def between(_step: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Killed

        try:
            story.reconcile(between=between)
        except Killed:
            kills += 1
        else:
            return kills


def test_a_ledger_that_went_on_by_itself_is_refused(story: Story) -> None:
    home, clock = story.town.home, story.town.clock
    with opened(home, "letters", clock) as work:
        before = back_up(work.vault("ledger"))
        work.ledger().enter("note", "the first", clock.today(), {})
        replica = work.settings.replica
        assert replica is not None
        (replica / "ledger").rename(replica / "away")
        with pytest.raises(Refused, match="not there"):
            work.ledger().enter("note", "while the disk is away", clock.today(), {})
        (replica / "away").rename(replica / "ledger")
    for name, database in story._vaults():
        if name == "ledger":
            restore(database, before)
    file = replica / "ledger" / "entries.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.rfind(b"\n", 0, -1) + 1])  # as if this machine had never had the last line
    with opened(home, "letters", clock) as work:
        work.ledger().enter("note", "another one", clock.today(), {})
    file.write_bytes(whole)
    with pytest.raises(CannotOpen, match="two chains"):
        story.reconcile()
    file.write_bytes(whole.replace(b'"the first"', b'"the worst"').replace(b'\\"the first\\"', b'\\"the worst\\"'))
    with pytest.raises(CannotOpen, match="chain is broken"):
        story.reconcile()


def _ledger() -> object:
    from troth.vaults.ledger.schema import entry

    return entry
