"""`make attack`: rehearsals of 1,000 people over 30 seeds, every attack tried on each, the guesses pooled.

One rehearsal has few people, so luck is wide there; over 30 of them the upper 95% bound of every way of guessing must be at most
one percentage point above what the design concedes (where there are guesses enough for luck to stay within that). Codes cost 2**10
here instead of 2**14, which no attack depends on. Seeds that were run before (same folder) are not run again, so a run that is
stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from troth.assurance.attacks.run import read_tallies
from troth.assurance.attacks.score import MARGIN, exceeds, pool, sharp, surprising, upper95

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "src" / "troth" / "study" / "packs" / "sdcs"


def quick_pack(to: Path) -> Path:
    """The bundled study with codes that cost little."""
    if not to.exists():
        shutil.copytree(PACK, to)
        study = to / "study.yaml"
        study.write_text(study.read_text().replace("code_cost_log2_n: 14", "code_cost_log2_n: 10"))
    return to


def run_seed(seed: int, folder: Path, people: int, days: int, database: str) -> Path:
    """One rehearsal in a process of its own; its loot is thrown away afterwards, its tallies stay."""
    out = folder / f"{database}-{people}-{seed}"
    if (out / "tallies.json").is_file():
        return out
    shutil.rmtree(out, ignore_errors=True)
    words = ["rehearse", "--people", str(people), "--days", str(days), "--seed", str(seed), "--database", database]
    command = [
        sys.executable,
        "-m",
        "troth",
        *words,
        "--study",
        str(quick_pack(folder / "pack")),
        "--out",
        str(out),
        "--json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with (folder / f"{out.name}.log").open("w") as log:
        subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=log)
    shutil.rmtree(out / "loot", ignore_errors=True)
    if not (out / "tallies.json").is_file():
        raise SystemExit(f"seed {seed} did not finish: see {folder / (out.name + '.log')}")
    return out


def main() -> None:
    """A table on the terminal, attack.json beside the rehearsals; exit status 1 if anything is above its bound."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=30)
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--people", type=int, default=1000)
    asked.add_argument("--days", type=int, default=42)
    asked.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument("--at-once", type=int, default=2)
    asked.add_argument("--folder", type=Path, default=ROOT / "build" / "attack")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    quick_pack(given.folder / "pack")
    seeds = range(given.first, given.first + given.seeds)
    with ThreadPoolExecutor(given.at_once) as workers, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("rehearsals", total=given.seeds)
        jobs = [
            workers.submit(run_seed, seed, given.folder, given.people, given.days, given.database) for seed in seeds
        ]
        outs = []
        for job in as_completed(jobs):
            outs.append(job.result())
            progress.advance(task)
    raise SystemExit(0 if tell(outs, given.folder) else 1)


def tell(outs: list[Path], folder: Path) -> bool:
    """What the runs say together; whether all of it is well."""
    reports = [json.loads((out / "report.json").read_text()) for out in outs]
    tallies = [read_tallies(out / "tallies.json") for out in outs]
    kinds = {each["name"]: each for each in reports[0]["attacks"]}
    table = Table("attack", "hits", "of", "conceded", "upper 95%", "allowed", "ways", "crowd", "smallest", "")
    rows = []
    ways = sum(len(pool([found.get(name, []) for found in tallies])) for name in kinds)
    for name, kind in kinds.items():
        mine = [each for report in reports for each in report["attacks"] if each["name"] == name]
        row = {"name": name, "deterministic": kind["deterministic"], "runs": len(mine)}
        if kind["deterministic"]:
            hits, n = sum(each["hits"] for each in mine), sum(each["n"] for each in mine)
            row |= {"hits": hits, "n": n, "well": hits == 0}
        else:
            pooled = [each for each in pool([found.get(name, []) for found in tallies]) if each.n]
            if not pooled:
                continue
            asked = [each for each in pooled if sharp(each)]
            worst = max(asked, key=exceeds) if asked else min(pooled, key=lambda each: each.surprise)
            above = any(exceeds(each) > 0 for each in asked) or any(surprising(each, ways) for each in pooled)
            crowds = [each["anonymity"] for each in mine if each["anonymity"]]
            row |= {
                "hits": worst.hits, "n": worst.n, "baseline": worst.expected / worst.n, "upper95": upper95(worst.hits, worst.n),
                "way": worst.trial, "ways": len(pooled), "crowd": sum(crowds) / len(crowds) if crowds else 0,
                "smallest": min((each["worst"] for each in mine if each["worst"]), default=0),
                "well": not above or kind["verdict"] == "conceded", "conceded": kind["verdict"] == "conceded", "sharp": len(asked),
            }  # fmt: skip
        rows.append(row)
        if row["deterministic"]:
            rate = ("", "", "0")
        else:
            bound = f"{row['baseline'] + MARGIN:.2%}" if row["sharp"] else "luck"
            rate = (f"{row['baseline']:.2%}", f"{row['upper95']:.2%}", "conceded" if row["conceded"] else bound)
        more = (
            ("", "", "")
            if row["deterministic"]
            else (str(row["ways"]), f"{row['crowd']:.0f}", f"{row['smallest']:.0f}")
        )
        table.add_row(name, str(row["hits"]), str(row["n"]), *rate, *more, "well" if row["well"] else "ABOVE")
    broken = sorted({promise for report in reports for promise in report["promises"]["broken"]})
    disagreements = sum(len(report["disagreements"]) for report in reports)
    well = all(row["well"] for row in rows) and not broken and not disagreements
    Console(width=max(150, Console().width)).print(table)
    print(f"{len(outs)} rehearsals; promises broken: {', '.join(broken) or 'none'}; disagreements: {disagreements}")
    (folder / "attack.json").write_text(json.dumps({"runs": len(outs), "well": well, "attacks": rows}, indent=1) + "\n")
    return well


if __name__ == "__main__":
    main()
