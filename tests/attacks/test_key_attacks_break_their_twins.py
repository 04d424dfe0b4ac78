"""Attacks with keys and on residue break loot of a study that leaks in one place, and only there."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.attacks.swag import Swag, broken, letters, run, tampered
from tests.support.house import answer_all, build

from troth.assurance.attacks.handles import derived, unpeppered
from troth.assurance.attacks.keystore import first_keys, keys_in
from troth.assurance.attacks.loot import Loot, append, write_about
from troth.assurance.attacks.night import Night, Rows, write_night
from troth.keys.folder import KeyFolder
from troth.protocol.age import seal_age
from troth.wiring.collection import flush_for
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.assurance.attacks.night import Value

PRINTER = "the printer's batch"
PEPPER = "the list of codes with the pepper"
SEVER = "the list of codes after sever"
CLEAR = "contacts in the clear"
BACKUP = "backups opened with the keys of after"
DEAD = "keys that should be dead"
ALONE = "demographic uniqueness"


pytestmark = pytest.mark.slow


@pytest.fixture
def loot(stolen: Swag, tmp_path: Path) -> Loot:
    """The honest loot, in a copy that may be spoilt."""
    return tampered(stolen.loot, tmp_path / "loot")


def put(loot: Loot, number: int, vault: str, table: str, column: str, values: list[Value]) -> None:  # noqa: PLR0917
    """That night, the first rows of a table have these values."""
    night = loot.night(loot.nights()[number])
    old = night.table(vault, table)
    at = old.columns.index(column)
    blank: tuple[Value, ...] = (None,) * len(old.columns)
    rows = [list(row) for row in (*old.rows, *[blank] * max(0, len(values) - len(old.rows)))]
    for row, value in zip(rows, values, strict=False):
        row[at] = value
    tables = {**night.vaults[vault], table: Rows(old.columns, tuple(tuple(row) for row in rows))}
    write_night(loot.folder, Night(night.day, {**night.vaults, vault: tables}))


def file(loot: Loot, name: str, words: str | bytes) -> None:
    path = loot.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(words.encode() if isinstance(words, str) else words)


def end(loot: Loot) -> Path:
    return list(loot.keystores().values())[-1]


def code(loot: Loot) -> str:
    return loot.printed()[7].code


def cookie_key(loot: Loot) -> bytes:
    return next(key.key for key in keys_in(end(loot)) if key.kind == "cookie")


PRINTER_TWINS: dict[str, Callable[[Loot], None]] = {
    "a handle that is a digest of the code": lambda loot: put(
        loot, 1, "responses", "handle", "handle", [hashlib.sha256(code(loot).encode()).digest()[:16]]
    ),
    "a handle that is stretched with the study as salt": lambda loot: put(
        loot, 1, "responses", "handle", "handle",
        [made[0] for made in unpeppered([each.code for each in loot.printed()], loot.about.study.encode(), loot.about)],
    ),
    "a pepper that lives on as the cookie's key": lambda loot: put(
        loot, 1, "responses", "handle", "handle", list(derived([each.code for each in loot.printed()], cookie_key(loot), loot.about))
    ),
    "a batch that is called after a code's digest in hex": lambda loot: put(
        loot, 5, "vouchers", "batch", "id", [hashlib.md5(code(loot).lower().encode(), usedforsecurity=False).hexdigest()]
    ),
    "a ledger that names a letter": lambda loot: put(
        loot, 2, "ledger", "entry", "body", [json.dumps({"returned": loot.printed()[3].ref})]
    ),
    "a log with a code in it": lambda loot: file(
        loot, "files/logs/respond.log", f"POST /en/ code={code(loot)[:4]}+{code(loot)[4:]}".replace("+", "")
    ),
    "a queue with a reference in it": lambda loot: file(loot, "files/queues/1.json", loot.printed()[0].ref),
    "a claim's raw file with a reference in it": lambda loot: file(
        loot, f"copies/{loot.copies()[0].day}/vouchers/vouchers.db-wal", bytes(1001) + loot.printed()[0].ref.encode() + bytes(50)
    ),
    "a raw file of contacts with a code in groups": lambda loot: file(
        loot, f"copies/{loot.copies()[0].day}/sample/sample.db-wal", " ".join(code(loot)[at : at + 4] for at in (0, 4, 8, 12))
    ),
}  # fmt: skip


@pytest.mark.parametrize("twin", PRINTER_TWINS)
def test_the_printers_batch_joins(loot: Loot, twin: str) -> None:
    PRINTER_TWINS[twin](loot)
    found = broken(PRINTER, loot)
    assert not any(each.code in str(found) or each.ref in str(found) for each in loot.printed())


def test_a_reference_in_the_contacts_own_raw_file_is_no_hit(loot: Loot) -> None:
    """SAMPLE has the reference by design, and its own copies show it: the honest loot has it there."""
    raw = b"".join(
        path.read_bytes() for copy in loot.copies() if copy.vault == "sample" for path in copy.folder.iterdir()
    )
    assert loot.printed()[0].ref.encode() in raw
    assert run(PRINTER, loot).findings == ()


def test_a_flush_of_fewer_than_k_gives_each_person_their_record(tmp_path: Path) -> None:
    """Four people finish, each flushed alone, as a flush with k = 1 would."""
    house = build(tmp_path / "home", people=60)
    swag = Swag(Loot(tmp_path / "loot"), house)
    swag.printed()
    swag.keys("first")
    swag.about()
    known: set[str] = set()
    truth = {}
    refs = {each.code: each.ref for each in letters(house)}
    swag.night()
    for somebody in house.codes[:4]:
        answer_all(house, (somebody,))
        with opened(house.home, "flush", house.clock) as work:
            assert replace(flush_for(work), k=1).run(house.clock.today()).records == 1
        house.clock.forward(timedelta(days=1))
        swag.night()
        boxes = swag.loot.night(house.clock.today()).table("responses", "record").column("boxes")
        records = {value.digest.hex() for value in boxes}  # type: ignore[union-attr]
        truth[refs[somebody]] = (records - known).pop()
        known = records
    came = run(PEPPER, swag.loot)
    assert {guess.left: guess.right for guess in came.trials[0].guesses} == truth
    assert "1 at the least" in came.note


def test_a_sever_that_leaves_the_pepper_in_one_folder_is_found(loot: Loot) -> None:
    pepper = next(key.key for key in first_keys(loot) if key.kind == "pepper")
    KeyFolder(end(loot) / "load").put("pepper", "pepper", pepper)
    broken(SEVER, loot)


def test_a_sever_that_renames_the_pepper_is_found(loot: Loot) -> None:
    pepper = next(key.key for key in first_keys(loot) if key.kind == "pepper")
    KeyFolder(end(loot) / "respond").put("spare", "cookie", pepper)
    broken(SEVER, loot)
    broken(DEAD, loot)


def test_a_sever_that_leaves_handles_is_found(loot: Loot) -> None:
    handles = loot.night(loot.nights()[0]).table("responses", "handle").column("handle")
    put(loot, -1, "responses", "handle", "handle", handles)
    broken(SEVER, loot)


def test_before_sever_the_codes_after_sever_are_not_judged(loot: Loot) -> None:
    write_about(loot.folder, replace(loot.about, severed=None))
    assert run(SEVER, loot).examined == 0


CLEAR_TWINS: dict[str, Callable[[Loot], None]] = {
    "a log with a name in it": lambda loot: file(loot, "files/logs/letters.log", f"printing for {a_line(loot)} now"),
    "a queue with a shouted address": lambda loot: file(loot, "files/queues/2.txt", a_line(loot).upper()),
    "a key folder with a note": lambda loot: file(loot, f"keys/{end(loot).name}/letters/notes.txt", a_line(loot)),
    "a raw file with wide characters": lambda loot: file(
        loot, f"copies/{loot.copies()[0].day}/responses/tmp", b"\1" + a_line(loot).encode("utf-16-le")
    ),
    "a row with an address": lambda loot: put(loot, 0, "sample", "person", "lookup", [a_line(loot).encode()]),
    "a claim with an email": lambda loot: file(
        loot, f"copies/{loot.copies()[0].day}/vouchers/tmp", b"\0\0person17@example.org\0"
    ),
}  # fmt: skip


def a_line(loot: Loot) -> str:
    """A line that one letter alone has."""
    lines = Counter(line for letter in loot.printed() for line in letter.lines)
    return next(line for line, count in lines.items() if count == 1 and len(line) > 13)


@pytest.mark.parametrize("twin", CLEAR_TWINS)
def test_contacts_in_the_clear_are_found(loot: Loot, twin: str) -> None:
    CLEAR_TWINS[twin](loot)
    found = broken(CLEAR, loot)
    assert a_line(loot).lower() not in str(found).lower()


@pytest.mark.parametrize(("role", "what"), [("letters", "contact"), ("vouchers", "claim"), ("interviews", "claim")])
def test_an_erasure_that_leaves_the_buckets_key_is_found(loot: Loot, role: str, what: str) -> None:
    """The keys of the same day as the backup open it: nothing else in the loot is changed."""
    shutil.copytree(list(loot.keystores().values())[1] / role, end(loot) / role, dirs_exist_ok=True)
    found = broken(BACKUP, loot)
    assert all(what in str(found) for found in found if "code" not in str(found))
    if role == "letters":
        assert {str(each.what).split(" opened")[0] for each in found} == {
            "a contact",
            "a code's data key",
            "a letter's code part",
        }


def test_a_batch_file_that_lies_about_opens_where_the_print_rooms_keys_never_die(loot: Loot, stolen: Swag) -> None:
    with opened(stolen.house.home, "printroom", stolen.house.clock) as work:
        recipient = work.keys.age_recipient("printroom")
    file(loot, "files/queues/invitation.troth", seal_age([recipient], b"letters"))
    assert run(BACKUP, loot).findings == (), "they died with the last contact"
    shutil.copytree(next(iter(loot.keystores().values())) / "printroom", end(loot) / "printroom", dirs_exist_ok=True)
    assert "print room" in broken(BACKUP, loot)[0].what


DEAD_TWINS: dict[str, Callable[[Loot, list[bytes]], None]] = {
    "a key that is copied and then destroyed": lambda loot, keys: KeyFolder(end(loot) / "letters").put("old", "backup", keys[0]),
    "a log with a key in it": lambda loot, keys: file(loot, "files/logs/flush.log", "destroyed " + keys[0].hex()),
    "a raw file with a key in it": lambda loot, keys: file(loot, f"copies/{loot.copies()[-1].day}/ledger/x", b"...." + keys[-1]),
}  # fmt: skip


@pytest.mark.parametrize("twin", DEAD_TWINS)
def test_a_key_that_did_not_die_is_found(loot: Loot, twin: str) -> None:
    left = {(key.role, key.name) for key in keys_in(end(loot))}
    gone = [key.key for key in first_keys(loot) if not key.public and (key.role, key.name) not in left]
    DEAD_TWINS[twin](loot, gone)
    broken(DEAD, loot)


def test_a_strip_key_that_outlives_sever_opens_old_steps(loot: Loot) -> None:
    shutil.copytree(list(loot.keystores().values())[1] / "flush", end(loot) / "flush", dirs_exist_ok=True)
    assert any("outer layer" in found.what for found in broken(DEAD, loot))


def test_two_shares_in_one_place_are_found(loot: Loot) -> None:
    for number in (1, 2):
        KeyFolder(end(loot) / f"share-{number}").put("analysis", "share", b"x" * 40)
    assert any("shares" in found.what for found in broken(DEAD, loot))


def test_a_frame_that_carries_what_the_answers_carry_finds_people(loot: Loot) -> None:
    """The twin's frame knows what each person would answer; the honest one knows the cell alone and guesses nobody."""
    rows = list(csv.DictReader((loot.folder / "microdata" / "microdata.csv").read_text().splitlines()))
    people = loot.night(loot.nights()[0]).table("sample", "person")
    by_cell: dict[object, list[object]] = {}
    for ref, cell in zip(people.column("ref"), people.column("cell"), strict=True):
        by_cell.setdefault(cell, []).append(ref)
    draw, truth, frame = random.Random(4), {}, []
    columns = [each["column"] for each in loot.observations("quasi")]
    for number, row in enumerate(rows):
        some = by_cell.get(row["cell"]) or by_cell[draw.choice(sorted(by_cell, key=str))]
        ref = str(some.pop())
        truth[ref] = f"row:{number}"
        frame.append({"ref": ref, **{column: row[column] for column in columns}})
    append(loot.folder, "observations/frame", frame)
    came = run(ALONE, loot)
    guessed = {guess.left: guess.right for guess in came.trials[0].guesses if guess.left in truth}
    assert len(guessed) > 10
    assert all(truth[ref] == right for ref, right in guessed.items())
