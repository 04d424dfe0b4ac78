"""Attacks on a live installation: tonight's copy of everything that a thief could take, and the signed result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from troth.assurance.attacks.loot import About, Loot, WaveDay, write_about
from troth.assurance.attacks.take import Thief
from troth.assurance.attacks.told import write_told
from troth.kit.errors import Refused
from troth.questionnaire import plan
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from troth.assurance.attacks.score import Scored
    from troth.kit.clock import Clock


def take_tonight(home: Path, loot: Path, clock: Clock) -> None:
    """Tonight's rows, raw files, queues and key folders of the installation stand in the loot, beside those of earlier nights.

    Raises:
        Refused: the loot is of another study or a rehearsal's, or lies within the installation itself.
        Invalid: there is no installation in that folder.

    """
    if home.resolve() in (loot.resolve(), *loot.resolve().parents):
        raise Refused("copies cannot lie within the installation", where=str(loot), mend="name a folder elsewhere")
    day = clock.today()
    with opened(home, "assurance", clock) as work:
        pack = work.pack
        severed = [entry.day for entry in work.ledger().entries("sever")]
    if (loot / "about.json").is_file() and Loot(loot).about.study != pack.id:
        raise Refused("these are copies of another study", where=str(loot), mend="name another folder")
    if (loot / "truth.json").exists():
        raise Refused("this is a rehearsal's folder", where=str(loot), mend="name another folder")
    loot.mkdir(parents=True, exist_ok=True, mode=0o700)
    loot.chmod(0o700)
    with opened(home, "assurance", clock) as work:  # told before it is done: a copy of everything has left the vaults
        work.ledger().enter("copy", f"copy {day.isoformat()}", day, {"of": "vaults, files and keys, for the attacks"})
    before = os.umask(0o077)
    thief = Thief(home, loot)
    try:
        thief.night(day)
        thief.copy(day)
        thief.keys(day.isoformat())
        outbox = [path for path in (home / "outbox").rglob("*") if path.is_file()]
        thief.files("queues", outbox)
        thief.receipts()
        thief.files("logs", sorted(home.glob("*.log")))
        thief.backup(day)
    finally:
        os.umask(before)
        thief.close()
    url_kind = "sqlite" if (home / "vaults").is_dir() else "postgresql"
    about = About(
        kind="installation", study=pack.id, database=url_kind, k=pack.flush.minimum, slots=plan(pack.questionnaire).total_slots,
        opens=pack.collection.opens, closes=pack.collection.closes,
        waves=tuple(WaveDay(str(wave.id), wave.dispatch_on) for wave in pack.waves), cost_log2_n=pack.code_cost_log2_n,
        severed=severed[0] if severed else None,
    )  # fmt: skip
    write_about(loot, about)
    for path in loot.rglob("*"):  # also what was copied with its own mode, or lay there before
        path.chmod(path.stat().st_mode & 0o700)


def sign_told(home: Path, loot: Path, clock: Clock, scored: Sequence[Scored]) -> None:
    """What became of the attacks stands signed with the installation's evidence (P04, P15, P23)."""
    with opened(home, "assurance", clock) as work:
        kind = Loot(loot).about.kind
        write_told(
            home / "evidence", work.keys.ledger(), study=work.pack.id, day=clock.today(), kind=kind, scored=scored
        )
