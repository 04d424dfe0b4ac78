"""Letters a second: laid out once and filled, side by side in one run with one layout a letter. In CPU seconds: a busy machine lies less.

Called at the end of `make bench`, or alone. `--json` prints one object on stdout.
"""
# ruff: noqa: D103 - a script: names say it

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.support.contacts import small_pack  # noqa: E402
from tests.support.letters import one, twin, usual_press  # noqa: E402

from troth.fieldwork.letter.preview import PEOPLE  # noqa: E402

ROUNDS, LAID_OUT, FILLED = 5, 6, 300


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def letters(count: int) -> list[object]:
    return [one(PEOPLE[number % len(PEOPLE)]) for number in range(count)]


def measure() -> dict[str, object]:
    press = usual_press()
    first = time.process_time()
    press.print(letters(1))  # type: ignore[arg-type]
    once = time.process_time() - first
    twin(press, one())
    ratios, filled, laid_out = [], [], []
    size = 0
    for _ in range(ROUNDS):  # side by side: what disturbs one disturbs the other
        some = letters(LAID_OUT)
        start = time.process_time()
        for each in some:
            twin(press, each)  # type: ignore[arg-type]
        laid_out.append(LAID_OUT / (time.process_time() - start))
        many = letters(FILLED)
        with tempfile.TemporaryFile() as handle:
            start = time.process_time()
            press.write(many, handle)  # type: ignore[arg-type]
            filled.append(FILLED / (time.process_time() - start))
            size = handle.tell()
        ratios.append(filled[-1] / laid_out[-1])
    return {
        "study": small_pack().id,
        "filled_per_cpu_second": spread(filled),
        "laid_out_per_cpu_second": spread(laid_out),
        "ratio": spread(ratios),
        "laid_out_once_seconds": round(once, 2),
        "bytes_a_letter": size // FILLED,
    }


def spread(values: list[float]) -> dict[str, float]:
    return {
        "least": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "most": round(max(values), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure()
    for name, value in found.items():
        say(f"  {name}: {value}")
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
