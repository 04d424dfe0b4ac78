"""P15, P16, P23: a ticket is spent once; what is claimed opens with the bucket's private half alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text
from tests.cast.claims import DAY, LATEST, Claims, K, fresh_claims, person
from tests.cast.house import STUDY

from troth.claims.claim import AlreadyUsed, NotATicket
from troth.kit.errors import KeyMissing
from troth.protocol.blind import IssuerSigner, issuer_public, new_issuer
from troth.protocol.claim import begin_ticket, finish_ticket, new_claim_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.claims.details import Details
    from troth.storage.database import Database


def test_a_ticket_is_spent_once(claims: Claims) -> None:
    ticket, site = claims.ticket(), claims.site()
    site.check(ticket)
    site.claim(ticket, person(1))
    with pytest.raises(AlreadyUsed):
        site.claim(ticket, person(2))
    with pytest.raises(AlreadyUsed):
        site.check(ticket)
    assert (len(claims.rows("spent")), len(claims.rows("inbox"))) == (1, 1)


def test_of_many_at_once_with_one_ticket_one_is_in(claims: Claims) -> None:
    ticket = claims.ticket()

    def one(n: int) -> bool:
        try:
            claims.site().claim(ticket, person(n))
        except AlreadyUsed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [False] * 5 + [True]
    assert len(claims.rows("inbox")) == 1


def test_a_ticket_of_another_purpose_study_or_key_or_none_at_all_is_refused(claims: Claims) -> None:
    strange = new_issuer()
    begun = begin_ticket(new_claim_secret(), "voucher", STUDY, issuer_public(strange))
    forged = finish_ticket(begun, IssuerSigner(strange).sign(begun.blinded)).show()
    real = claims.ticket()
    changed = real[:100] + ("A" if real[100] != "A" else "B") + real[101:]
    for wrong in (claims.ticket(purpose="interview"), claims.ticket(study="another"), forged, changed, "", real[:-1]):
        with pytest.raises(NotATicket):
            claims.site().claim(wrong, person(1))
    assert claims.rows("spent") == []
    claims.site().claim("\n".join(real[i : i + 64] for i in range(0, 556, 64)), person(1))


def test_what_is_claimed_is_of_one_size_and_opens_with_the_private_half_only(claims: Claims) -> None:
    claims.site().claim(claims.ticket(), person(1))
    from troth.claims.details import Details

    claims.site().claim(claims.ticket(), Details("Angharad ŵ" * 9, "a" * 100 + "@example.org", ""))
    stolen = claims.stolen()
    assert len({len(locked.sealed) for _, locked, _ in stolen}) == 1
    assert all(b"example" not in locked.sealed + locked.wrapped for _, locked, _ in stolen)
    assert claims.opened(stolen) == 2
    for bucket in claims.ring.living():
        claims.private.destroy(f"{bucket.id}.key")
    assert claims.opened(stolen) == 0


def leave_bucket(claims: Claims) -> None:
    """As retention does: the younger generation is there, and the note says that the older one is being left."""
    (old,) = claims.ring.living()
    claims.ring.next_generation(old)
    with claims.database.write() as connection:
        note = {"bucket": old.id, "rule": "voucher", "day": DAY, "count": 1}
        connection.execute(insert(claims.box.tables.erasing), note)


def test_a_claim_into_a_bucket_that_is_being_left_goes_to_the_next_generation(
    claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site looked the bucket up, then it was left: it is told so, and seals anew."""
    site = claims.site()
    newest = site.ring.newest(LATEST)
    leave_bucket(claims)
    asked: list[object] = []

    def stale(_ring: object, day: object) -> object:
        asked.append(day)
        return newest if len(asked) == 1 else max(site.ring.buckets())

    monkeypatch.setattr(type(site.ring), "newest", stale)
    site.claim(claims.ticket(), person(1))
    assert len(asked) == 2
    assert [row["bucket"][-2:] for row in claims.rows("inbox")] == ["g2"]
    assert len(claims.rows("spent")) == 1


def test_a_claim_that_waits_behind_the_leaving_of_its_bucket_is_not_lost(claims: Claims) -> None:
    """On PostgreSQL retention locks the tables; a claim that began before must see the note when its turn comes.

    Sabotage: with the note read before the insert, the row lands under a key that dies a moment later.
    """
    # SQLite's writers are alone from BEGIN IMMEDIATE on: there the claim begins after the commit below.
    ready = None if claims.database.is_sqlite else text("LOCK TABLE claim, inbox IN EXCLUSIVE MODE")
    (old,) = claims.ring.living()
    site, ticket = claims.site(), claims.ticket()
    waiting = threading.Thread(target=lambda: site.claim(ticket, person(1)))
    with claims.database.write() as connection:
        if ready is not None:
            connection.execute(ready)
        waiting.start()
        time.sleep(0.4)
        assert waiting.is_alive()
        claims.ring.next_generation(old)
        note = {"bucket": old.id, "rule": "voucher", "day": DAY, "count": 1}
        connection.execute(insert(claims.box.tables.erasing), note)
    waiting.join(10)
    assert [row["bucket"][-2:] for row in claims.rows("inbox")] == ["g2"]
    assert len(claims.rows("spent")) == 1


def test_claims_are_sorted_only_in_groups_of_k_and_lie_in_another_order(claims: Claims) -> None:
    """15 claims: the old order comes again once in 10^12."""
    claims.claim(K - 1)
    assert claims.voucher_desk().sort() == 0
    claims.claim(15 - K + 1)
    arrived = [row["id"] for row in claims.rows("inbox")]
    spent = [row["key"] for row in claims.rows("spent")]
    assert claims.voucher_desk().sort() == 15
    assert claims.rows("inbox") == []
    sorted_ = [row["id"] for row in claims.rows("claim")]
    assert sorted(sorted_) == sorted(arrived)
    assert sorted_ != arrived
    assert [row["key"] for row in claims.rows("spent")] != spent
    assert {row["dies_on"] for row in claims.rows("claim")} == {LATEST}
    claims.claim(1)
    assert claims.voucher_desk().sort() == 0
    assert claims.voucher_desk().sort(last=True) == 1


def test_no_claim_is_lost_that_comes_in_while_the_inbox_is_sorted(claims: Claims) -> None:
    """Sabotage: without the lock, PostgreSQL deletes rows that came in after the sort had read the inbox."""
    tickets = [claims.ticket() for _ in range(12)]
    stop = threading.Event()

    def sorting() -> int:
        moved = 0
        while not stop.is_set():
            moved += claims.voucher_desk().sort()
            time.sleep(0.1)
        return moved

    with ThreadPoolExecutor(4) as pool:
        sorter = pool.submit(sorting)
        try:
            list(pool.map(lambda n: claims.site().claim(tickets[n], person(n)), range(12)))
        finally:
            stop.set()
        moved = sorter.result()
    moved += claims.voucher_desk().sort(last=True)
    assert moved == len(claims.rows("claim")) == 12
    assert claims.rows("inbox") == []


def test_without_any_bucket_the_ticket_is_as_good_as_before(claims: Claims) -> None:
    ticket = claims.ticket()
    for bucket in claims.ring.buckets():
        claims.public.destroy(f"{bucket.id}.pub")
    with pytest.raises(KeyMissing):
        claims.site().claim(ticket, person(1))
    assert claims.rows("spent") == []


def test_an_interview_ticket_claims_an_interview(open_vault: Callable[[str], Database], tmp_path: Path) -> None:
    claims = fresh_claims("interview", open_vault, tmp_path)
    people = claims.claim(K)
    desk = claims.interview_desk()
    assert desk.sort() == K
    written: list[Details] = []
    told = desk.round(DAY, written.extend)
    assert told is not None
    assert sorted(one.email for one in written) == sorted(one.email for one in people)
    assert desk.round(DAY, written.extend) is None
    assert desk.held(told.id, DAY) == K
    assert {row["dies_on"] for row in claims.rows("claim")} == {DAY}
