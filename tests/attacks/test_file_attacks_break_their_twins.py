"""Attacks on raw files break a study that is written in a leaky way into real databases, and find nothing in the product's own way."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from tests.attacks.small import BOX, Small, finds_nothing, judged, settling
from tests.attacks.swag import attack_called, broken, clean

from troth.assurance.attacks.attack import Link
from troth.assurance.attacks.run import attack_all
from troth.vaults.responses.schema import handle
from troth.vaults.vouchers.schema import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from troth.storage.database import Database

SHARED = "shared byte strings"
SAVED = "mid-survey ciphertext in a record"
LOG = "write-ahead log order"
CELLS = "arrival left in cells"


@pytest.fixture
def small(open_vault: Callable[[str], Database], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Small]:
    """Everybody has answered, and the thief has copied."""
    responses, vouchers = open_vault("responses"), open_vault("vouchers")
    if responses.is_sqlite:
        made = Small(responses, vouchers, tmp_path / "home")
    else:
        server = request.getfixturevalue("postgres_server")
        made = Small(responses, vouchers, tmp_path / "home", server.socket / "data", settling(server.url("postgres")))
    made.answer()
    yield made
    made.thief.close()


@pytest.fixture
def sqlite_only(database_kind: str) -> None:
    if database_kind != "sqlite":
        pytest.skip("cells and offsets are SQLite's")


def test_the_products_own_way_gives_files_nothing_to_find(small: Small) -> None:
    small.claim()
    small.flush()
    small.sort()
    loot = small.steal()
    clean(SHARED, loot)
    clean(SAVED, loot)
    finds_nothing(judged(attack_called(LOG), small, loot))
    if small.responses.is_sqlite:
        finds_nothing(judged(attack_called(CELLS), small, loot))


def test_a_record_beside_its_handles_deletes_is_read_in_the_log(small: Small) -> None:
    small.flush_one_by_one(own_transactions=small.responses.is_sqlite)
    scored = judged(attack_called(LOG), small, small.steal())
    assert scored.verdict == "broken"
    assert scored.hits >= scored.n - 2
    assert scored.n >= small.size - 1


def test_records_that_keep_the_strip_layer_are_found(small: Small) -> None:
    small.flush(keeps_strip_layer=True)
    (found, *_) = broken(SAVED, small.steal())
    assert "saved page" in found.what


def test_one_saved_page_in_one_record_is_enough(small: Small) -> None:
    one = small.people[3]
    one.inner[1] = one.outer[1][8:24] + one.inner[1][16:]
    assert len(one.inner[1]) == BOX
    small.flush()
    assert broken(SAVED, small.steal())


def test_a_message_id_in_two_vaults_is_found_among_whole_values(small: Small) -> None:
    for one in small.people:
        one.claim = one.handle
    small.claim()
    small.flush()
    small.sort()
    (whole, *_) = broken(SHARED, small.steal())
    assert "responses" in whole.where
    assert "vouchers" in whole.where


def test_a_message_id_within_longer_values_is_found_in_raw_copies(small: Small) -> None:
    rand = random.Random(1).randbytes
    with small.responses.write() as connection:
        for one in small.people[:4]:
            message = rand(16)
            one.sealed = rand(40) + message + rand(34)
            values = {"voucher": rand(8) + message + rand(8)}
            connection.execute(update(handle).where(handle.c.handle == one.handle).values(values))
    small.claim()
    small.flush()
    small.sort()
    found = broken(SHARED, small.steal())
    assert [each.where for each in found] == ["raw copies of responses and vouchers"]


def test_a_word_that_rows_of_k_people_have_joins_nobody(small: Small) -> None:
    small.claim()
    small.flush()
    small.sort()
    for vault, table, column in ((small.responses, handle, "intake"), (small.vouchers, tables.claim, "batch")):
        with vault.write() as connection:
            connection.execute(update(table).values({column: "the first load of 2027"}))
    clean(SHARED, small.steal())


@pytest.mark.parametrize("spelling", ["as it is", "in hexadecimal"])
def test_a_claim_named_in_a_log_is_found(small: Small, spelling: str) -> None:
    small.claim()
    small.flush()
    small.sort()
    one = small.people[2].claim
    log = small.loot.folder / "files" / "logs" / "claim.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"claim " + (one if spelling == "as it is" else one.hex().encode()) + b" came in\n")
    (found,) = broken(SHARED, small.steal())
    assert found.where == "vouchers and files/logs/claim.log"
    assert one.hex() not in found.what


@pytest.mark.usefixtures("sqlite_only")
@pytest.mark.parametrize("ending", ["", " WITHOUT ROWID"])
def test_records_never_rewritten_list_who_came_when(small: Small, ending: str) -> None:
    small.flush_as_they_came(f"CREATE TABLE record (id BLOB PRIMARY KEY, cell TEXT, boxes BLOB){ending}")
    scored = judged(attack_called(CELLS), small, small.steal())
    assert scored.verdict == "broken"
    assert scored.hits == scored.n == small.size


@pytest.mark.usefixtures("sqlite_only")
def test_claims_never_rewritten_list_who_came_when(small: Small) -> None:
    small.claims_as_they_came()
    small.flush()
    scored = judged(attack_called(CELLS), small, small.steal())
    assert scored.verdict == "broken"
    assert {tally.link for tally in scored.tallies if tally.hits == small.size} == {Link.CLAIM_HANDLE.value}


def test_the_runner_judges_these_attacks_by_name(small: Small) -> None:
    small.claim()
    small.flush(keeps_strip_layer=True)
    small.sort()
    verdicts = {each.name: each.verdict for each in attack_all(small.steal().folder, only=[SAVED, SHARED])}
    assert verdicts == {SAVED: "broken", SHARED: "held"}
