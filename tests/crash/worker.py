"""The team's work in a process of its own, on a simulated calendar, told line by line what to do: it is there to be killed.

It tells its parent of every moment at which a kill could matter (`sql`: before a statement; `commit`: before a commit; `kept`: just
after one; `file`: before a file gets or loses its name), and can be told to stand still at one of them until the kill comes.

    python worker.py HOME        then lines of JSON: {"day": "2027-01-11", "job": "flush", "hold": ["commit", 3]}
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from troth.kit.clock import UK, SimulatedClock
from troth.kit.errors import Refused, TrothError
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import close_study, flush_for, sever_study
from troth.wiring.contact import load_for, release_for
from troth.wiring.daily import daily
from troth.wiring.open import opened
from troth.wiring.sample import suppress_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.claims.details import Details
    from troth.wiring.claims import InterviewDesk
    from troth.wiring.open import Opened

FILES = {"os.rename", "os.remove"}


class Moments:
    """Counts the moments of each kind since the last order, tells of each, and stands still at the one that was named."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.hold: list[Any] | None = None

    def pass_(self, kind: str) -> None:
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.hold == [kind, self.seen[kind]]:
            say(f"held {kind}")
            while True:
                signal.pause()
        say(kind)

    def watch(self) -> None:
        event.listen(Engine, "before_cursor_execute", lambda *_: self.pass_("sql"))
        event.listen(Engine, "commit", lambda *_: self.pass_("commit"))
        event.listen(Pool, "checkin", lambda *_: self.pass_("kept"))
        sys.addaudithook(lambda name, _: self.pass_("file") if name in FILES else None)


def say(word: str) -> None:
    os.write(1, word.encode() + b"\n")


class Team:
    """Every job of the team. Each may be repeated, as somebody would who does not know whether the last try went through."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = SimulatedClock(datetime(2000, 1, 1, tzinfo=UTC))

    def at_work(self, role: str, do: Callable[[Opened], object]) -> None:
        with opened(self.home, role, self.clock, alone=role in {"flush", "vouchers", "interviews"}) as work:
            do(work)

    def ready(self) -> None:
        self.at_work("flush", lambda work: flush_for(work).ready())

    def load(self) -> None:
        def do(work: Opened) -> None:
            with load_for(work) as loading:
                loading.run(self.home / "sample.csv", source="NHS England", extracted=self.clock.today())

        self.at_work("load", do)

    def suppress(self) -> None:
        file = self.home / "suppression.csv"
        file.write_text("supplier_ref,reason\r\n")
        self.at_work("load", lambda work: suppress_for(work).run(file))

    def release(self, wave: str) -> None:
        self.at_work("letters", lambda work: release_for(work).run(wave, self.home / "outbox"))

    def stop(self, *refs: str) -> None:
        def do(work: Opened) -> None:
            for ref in refs:
                release_for(work).stop(ref)  # type: ignore[arg-type]

        self.at_work("letters", do)

    def flush(self) -> None:
        self.at_work("flush", lambda work: flush_for(work).run(self.clock.today()))

    def sort(self) -> None:
        self.at_work("vouchers", lambda work: voucher_desk(work).sort())
        self.at_work("interviews", lambda work: interview_desk(work).sort())

    def order(self) -> None:
        self.at_work("vouchers", lambda work: voucher_desk(work).order(self.clock.today()))

    def round(self) -> None:
        self.at_work("interviews", lambda work: _round(interview_desk(work), self.clock.today(), self.home / "rounds"))

    def sent(self) -> None:
        def do(work: Opened) -> None:
            desk = voucher_desk(work)
            for each in desk.box.batches():
                desk.sent(each.id, self.clock.today())

        self.at_work("vouchers", do)

    def held(self) -> None:
        def do(work: Opened) -> None:
            desk = interview_desk(work)
            for each in desk.box.batches():
                desk.held(each.id, self.clock.today())

        self.at_work("interviews", do)

    def close(self) -> None:
        self.at_work("flush", close_study)

    def sever(self) -> None:
        self.at_work("flush", sever_study)

    def daily(self) -> None:
        daily(self.home, self.clock)


def _round(desk: InterviewDesk, day: date, folder: Path) -> None:
    def write(people: list[Details]) -> None:
        (round_,) = (each for each in desk.box.batches() if each.state == "prepared")
        folder.mkdir(exist_ok=True)
        part = folder / f"{round_.id}.part"
        part.write_text(json.dumps([person.email for person in people]))
        part.replace(folder / f"{round_.id}.json")

    desk.round(day, write)


def main() -> None:
    team, moments = Team(Path(sys.argv[1])), Moments()
    moments.watch()
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        moments.seen, moments.hold = {}, order.get("hold")
        day = date.fromisoformat(order["day"])
        if day > team.clock.today():
            team.clock.forward(datetime(day.year, day.month, day.day, 9, tzinfo=UK) - team.clock.now())
        job, *more = order["job"].split()
        try:
            getattr(team, job)(*more)
        except Refused as error:
            say(f"refused {error}")
        except TrothError as error:
            say(f"failed {error}")
        else:
            say("done")


if __name__ == "__main__":
    main()
