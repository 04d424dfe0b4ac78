"""P05, P25, P26: what lies with others has a day, and their word that it is gone stands in the ledger, or the day was missed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from troth.kit.errors import Refused
from troth.protocol.chain import new_signing
from troth.retention.attest import attest, copies
from troth.vaults.ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.storage.database import Database

LEFT, DUE = date(2027, 1, 12), date(2027, 1, 18)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(open_vault: Callable[[str], Database]) -> Ledger:
    made = Ledger(open_vault("ledger"), new_signing()[0])
    made.enter("release", "release a1", LEFT, {"count": 60, "dies_by": DUE.isoformat()})
    made.enter("vouchers", "order b2", LEFT, {"count": 5})
    made.enter("vouchers", "sent b2", LEFT + DAY, {"count": 5, "erased by": "2027-07-13"})
    made.enter("load", "load c3", LEFT, {"people": 60})
    return made


def test_what_left_the_house_has_a_holder_and_a_day(ledger: Ledger) -> None:
    letters, vouchers = copies(ledger.entries())
    assert (letters.of, letters.role, letters.left, letters.due, letters.destroyed) == (
        "release a1",
        "letters",
        LEFT,
        DUE,
        None,
    )
    assert (vouchers.of, vouchers.role, vouchers.promise, vouchers.due) == (
        "sent b2",
        "vouchers",
        "P26",
        date(2027, 7, 13),
    )
    assert not letters.late(DUE)
    assert letters.late(DUE + DAY)


def test_a_holders_word_in_time_is_enough_and_said_twice_it_stands_once(ledger: Ledger) -> None:
    for of in ("a1", "release a1"):  # by the batch, or as the list names it
        found = attest(ledger, of, by="the printer", destroyed=DUE, today=DUE + 3 * DAY, statement="ab" * 32)
        assert found.destroyed == DUE
        assert not found.late(DUE + 100 * DAY)
    (entry,) = ledger.entries("attestation")
    assert (entry.body["by"], entry.body["statement"], entry.body["promise"]) == ("the printer", "ab" * 32, "P05")


def test_what_was_destroyed_too_late_stays_late(ledger: Ledger) -> None:
    found = attest(ledger, "a1", by="the printer", destroyed=DUE + DAY, today=DUE + DAY)
    assert found.late(DUE + 100 * DAY)


@pytest.mark.parametrize(
    ("of", "destroyed", "today"),
    [("nothing", DUE, DUE), ("c3", DUE, DUE), ("a1", DUE + DAY, DUE), ("a1", LEFT - DAY, DUE), ("b2", LEFT, DUE)],
)
def test_a_word_that_cannot_be_true_is_refused(ledger: Ledger, of: str, destroyed: date, today: date) -> None:
    with pytest.raises(Refused):
        attest(ledger, of, by="the printer", destroyed=destroyed, today=today)
    assert ledger.entries("attestation") == []


def test_another_day_than_the_first_is_refused(ledger: Ledger) -> None:
    attest(ledger, "a1", by="the printer", destroyed=DUE, today=DUE)
    with pytest.raises(Refused, match="was attested for 2027-01-18"):
        attest(ledger, "a1", by="the printer", destroyed=DUE - DAY, today=DUE)


def test_a_checked_statement_settles_its_own_part_and_the_others_that_it_names_say_so_themselves(
    ledger: Ledger,
) -> None:
    held = ("GOV.UK Notify", "printer sftp.example")
    found = attest(
        ledger, "a1", by="Print Room", destroyed=DUE - DAY, today=DUE, statement="ab" * 32, signed=True, others=held
    )
    assert (found.signed, found.owing, found.late(DUE), found.late(DUE + DAY)) == (True, held, False, True)
    found = attest(ledger, "a1", by="GOV.UK Notify", destroyed=DUE, today=DUE)
    assert (found.signed, found.owing, found.destroyed, found.late(DUE + DAY)) == (False, held[1:], DUE, True)
    found = attest(ledger, "a1", by="printer sftp.example", destroyed=LEFT + DAY, today=DUE)
    assert (found.signed, found.owing, found.destroyed, found.late(DUE + DAY)) == (False, (), DUE, False)
    with pytest.raises(Refused, match="was attested for"):
        attest(ledger, "a1", by="somebody", destroyed=DUE + DAY, today=DUE + DAY)
    attest(ledger, "a1", by="printer sftp.example", destroyed=LEFT + DAY, today=DUE + DAY)
    assert len(ledger.entries("attestation")) == 3


def test_a_second_checked_statement_is_entered_beside_the_first_and_the_last_day_counts(ledger: Ledger) -> None:
    for day, statement in ((DUE, "ab" * 32), (DUE + DAY, "cd" * 32), (DUE, "ab" * 32)):
        found = attest(ledger, "a1", by="Print Room", destroyed=day, today=DUE + DAY, statement=statement, signed=True)
        assert found.signed
    assert (found.statements, found.destroyed, found.late(DUE)) == ({"ab" * 32, "cd" * 32}, DUE + DAY, True)
    assert len(ledger.entries("attestation")) == 2
