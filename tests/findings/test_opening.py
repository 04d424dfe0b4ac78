"""P10: sealed records open only after sever and erasure, with two shares, into exactly what people answered."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.cast.house import House, begun, completed, expected_row, fresh_house

from troth.fieldwork.close import close, sever
from troth.findings.opening import analysis_seed, open_records
from troth.kit.errors import CannotOpen, Refused
from troth.protocol.boxes import AnalysisSealer, new_analysis_seed
from troth.protocol.shamir import DamagedShare, split
from troth.questionnaire.codebook import codebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from troth.findings.opening import Opened
    from troth.protocol.names import AnalysisSeed
    from troth.storage.database import Database

DAY = date(2027, 4, 6)


@pytest.fixture
def house(open_vault: Callable[[str], Database], tmp_path: Path) -> Iterator[House]:
    made = fresh_house(open_vault, tmp_path)
    yield made
    made.close()


def closed(house: House) -> None:
    close(
        house.flush(), partials="keep", analysis=AnalysisSealer(house.analysis), plan=house.plan, context=house.context,
        day=DAY,
    )  # fmt: skip


def severed(house: House) -> None:
    sever(house.flush(), {"respond": house.respond_keys, "load": house.load_keys}, DAY)


def opened(house: House, out: Path, seed: AnalysisSeed | None = None) -> Opened:
    return open_records(
        house.responses, house.ledger, seed or house.seed, questionnaire=house.questionnaire, plan=house.plan,
        context=house.context, out=out, day=DAY,
    )  # fmt: skip


def test_every_answer_comes_out_as_it_was_typed_and_dummies_are_dropped(house: House, tmp_path: Path) -> None:
    room = house.room()
    whole = completed(house, room, 6, cell="north")
    part = begun(house, room, 3, cell="south", pages=3)
    house.ledger.enter("load", "load 1", DAY, {"people": 9})
    house.ledger.enter("erasure", "erasure 1", DAY, {"count": 9, "promise": "P05"})
    closed(house)
    severed(house)
    told = opened(house, tmp_path / "out")
    assert (told.records, told.held) == (9, 0)
    with told.microdata.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    expected = [("north", "complete", *sorted(expected_row(p, complete=True).items())) for p in whole]
    expected += [("south", "partial", *sorted(expected_row(p, complete=False).items())) for p in part]
    found = [(row.pop("cell"), row.pop("response"), *sorted(row.items())) for row in rows]
    assert Counter(found) == Counter(expected)
    assert len(set(found)) > 4  # people differ: the comparison is not of equal rows
    with told.codebook.open(encoding="utf-8", newline="") as handle:
        book = [line["variable"] for line in csv.DictReader(handle)]
    assert book == ["cell", "response", *(line.variable for line in codebook(house.questionnaire))]
    assert {path.stat().st_mode & 0o077 for path in (told.microdata, told.codebook)} == {0}
    assert opened(house, tmp_path / "again").microdata.read_bytes() == told.microdata.read_bytes()
    assert len(house.ledger.entries("open")) == 1
    assert house.ledger.check(house.ledger_public) == len(house.ledger.entries())


def test_opening_is_refused_before_sever_and_while_contacts_live(house: House, tmp_path: Path) -> None:
    completed(house, house.room(), 3)
    house.ledger.enter("load", "load 1", DAY, {"people": 5})
    closed(house)
    with pytest.raises(Refused, match="not severed"):
        opened(house, tmp_path / "out")
    severed(house)
    with pytest.raises(Refused, match="5 contacts are not erased"):
        opened(house, tmp_path / "out")
    house.ledger.enter("erasure", "erasure 1", DAY, {"count": 4, "promise": "P05"})
    house.ledger.enter("erasure", "erasure 2", DAY, {"count": 4, "promise": "P26"})
    with pytest.raises(Refused, match="1 contacts are not erased"):
        opened(house, tmp_path / "out")
    # One of the four is held: their original is among the erased, and does not stand in for the fifth, who is not.
    house.ledger.enter("hold", "hold 1", DAY, {"count": 1, "promise": "P05"})
    with pytest.raises(Refused, match="1 contacts are not erased"):
        opened(house, tmp_path / "out")
    house.ledger.enter("erasure", "erasure 3", DAY, {"count": 1, "promise": "P05"})
    assert opened(house, tmp_path / "out").held == 1
    house.ledger.enter("hold", "hold 2", DAY, {"count": 1, "promise": "P05"})
    house.ledger.enter("erasure", "erasure 4", DAY, {"count": 1, "promise": "P14", "rule": "hold"})
    assert opened(house, tmp_path / "again").held == 1, "a hold that ended keeps nothing, and erased no contact"


def test_another_key_opens_nothing_and_leaves_no_half_file(house: House, tmp_path: Path) -> None:
    completed(house, house.room(), 3)
    closed(house)
    severed(house)
    with pytest.raises(CannotOpen):
        opened(house, tmp_path / "out", new_analysis_seed())
    assert list((tmp_path / "out").iterdir()) == []


def test_two_of_three_shares_are_needed_and_a_strange_or_damaged_one_is_told(house: House) -> None:
    shares = [share.show() for share in split(house.seed)]
    for pair in ((0, 1), (0, 2), (1, 2), (2, 0)):
        assert analysis_seed([shares[n] for n in pair], house.analysis) == house.seed
    strange = [share.show() for share in split(new_analysis_seed())]
    with pytest.raises(CannotOpen, match="another key"):
        analysis_seed(strange[:2], house.analysis)
    for bad in ([shares[0]], [shares[0], shares[0]], [shares[0], strange[1]]):
        with pytest.raises((Refused, CannotOpen, DamagedShare)) as told:
            analysis_seed(bad, house.analysis)
        assert all(share not in str(told.value) for share in bad)
