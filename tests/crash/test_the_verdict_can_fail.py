"""A verdict that cannot fail is a defect: an honest house gives none, and every harm done to a copy of it is named."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update
from tests.crash.accounts import Account, Attempt, Claiming
from tests.crash.evidence import OWNED, PURPOSES, Seen, responses
from tests.crash.verdict import answers_verdict, claims_verdict, end_verdict
from tests.support.house import House, answer_all, build, claim_all, last_day

from troth.keys.folder import KeyFolder
from troth.keys.ring import Ring
from troth.study import load_pack
from troth.vaults.ledger.schema import entry
from troth.vaults.responses.schema import handle, record, step
from troth.vaults.vouchers import schema as vouchers
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import close_study, flush_for, sever_study
from troth.wiring.daily import daily
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

PEOPLE, FULL = 24, 18
pytestmark = pytest.mark.slow


@dataclass
class Scene:
    """A house, and what its people remember."""

    house: House
    accounts: list[Account]
    seen: Seen

    @property
    def home(self) -> Path:
        return self.house.home

    def copy(self, to: Path) -> Scene:
        return replace(self, house=self.house.copy(to))

    def harm(self, vault: str, do: Callable[[Connection], Any]) -> None:
        role = "flush" if vault == "responses" else OWNED[vault][0]
        with opened(self.home, role, self.house.clock) as work, work.vault(vault).write() as connection:
            do(connection)

    def wrong(self) -> list[str]:
        return answers_verdict(self.home, self.accounts) + claims_verdict(self.home, self.accounts)

    def ended(self) -> list[str]:
        return end_verdict(self.home, PEOPLE, self.accounts, self.seen)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Eighteen who completed and claimed (whole cells of them flushed, all ordered), two half-way; their accounts are what is in."""
    house = build(tmp_path_factory.mktemp("verdict") / "home", people=PEOPLE)
    tickets = answer_all(house, house.codes[:FULL])
    answer_all(house, house.codes[FULL : FULL + 2], pages=3)
    claim_all(house, tickets)
    with opened(house.home, "flush", house.clock) as work:
        flush_for(work).run(house.clock.today())
    with opened(house.home, "vouchers", house.clock) as work:
        voucher_desk(work).sort()
        voucher_desk(work).order(house.clock.today())
    accounts = []
    for number, found in enumerate(sorted(responses(house.home), key=lambda each: not each.complete)):
        account = Account(number, [Attempt(values, acknowledged=True) for values in found.values])
        if found.complete:
            account.tickets = tuple(ticket.show() for ticket in tickets[number].values())
            email = f"person{number}@example.org"
            account.claims = {purpose: Claiming([email], email) for purpose in PURPOSES}
        accounts.append(account)
    scene = Scene(house, accounts, Seen())
    scene.seen.look(house.home)
    return scene


@pytest.fixture
def scene(built: Scene, tmp_path: Path) -> Scene:
    return built.copy(tmp_path / "home")


@pytest.fixture(scope="module")
def built_end(built: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The same house after its last day."""
    scene = built.copy(tmp_path_factory.mktemp("end") / "home")
    house, pack = scene.house, load_pack(scene.home / "study")
    house.clock.to_day(last_day(house))
    daily(house.home, house.clock)
    for do in (close_study, sever_study):
        with opened(house.home, "flush", house.clock) as work:
            do(work)
    with opened(house.home, "interviews", house.clock) as work:
        desk = interview_desk(work)
        made = desk.round(house.clock.today(), lambda _people: None)
        assert made is not None
        desk.held(made.id, house.clock.today())
    for day in (house.clock.today(), pack.retention.contact.latest, pack.retention.vouchers.latest):
        house.clock.to_day(day, hour=10)
        daily(house.home, house.clock)
        scene.seen.look(house.home)
    return scene


@pytest.fixture
def end(built_end: Scene, tmp_path: Path) -> Scene:
    return built_end.copy(tmp_path / "home")


def test_an_honest_house_has_no_complaint(scene: Scene) -> None:
    assert scene.wrong() == []
    assert sum(account.acknowledged for account in scene.accounts) > 50


def test_an_honest_end_has_no_complaint(end: Scene) -> None:
    assert end.ended() == []
    assert answers_verdict(end.home, end.accounts) == []


def test_a_removed_step_is_a_lost_page(scene: Scene) -> None:
    def harm(connection: Connection) -> None:
        begun = select(handle.c.handle).where(handle.c.state == "issued")
        row = connection.execute(select(step.c.handle, step.c.n).where(step.c.handle.in_(begun)).limit(1)).one()
        connection.execute(delete(step).where(step.c.handle == row.handle, step.c.n == row.n))

    scene.harm("responses", harm)
    assert any("an acknowledged page is lost" in line for line in scene.wrong())


def test_a_removed_record_is_a_lost_response(scene: Scene) -> None:
    one = select(record.c.id).limit(1).scalar_subquery()
    scene.harm("responses", lambda c: c.execute(delete(record).where(record.c.id == one)))
    assert any(line.startswith("respondent") and "acknowledged" in line for line in scene.wrong())


def test_a_doubled_record_is_nobodys(scene: Scene) -> None:
    def harm(connection: Connection) -> None:
        row = dict(connection.execute(select(record).limit(1)).mappings().one())
        connection.execute(insert(record), {**row, "id": bytes(16)})

    scene.harm("responses", harm)
    wrong = scene.wrong()
    assert any("is nobody's" in line for line in wrong)
    assert any(line.startswith("records by the ledger") for line in wrong)


def test_another_answer_than_the_acknowledged_one_is_named(scene: Scene) -> None:
    account = scene.accounts[0]
    others = [replace(each, values=dict.fromkeys(each.values, "something else")) for each in account.attempts]
    changed = [replace(account, attempts=others), *scene.accounts[1:]]
    assert any("respondent 0" in line and "lost" in line for line in answers_verdict(scene.home, changed))


def test_a_lost_claim_is_named(scene: Scene) -> None:
    inbox, claim = vouchers.metadata.tables["inbox"], vouchers.metadata.tables["claim"]
    one = select(claim.c.id).limit(1).scalar_subquery()
    scene.harm("vouchers", lambda c: (c.execute(delete(claim).where(claim.c.id == one)), c.execute(delete(inbox))))
    wrong = scene.wrong()
    assert any("acknowledged, and 0 claims are in" in line for line in wrong)
    assert any(line.startswith("spent voucher tickets") for line in wrong)
    assert any("name different claims" in line for line in wrong)


def test_a_doubled_claim_is_named(scene: Scene) -> None:
    """The same person's details under a second ticket's spent key, as a retry that was taken twice would leave them."""
    other = answer_all(scene.house, scene.house.codes[FULL + 2 : FULL + 3])
    accounts = [*scene.accounts, Account(99, tickets=())]
    claim_all(scene.house, other, ("voucher",))  # says person0@example.org again
    wrong = claims_verdict(scene.home, accounts)
    assert "respondent 0, voucher: acknowledged, and 2 claims are in" in wrong


def test_an_order_that_left_twice_is_named(scene: Scene) -> None:
    (order,) = (scene.home / "outbox" / "vouchers").glob("*.age")
    shutil.copy(order, order.with_name(f"voucher-order-{'0' * 32}.age"))
    assert any("stands in batches 2 times" in line for line in scene.wrong())


def test_a_ticket_said_to_be_used_with_nothing_in_is_named(scene: Scene) -> None:
    account = replace(scene.accounts[FULL], claims={"voucher": Claiming(["p18.voucher.0@example.org"], used=True)})
    wrong = claims_verdict(scene.home, [*scene.accounts[:FULL], account])
    assert wrong == [f"respondent {FULL}, voucher: acknowledged, and 0 claims are in"]


def test_a_missing_certificate_is_named(end: Scene) -> None:
    end.harm("ledger", lambda c: c.execute(delete(entry).where(entry.c.key.like("erasure vouchers%"))))
    wrong = end.ended()
    assert any(line.startswith("voucher@") and "has no certificate" in line for line in wrong)
    assert any("people that certificates of P26 count" in line for line in wrong)


def test_a_broken_chain_is_named(end: Scene) -> None:
    end.harm("ledger", lambda c: c.execute(update(entry).where(entry.c.n == 1).values(link=bytes(32))))
    assert any("the ledger does not verify" in line for line in end.ended())


def test_a_key_that_is_left_is_named(end: Scene) -> None:
    latest = load_pack(end.home / "study").retention.vouchers.latest
    Ring("voucher", KeyFolder(end.home / "keys" / "vouchers"), KeyFolder(end.home / "keys" / "public")).ensure(latest)
    assert any(line.startswith("a key of voucher@") for line in end.ended())


def test_a_row_that_is_left_is_named(end: Scene) -> None:
    row = {"id": bytes(16), "wrapped": b"", "sealed": b"", "bucket": "voucher@2027-01-01.g1"}
    end.harm("vouchers", lambda c: c.execute(insert(vouchers.metadata.tables["inbox"]), row))
    assert end.ended() == ["rows in vouchers.inbox: 1, not 0"]


@pytest.mark.parametrize("name", ["x.letters.age", ".x.letters.age.0a1b2c3d", "vouchers/voucher-order-0.0a.part"])
def test_a_file_of_somebody_erased_is_named(end: Scene, name: str) -> None:
    path = end.home / "outbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed")
    assert any(line.startswith("a file of somebody erased is left") for line in end.ended())


def test_a_strip_key_and_a_pepper_that_are_left_are_named(end: Scene) -> None:
    KeyFolder(end.home / "keys" / "flush").put("strip-0.key", "strip-private", bytes(32))
    KeyFolder(end.home / "keys" / "respond").put("pepper", "pepper", bytes(32))
    left = [line for line in end.ended() if line.startswith("a key of what is severed")]
    assert left == ["a key of what is severed is left: respond/pepper", "a key of what is severed is left: flush/strip"]


def test_only_a_lost_reply_just_before_may_stand_in_for_an_acknowledged_page() -> None:
    """The first write wins: a page sent again after a lost reply is acknowledged, and the first try may be the one that is in."""
    one, two, other = {"a": 1}, {"a": 2}, {"b": 1}
    lost_then_acknowledged = Account(0, [Attempt(one, acknowledged=False), Attempt(two, acknowledged=True)])
    assert lost_then_acknowledged.unexplained([one]) == []
    assert lost_then_acknowledged.unexplained([two]) == []
    assert lost_then_acknowledged.unexplained([]) == ["an acknowledged page is lost (a)"]
    assert lost_then_acknowledged.unexplained([one, two]) == []  # two pages of the same fields: a household's repeats
    between = Account(
        0, [Attempt(one, acknowledged=False), Attempt(other, acknowledged=True), Attempt(two, acknowledged=True)]
    )
    assert between.unexplained([other, one]) != []
    assert lost_then_acknowledged.unexplained([two, other]) == ["a page is there that was not sent, or twice (b)"]
