"""P05, P08, P15, P16, P23, P25, P26: kill -9, twenty times over whole studies on both databases; `make crash` does two hundred."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import need
from tests.crash.season import Report, season
from tests.support import postgres

KILLS = 10


def judged(report: Report) -> None:
    assert report.wrong == []
    assert report.kills.total() >= KILLS
    assert report.kills["worker"] < report.kills.total()  # something that serves died too
    assert report.answers > 100
    assert report.claims > 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_on_sqlite(tmp_path: Path) -> None:
    judged(season(tmp_path, "sqlite", kills=KILLS, seed=11))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.postgres
def test_nothing_acknowledged_is_lost_on_postgresql(tmp_path: Path) -> None:
    """A server of its own, that writes through: its backends and all of it are killed as well."""
    need("PostgreSQL", here=postgres.programs() is not None, line="apt-get install postgresql")
    with postgres.running(durable=True) as server:
        report = season(tmp_path, "postgresql", kills=KILLS, seed=12, server=server)
    judged(report)
    assert report.kills["backend"]
    assert report.kills["postmaster"]
