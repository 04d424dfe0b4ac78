"""`make crash`: kill -9 of random processes over whole studies, on SQLite and on PostgreSQL; nothing acknowledged may be lost.

The harness is tests/crash (docs/crash.md says what it kills and what it asserts); this runs season after season of it and adds up.
Exit 1 when anything was wrong, and then the folders of those seasons stay under build/.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.crash.season import Report, season  # noqa: E402 - found once the path says where
from tests.support import postgres  # noqa: E402

IN_A_SEASON = 25
"""Kills over one study: enough that each stage gets some, few enough that most work is done."""


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def shares(kills: int, databases: list[str]) -> list[tuple[str, int]]:
    """(Database, kills) of each season: as many on each database, and the databases in turns."""
    left = {name: kills // len(databases) + (n < kills % len(databases)) for n, name in enumerate(databases)}
    found = []
    while any(left.values()):
        for name in databases:
            if mine := min(IN_A_SEASON, left[name]):
                found.append((name, mine))
                left[name] -= mine
    return found


def run(planned: list[tuple[str, int]], seed: int, folder: Path) -> list[Report]:
    """Every season's report; the folder of one that was wrong is left."""
    reports = []
    with contextlib.ExitStack() as stack:
        on_postgresql = any(kind == "postgresql" for kind, _ in planned)
        server = stack.enter_context(postgres.running(durable=True)) if on_postgresql else None
        for number, (kind, kills) in enumerate(planned):
            here = folder / f"{number:02d}-{kind}"
            here.mkdir()
            say(f"season {number + 1} of {len(planned)}: {kind}, {kills} kills, seed {seed + number}")
            mine = server if kind == "postgresql" else None
            reports.append(
                season(here, kind, kills=kills, seed=seed + number, server=mine, say=lambda t: say(f"  {t}"))
            )
            for line in reports[-1].wrong:
                say(f"  WRONG: {line}")
            if not reports[-1].wrong:
                shutil.rmtree(here)
    return reports


def table(reports: list[Report]) -> str:
    """What was killed, what went on, and what was lost, by database."""
    kinds = sorted({report.kind for report in reports})
    mine = {kind: [report for report in reports if report.kind == kind] for kind in kinds}
    rows: dict[str, list[int]] = {
        "seasons": [len(mine[kind]) for kind in kinds],
        "kills": [sum(r.kills.total() for r in mine[kind]) for kind in kinds],
    }
    for what in sorted({name for report in reports for name in report.kills}):
        rows[f"  of {what}"] = [sum(r.kills[what] for r in mine[kind]) for kind in kinds]
    rows |= {
        "served, with a request on its way": [sum(r.in_flight for r in mine[kind]) for kind in kinds],
        "pages acknowledged": [sum(r.answers for r in mine[kind]) for kind in kinds],
        "claims acknowledged": [sum(r.claims for r in mine[kind]) for kind in kinds],
        "tries to get tickets back by words": [sum(r.recoveries for r in mine[kind]) for kind in kinds],
        "longest outage to the worker (s)": [round(max(r.outage for r in mine[kind])) for kind in kinds],
        "seconds": [round(sum(r.seconds for r in mine[kind])) for kind in kinds],
        "wrong": [sum(len(r.wrong) for r in mine[kind]) for kind in kinds],
    }
    lines = [f"{'':36}" + "".join(f"{kind:>12}" for kind in kinds)]
    lines += [f"{name:36}" + "".join(f"{count:12}" for count in counts) for name, counts in rows.items()]
    moments: Counter[str] = sum((report.moments for report in reports), Counter())
    lines.append("the worker died at: " + ", ".join(f"{count} {moment}" for moment, count in moments.most_common()))
    return "\n".join(lines)


def main() -> int:
    """0: so many kills, and nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="in all (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the first season; the next ones count on (default 1)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one of the two only")
    chosen = parser.parse_args()
    databases = [chosen.database] if chosen.database else ["sqlite", "postgresql"]
    if "postgresql" in databases and postgres.programs() is None:
        say("PostgreSQL is not here: apt-get install postgresql, or say --database sqlite")
        return 2
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="crash-", dir=ROOT / "build"))
    reports = run(shares(chosen.kills, databases), chosen.seed, folder)
    print(table(reports))
    done, wrong = sum(report.kills.total() for report in reports), sum(len(report.wrong) for report in reports)
    if wrong or done < chosen.kills:
        print(f"{wrong} things wrong, {done} of {chosen.kills} kills; what is left lies in {folder.relative_to(ROOT)}")
        return 1
    folder.rmdir()
    print(f"{done} kills: nothing acknowledged is lost or doubled, and no erasure is half done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
