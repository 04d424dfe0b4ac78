"""On a disk with room for half a line nothing is done that the journal does not announce whole: no letter leaves twice (P06)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.batches import Bench
from tests.support.disk import no_file_grows_beyond
from tests.support.notify import KEY, StandIn

from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.printroom.notify import Notify
from troth.fieldwork.printroom.sheaves import Sheaves
from troth.kit.errors import StorageFailed

if TYPE_CHECKING:
    from pathlib import Path

PART = 60
"""Bytes of a line that there is room for."""


def test_a_line_of_which_the_disk_takes_a_part_is_refused_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.journal.turn():
        bench.journal.write("begun", batch="b", out="x")
        size = (tmp_path / "printroom" / "journal.jsonl").stat().st_size
        with no_file_grows_beyond(size + PART), pytest.raises(StorageFailed, match="File too large"):
            bench.journal.write("printed", batch="b", refs=["ab" * 16] * 9)
        bench.journal.write("begun", batch="c", out="y")
    assert [line["batch"] for line in bench.journal.lines()] == ["b", "c"]


class NearlyFull(Journal):
    """Its disk has room for a part of the first line of that kind, and for everything else."""

    what = ""

    def write(self, what: str, **said: Any) -> None:
        full: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        if what == self.what:
            self.what = ""
            full = no_file_grows_beyond((self._folder / "journal.jsonl").stat().st_size + PART)
        with full:
            super().write(what, **said)


def test_a_letter_whose_sending_could_not_be_noted_whole_goes_once(tmp_path: Path) -> None:
    bench, server = Bench(tmp_path), StandIn()
    journal = NearlyFull(tmp_path / "printroom")
    try:
        notify = Notify(bench.room, journal, bench.clock, KEY, server.url, wait=lambda _: None, timeout=5)
        file, _ = bench.batch([bench.part()])
        journal.what = "sending"
        with pytest.raises(StorageFailed):
            notify.run(file)
        assert notify.run(file).sent == 1
        assert server.requests.count("POST /v2/notifications/letter") == 1
    finally:
        server.close()


def test_a_print_that_could_not_be_noted_whole_is_not_told_as_printed(tmp_path: Path) -> None:
    bench, journal = Bench(tmp_path), NearlyFull(tmp_path / "printroom")
    file, _ = bench.batch([bench.part()])
    sheaves = Sheaves(bench.room, journal, bench.clock)
    journal.what = "printed"
    with pytest.raises(StorageFailed):
        sheaves.run(file, tmp_path / "a.csv", form="file", per_file=9)
    assert sheaves.run(file, tmp_path / "a.csv", form="file", per_file=9).letters == 1
    assert [line["what"] for line in journal.lines()][-1] == "printed"
