"""P16, P26: on the day rows and key die together; who lives on is readable, and no earlier copy opens for the dead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cast.claims import DAY, LATEST, Claims, K, fresh_claims, person
from tests.cast.house import Killed, kill_at

from troth.kit.clock import SimulatedClock
from troth.retention.erase import Certificate, erase_due, show_due

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.storage.database import Database


class Book:
    """Certificates in the ledger, as wiring's registrar enters them."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def certify(self, certificate: Certificate) -> None:
        body: dict[str, str | int | list[str] | list[int]] = {
            "count": certificate.count, "promise": certificate.promise, "bucket": certificate.bucket,
        }  # fmt: skip
        self.claims.ledger.enter("erasure", certificate.key, certificate.day, body)


def at(day: date) -> SimulatedClock:
    return SimulatedClock(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def sent(claims: Claims, day: date = DAY) -> None:
    """K people's vouchers went out on that day."""
    claims.claim(K)
    claims.voucher_desk().sort()
    told = claims.voucher_desk().order(day)
    assert told is not None
    claims.voucher_desk().sent(told[0].id, day)


@pytest.fixture
def new_claims(open_vault: Callable[[str], Database], tmp_path: Path) -> Callable[[], Claims]:
    return lambda: fresh_claims("voucher", open_vault, tmp_path)


def test_on_the_latest_day_everything_dies_also_what_was_never_sorted(new_claims: Callable[[], Claims]) -> None:
    claims = new_claims()
    claims.claim(K)
    claims.voucher_desk().sort()
    claims.claim(2)
    stolen = claims.stolen()
    assert claims.opened(stolen) == K + 2  # the thief's positive control
    assert erase_due([claims.erasable()], Book(claims), at(date(2028, 3, 6))) == []
    (certificate,) = erase_due([claims.erasable()], Book(claims), at(LATEST))
    assert (certificate.count, certificate.promise, certificate.day) == (K + 2, "P26", LATEST)
    assert (claims.rows("claim"), claims.rows("inbox"), claims.rows("erasing")) == ([], [], [])
    assert claims.ring.living() == []
    assert claims.opened(stolen) == 0
    assert erase_due([claims.erasable()], Book(claims), at(LATEST)) == []


def test_an_early_death_rotates_a_generation_and_the_survivors_still_open(new_claims: Callable[[], Claims]) -> None:
    claims = new_claims()
    sent(claims)
    dead = claims.stolen()
    claims.claim(K)
    claims.voucher_desk().sort()
    claims.claim(1)  # still in the inbox
    stolen = claims.stolen()
    day = date(2027, 8, 1)
    assert [(due.dying, due.surviving) for due in show_due([claims.erasable()], at(day))] == [(K, K + 1)]
    (certificate,) = erase_due([claims.erasable()], Book(claims), at(day))
    assert certificate.count == K
    assert claims.readable() == K + 1
    assert [bucket.generation for bucket in claims.ring.living()] == [2]
    assert claims.opened(dead) == 0
    assert claims.opened(stolen) == 0  # also the survivors' old rows: only today's rows open for them
    assert {row["bucket"][-2:] for row in claims.rows("claim") + claims.rows("inbox")} == {"g2"}


def test_after_all_died_early_the_next_claim_is_still_taken(new_claims: Callable[[], Claims]) -> None:
    """Sabotage: without a younger generation the claim site has no key to seal to, and every later ticket is worthless."""
    claims = new_claims()
    sent(claims)
    (certificate,) = erase_due([claims.erasable()], Book(claims), at(date(2027, 8, 1)))
    assert certificate.count == K
    claims.site().claim(claims.ticket(), person(9))
    assert claims.readable() == 1


def test_a_claim_that_comes_between_seeing_and_forgetting_is_not_deleted(new_claims: Callable[[], Claims]) -> None:
    claims = new_claims()
    sent(claims)
    erasable = claims.erasable()
    (due,) = erasable.due(date(2027, 8, 1))
    assert due.surviving == 0
    claims.site().claim(claims.ticket(), person(9))
    erasable.forget(due, date(2027, 8, 1))
    erase_due([erasable], Book(claims), at(date(2027, 8, 1)))
    assert claims.readable() == 1
    assert [entry.body["count"] for entry in claims.ledger.entries("erasure")] == [K]


def test_an_erasure_killed_between_any_two_steps_ends_with_one_certificate_and_the_right_count(
    new_claims: Callable[[], Claims],
) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        claims = new_claims()
        sent(claims)
        claims.claim(2)
        stolen = claims.stolen()
        clock = at(date(2027, 8, 1))
        killed = False
        try:
            erase_due([claims.erasable()], Book(claims), clock, between=kill_at(n))
        except Killed:
            killed = True
        erase_due([claims.erasable()], Book(claims), clock)
        assert [entry.body["count"] for entry in claims.ledger.entries("erasure")] == [K], n
        assert claims.rows("erasing") == []
        assert claims.readable() == 2
        assert claims.opened(stolen) == 0
    assert n > 4
