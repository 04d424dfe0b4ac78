"""One study, in this process, on a simulated calendar, on both databases: every person, letter, answer, claim and death accounted for."""

from __future__ import annotations

import csv
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from tests.support.house import House, answer_all, build, claim_all, last_day, run_calendar, suppress_nobody

from troth.assurance.check import examining
from troth.assurance.examine import examine
from troth.keys.folder import KeyFolder
from troth.kit.errors import CannotOpen, Refused
from troth.promises import State
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import close_study, sever_study
from troth.wiring.contact import release_for
from troth.wiring.daily import daily
from troth.wiring.findings import ceremony, microdata_folder, publish_findings
from troth.wiring.grants import Cluster
from troth.wiring.open import opened
from troth.wiring.printing import printroom_for

if TYPE_CHECKING:
    from pathlib import Path

    from troth.claims.details import Details


@pytest.fixture
def house(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> House:
    cluster = None
    if database_kind == "postgresql":
        server = request.getfixturevalue("durable_postgres_server")
        cluster = Cluster(str(server.socket), prefix=f"w{secrets.token_hex(4)}")
        admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for statement in cluster.setup():
                connection.execute(text(statement))
        admin.dispose()
    return build(tmp_path / "home", cluster=cluster)


def states(house: House) -> dict[str, State]:
    with examining(house.home, house.clock) as site:
        return {evidence.promise: evidence.state for evidence in examine(site)}


def shares(house: House, *numbers: int) -> list[str]:
    return [KeyFolder(house.home / "keys" / f"share-{n}").get("analysis", "share").decode() for n in numbers]


def test_everybody_is_accounted_for_from_the_sample_to_the_microdata(house: House, tmp_path: Path) -> None:
    # Given 120 people with letters: 30 finish, 6 stop half way, those who finished claim both
    finished, halfway = house.codes[:30], house.codes[30:36]
    tickets = answer_all(house, finished)
    answer_all(house, halfway, pages=6)
    claim_all(house, tickets)
    assert State.BROKEN not in states(house).values()

    # When the reminders go out, each with the code that the invitation had
    with opened(house.home, "letters", house.clock) as work:
        waves = [(str(wave.id), wave.dispatch_on) for wave in work.pack.waves]
        latest = work.pack.retention.contact.latest
    for wave, day in waves[1:]:
        run_calendar(house, day)
        suppress_nobody(house.home, house.clock)
        with opened(house.home, "letters", house.clock) as work:
            released = release_for(work).run(wave, tmp_path)
        with opened(house.home, "printroom", house.clock) as work:
            _, letters = printroom_for(work).open(released.file)
        assert {letter.code for letter in letters} == set(house.codes)
        released.file.unlink()

    # Then five days after the last delivery, and before the fixed date, every contact is gone with a certificate
    dies = released.delivered_by + timedelta(days=5)
    assert dies <= latest
    run_calendar(house, dies)
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM person")) == 0
        certificates = work.ledger().entries("erasure")
    assert sum(entry.body["count"] for entry in certificates) == len(house.codes)

    # When the vouchers are ordered and sent, and the interviews held
    run_calendar(house, last_day(house))
    with opened(house.home, "vouchers", house.clock) as work:
        desk = voucher_desk(work)
        ordered = desk.order(house.clock.today())
        assert ordered is not None
        assert ordered[0].count == 30
        assert desk.order(house.clock.today()) is None
        desk.sent(ordered[0].id, house.clock.today())
    with opened(house.home, "interviews", house.clock) as work:
        interviews = interview_desk(work)
        people: list[Details] = []
        round_ = interviews.round(house.clock.today(), people.extend)
        assert round_ is not None
        assert sorted(person.email for person in people) == sorted(f"person{n}@example.org" for n in range(30))
        interviews.held(round_.id, house.clock.today())

    # And the study is closed and severed; before that nothing opens
    with opened(house.home, "findings", house.clock) as work, pytest.raises(Refused, match="not severed"):
        ceremony(work, shares(house, 1, 2), tmp_path / "early")
    with opened(house.home, "flush", house.clock) as work:
        done = close_study(work)
        assert (done.complete, done.partial, done.erased) == (30, 6, 0)
        assert close_study(work) == done, "closing again changes nothing"
        counts = sever_study(work)
    assert sum(counts.values()) == len(house.codes) + 3, "every handle, the reserves of three cells among them"
    assert not (house.home / "keys/respond/pepper").exists()

    # Then one share opens nothing, two open everything, and only answers come out
    with opened(house.home, "findings", house.clock) as work:
        with pytest.raises((Refused, CannotOpen)):
            ceremony(work, shares(house, 3), tmp_path / "alone")
        made = ceremony(work, shares(house, 3, 1), microdata_folder(house.home))
    rows = list(csv.DictReader(made.microdata.read_text().splitlines()))
    assert len(rows) == made.records == 36
    assert sorted(row["response"] for row in rows) == ["complete"] * 30 + ["partial"] * 6
    assert made.microdata.stat().st_mode & 0o077 == 0
    whole = made.microdata.read_text() + made.codebook.read_text()
    assert "example.org" not in whole
    assert not any(code in whole for code in house.codes)
    assert all(value != "" for row in rows for value in row.values())

    # And six months after the vouchers were sent, and a day after the interviews, their details are gone too
    day = daily(house.home, house.clock)
    assert [c.promise for c in day.certificates] == ["P16"]
    run_calendar(house, house.clock.today() + timedelta(days=185), every=60)
    assert State.BROKEN not in states(house).values()
    with opened(house.home, "vouchers", house.clock) as work:
        assert voucher_desk(work).box.counts() == {"unsorted": 0}
        assert work.ledger().check(work.keys.ledger_public()) > 0

    # And two years after the publication the records, the microdata and the shares left here are gone, with certificates
    with opened(house.home, "findings", house.clock) as work:
        with pytest.raises(Refused, match="cannot be published"):
            publish_findings(work, house.clock.today() + timedelta(days=1))
        ends = publish_findings(work, house.clock.today())
        assert ends == house.clock.today().replace(year=house.clock.today().year + 2)
        assert publish_findings(work, house.clock.today() - timedelta(days=1)) == ends, "the first word stands"
    house.clock.to_day(ends - timedelta(days=1))
    assert "P12" not in {c.promise for c in daily(house.home, house.clock).certificates}
    assert made.microdata.exists()
    house.clock.to_day(ends)
    assert [(c.promise, c.name, c.count) for c in daily(house.home, house.clock).certificates] == [
        ("P12", "responses.record", 36), ("P12", "findings.microdata", 2),
    ]  # fmt: skip
    assert not microdata_folder(house.home).exists()
    assert not list((house.home / "keys").glob("share-*/analysis"))
    assert "P12" not in {c.promise for c in daily(house.home, house.clock).certificates}
    assert State.BROKEN not in states(house).values()
