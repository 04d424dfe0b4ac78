"""When the replica's disk is full, the ledger says what is true: it is entered, and the replica lacks it until it is done again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.support.disk import no_file_grows_beyond

from troth.kit.errors import StorageFailed
from troth.protocol.chain import new_signing
from troth.vaults.ledger.replica import LedgerReplica
from troth.vaults.ledger.store import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.storage.database import Database

DAY = date(2027, 1, 6)
FAR = 32 << 20
"""A sparse file's first line: so the kernel's limit on the size of a file meets the replica and not the database."""


def test_a_full_replica_is_told_as_entered_and_catches_up_when_it_is_done_again(
    tmp_path: Path, open_vault: Callable[[str], Database]
) -> None:
    path = tmp_path / "entries.jsonl"
    database, (signing, public) = open_vault("ledger"), new_signing()
    replica = LedgerReplica(path)
    replica.begin()
    ledger = Ledger(database, signing, replica)
    ledger.enter("load", "load a", DAY, {"people": 5})
    line = path.read_bytes()
    with path.open("wb") as file:
        file.seek(FAR)
        file.write(b"\n" + line)
    with no_file_grows_beyond(path.stat().st_size), pytest.raises(StorageFailed) as full:
        ledger.enter("load", "load b", DAY, {"people": 5})
    assert "it is entered in the ledger, and the ledger's replica did not take it" in str(full.value)
    assert "File too large" in str(full.value)
    assert [entry.key for entry in ledger.entries()] == ["load a", "load b"]
    assert replica.tip()[0] == 1
    assert not ledger.enter("load", "load b", DAY, {"people": 5})
    assert (replica.tip()[0], ledger.behind(), ledger.check(public)) == (2, 0, 2)


@pytest.mark.parametrize("room", [1, 60])
def test_a_replica_with_room_for_a_part_of_an_entry_says_that_it_has_not_got_it(tmp_path: Path, room: int) -> None:
    path = tmp_path / "entries.jsonl"
    replica = LedgerReplica(path)
    replica.begin()
    rows = [{"n": n, "link": "ab" * 32, "body": "x" * 40} for n in (1, 2)]
    replica.follow(lambda after: rows[after:1])
    size = path.stat().st_size
    with no_file_grows_beyond(size + room), pytest.raises(StorageFailed, match="File too large"):
        replica.follow(lambda after: rows[after:])
    assert path.stat().st_size == size
    replica.follow(lambda after: rows[after:])
    assert replica.rows() == rows
