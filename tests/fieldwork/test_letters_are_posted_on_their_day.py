"""What is printed or sent is posted on its batch's day: contacts are erased by it, so a letter that comes later comes to nobody (P05)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.support.batches import Bench
from tests.support.notify import KEY, StandIn

from troth.fieldwork.printroom.notify import Notify
from troth.fieldwork.printroom.sendings import Sendings
from troth.fieldwork.printroom.sheaves import Printed, Sheaves
from troth.kit.errors import Busy, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTED, COMES = date(2027, 1, 8), date(2027, 1, 9)
"""Of the bench's batches: a Friday, and the Saturday after it."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def server() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()


def printing(bench: Bench, file: Path, name: str, **more: str) -> Printed:
    sheaves = Sheaves(bench.room, bench.journal, bench.clock)
    return sheaves.run(file, bench.folder / name, form="file", per_file=9, **more)


def notify(bench: Bench, server: StandIn) -> Notify:
    return Notify(bench.room, bench.journal, bench.clock, KEY, server.url, wait=lambda _: None, timeout=5)


def test_after_its_day_of_posting_a_batch_is_printed_only_for_a_reason_and_never_after_it_was_to_come(
    bench: Bench,
) -> None:
    (one, _), (two, said), (three, _) = (bench.batch([bench.part()]) for _ in range(3))
    assert (said.dispatched_on, said.delivered_by) == (POSTED, COMES)
    bench.clock.to_day(POSTED, hour=20)
    assert printing(bench, one, "a.csv").letters == 1
    bench.clock.to_day(COMES)
    with pytest.raises(Refused, match=r"to be posted on 2027-01-08.*--late"):
        printing(bench, two, "b.csv", again="lost")
    assert printing(bench, two, "b.csv", late="the printer is open on Saturday").letters == 1
    assert [line["late"] for line in bench.journal.lines() if line["what"] == "begun"][1:] == [
        "the printer is open on Saturday"
    ]
    bench.clock.to_day(date(2027, 1, 10))
    with pytest.raises(Refused, match="to have come by 2027-01-09"):
        printing(bench, three, "c.csv", late="whatever")
    assert not (bench.folder / "c.csv").exists()


def test_a_printed_file_goes_to_the_printer_by_the_same_days(bench: Bench) -> None:
    def go(files: list[Path], late: str = "") -> int:
        with bench.journal.turn():
            return len(Sendings(bench.journal, bench.clock, "printer", late=late).these(files))

    files = printing(bench, bench.batch([bench.part()])[0], "a.csv").files
    assert go(files) == 1
    bench.clock.to_day(COMES)
    with pytest.raises(Refused, match=r"to be posted on 2027-01-08.*--late"):
        go(files)
    assert go(files, "open on Saturday") == 1
    assert go(printing(bench, bench.batch([bench.part()])[0], "b.csv", late="open on Saturday").files) == 1
    bench.clock.to_day(date(2027, 1, 10))
    with pytest.raises(Refused, match="to have come by 2027-01-09"):
        go(files, "whatever")


def test_notify_gets_a_batch_on_the_working_day_before_its_posting(bench: Bench, server: StandIn) -> None:
    bench.clock.moment = bench.clock.moment.replace(day=6)
    (one, _), (two, said) = (bench.batch([bench.part()]) for _ in range(2))
    with pytest.raises(Refused, match=r"would post it on 2027-01-07, and it is to be posted on 2027-01-08"):
        notify(bench, server).run(one)
    bench.clock.to_day(date(2027, 1, 6), hour=18)  # after 17:30 it is of the next working day
    assert notify(bench, server).run(one).sent == 1
    second = bench.again([bench.part()], replace(said, postage="second", delivered_by=date(2027, 1, 15)))
    bench.clock.to_day(date(2027, 1, 7), hour=18)  # what is handed over now is posted on Monday the 11th
    with pytest.raises(Refused, match="to have come by 2027-01-09"):
        notify(bench, server).run(two, "whatever")
    with pytest.raises(Refused, match="--late"):
        notify(bench, server).run(second)
    assert notify(bench, server).run(second, "the key came late").sent == 1
    assert len(server.letters) == 2


def test_what_notify_may_have_is_asked_for_on_any_day(bench: Bench, server: StandIn) -> None:
    file, _ = bench.batch([bench.part()])
    server.failures = ["lost", *[503] * 8]
    with pytest.raises(Busy, match="does not answer"):
        notify(bench, server).run(file)
    server.failures = []
    bench.clock.to_day(date(2027, 1, 11))
    assert notify(bench, server).run(file).found == 1
