"""Each check of each promise is shown to fail: a check that cannot fail proves nothing."""

from __future__ import annotations

import shutil
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from troth.assurance.attacks.told import FILE, write_told
from troth.assurance.check import CHECKS, examining
from troth.assurance.checks.attacks import OTHERS, name_of
from troth.assurance.examine import examine, needed
from troth.fieldwork.release import batch_suffix
from troth.keys.folder import KeyFolder
from troth.promises import State
from troth.vaults.sample import post
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.daily import daily
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.house import House


def said(house: House) -> dict[str, bool]:
    """Check -> passed, of those that could be asked."""
    with examining(house.home, house.clock) as site:
        return {check.name: check.passed for evidence in examine(site) for check in evidence.checks}


def change(house: House, role: str, vault: str, statement: str, **bound: object) -> None:
    with opened(house.home, role, house.clock) as work, work.vault(vault).write() as connection:
        connection.execute(text(statement), bound)


def share_a_value(house: House) -> None:
    with opened(house.home, "flush", house.clock) as work, work.vault("responses").read() as connection:
        handle = bytes(connection.execute(text("SELECT handle FROM handle LIMIT 1")).scalar_one())
    change(house, "vouchers", "vouchers", "UPDATE inbox SET id = :h WHERE id = (SELECT min(id) FROM inbox)", h=handle)


def widen_settings(house: House) -> None:
    claim, respond = (house.home / "settings" / f"{role}.toml" for role in ("claim", "respond"))
    url = next(line for line in respond.read_text().splitlines() if line.startswith("responses ="))
    claim.write_text(claim.read_text().replace("[vaults]", f"[vaults]\n{url}"))


def lend_a_key(house: House) -> None:
    shutil.copy(house.home / "keys/issuer/issuer-voucher", house.home / "keys/claim/issuer-voucher")


def lend_a_strip_key(house: House) -> None:
    strip = next((house.home / "keys/flush").glob("strip-*.key"))
    shutil.copy(strip, house.home / "keys/respond" / strip.name)


def outlive(house: House) -> None:
    house.clock.forward(timedelta(days=400))


def resurrect_a_key(house: House) -> None:
    """A certificate says destroyed; somebody put the key back from a copy they were told never to make."""
    folder = house.home / "keys" / "letters"
    copy = house.home / "copy"
    shutil.copytree(folder, copy)
    house.clock.forward(timedelta(days=200))
    daily(house.home, house.clock, ("letters",))
    shutil.rmtree(folder)
    copy.rename(folder)


def lengthen_a_life(house: House) -> None:
    change(house, "letters", "sample", "UPDATE letter SET state = 'released', delivered_by = :d", d=house.clock.today())
    change(house, "letters", "sample", "UPDATE person SET dies_on = latest")


def rewrite_history(house: House) -> None:
    change(house, "letters", "ledger", "UPDATE entry SET body = replace(body, '120', '119') WHERE n = 1")


def forget_who_gave_the_sample(house: House) -> None:
    change(house, "letters", "ledger", "UPDATE entry SET body = replace(body, 'NHS England', '') WHERE kind = 'load'")


def forget_the_suppression(house: House) -> None:
    change(house, "letters", "ledger", "DELETE FROM entry WHERE kind = 'suppression'")


def lose_a_letter(house: House) -> None:
    change(house, "letters", "sample", "DELETE FROM letter WHERE ref = (SELECT min(ref) FROM person)")


def lose_a_handle(house: House) -> None:
    change(
        house,
        "flush",
        "responses",
        "DELETE FROM handle WHERE handle = (SELECT min(handle) FROM handle WHERE state = 'issued')",
    )


def lose_the_strip_key(house: House) -> None:
    change(house, "flush", "responses", "DELETE FROM strip")


def lose_a_step(house: House) -> None:
    change(house, "flush", "responses", "DELETE FROM step WHERE n = 1 AND handle = (SELECT min(handle) FROM progress)")


def shorten_a_box(house: House) -> None:
    change(
        house,
        "flush",
        "responses",
        "UPDATE step SET box = substr(box, 2) WHERE n = 0 AND handle = (SELECT min(handle) FROM step)",
    )


def keep_progress(house: House) -> None:
    row = "INSERT INTO progress SELECT handle, 1, x'00', x'00' FROM handle WHERE state = 'complete' LIMIT 1"
    change(house, "flush", "responses", row)


def spend_too_much(purpose: str) -> Callable[[House], None]:
    def sabotage(house: House) -> None:
        vault = f"{purpose}s"
        for n in range(60):
            change(house, vault, vault, "INSERT INTO spent (key) VALUES (:k)", k=bytes([n]) * 32)

    return sabotage


def claims_outlive(purpose: str) -> Callable[[House], None]:
    def sabotage(house: House) -> None:
        vault = f"{purpose}s"
        change(
            house,
            vault,
            vault,
            "INSERT INTO claim SELECT id, wrapped, sealed, bucket, 'waiting', NULL, :d, :d FROM inbox LIMIT 1",
            d=house.clock.today(),
        )

    return sabotage


def resurrect_claims(purpose: str) -> Callable[[House], None]:
    def sabotage(house: House) -> None:
        folder, copy = house.home / "keys" / f"{purpose}s", house.home / "copy"
        shutil.copytree(folder, copy)
        house.clock.forward(timedelta(days=500))
        daily(house.home, house.clock, (f"{purpose}s",))
        shutil.rmtree(folder)
        copy.rename(folder)

    return sabotage


def order(house: House) -> str:
    with opened(house.home, "vouchers", house.clock) as work:
        desk = voucher_desk(work)
        assert desk.sort(last=True) == 24
        made = desk.order(house.clock.today())
        assert made is not None
        desk.sent(made[0].id, house.clock.today())
        return made[0].id


def stop_a_clock(house: House) -> None:
    order(house)
    change(house, "vouchers", "vouchers", "UPDATE claim SET dies_on = latest")


def stop_an_interview_clock(house: House) -> None:
    with opened(house.home, "interviews", house.clock) as work:
        desk = interview_desk(work)
        desk.sort(last=True)
        made = desk.round(house.clock.today(), lambda _people: None)
        assert made is not None
        desk.held(made.id, house.clock.today())
    change(house, "interviews", "interviews", "UPDATE claim SET dies_on = latest")


def publish_long_ago(house: House) -> None:
    day = house.clock.today()
    with opened(house.home, "findings", house.clock) as work:
        work.ledger().enter("open", "open x", day, {"records": 1})
        work.ledger().enter("publication", "publication", day, {"years": 0, "erased by": day.isoformat()})


def keep_records(house: House) -> None:
    publish_long_ago(house)
    row = "INSERT INTO record (id, cell, boxes) VALUES (:id, 'wales', :id)"
    change(house, "flush", "responses", row, id=bytes(16))


def an_attack_found(promise: str) -> Callable[[House], None]:
    def sabotage(house: House) -> None:
        hit = SimpleNamespace(name="an attack", promises=(promise,), verdict="broken", hits=1, n=9)
        tell_attacks(house, hit)

    return sabotage


def tell_attacks(house: House, *scored: Any) -> None:
    with opened(house.home, "assurance", house.clock) as work:
        day, folder = house.clock.today(), house.home / "evidence"
        write_told(folder, work.keys.ledger(), study=work.pack.id, day=day, kind="rehearsal", scored=scored)


def keep_a_batch_file(house: House) -> None:
    with opened(house.home, "letters", house.clock) as work:
        (batch,) = post.batches(work.vault("sample"))
    house.clock.to_day(batch.delivered_by + timedelta(days=1))
    (house.home / "outbox").mkdir(exist_ok=True)
    (house.home / "outbox" / f"sdcs-invitation{batch_suffix(batch.id)}").write_bytes(b"letters")


def give_every_code_away(house: House) -> None:
    change(house, "letters", "sample", "DELETE FROM reserve WHERE cell = (SELECT min(cell) FROM person)")


def say_nothing_of_letters(house: House) -> None:
    with opened(house.home, "letters", house.clock) as work:
        (batch,) = post.batches(work.vault("sample"))
    house.clock.to_day(batch.delivered_by + timedelta(days=work.pack.retention.contact.days + 1))


def say_nothing_of_vouchers(house: House) -> None:
    order(house)
    house.clock.forward(timedelta(days=365))


def hear_nothing_of_an_order(house: House) -> None:
    with opened(house.home, "vouchers", house.clock) as work:
        desk = voucher_desk(work)
        assert desk.sort(last=True) == 24
        assert desk.order(house.clock.today()) is not None
        house.clock.to_day(work.pack.retention.vouchers.latest + timedelta(days=1))


def hide_an_order(house: House) -> None:
    order(house)
    change(house, "vouchers", "vouchers", "UPDATE batch SET digest = 'elsewhere'")


def slip_a_tag_in(house: House) -> None:
    """What a load must never write where the study is receipt-free: here is one for one person."""
    change(
        house,
        "letters",
        "sample",
        "UPDATE person SET tag = :tag WHERE ref = (SELECT min(ref) FROM person)",
        tag=bytes(16),
    )


def open_a_queue(house: House) -> None:
    """As a careless umask or `chmod` leaves it."""
    (house.home / "outbox" / "vouchers").mkdir(mode=0o700)
    file = house.home / "outbox" / "vouchers" / "voucher-order-0.age"
    file.write_bytes(b"sealed")
    file.chmod(0o644)


SABOTAGE: dict[str, Callable[[House], None]] = {
    "each role names its own vaults only": widen_settings,
    "no value stands in two vaults": share_a_value,
    "no key lies in a folder of another role": lend_a_key,
    "keys, vaults and queues are closed to other users": open_a_queue,
    "a receipt-free study has no tag and no receipt": slip_a_tag_in,
    "no contact outlives its day": outlive,
    "no contact may live longer than promised": lengthen_a_life,
    "erased contacts' keys are destroyed": resurrect_a_key,
    "no letter opens after the last contact": keep_a_batch_file,
    "a lost letter can be replaced": give_every_code_away,
    "copies outside the house are attested": say_nothing_of_letters,
    "the provider's own deletion is attested": say_nothing_of_vouchers,
    "no order lies with the provider without an end": hear_nothing_of_an_order,
    "the chain of certificates is whole": rewrite_history,
    "every contact has one code for all letters": lose_a_letter,
    "every load names its source and takes in declared columns only": forget_who_gave_the_sample,
    "no letters left unless the supplier was asked whom not to write to": forget_the_suppression,
    "every code in a letter has a response waiting for it": lose_a_handle,
    "steps can be sealed while the study is open": lose_the_strip_key,
    "no saved response has a gap": lose_a_step,
    "answers all look alike": shorten_a_box,
    "no online role can open an answer": lend_a_strip_key,
    "a finished response keeps no progress": keep_progress,
    "interview tickets are apart from responses": spend_too_much("interview"),
    "voucher tickets are apart from responses": spend_too_much("voucher"),
    "no interview contact outlives its day": claims_outlive("interview"),
    "no voucher contact outlives its day": claims_outlive("voucher"),
    "erased interview contacts' keys are destroyed": resurrect_claims("interview"),
    "erased voucher contacts' keys are destroyed": resurrect_claims("voucher"),
    "sent vouchers' clocks run": stop_a_clock,
    "held interviews' clocks run": stop_an_interview_clock,
    "every order is in the ledger": hide_an_order,
    "no attack links a contact to a response": an_attack_found("P04"),
    "no attack links an interview claim to a response": an_attack_found("P15"),
    "no attack links a voucher claim to a response": an_attack_found("P23"),
    "records and microdata die when they should": keep_records,
    "their end has its certificate": publish_long_ago,
}
SABOTAGE |= {name_of(promise): an_attack_found(promise) for promise in OTHERS}
ELSEWHERE = {
    "the database keeps roles apart": "tests/wiring/test_roles_on_postgresql.py",
    "the database refuses to change an answer": "tests/wiring/test_roles_on_postgresql.py",
    "no hold outlives its review": "tests/care/test_holds_by_command.py",
    "each hold was agreed to by two": "tests/care/test_holds_by_command.py",
    "a held record's original is gone": "tests/care/test_holds_by_command.py",
    "the ledger knows every hold": "tests/care/test_holds_by_command.py",
    "a commit is on the disk before it is told": "test_a_connection_that_may_lose_commits_is_told",
    "voucher details leave by one way only": "test_a_second_way_out_is_found",
    "receipts come for at least k people of a cell at once": "test_a_targeted_study.py",
}


def test_nothing_is_broken_in_a_house_that_is_lived_in(house: House) -> None:
    assert [name for name, passed in said(house).items() if not passed] == []


@pytest.mark.parametrize("name", SABOTAGE)
def test_the_check_fails_when_its_promise_is_broken(name: str, house: House) -> None:
    SABOTAGE[name](house)
    assert said(house)[name] is False


def test_a_replacement_that_left_unscreened_breaks_the_check_of_suppressions_too(house: House) -> None:
    later = house.clock.today() + timedelta(days=14)
    with opened(house.home, "letters", house.clock) as work:
        body: dict[str, str | int | list[str] | list[int]] = {"wave": "invitation", "count": 1}
        work.ledger().enter("replacement", "replacement x", later, body)
    assert said(house)["no letters left unless the supplier was asked whom not to write to"] is False


def test_every_check_has_its_sabotage() -> None:
    assert {check.name for check in CHECKS} == set(SABOTAGE) | set(ELSEWHERE)


def test_the_print_rooms_keys_die_on_the_latest_date_and_until_then_the_promise_says_so(house: House) -> None:
    name = "no letter opens after the last contact"
    with opened(house.home, "letters", house.clock) as work:
        house.clock.to_day(work.pack.retention.contact.latest + timedelta(days=1))
    assert said(house)[name] is False
    daily(house.home, house.clock)
    assert said(house)[name] is True
    assert not (house.home / "keys/printroom/printroom.age").exists()


def test_every_promise_that_an_attack_is_on_has_a_check_that_hears_of_it() -> None:
    import troth.assurance.attacks.run  # noqa: F401 - registers all
    from troth.assurance.attacks.attack import ATTACKS

    assert {promise for attack in ATTACKS for promise in attack.promises} == {"P04", "P15", "P23", *OTHERS}


def test_attacks_are_believed_while_signed_and_fresh_and_never_when_nothing_was_tried(house: House) -> None:
    name = "no attack links a contact to a response"
    assert name not in said(house)
    tell_attacks(house, SimpleNamespace(name="a", promises=("P04",), verdict="not run", hits=0, n=0))
    assert name not in said(house)
    tell_attacks(house, SimpleNamespace(name="a", promises=("P04",), verdict="held", hits=0, n=9))
    assert said(house)[name] is True
    path = house.home / "evidence" / FILE
    path.write_text(path.read_text().replace('"n": 9', '"n": 10'))
    assert said(house)[name] is False, "changed by hand"
    tell_attacks(house, SimpleNamespace(name="a", promises=("P04",), verdict="held", hits=0, n=9))
    house.clock.forward(timedelta(days=32))
    assert name not in said(house), "too old to say anything"


def test_a_connection_that_may_lose_commits_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a commit is on the disk before it is told"
    assert said(house)[name] is True
    from troth.storage import database

    real = database._sqlite_engine

    def careless(url: object, vault: str) -> object:
        from sqlalchemy import event

        engine = real(url, vault)  # type: ignore[arg-type]
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF").close())
        return engine

    monkeypatch.setattr(database, "_sqlite_engine", careless)
    assert said(house)[name] is False


def test_a_second_way_out_is_found(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    import importlib.resources
    from pathlib import Path

    name = "voucher details leave by one way only"
    copy = Path(str(tmp_path)) / "troth"
    shutil.copytree(
        Path(str(importlib.resources.files("troth"))), copy, ignore=shutil.ignore_patterns("static", "__pycache__")
    )
    (copy / "claims" / "leak.py").write_text("def leak(x):\n    return decode_details(unlock(x))\n")
    assert said(house)[name] is True
    from troth.assurance.checks import claims

    monkeypatch.setattr(claims.resources, "files", lambda _name: copy)
    assert said(house)[name] is False


def test_a_code_that_works_after_the_close_breaks_the_promise(house: House) -> None:
    from troth.wiring.collection import close_study

    name = "steps can be sealed while the study is open"
    house.clock.forward(timedelta(days=60))
    with opened(house.home, "flush", house.clock) as work:
        close_study(work)
    assert said(house)[name] is True
    change(house, "flush", "responses", "UPDATE handle SET state = 'issued' WHERE state = 'closed'")
    assert said(house)[name] is False


def test_shares_with_a_role_break_the_promise_and_shares_beside_the_sites_weaken_it(house: House) -> None:
    name = "no online role can open an answer"
    with examining(house.home, house.clock) as site:
        found = {check.name: check for evidence in examine(site) for check in evidence.checks}[name]
    assert (found.passed, found.strength) == (True, "weaker")
    shutil.copy(house.home / "keys/share-1/analysis", house.home / "keys/claim/analysis")
    assert said(house)[name] is False


def test_shares_beside_the_sites_of_a_real_study_break_the_promise(house: House) -> None:
    pack = house.home / "study" / "study.yaml"
    pack.write_text(pack.read_text().replace("demonstration: true", "demonstration: false"))
    assert said(house)["no online role can open an answer"] is False


def test_sqlite_never_calls_the_wall_kept(house: House) -> None:
    with examining(house.home, house.clock) as site:
        states = {evidence.promise: evidence.state for evidence in examine(site)}
    assert states["P04"] is State.PARTIAL
    assert states["P09"] is State.PARTIAL


def test_what_was_not_checked_is_never_called_kept(house: House) -> None:
    with examining(house.home, house.clock) as site:
        for evidence in examine(site):
            ran = {check.name for check in evidence.checks}
            if evidence.state is State.KEPT:
                assert needed(evidence.promise) <= ran
            if not ran:
                assert evidence.state is State.UNCHECKED


def test_a_role_that_cannot_be_opened_breaks_what_it_should_have_shown(house: House) -> None:
    KeyFolder(house.home / "keys/vouchers").destroy("ledger")
    shutil.rmtree(house.home / "vaults/vouchers")
    assert said(house)["voucher tickets are apart from responses"] is False
