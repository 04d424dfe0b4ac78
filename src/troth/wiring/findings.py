"""The opening ceremony of an installation (P10)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from troth.fieldwork.respondents import page_context
from troth.findings.opening import analysis_seed, open_records, require_apart
from troth.findings.publication import Microdata, dies_on, publish
from troth.keys.folder import KeyFolder
from troth.kit.errors import Refused
from troth.questionnaire import plan
from troth.vaults.responses.erasable import Records
from troth.vaults.responses.flush import count_records

LOST: Final = "records-lost"
"""The ledger's kind of entry for records that a restored backup lacked."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from troth.findings.opening import Opened as Ceremony
    from troth.storage.database import Database
    from troth.vaults.ledger.store import Ledger
    from troth.wiring.open import Opened


def ceremony(
    work: Opened, shares: Sequence[str], out: Path, progress: Callable[[int], None] = lambda _count: None
) -> Ceremony:
    """Two of three shares open every record into `out`. Raises as `open_records`; whether it may is asked before the shares are used."""
    pack, ledger = work.pack, work.ledger()
    require_apart(ledger)
    if (short := missing_records(work.vault("responses"), ledger)) > 0:
        raise Refused(
            f"{short} records that the ledger knows are not here: RESPONSES was restored from a backup",
            where="opening",
            mend="put back the newest backup, or let the role flush run `troth restore reconcile`, then open",
        )
    seed = analysis_seed(shares, work.keys.analysis_public())
    return open_records(
        work.vault("responses"),
        ledger,
        seed,
        questionnaire=pack.questionnaire,
        plan=plan(pack.questionnaire),
        context=page_context(pack.id, pack.questionnaire),
        out=out,
        day=work.clock.today(),
        progress=progress,
    )


def missing_records(responses: Database, ledger: Ledger) -> int:
    """How many records were made, are not here, and are not told as lost; fewer than none: some that were told so are here again."""
    if any(entry.body.get("vault") == "responses.record" for entry in ledger.entries("erasure")):
        return 0
    made = sum(int(entry.body["records"]) for entry in ledger.entries("flush"))
    told = sum(int(entry.body["records"]) for entry in ledger.entries(LOST))
    return max(made - told - count_records(responses), -told)


def microdata_folder(home: Path) -> Path:
    """Where the ceremony writes unless told otherwise: what lies there goes on its day (P12)."""
    return home / "microdata"


def forget_unfinished(work: Opened) -> None:
    """What an opening that was killed left in the installation's own folder is gone, so that the next one can write there.

    Raises:
        Refused: an opening was finished there; its microdata stay.

    """
    folder = microdata_folder(work.settings.home)
    if not folder.is_dir():
        return
    if work.ledger().entries("open"):
        raise Refused("the records were opened already", where=str(folder), mend="name another folder with --out")
    shutil.rmtree(folder)


def publish_findings(work: Opened, day: date) -> date:
    """The findings are published since that day; gives the day on which records and microdata die (P12). Raises Refused."""
    return publish(work.ledger(), day, work.clock.today(), work.pack.retention.microdata.years)


def records_erasable(work: Opened) -> Records:
    """P12 over RESPONSES, by its owner."""
    return Records(work.vault("responses"), work.pack.retention.microdata.promise, dies_on(work.ledger()))


def microdata_erasable(work: Opened) -> Microdata:
    """P12 over what the ceremony wrote, and the shares of the analysis key that lie on this machine."""
    home = work.settings.home
    shares = [KeyFolder(path) for path in sorted((home / "keys").glob("share-*")) if path.is_dir()]
    return Microdata(microdata_folder(home), shares, work.pack.retention.microdata.promise, dies_on(work.ledger()))
