"""Holds by the commands that people type, each role with its own keys, on each database; and the checks that watch over them (P05, P14)."""

from __future__ import annotations

import json
import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from troth.assurance.check import CHECKS, examining
from troth.cli.tree import app
from troth.kit.clock import SimulatedClock, SystemClock
from troth.kit.errors import Refused, TrothError
from troth.study import bundled, write_dates
from troth.vaults.sample import moved
from troth.wiring import holding as wired
from troth.wiring.create import create, read_owners
from troth.wiring.daily import daily
from troth.wiring.erasing import erase_all
from troth.wiring.grants import Cluster
from troth.wiring.open import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Server

    from troth.promises import CheckResult


PEOPLE = 12


def dated(folder: Path) -> Path:
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    study = pack / "study.yaml"
    words = study.read_text().replace("code_cost_log2_n: 14", "code_cost_log2_n: 10")
    study.write_text(words.replace("reserve_codes: 20", "reserve_codes: 1"))
    write_dates(pack, SystemClock().today())
    return pack


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve people are loaded; Anne and Ben approve, Omar is the officer."""
    folder, cluster = tmp_path_factory.mktemp("holds"), None
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        cluster = Cluster(str(server.socket), prefix=f"t{secrets.token_hex(4)}")
        admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for statement in cluster.setup():
                connection.execute(text(statement))
        admin.dispose()
    place = folder / "home"
    create(place, dated(folder), cluster=cluster)
    file, today = folder / "people.csv", SystemClock().today()
    troth(place, "sample", "synthesise", "--people", str(PEOPLE), "--seed", "5", "--out", str(file))
    troth(place, "sample", "load", str(file), "--source", "NHS England", "--extract-date", today.isoformat())
    for what, name in (("approver", "anne"), ("approver", "ben"), ("officer", "omar")):
        assert len(troth(place, "hold", what, name)["fingerprint"]) == 16
    return place


def troth(home: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--home", str(home), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refs(home: Path) -> list[str]:
    with opened(home, "letters") as work, work.vault("sample").read() as connection:
        return list(connection.scalars(text("SELECT ref FROM person ORDER BY ref")))


def add(home: Path, ref: str, reason: str = "complaint", days: int = 100) -> str:
    until = SystemClock().today() + timedelta(days=days)
    asked = ("--reason", reason, "--officer", "omar", "--review-on", until.isoformat(), "--as", "anne")
    return str(troth(home, "hold", "add", ref, *asked)["id"])


def checks(home: Path, days: int = 0) -> dict[str, bool]:
    """Each check of holds, so many days from now -> whether it passed."""
    return {found.name: found.passed for found in _asked(home, days)}


def evidence(home: Path) -> list[str]:
    return [found.evidence for found in _asked(home)]


def _asked(home: Path, days: int = 0) -> list[CheckResult]:
    clock = SimulatedClock(SystemClock().now() + timedelta(days=days))
    with examining(home, clock) as site:
        found = [each.ask(site) for each in CHECKS if each.ask.__module__.endswith("checks.holds")]
    return [each for each in found if each]


def change(home: Path, statement: str, role: str = "holds", vault: str = "holds", **bound: object) -> None:
    with opened(home, role) as work, work.vault(vault).write() as connection:
        connection.execute(text(statement), bound)


def test_a_hold_from_its_proposal_to_its_release(home: Path) -> None:
    ref = refs(home)[0]
    said = evidence(home)
    id_ = add(home, ref)
    waiting = troth(home, "hold", "list")
    assert [each["id"] for each in waiting["proposals"]] == [id_]
    assert troth(home, "hold", "approve", id_, ref, "--as", "ben", "--dry-run") == {
        "id": id_, "kind": "add", "done": False,
    }  # fmt: skip
    assert troth(home, "hold", "approve", id_, ref, "--as", "ben")["done"] is True
    (held,) = troth(home, "hold", "list")["holds"]
    assert (held["id"], held["reason"], held["state"], held["review_near"]) == (id_, "complaint", "held", False)
    assert set(checks(home).values()) == {True}
    assert evidence(home) == said, "what everybody may read does not tell that somebody is held"
    (certificate,) = troth(home, "erase", "run")["certificates"]
    assert (certificate["promise"], certificate["people"]) == ("P05", 1)
    assert len(refs(home)) == PEOPLE - 1
    out = home / "record.json"
    troth(home, "hold", "read", id_, "--out", str(out))
    assert out.stat().st_mode & 0o077 == 0
    assert json.loads(out.read_text())["reference"].replace("-", "") == ref
    out.unlink()

    later = (SystemClock().today() + timedelta(days=150)).isoformat()
    renewal = troth(home, "hold", "renew", id_, "--review-on", later, "--as", "ben")["id"]
    assert troth(home, "hold", "approve", renewal, "--as", "anne")["kind"] == "renew"
    assert set(checks(home).values()) == {True}
    assert len(checks(home)) == 4
    copy = shutil.copytree(home / "keys" / "holds", home / "copy")
    ending = troth(home, "hold", "release", id_, "--as", "ben")["id"]
    assert troth(home, "hold", "approve", ending, "--as", "anne")["kind"] == "release"
    assert troth(home, "hold", "list") == {"holds": [], "proposals": []}
    assert [each["promise"] for each in troth(home, "erase", "run")["certificates"]] == []
    with opened(home, "assurance") as work:
        ends = [entry.body for entry in work.ledger().entries("erasure") if entry.body["rule"] == "hold"]
    assert [(body["count"], body["vault"], body["promise"]) for body in ends] == [(1, "holds.held", "P14")]
    assert set(checks(home).values()) == {True}, "the old bucket waits for its day, with nothing in it"
    shutil.copytree(copy, home / "keys" / "holds", dirs_exist_ok=True)
    assert checks(home)["no hold outlives its review"] is False, "a key came back from a copy"
    for left in (home / "keys" / "holds").glob("hold@*"):
        left.unlink()
    shutil.rmtree(copy)


def test_what_is_refused_says_what_to_do_and_repeats_no_reference(home: Path) -> None:
    ref, other = refs(home)[1:3]
    id_ = add(home, ref)
    for words, match in (
        ((id_, ref, "--as", "anne"), "the same approver"),
        ((id_, other, "--as", "ben"), "not the reference"),
        ((id_, "--as", "ben"), "missing"),
        ((id_, ref, "--as", "carl"), "no approver"),
    ):
        with pytest.raises(TrothError, match=match) as told:
            CliRunner().invoke(app, ["hold", "approve", *words, "--home", str(home)], catch_exceptions=False)
        assert ref not in str(told.value)
        assert other not in str(told.value)
    assert troth(home, "hold", "drop", id_, "--as", "ben") == {"id": id_}
    assert troth(home, "hold", "list")["proposals"] == []
    with pytest.raises(TrothError, match="no such proposal"):
        CliRunner().invoke(app, ["hold", "drop", id_, "--as", "ben", "--home", str(home)], catch_exceptions=False)


def test_the_checks_see_what_is_wrong(home: Path) -> None:
    ref = refs(home)[3]
    id_ = add(home, ref)
    troth(home, "hold", "approve", id_, ref, "--as", "ben")
    late, two, gone, known = (
        "no hold outlives its review",
        "each hold was agreed to by two",
        "a held record's original is gone",
        "the ledger knows every hold",
    )
    assert checks(home) == {late: True, two: True, gone: True, known: True}
    assert checks(home, days=100)[late] is False
    changes = (
        (two, "UPDATE held SET reason = 'court_order'", "UPDATE held SET reason = 'complaint'"),
        (two, "UPDATE held SET kind = 'renew'", "UPDATE held SET kind = 'add'"),
        (gone, "UPDATE held SET state = 'moving'", "UPDATE held SET state = 'held'"),
    )
    for name, harm, mend in changes:
        change(home, harm)
        assert checks(home)[name] is False, harm
        assert daily(home, SystemClock(), ("holds",)).unfinished == (name == gone)
        change(home, mend)
        assert set(checks(home).values()) == {True}, mend
    change(home, "UPDATE held SET review_on = :d", d=SystemClock().today() + timedelta(days=184))
    assert checks(home)[late] is False
    change(home, "UPDATE held SET review_on = dies_on")
    alive = "UPDATE person SET dies_on = latest WHERE ref = :ref"
    change(home, alive, "letters", "sample", ref=ref)
    assert checks(home)[gone] is False, "the original lives on"
    with opened(home, "letters") as work:
        moved.withdraw(work.vault("sample"), ref, SystemClock().today())  # type: ignore[arg-type]
    assert set(checks(home).values()) == {True}
    stolen = home / "keys" / "public" / "approver-ben.pub"
    kept = stolen.read_bytes()
    stolen.write_bytes((home / "keys" / "public" / "approver-anne.pub").read_bytes())
    assert checks(home)[two] is False, "one key under two names"
    stolen.write_bytes(kept)
    change(home, "DELETE FROM held")
    assert checks(home)[known] is False, "a hold went unseen"


def test_a_hold_is_told_of_before_its_review_and_is_erased_on_it(home: Path) -> None:
    troth(home, "restore", "reconcile")  # what the test before took away is accounted for
    ref = refs(home)[4]
    id_ = add(home, ref, days=40)
    troth(home, "hold", "approve", id_, ref, "--as", "ben")
    clock = SimulatedClock(SystemClock().now() + timedelta(days=20))
    assert daily(home, clock, ("holds",)).reviews == 0
    clock.forward(timedelta(days=6))
    assert daily(home, clock, ("holds",)).reviews == 1
    clock.forward(timedelta(days=14))
    done = daily(home, clock, ("holds",))
    assert [(each.count, each.rule) for each in done.certificates] == [(1, "hold")]
    assert done.reviews == 0
    assert checks(home, days=40)["no hold outlives its review"] is True
    with pytest.raises(Refused, match="no such hold"):
        wired.read_to(home, id_, home / "late.json", clock=clock)
    with pytest.raises(Refused, match="clock"):
        add(home, refs(home)[5])


def test_an_installation_of_before_gets_the_vault_by_migrating(tmp_path: Path) -> None:
    home = tmp_path / "home"
    create(home, dated(tmp_path))
    urls = json.loads((home / "owners.json").read_text())  # as it was before there were holds
    del urls["vaults"]["holds"]
    (home / "owners.json").write_text(json.dumps(urls))
    for gone in (home / "keys" / "holds", home / "vaults" / "holds"):
        shutil.rmtree(gone)
    (home / "settings" / "holds.toml").unlink()
    assert erase_all(home).outliving == 0, "what is not there is not asked"
    done = CliRunner().invoke(app, ["vaults", "check", "--home", str(home), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["holds"] == {"has": None, "needs": "0001"}
    assert troth(home, "vaults", "migrate")["holds"] == {"from": None, "to": "0001"}
    assert set(read_owners(home)[0]) == {"sample", "responses", "vouchers", "interviews", "holds", "ledger"}
    assert troth(home, "hold", "list") == {"holds": [], "proposals": []}
    assert len(troth(home, "hold", "approver", "anne")["fingerprint"]) == 16
    assert troth(home, "vaults", "migrate")["holds"] == {"from": "0001", "to": "0001"}
