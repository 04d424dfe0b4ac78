"""The opening ceremony: two of three shares, offline, after sever and contact erasure; out come typed answers and a codebook (P10).

Nothing here knows a contact or speaks HTTP. The rows come in the order of random ids that were drawn at sever, so not even the order of
the records before sever is left; the ids themselves stay behind.
"""

from __future__ import annotations

import csv
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Final, TextIO

from troth.kit.errors import CannotOpen, Refused
from troth.protocol.boxes import ANALYSIS_OVERHEAD, AnalysisOpener, analysis_public
from troth.protocol.names import AnalysisSeed
from troth.protocol.shamir import join, read_share
from troth.questionnaire import decode_page, is_cut
from troth.questionnaire.codebook import codebook, columns, row
from troth.vaults.responses.records import records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from troth.protocol.names import AnalysisPublic
    from troth.questionnaire import Plan, Questionnaire
    from troth.storage.database import Database
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.responses.records import Record

CELL: Final = "cell"
STATE: Final = "response"
HELD: Final = "hold"
"""The retention rule under which the end of a hold is certified."""
_PRIVATE: Final = 0o600


@dataclass(frozen=True)
class Opened:
    """What the ceremony wrote."""

    microdata: Path
    codebook: Path
    records: int
    held: int
    """Records that a hold keeps, each apart from its erased original; 0 is complete."""


def analysis_seed(shares: Sequence[str], expected: AnalysisPublic) -> AnalysisSeed:
    """The analysis key from the holders' shares, checked against its public half.

    Raises:
        Refused: too few or of different sets. CannotOpen: the shares give another key. DamagedShare: a share was misread.

    """
    seed = AnalysisSeed(join([read_share(share) for share in shares]))
    if analysis_public(seed) != expected:
        raise CannotOpen(
            "these shares are of another key", where="opening", mend="bring the shares of this study's key"
        )
    return seed


def open_records(
    database: Database,
    ledger: Ledger,
    seed: AnalysisSeed,
    *,
    questionnaire: Questionnaire,
    plan: Plan,
    context: bytes,
    out: Path,
    day: date,
    progress: Callable[[int], None] = lambda _count: None,
) -> Opened:
    """Every record is a row of typed answers in `out`/microdata.csv, with `out`/codebook.csv beside it.

    Files are readable by this user only: they are anonymised microdata to be, and not for release (P11 is a later room's).

    Raises:
        Refused: before sever, or while contacts live. CannotOpen: a box does not open; nothing is left in `out`.

    """
    held = require_apart(ledger)
    # Told before anything is opened, each time: an opening that was killed, or done again, leaves its trace.
    ledger.enter("opening", f"opening {secrets.token_hex(8)}", day, {"held": held})
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    opener = AnalysisOpener(seed)
    names = [CELL, STATE, *(column.variable for column in columns(questionnaire))]
    draft, count = out / "microdata.part", 0
    try:
        with _private(draft) as handle:
            writer = csv.DictWriter(handle, names)
            writer.writeheader()
            for found in records(database):
                boxes = _boxes(opener, found, plan, context)
                state = "partial" if any(is_cut(box) for box in boxes) else "complete"
                answers = row(questionnaire, [decode_page(box) for box in boxes])
                writer.writerow({CELL: found.cell, STATE: state, **answers})
                count += 1
                progress(count)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    microdata = out / "microdata.csv"
    draft.replace(microdata)
    book = out / "codebook.csv"
    _write_codebook(book, questionnaire)
    digest = hashlib.sha256(microdata.read_bytes()).hexdigest()
    ledger.enter("open", f"open {digest}", day, {"records": count, "held": held, "digest": digest})
    return Opened(microdata, book, count, held)


def require_apart(ledger: Ledger) -> int:
    """The study is severed and every contact erased, by the ledger; how many records holds keep.

    A hold keeps a record of its own: its original is erased and certified like everybody's, so it counts as erased and never for
    somebody else who is not (P05, P14).

    Raises:
        Refused: not severed, or contacts live; says how many and what to do.

    """
    if not ledger.entries("sever"):
        raise Refused(
            "the study is not severed", where="opening", mend="run `troth study close`, then `troth study sever` first"
        )
    ends = [entry.body for entry in ledger.entries("erasure")]
    loaded = sum(int(entry.body["people"]) for entry in ledger.entries("load"))
    erased = sum(int(body["count"]) for body in ends if body.get("promise") == "P05")
    if erased < loaded:
        what = f"{loaded - erased} contacts are not erased yet"
        raise Refused(what, where="opening", mend="run `troth daily` on or after their day, then open")
    held = sum(int(entry.body["count"]) for entry in ledger.entries("hold"))
    return held - sum(int(body["count"]) for body in ends if body.get("rule") == HELD)


def _boxes(opener: AnalysisOpener, found: Record, plan: Plan, context: bytes) -> list[bytes]:
    size = plan.box_size + ANALYSIS_OVERHEAD
    if len(found.boxes) != size * plan.total_slots:
        raise CannotOpen("a record has another length than the questionnaire's", where="opening")
    boxes = [found.boxes[at : at + size] for at in range(0, len(found.boxes), size)]
    return [opener.open(box, context) for box in boxes]


def _write_codebook(path: Path, questionnaire: Questionnaire) -> None:
    with _private(path) as handle:
        writer = csv.writer(handle)
        writer.writerow(["variable", "section", "kind", "label", "codes", "missing codes"])
        writer.writerow([CELL, "", "single", "Cell of the sample; `merged` where it had too few", "", ""])
        writer.writerow(
            [
                STATE,
                "",
                "single",
                "Partial: the collection ended before everything was answered",
                "complete; partial",
                "",
            ]
        )
        for line in codebook(questionnaire):
            codes = "; ".join(f"{code} = {label}" for code, label in line.codes)
            missing = "; ".join(f"{code} = {label}" for code, label in line.missing_codes)
            writer.writerow([line.variable, line.section, line.kind, line.label, codes, missing])


def _private(path: Path) -> TextIO:
    path.unlink(missing_ok=True)  # a looser file, or a link, that stands in the way
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="utf-8", newline="")
