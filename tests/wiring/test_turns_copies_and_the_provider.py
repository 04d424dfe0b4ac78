"""P05, P25, P26: one at a time for each role, no copy outlives its people, and real orders are sealed to the provider alone."""

from __future__ import annotations

import fcntl
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from troth.cli.interviews import app as interviews
from troth.cli.vouchers import app as vouchers
from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.kit.errors import Invalid, Refused
from troth.protocol.age import new_age_identity
from troth.study import bundled, write_dates
from troth.vaults.sample.schema import person
from troth.wiring.create import MARK, create
from troth.wiring.daily import daily
from troth.wiring.open import opened, turn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "pack"
    shutil.copytree(bundled("sdcs"), folder)
    write_dates(folder, SystemClock().today())
    return folder


@pytest.fixture(scope="module")
def home(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("house") / "home"
    made.mkdir()
    (made / MARK).touch()
    create(made, pack)
    return made


def test_daily_removes_the_copies_in_the_outbox_with_the_last_of_their_people(home: Path) -> None:
    letters, order = home / "outbox/a.letters.age", home / "outbox/vouchers" / f"voucher-order-{'0' * 32}.age"
    order.parent.mkdir(parents=True)
    for path in (letters, order):
        path.touch()
    with opened(home, "letters") as work:
        latest = work.pack.retention.contact.latest
        some = dict.fromkeys(("contact_wrapped", "contact_sealed", "code_wrapped", "lookup"), b"x")
        row = {"ref": "R", "intake": "i", "cell": "c", "state": "live", "bucket": "b", "latest": latest, **some}
        with work.vault("sample").write() as connection:
            connection.execute(insert(person), {**row, "dies_on": latest})
        daily(home, SystemClock(), ("vouchers",))
        assert not order.exists()
        from troth.wiring.daily import _PARTS, Day

        _PARTS["letters"](work, Day())
        assert letters.exists(), "somebody's contact is still here"
        with work.vault("sample").write() as connection:
            connection.execute(person.delete())
    daily(home, SystemClock(), ("letters",))
    assert not letters.exists()


@pytest.mark.parametrize(("app", "role"), [(vouchers, "vouchers"), (interviews, "interviews")])
def test_a_command_waits_for_its_roles_turn(home: Path, app: object, role: str) -> None:
    done = threading.Event()

    def run() -> None:
        assert CliRunner().invoke(app, ["sort", "--home", str(home)]).exit_code == 0  # type: ignore[arg-type]
        done.set()

    with turn(home, role):
        waiting = threading.Thread(target=run)
        waiting.start()
        assert not done.wait(0.7)
    waiting.join(10)
    assert done.is_set()


def test_who_is_alone_holds_the_turn(home: Path) -> None:
    with opened(home, "flush", alone=True), (home / "flush.turn").open("ab") as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_study_of_real_people_is_made_with_the_providers_own_recipient_only(pack: Path, tmp_path: Path) -> None:
    real, home = tmp_path / "real", tmp_path / "home"
    shutil.copytree(pack, real)
    words = (real / "study.yaml").read_text()
    (real / "study.yaml").write_text(words.replace("demonstration: true", "demonstration: false"))
    with pytest.raises(Refused, match="provider"):
        create(home, real)
    with pytest.raises(Invalid, match="malformed"):
        create(home, real, provider="age1nobody")
    assert not home.exists()
    _, recipient = new_age_identity()
    create(home, real, provider=recipient)
    assert KeyFolder(home / "keys/public").get("provider.age.pub", "age-recipient").decode() == recipient
    assert not (home / "keys/provider").exists()
