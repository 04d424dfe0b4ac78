"""The numbers of a rehearsal, as `--json` prints them and the page shows them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Any

from troth.promises import REGISTRY, State
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.assurance.attacks.score import Scored
    from troth.promises import Evidence
    from troth.rehearsal.course import Course


@dataclass(frozen=True)
class Death:
    """A certificate: on that day so many were erased, for that promise."""

    day: date
    promise: str
    vault: str
    count: int


@dataclass(frozen=True)
class Numbers:
    """Everything that the report shows."""

    study: str
    database: str
    seed: int
    people: int
    days: int
    invited: int
    letters: dict[str, int]
    started: int
    completed: int
    partial: int
    withdrawn: int
    records: int
    claims: dict[str, int]
    certificates: dict[str, int]
    promises: dict[str, list[str]]
    attacks: tuple[Scored, ...]
    seconds: float
    late: int
    """Came when the collection was closed."""
    letters_lost: int
    replacements_refused: int
    """Asked for so late that the contact would have been erased before it came."""
    calls: int
    held_until: date | None
    """The review date of the contact that was held for a complaint; None: none was."""
    holders: int
    """How often somebody at home tried a letter's code."""
    opened_on: date | None
    published_on: date | None
    disagreements: tuple[str, ...]
    """Where the vaults count otherwise than the people remember. Empty, or something is wrong."""
    first: date
    opens: date
    closes: date
    last: date
    waves: tuple[tuple[str, date], ...]
    started_by_day: dict[date, int]
    completed_by_day: dict[date, int]
    held: tuple[tuple[date, dict[str, int]], ...]
    deaths: tuple[Death, ...]
    states: tuple[tuple[date, dict[str, str]], ...]
    evidence: tuple[tuple[date, Evidence], ...] = field(repr=False)
    """Of each promise the examination that says most (`_fullest`), with its day."""

    def as_json(self) -> dict[str, Any]:
        """One object: what the page shows, without the curves."""
        plain = (
            "study database seed people days invited letters started completed partial withdrawn records claims certificates "
            "promises seconds late letters_lost replacements_refused calls held_until holders opened_on published_on disagreements first "
            "closes last"
        )
        found = {name: getattr(self, name) for name in plain.split()}
        return {**found, "attacks": [each.as_json() for each in self.attacks]}

    def counts(self) -> dict[str, Any]:
        """What the same seed gives on every database: no time, no attack, no promise (SQLite's walls are weaker)."""
        names = (
            "invited letters started completed partial withdrawn records claims certificates late letters_lost "
            "replacements_refused calls held_until holders"
        )
        return {name: getattr(self, name) for name in names.split()}

    @property
    def well(self) -> bool:
        """No promise is broken, no attack found anything, and the vaults count what the people remember."""
        broken = self.promises["broken"] or any(each.verdict in {"broken", "failed"} for each in self.attacks)
        return not broken and not self.disagreements


def numbers(course: Course, scored: Sequence[Scored], *, database: str, seconds: float) -> Numbers:
    """The numbers of a course that has run; the last examination comes after the attacks."""
    town, office, diary = course.town, course.office, course.diary
    remembered = [one.visitor.remembers for one in course.residents if one.visitor]
    withdrawn = sum(one.deleted for one in remembered)
    completed = sum(one.completed for one in remembered)
    started = sum(one.started for one in remembered)
    claims = Counter(purpose for one in remembered for purpose in sorted(one.claims))
    with opened(town.home, "assurance", town.clock) as work:
        entries = work.ledger().entries("erasure")
    deaths = tuple(
        Death(entry.day, str(entry.body["promise"]), str(entry.body["vault"]), int(entry.body["count"]))
        for entry in entries
    )
    closed = office.closed
    erased_at_close = closed.get("erased", 0)
    partial = closed.get("partial", 0) + erased_at_close
    pack = town.pack
    evidence = _fullest(diary.evidence)
    return Numbers(
        study=pack.id,
        database=database,
        seed=course.seed,
        people=len(course.residents),
        days=(pack.collection.closes - pack.collection.opens).days + 1,
        invited=sum(bool(one.ref) for one in course.residents),
        letters=dict(office.letters),
        started=started,
        completed=closed.get("complete", 0),
        partial=partial,
        withdrawn=withdrawn,
        records=office.opened_records,
        claims={purpose: claims[purpose] for purpose in ("voucher", "interview")},
        certificates=dict(sorted(Counter(death.promise for death in deaths).items())),
        promises={state.value: [one.promise for _, one in evidence if one.state is state] for state in State},
        attacks=tuple(scored),
        seconds=round(seconds, 1),
        late=diary.late,
        letters_lost=sum(len(one.who.loses) for one in course.residents),
        replacements_refused=office.refused,
        calls=diary.calls,
        held_until=diary.held_until,
        holders=diary.holders,
        opened_on=office.opened_on,
        published_on=office.published_on,
        disagreements=tuple(_disagreements(course, deaths, completed, started - completed - withdrawn, claims)),
        first=diary.held[0][0],
        opens=pack.collection.opens,
        closes=pack.collection.closes,
        last=town.clock.today(),
        waves=tuple((str(wave.id), wave.dispatch_on) for wave in pack.waves),
        started_by_day=diary.started,
        completed_by_day=diary.completed,
        held=tuple(diary.held),
        deaths=deaths,
        states=tuple((day, {one.promise: one.state.value for one in found}) for day, found in diary.evidence),
        evidence=evidence,
    )


def _fullest(examined: Sequence[tuple[date, Sequence[Evidence]]]) -> tuple[tuple[date, Evidence], ...]:
    """Of each promise the examination that says most: where it broke, if it ever did; else where most could be checked, the latest."""
    best: dict[str, tuple[date, Evidence]] = {}
    for day, found in examined:
        for one in found:
            before = best.get(one.promise)
            if before is None or _weight(one) >= _weight(before[1]):
                best[one.promise] = (day, one)
    return tuple(best[promise] for promise in REGISTRY if promise in best)


def _weight(one: Evidence) -> tuple[bool, int]:
    return one.state is State.BROKEN, len(one.checks)


def _disagreements(
    course: Course, deaths: Sequence[Death], completed: int, partial: int, claims: Counter[str]
) -> list[str]:
    """What the vaults count otherwise than the people remember."""
    closed, office = course.office.closed, course.office
    deleted = sum(one.visitor.remembers.deleted for one in course.residents if one.visitor)
    expected = {
        "completed": (completed, closed.get("complete", 0)),
        "partial": (partial, closed.get("partial", 0) + closed.get("erased", 0)),
        "stopped and deleted": (deleted, office.severed.get("withdrawn", 0)),
        "records opened": (closed.get("complete", 0) + closed.get("partial", 0), office.opened_records),
        "contacts erased": (len(course.residents), _died(deaths, "P05")),
        "voucher claims erased": (claims["voucher"], _died(deaths, "P26")),
        "interview claims erased": (claims["interview"], _died(deaths, "P16")),
        "holds erased": (
            int(course.diary.held_until is not None),
            sum(d.count for d in deaths if d.vault == "holds.held"),
        ),
        "records erased": (office.opened_records, sum(d.count for d in deaths if d.vault == "responses.record")),
    }
    return [
        f"{what}: people remember {there}, the vaults say {here}"
        for what, (there, here) in expected.items()
        if there != here
    ] + course.contacts.wrong()


def _died(deaths: Sequence[Death], promise: str) -> int:
    return sum(death.count for death in deaths if death.promise == promise)
