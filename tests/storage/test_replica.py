"""The replica keeps every fact that it acknowledged, in no order, and says so when it cannot."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import resource
import secrets
import signal
from typing import TYPE_CHECKING

import pytest
from scipy.stats import spearmanr

from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.storage.replica import Replica
from troth.vaults.ledger.replica import LedgerReplica

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 20


def fact(n: int) -> bytes:
    return n.to_bytes(SIZE, "big")


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    made = Replica(tmp_path / "facts", SIZE)
    made.begin()
    return made


def places(replica: Replica) -> dict[bytes, int]:
    data, found = replica.path.read_bytes()[32:], {}
    for slot in range(len(data) // (SIZE + 8)):
        held = data[slot * (SIZE + 8) : slot * (SIZE + 8) + SIZE]
        if any(held):
            found[held] = slot
    return found


def test_what_was_added_is_read_by_whoever_opens_the_file(replica: Replica) -> None:
    for n in range(1, 700):
        replica.add([fact(n)])
    assert Replica(replica.path, SIZE).read() == {fact(n) for n in range(1, 700)}
    assert replica.path.stat().st_mode & 0o777 == 0o600
    replica.begin()  # what is there stays
    assert len(replica.read()) == 699


@pytest.mark.parametrize("count", [300, 1500])
def test_where_a_fact_lies_says_nothing_of_when_it_came(tmp_path: Path, count: int) -> None:
    """Order of arrival against place, over eight files; beside it the control: a file in the order of arrival."""
    found, control = [], []
    for run in range(8):
        replica = Replica(tmp_path / str(run), SIZE)
        replica.begin()
        arrived = [secrets.token_bytes(SIZE) for _ in range(count)]
        for start in range(0, count, 50):
            replica.add(arrived[start : start + 50])
        at = places(replica)
        found.append(float(spearmanr(range(count), [at[each] for each in arrived]).statistic))
        control.append(float(spearmanr(range(count), range(count)).statistic))
    assert abs(sum(found) / 8) < 4 / (8 * count) ** 0.5  # four standard errors of no correlation at all
    assert sum(control) / 8 > 0.99


def test_a_fact_that_a_kill_left_torn_does_not_count_and_the_others_do(replica: Replica) -> None:
    replica.add([fact(1), fact(2)])
    slot = places(replica)[fact(2)]
    with replica.path.open("r+b") as file:
        file.seek(32 + slot * (SIZE + 8) + SIZE - 2)
        file.write(b"\0\0\0")
    assert replica.read() == {fact(1)}
    replica.add([fact(2)])
    assert replica.read() == {fact(1), fact(2)}


def test_keeping_some_leaves_nothing_of_the_others_and_destroying_leaves_nothing(replica: Replica) -> None:
    replica.add([b"x" * SIZE, b"y" * SIZE])
    replica.keep([b"y" * SIZE])
    assert replica.read() == {b"y" * SIZE}
    assert b"x" * SIZE not in replica.path.read_bytes()
    assert [path.name for path in replica.path.parent.iterdir() if path.name.endswith(".old")] == []
    replica.destroy()
    replica.destroy()
    assert not replica.there
    with pytest.raises(Refused, match="not there"):
        replica.add([fact(1)])


def test_another_kind_of_file_and_a_fact_of_another_size_are_refused(replica: Replica) -> None:
    with pytest.raises(Invalid, match="20 bytes"):
        replica.add([b"short"])
    with pytest.raises(Invalid, match="not a replica of this kind"):
        Replica(replica.path, 21).read()
    replica.path.write_bytes(b"something else")
    with pytest.raises(Invalid, match="not a replica"):
        replica.add([fact(1)])


def test_a_folder_that_is_gone_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be used"):
        Replica(tmp_path / "unmounted" / "facts", SIZE).add([fact(1)])


def test_a_full_disk_is_told_and_what_was_there_stays(replica: Replica) -> None:
    replica.add([fact(n) for n in range(1, 500)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StorageFailed, match="File too large"):
            replica.add([fact(n) for n in range(500, 1200)])  # it would be written anew, twice as large
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert replica.read() == {fact(n) for n in range(1, 500)}
    assert [path.name for path in replica.path.parent.iterdir() if path.name.startswith(".")] == []


def add_some(path: Path, first: int) -> None:
    replica = Replica(path, SIZE)
    for n in range(first, first + 150):
        replica.add([fact(n)])


def test_processes_that_add_at_once_lose_nothing_of_each_other(replica: Replica) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=add_some, args=(replica.path, 1 + 150 * n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert replica.read() == {fact(n) for n in range(1, 451)}


def test_a_kill_while_it_is_written_anew_leaves_the_old_or_the_new_file(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.add([fact(n) for n in range(1, 500)])
    for call in ("fsync", "link"):
        whole = getattr(os, call)

        def die(*_arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, call, die)
        with pytest.raises(KeyboardInterrupt):
            replica.add([fact(n) for n in range(500, 1200)])
        monkeypatch.setattr(os, call, whole)
        assert replica.read() == {fact(n) for n in range(1, 500)}
    replica.path.with_name(f".{replica.path.name}.old").write_bytes(b"left by a kill behind the link")
    replica.add([fact(n) for n in range(500, 1200)])
    assert len(replica.read()) == 1199
    assert not replica.path.with_name(f".{replica.path.name}.old").exists()


def test_what_a_kill_left_goes_with_the_next_writing_and_is_never_the_file_itself(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.add([fact(1)])
    draft = replica.path.with_name(f".{replica.path.name}.0a1b2c3d")
    draft.write_bytes(replica.path.read_bytes())
    os.link(replica.path, replica.path.with_name(f".{replica.path.name}.old"))  # killed behind the link

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(os, "link", die)
        with pytest.raises(KeyboardInterrupt):
            replica.keep([fact(2)])
    assert replica.read() == {fact(1)}
    assert not draft.exists()
    draft.write_bytes(b"left again")
    replica.destroy()
    assert [path.name for path in replica.path.parent.iterdir()] == ["facts.turn"]


def test_the_group_of_a_shared_folder_may_read_and_write_and_nobody_else(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    replica = Replica(tmp_path / "facts", SIZE)
    replica.begin()
    replica.add([fact(n) for n in range(1, 300)])  # written anew
    LedgerReplica(tmp_path / "entries.jsonl").begin()
    found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert found == {"facts": 0o660, "facts.turn": 0o660, "entries.jsonl": 0o660}


def test_what_is_matched_is_asked_when_nobody_else_can_write(replica: Replica) -> None:
    def now() -> set[bytes]:
        turn = os.open(replica.path.with_name("facts.turn"), os.O_WRONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(turn)
        return {fact(2)}

    replica.add([fact(1)])
    replica.match(now)
    assert replica.read() == {fact(2)}
    whole = replica.path.stat().st_ino
    replica.match(now)
    assert replica.path.stat().st_ino == whole, "nothing to change: not written anew"
