"""A hold needs two approvers, moves the record to its officer, and leaves the original to die as everything does (P05, P14)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update
from tests.support.contacts import PEOPLE, Killed, killer

from troth.care.people import officer_private
from troth.care.sealing import data_key, open_record, open_terms
from troth.keys.ring import read_bucket_id
from troth.kit.errors import CannotOpen, Invalid, KeyMissing, Refused
from troth.protocol.code import show_letter_reference
from troth.vaults.holds import store
from troth.vaults.holds.schema import held, proposal
from troth.vaults.sample.erasable import dispositions
from troth.vaults.sample.schema import letter

if TYPE_CHECKING:
    from tests.care.conftest import Office

REVIEW = date(2027, 4, 1)


def test_a_held_record_opens_for_its_officer_alone_and_its_original_dies_with_the_next_erasure(office: Office) -> None:
    contacts = office.contacts
    office.appoint("officer", "olga")
    contacts.release("invitation")
    ref = office.refs[7]
    before = contacts.dies()
    id_ = office.propose(ref)
    assert contacts.dies() == before, "a proposal changes nothing"
    assert office.agree(id_, ref) == "add"
    assert contacts.dies() == before | {ref: contacts.clock.today()}
    certificates = contacts.erase()
    assert [(c.count, c.promise) for c in certificates] == [(1, "P05")]
    assert ref not in contacts.refs()
    assert contacts.count("person") == PEOPLE - 1
    assert sum(many for (_, outcome), many in dispositions(contacts.sample).items() if outcome == "at_risk") == 1
    said = json.loads(office.at().read(id_, officer_private(office.folder("officer", "omar"))))
    assert said["reference"] == show_letter_reference(ref)  # type: ignore[arg-type]
    assert len(said["contact"]["lines"]) >= 3
    assert said["letters"][0]["wave"] == "invitation"
    assert "code" not in said["contact"]
    with pytest.raises(CannotOpen):
        office.at().read(id_, officer_private(office.folder("officer", "olga")))
    assert len(contacts.ledger.entries("hold-read")) == 2, "told before anything is opened"


def test_a_letter_that_has_not_left_stays_here(desk: Office) -> None:
    contacts = desk.contacts
    contacts.suppress()
    with pytest.raises(Killed):
        contacts.letters(killer(1)).run("invitation", contacts.out)
    ref = desk.refs[9]
    mine = select(letter.c.ref).where(letter.c.batch.is_not(None))
    with contacts.sample.read() as connection:
        assert ref in connection.scalars(mine).all()
    desk.hold(ref)
    with contacts.sample.read() as connection:
        left = connection.scalars(mine).all()
    assert len(left) == PEOPLE - 1
    assert ref not in left
    assert contacts.letters().run("invitation", contacts.out).count == PEOPLE - 1


def test_neither_the_vault_nor_the_ledger_says_whose_it_is(desk: Office) -> None:
    ref = desk.refs[3]
    desk.hold(ref)
    desk.propose(desk.refs[4])
    stored = repr(desk.rows()) + repr(desk.contacts.ledger.entries())
    with desk.holds.read() as connection:
        raw = b"".join(bytes(row[0]) for row in connection.execute(held.select().with_only_columns(held.c.sealed)))
    for told in (ref, desk.refs[4]):
        assert told not in stored
        assert told.encode() not in raw
    (entry,) = desk.contacts.ledger.entries("hold")
    assert dict(entry.body) | {"key": "", "day": ""} == {
        "key": "", "kind": "hold", "day": "", "count": 1, "source": "contact", "promise": "P05", "review": "2027-04",
    }  # fmt: skip
    sizes = {(len(row.terms), len(row.wrapped)) for row in desk.rows()}
    assert len(sizes) == 1, "one approver or two, the length says nothing"


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"reason": "curiosity"}, "no such reason"),
        ({"officer": "olive"}, "no officer of this name"),
        ({"review_on": date(2027, 1, 6)}, "not to come"),
        ({"review_on": date(2027, 7, 9)}, "more than 183 days"),
        ({"ref": "BCDFGHJKLM"}, "nobody here"),
    ],
)
def test_what_cannot_be_held_is_refused_in_words(desk: Office, changed: dict[str, Any], match: str) -> None:
    with pytest.raises(Refused, match=match):
        desk.propose(**{"ref": desk.refs[0]} | changed)
    assert desk.rows() == []
    assert desk.propose(desk.refs[0], review_on=date(2027, 7, 8))


def test_the_second_must_be_another_with_another_key_and_know_the_reference(desk: Office) -> None:
    ref, other = desk.refs[:2]
    id_ = desk.propose(ref)
    with pytest.raises(Refused, match="the same approver"):
        desk.agree(id_, ref, by="anne")
    with pytest.raises(Refused, match="no approver of this name"):
        desk.agree(id_, ref, by="carl")
    with pytest.raises(Refused, match="not the reference") as told:
        desk.agree(id_, other)
    assert ref not in str(told.value)
    with pytest.raises(Invalid, match="missing"):
        desk.agree(id_, None)
    with pytest.raises(Refused, match="no such proposal"):
        desk.agree("0" * 12, ref)
    desk.appoint("approver", "anna", desk.folder("approver", "anne"))  # Anne's key under a second name
    desk.folder("approver", "anna").put("approver", "signing-private", desk.approver("anne").private)
    with pytest.raises(Refused, match="the same approver"):
        desk.agree(id_, ref, by="anna")
    assert desk.agree(id_, ref, dry_run=True) == "add"
    assert desk.found() == []
    desk.agree(id_, ref)
    with pytest.raises(Refused, match="held or proposed already"):
        desk.propose(ref)


def test_terms_that_were_changed_after_the_first_signature_are_refused(desk: Office) -> None:
    ref = desk.refs[0]
    for change in ({"reason": "court_order"}, {"officer": "olga"}, {"review_on": REVIEW + timedelta(days=1)}):
        id_ = desk.propose(ref)
        with desk.holds.write() as connection:
            connection.execute(update(proposal).where(proposal.c.id == id_).values(**change))
        with pytest.raises(CannotOpen, match="not of these terms"):
            desk.agree(id_, ref)
        with desk.holds.write() as connection:
            connection.execute(proposal.delete())
    assert desk.contacts.dies()[ref] > desk.contacts.clock.today()


def test_a_key_that_the_ledger_does_not_know_or_that_is_anothers_signs_nothing(desk: Office) -> None:
    strange = desk.folder("approver", "zoe")
    desk.appoint("approver", "zoe")
    ben = desk.folder("approver", "ben").get("approver", "signing-private")
    strange.put("approver", "signing-private", ben, replace=True)
    with pytest.raises(Refused, match="not the key of approver zoe"):
        desk.approver("zoe")
    public = desk.contacts.public
    from troth.protocol.chain import new_signing

    private, half = new_signing()
    public.put("approver-carl.pub", "signing-public", half)
    desk.folder("approver", "carl").put("approver", "signing-private", private)
    with pytest.raises(Refused, match="the ledger does not know"):
        desk.approver("carl")
    with pytest.raises(Invalid):
        desk.appoint("approver", "../anne")
    with pytest.raises(Refused, match="private key elsewhere"):
        desk.appoint("approver", "anne", desk.folder("approver", "new"))
    assert desk.appoint("approver", "anne") == desk.appoint("approver", "anne")


def test_a_proposal_lapses(desk: Office) -> None:
    ref = desk.refs[0]
    id_ = desk.propose(ref)
    desk.contacts.clock.forward(timedelta(days=14))
    with pytest.raises(Refused, match="no such proposal"):
        desk.agree(id_, ref)
    assert store.lapse(desk.holds, desk.contacts.clock.today()) == 1
    assert desk.propose(ref)


def test_on_the_review_date_nothing_opens_any_more_backups_neither(office: Office) -> None:
    ref, other = office.refs[:2]
    id_ = office.hold(ref)
    office.propose(other, review_on=REVIEW)  # lapsed by then; it is nobody's data
    (backup,) = office.found()
    office.contacts.clock.to_day(REVIEW - timedelta(days=1))
    assert office.erase() == []
    office.contacts.clock.to_day(REVIEW)
    with pytest.raises(Refused, match="no such hold"):
        office.at().read(id_, officer_private(office.folder("officer", "omar")))
    assert [(c.name, c.rule, c.promise, c.count) for c in office.erase()] == [("holds.held", "hold", "P14", 1)]
    assert office.rows() == []
    with pytest.raises(KeyMissing):
        office.ring.private(read_bucket_id(backup.bucket))


def test_a_renewed_hold_lies_under_the_bucket_of_its_new_day_and_its_old_copies_die_on_the_old_one(
    desk: Office,
) -> None:
    ref = desk.refs[0]
    id_ = desk.hold(ref)
    (old,) = desk.found()
    later = REVIEW + timedelta(days=60)
    with pytest.raises(Refused, match="until that day already"):
        desk.at().propose_change("renew", id_, REVIEW, desk.approver("ben"))
    change = desk.at().propose_change("renew", id_, later, desk.approver("ben")).id
    with pytest.raises(Refused, match="the same approver"):
        desk.agree(change, by="ben")
    assert desk.agree(change, by="anne") == "renew"
    (new,) = desk.found()
    assert (new.review_on, new.dies_on, new.kind) == (later, later, "renew")
    desk.contacts.clock.to_day(REVIEW)
    assert [c.count for c in desk.erase()] == [0], "nobody died; the key of the old copies did"
    with pytest.raises(KeyMissing):
        data_key(desk.ring, old)
    private = officer_private(desk.folder("officer", "omar"))
    assert json.loads(desk.at().read(id_, private))["reference"] == show_letter_reference(ref)  # type: ignore[arg-type]
    assert len(open_terms(data_key(desk.ring, new), new).signed) == 2


def test_a_released_hold_is_gone_the_same_day_and_others_in_its_bucket_live_on(office: Office) -> None:
    one, other = (office.hold(ref) for ref in office.refs[:2])
    backup = next(each for each in office.found() if each.id == one)
    change = office.at().propose_change("release", one, None, office.approver("anne")).id
    assert office.erase() == [], "one approver releases nothing"
    assert office.agree(change) == "release"
    assert [c.count for c in office.erase()] == [1]
    (left,) = office.found()
    assert left.id == other
    private = officer_private(office.folder("officer", "omar"))
    with pytest.raises(KeyMissing):
        open_record(data_key(office.ring, backup), backup, private, office.contacts.pack.id)
    assert json.loads(office.at().read(other, private))["reference"] == show_letter_reference(office.refs[1])  # type: ignore[arg-type]
