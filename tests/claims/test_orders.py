"""P25, P26: one order, one file, one ledger entry, whatever is killed; the six months begin when the provider says sent."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete
from tests.cast.claims import DAY, LATEST, Claims, K, fresh_claims, person
from tests.cast.house import Killed, kill_at

from troth.kit.errors import KeyMissing, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.claims.details import Details
    from troth.storage.database import Database


def test_an_order_killed_between_any_two_steps_is_one_order_one_file_and_one_entry(
    new_claims: Callable[[], Claims],
) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        claims = new_claims()
        claims.claim(K)
        claims.voucher_desk().sort()
        killed = False
        try:
            claims.voucher_desk(kill_at(n)).order(DAY)
        except Killed:
            killed = True
        again = claims.voucher_desk().order(DAY)
        files = list((claims.folder / "outbox").iterdir())
        assert len(files) == 1, n
        (entry,) = claims.ledger.entries("vouchers")
        (batch,) = claims.box.batches()
        assert (entry.body["count"], batch.count, batch.state) == (K, K, "sent")
        assert entry.body["digest"] == batch.digest
        rows = list(csv.DictReader(io.StringIO(claims.order(files[0]))))
        assert sorted(row["email"] for row in rows) == [person(i).email for i in range(K)]
        assert (again is None) or again[1] == files[0]
        assert hashlib.sha256(files[0].read_bytes()).hexdigest() == batch.digest
    assert n > 3


def test_a_claim_that_comes_after_a_killed_order_is_in_the_next_one(claims: Claims) -> None:
    claims.claim(K)
    claims.voucher_desk().sort()
    with pytest.raises(Killed):
        claims.voucher_desk(kill_at(1)).order(DAY)
    claims.claim(K)
    claims.voucher_desk().sort()
    first, second = claims.voucher_desk().order(DAY), claims.voucher_desk().order(DAY)
    assert first is not None
    assert second is not None
    assert (first[0].count, second[0].count) == (K, K)
    assert claims.voucher_desk().order(DAY) is None


def test_sent_sets_the_six_months_and_never_later_than_the_latest_date(claims: Claims) -> None:
    for day, dies in ((date(2027, 8, 31), date(2028, 2, 29)), (date(2027, 12, 1), LATEST)):
        claims.claim(K)
        claims.voucher_desk().sort()
        told = claims.voucher_desk().order(day)
        assert told is not None
        assert claims.voucher_desk().sent(told[0].id, day) == K
        assert {row["dies_on"] for row in claims.rows("claim") if row["batch"] == told[0].id} == {dies}
        # Saying it once more, later, moves nothing to a later day.
        claims.voucher_desk().sent(told[0].id, date(2028, 3, 1))
        assert {row["dies_on"] for row in claims.rows("claim") if row["batch"] == told[0].id} == {dies}
    assert len([e for e in claims.ledger.entries("vouchers") if e.key.startswith("sent")]) == 2


def test_a_sent_killed_between_any_two_steps_sets_the_clock_by_the_first_day(new_claims: Callable[[], Claims]) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        claims = new_claims()
        claims.claim(K)
        claims.voucher_desk().sort()
        told = claims.voucher_desk().order(DAY)
        assert told is not None
        killed = False
        try:
            claims.voucher_desk(kill_at(n)).sent(told[0].id, DAY)
        except Killed:
            killed = True
        assert claims.voucher_desk().sent(told[0].id, DAY) == K
        assert {(row["state"], row["dies_on"]) for row in claims.rows("claim")} == {("sent", date(2027, 8, 1))}
        assert len([e for e in claims.ledger.entries("vouchers") if e.key.startswith("sent")]) == 1
    assert n > 2


def test_what_was_not_ordered_cannot_be_sent(claims: Claims) -> None:
    with pytest.raises(Refused, match="no such batch"):
        claims.voucher_desk().sent("0" * 32, DAY)


def test_an_order_without_its_bucket_key_leaves_no_file(claims: Claims) -> None:
    claims.claim(K)
    claims.voucher_desk().sort()
    for bucket in claims.ring.living():
        claims.private.destroy(f"{bucket.id}.key")
    with pytest.raises(KeyMissing):
        claims.voucher_desk().order(DAY)
    assert not (claims.folder / "outbox").exists()
    assert claims.ledger.entries("vouchers") == []


def test_a_reissued_order_has_the_same_rows_and_the_same_references(claims: Claims) -> None:
    claims.claim(K)
    claims.voucher_desk().sort()
    told = claims.voucher_desk().order(DAY)
    assert told is not None
    first = claims.order(told[1])
    told[1].unlink()
    path = claims.voucher_desk().reissue(told[0].id, DAY)
    assert claims.order(path) == first
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (entry,) = [e for e in claims.ledger.entries("vouchers") if e.key.startswith("reissue")]
    assert entry.key == f"reissue {told[0].id} {digest}"
    assert (entry.body["digest"], entry.body["count"]) == (digest, K)
    with pytest.raises(Refused, match="no such order"):
        claims.voucher_desk().reissue("0" * 32, DAY)


def test_order_files_go_with_the_last_of_their_people(claims: Claims) -> None:
    claims.claim(K)
    claims.voucher_desk().sort()
    told = claims.voucher_desk().order(DAY)
    assert told is not None
    left = told[1].with_name(f".{told[1].name}.01234567")
    left.touch()
    assert claims.voucher_desk().tidy() == 1
    assert not left.exists()
    assert told[1].exists()
    with claims.database.write() as connection:
        connection.execute(delete(claims.box.tables.claim))
    assert claims.voucher_desk().tidy() == 1
    assert not told[1].exists()
    with pytest.raises(Refused, match="erased"):
        claims.voucher_desk().reissue(told[0].id, DAY)


def test_a_round_of_interviews_killed_between_any_two_steps_is_one_round(
    open_vault: Callable[[str], Database], tmp_path: Path
) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        claims = fresh_claims("interview", open_vault, tmp_path)
        claims.claim(K)
        claims.interview_desk().sort()
        first: list[Details] = []
        again: list[Details] = []
        killed = False
        try:
            claims.interview_desk(kill_at(n)).round(DAY, first.extend)
        except Killed:
            killed = True
        claims.interview_desk().round(DAY, again.extend)
        assert {one.email for one in (again if killed else first)} == {person(i).email for i in range(K)}
        (batch,) = claims.box.batches()
        assert (batch.state, batch.count) == ("sent", K)
        assert [entry.body["count"] for entry in claims.ledger.entries("interviews")] == [K]
    assert n > 2


def test_a_round_whose_file_could_not_be_written_comes_again(
    open_vault: Callable[[str], Database], tmp_path: Path
) -> None:
    claims = fresh_claims("interview", open_vault, tmp_path)
    claims.claim(K)
    claims.interview_desk().sort()

    def full(_people: list[Details]) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        claims.interview_desk().round(DAY, full)
    assert claims.ledger.entries("interviews") == []
    out: list[Details] = []
    again = claims.interview_desk().round(DAY, out.extend)
    assert again is not None
    assert (again.state, len(out)) == ("sent", K)
