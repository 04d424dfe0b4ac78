"""Found, stopped, corrected, told: by letter reference or by name and postcode, counted by week and never by whom (P05, P32)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import Contacts, Killed, killer
from tests.support.wishing import NEW, came_back, corrector, finder, lost, wished

from troth.fieldwork.sample_file import read_sample
from troth.fieldwork.wishes.access import answer_access, uncover
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.names import LetterRef
from troth.protocol.parcel import new_recipient
from troth.vaults.sample import post, wishes
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["walk"]
NOBODY = LetterRef("BBBBBBBBBB")


def reason(walk: Contacts, ref: str) -> str | None:
    with walk.sample.read() as connection:
        found: str | None = connection.scalar(select(sample.person.c.reason).where(sample.person.c.ref == ref))
        return found


def test_a_person_is_found_by_name_and_postcode_however_spelt_and_by_nothing_less(walk: Contacts) -> None:
    walk.load()
    rows, _ = read_sample(walk.file(), walk.pack)
    (found,) = finder(walk).find(rows[0].name.upper(), rows[0].postcode.lower().replace(" ", ""))
    assert (found.ref in walk.refs(), found.state, found.reason) == (True, "live", None)
    assert finder(walk).find(rows[0].name, "SY23 1AA") == []
    assert finder(walk).find("Nobody Synthetic", rows[0].postcode) == []
    with pytest.raises(Invalid, match="name and a postcode"):
        finder(walk).find(" ", "SY23 1AA")
    assert wished(walk) == {"find": 3}


def test_a_reason_is_kept_counted_once_and_gives_way_to_one_that_says_more(walk: Contacts) -> None:
    walk.load()
    one, two, *_ = (LetterRef(ref) for ref in walk.refs())
    for why in ("opted_out", "opted_out", "deceased", "returned"):
        assert walk.letters().stop(one, why) == walk.clock.today()
    walk.letters().stop(two, "objected")
    assert (reason(walk, one), reason(walk, two)) == ("deceased", "objected")
    assert wished(walk) == {"opted_out": 1, "deceased": 1, "objected": 1}
    with pytest.raises(Refused, match="nobody here"):
        walk.letters().stop(NOBODY, "deceased")
    assert wishes.weeks(walk.sample, walk.clock.today()) == {}  # this week is not over
    walk.clock.forward(timedelta(days=7))
    walk.letters().stop(LetterRef(walk.refs()[2]))
    over = wishes.weeks(walk.sample, walk.clock.today())
    assert over == {date(2027, 1, 4): {"opted_out": 1, "deceased": 1, "objected": 1}}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_withdrawal_takes_a_letter_out_of_a_batch_that_is_not_written(walk: Contacts) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", between=killer(1))
    gone = LetterRef(walk.refs()[0])
    walk.letters().stop(gone, "ineligible")
    assert gone not in walk.opened(walk.release("invitation"))


def test_a_correction_goes_into_the_letter_with_the_same_code_and_moves_no_date(walk: Contacts) -> None:
    walk.load()
    ref, other, *_ = (LetterRef(ref) for ref in walk.refs())
    codes = walk.opened(walk.release("invitation"))
    dies, before = walk.dies(), {each.ref: each.lines for each in walk.room().open(next(walk.out.iterdir()))[1]}
    walk.clock.to_day(date(2027, 1, 25))
    with pytest.raises(Killed):  # prepared, and not written
        walk.release("reminder_one", between=killer(1))
    done = corrector(walk).correct(ref, {**NEW, "large_print": "yes"})
    assert (done.out, done.live) == (0, True)  # the invitation has come
    sent = walk.release("reminder_one")
    after = {each.ref: each for each in walk.room().open(sent.file)[1]}
    assert after[ref].lines == (NEW["name"], NEW["address_1"], NEW["town"], "SY23 1AA")
    assert (after[ref].code, after[ref].language, after[ref].large) == (codes[ref], "cy", True)
    assert not after[other].large
    assert after[other].lines == before[other]
    assert walk.dies() == dies
    assert [each.ref for each in finder(walk).find("mair synthetic evans", "SY231AA")] == [ref]
    assert wished(walk)["correction"] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_correction_is_held_to_the_rules_of_a_sample_file_and_repeats_no_value(walk: Contacts) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    with pytest.raises(Invalid, match="nothing was changed") as caught:
        corrector(walk).correct(ref, {**NEW, "postcode": "NOWHERE", "name": "=Secretname"})
    assert "postcode: not shaped" in str(caught.value)
    assert not [word for word in ("NOWHERE", "Secretname") if word in str(caught.value)]
    with pytest.raises(Invalid, match="large_print: empty"):  # it would be lost, and nobody would know
        corrector(walk).correct(ref, {**NEW, "large_print": ""})
    with pytest.raises(Invalid, match="not one of a contact"):
        corrector(walk).correct(ref, {**NEW, "region": "wales"})
    with pytest.raises(Refused, match="nobody here"):
        corrector(walk).correct(NOBODY, NEW)
    assert "correction" not in wished(walk)


def test_a_corrected_contact_dies_with_its_bucket_and_after_an_erasure_meanwhile(walk: Contacts) -> None:
    """Somebody else died since the corrector looked: the survivors lie under a younger key, and the correction with them."""
    walk.load()
    walk.release("invitation")
    gone, ref, *_ = (LetterRef(ref) for ref in walk.refs())
    old = wishes.where_sealed(walk.sample, ref)
    walk.clock.to_day(walk.letters().stop(gone))
    walk.erase()
    assert wishes.where_sealed(walk.sample, ref) != old
    corrector(walk).correct(ref, NEW)
    walk.clock.to_day(date(2027, 1, 25))
    letters = {each.ref: each for each in walk.room().open(walk.release("reminder_one").file)[1]}
    assert letters[ref].lines[0] == NEW["name"]
    walk.clock.to_day(walk.pack.retention.contact.latest)
    walk.erase()
    assert walk.ring.living() == []
    assert post.outliving(walk.sample, walk.clock.today()) == 0


def test_a_person_is_told_what_is_held_and_that_nobody_can_tell_of_answers(walk: Contacts, tmp_path: Path) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    code = walk.opened(walk.release("invitation"))[ref]
    corrector(walk).correct(ref, NEW)
    found = uncover(walk.sample, walk.ring, walk.ledger, ref)
    assert NEW["name"] not in repr(found)
    out = tmp_path / "held.txt"
    with pytest.raises(CannotOpen):
        answer_access(found, new_recipient()[0], walk.pack, out)
    assert not out.exists()
    answer_access(found, walk.custodian, walk.pack, out)
    text = out.read_text()
    for said in (
        NEW["name"], NEW["address_1"], "NHS England", "6 January 2027", "posted on 8 January 2027", "5 April 2027",
        "cannot be told from anything here",
    ):  # fmt: skip
        assert said in text, said
    assert out.stat().st_mode & 0o777 == 0o600
    assert code not in text.replace(" ", "")
    with pytest.raises(Refused, match="a file already"):
        answer_access(found, walk.custodian, walk.pack, out)
    with pytest.raises(Refused, match="nobody here"):
        uncover(walk.sample, walk.ring, walk.ledger, NOBODY)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_person_is_told_of_post_that_came_back_of_what_waits_and_of_indexes(walk: Contacts, tmp_path: Path) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    walk.release("invitation")
    walk.clock.to_day(date(2027, 1, 12))
    lost(walk).ask(ref)
    came_back(walk).run([ref])
    out = tmp_path / "held.txt"
    answer_access(uncover(walk.sample, walk.ring, walk.ledger, ref), walk.custodian, walk.pack, out)
    text = out.read_text()
    for said in (
        "returned letters on 12 January 2027",
        "a replacement of a lost letter was asked for",
        "the supplier's own reference",
    ):
        assert said in text, said
