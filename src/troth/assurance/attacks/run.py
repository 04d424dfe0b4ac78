"""All attacks on one loot: baselines first, then attack after attack, then the scoring."""

from __future__ import annotations

import importlib
import json
import pkgutil
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from troth.assurance.attacks import tried
from troth.assurance.attacks.attack import ATTACKS, Attack, Outcome
from troth.assurance.attacks.loot import Loot
from troth.assurance.attacks.score import Scored, Tally, baselines, fallen, score, tally, tells
from troth.assurance.attacks.truth import read_truth
from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from troth.assurance.attacks.attack import Link
    from troth.assurance.attacks.baseline import Conceded
    from troth.assurance.attacks.truth import Truth

for _module in sorted(found.name for found in pkgutil.iter_modules(tried.__path__)):
    importlib.import_module(f"{tried.__name__}.{_module}")


def attack_all(
    folder: Path,
    *,
    only: Collection[str] = (),
    progress: Callable[[int, int, str], None] = lambda _n, _all, _name: None,
) -> list[Scored]:
    """Every attack (or those named) tried on the loot in that folder, and scored.

    Raises:
        Invalid: there is no loot in that folder, or no attack of that name.

    """
    if not (folder / "about.json").is_file():
        raise Invalid(
            "there is no loot in that folder",
            where=str(folder),
            mend="name the folder that `troth rehearse --out` made",
        )
    unknown = sorted(set(only) - {each.name for each in ATTACKS})
    if unknown:
        known = ", ".join(each.name for each in ATTACKS)
        raise Invalid(f"there is no attack called {unknown[0]}", where="--only", mend=f"one of: {known}")
    loot, truth = Loot(folder), read_truth(folder)
    conceded = baselines(truth)
    chosen = [each for each in ATTACKS if not only or each.name in only]
    outcomes = []
    with loot.at_rest():
        for number, each in enumerate(chosen):
            progress(number, len(chosen), each.name)
            outcomes.append(_try(each, loot))
    progress(len(chosen), len(chosen), "scoring")
    ways = sum(
        _ways(outcome, truth, conceded) for each, outcome in zip(chosen, outcomes, strict=True) if not each.conceded
    )
    return [
        score(each, outcome, truth, conceded, ways) if isinstance(outcome, Outcome) else fallen(each, outcome)
        for each, outcome in zip(chosen, outcomes, strict=True)
    ]


def _ways(outcome: Outcome | str, truth: Truth | None, conceded: Mapping[Link, Conceded]) -> int:
    """How many ways of guessing could be told from luck: these share what one run allows to luck."""
    if truth is None or isinstance(outcome, str):
        return 0
    return sum(tells(each, 1) for trial in outcome.trials if (each := tally(trial, truth, conceded)).n)


def _try(each: Attack, loot: Loot) -> Outcome | str:
    """What it came to; or where it fell over, so that one attack's fault costs no other's finding."""
    try:
        return each.run(loot)
    except Exception as error:  # noqa: BLE001 - its text may quote a value: only the kind and the place are told
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def write_tallies(path: Path, scored: list[Scored]) -> None:
    """Every way of guessing with its counts, so that runs of several seeds can be pooled."""
    path.write_text(json.dumps({each.name: [asdict(one) for one in each.tallies] for each in scored}) + "\n")


def read_tallies(path: Path) -> dict[str, list[Tally]]:
    """Attack -> its ways of guessing."""
    return {name: [Tally(**one) for one in found] for name, found in json.loads(path.read_text()).items()}
