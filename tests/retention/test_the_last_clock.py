"""P12: two years after publication everything is gone, whenever the process that sees to it is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from troth.findings.publication import Microdata
from troth.keys.folder import KeyFolder
from troth.retention.erase import erase_due
from troth.vaults.responses.erasable import Records
from troth.vaults.responses.schema import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.kit.clock import SimulatedClock
    from troth.retention.erase import Certificate
    from troth.storage.database import Database


class Killed(Exception):  # noqa: N818
    """The process died here."""


@dataclass
class Register:
    """Certificates by key: said twice, they stand once, as in the ledger."""

    found: dict[str, Certificate] = field(default_factory=dict)

    def certify(self, certificate: Certificate) -> None:
        self.found.setdefault(certificate.key, certificate)


def kill_at(nth: int) -> Callable[[str], None]:
    left = nth

    def between(_step: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    return between


@pytest.mark.parametrize("nth", range(1, 10))
def test_a_last_day_killed_between_any_two_steps_and_run_again_ends_the_same(
    nth: int, open_vault: Callable[[str], Database], clock: SimulatedClock, tmp_path: Path
) -> None:
    database = open_vault("responses")
    rows = [{"id": bytes([n]) * 16, "cell": "wales", "boxes": b"box"} for n in range(4)]
    with database.write() as connection:
        connection.execute(insert(record), rows)
    folder, share = tmp_path / "microdata", KeyFolder(tmp_path / "share-1")
    folder.mkdir()
    for name in ("microdata.csv", "codebook.csv"):
        (folder / name).write_text("answers")
    share.put("analysis", "share", b"a share")
    day: date = clock.today()
    register = Register()

    def run(between: Callable[[str], None] = lambda _step: None) -> None:
        rules = [Records(database, "P12", day), Microdata(folder, [share], "P12", day)]
        erase_due(rules, register, clock, between=between)

    try:
        run(kill_at(nth))
    except Killed:
        run()
    assert {(c.name, c.count) for c in register.found.values()} == {("responses.record", 4), ("findings.microdata", 2)}
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(record)) == 0
    assert not folder.exists()
    assert not share.has("analysis")
    run()
    assert len(register.found) == 2


def test_nothing_goes_before_its_day_or_where_nothing_is_published(
    open_vault: Callable[[str], Database], clock: SimulatedClock, tmp_path: Path
) -> None:
    database = open_vault("responses")
    with database.write() as connection:
        connection.execute(insert(record), {"id": bytes(16), "cell": "wales", "boxes": b"box"})
    (tmp_path / "microdata.csv").write_text("answers")
    for day in (None, clock.today() + timedelta(days=1)):
        rules = [Records(database, "P12", day), Microdata(tmp_path, [], "P12", day)]
        assert erase_due(rules, Register(), clock) == []
    assert (tmp_path / "microdata.csv").exists()
