"""The installation of a rehearsal: made as `troth study new` makes one, its four sites in this process, one clock for all.

What an operator does is done here through the same wiring as the commands; the holders of the analysis key take their shares away
before the first letter, as a real study's do.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, text

from troth.fieldwork.synthesise import synthesise, write_sample
from troth.keys.folder import KeyFolder
from troth.kit.clock import SimulatedClock
from troth.protocol.age import new_age_identity
from troth.rehearsal.pack import beginning, dated
from troth.rehearsal.wire import posted, serving
from troth.wiring.claim import claim_app
from troth.wiring.collection import flush_for
from troth.wiring.contact import load_for, release_for
from troth.wiring.create import SHARES, Places, create
from troth.wiring.grants import Cluster
from troth.wiring.issuer import issuer_app
from troth.wiring.issuing import IssuerElsewhere
from troth.wiring.open import open_settings, opened
from troth.wiring.printing import printroom_for
from troth.wiring.public import public_app
from troth.wiring.respond import respond_app
from troth.wiring.settings import Origins, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.batch import Manifest
    from troth.fieldwork.letter.page import OpenLetter
    from troth.rehearsal.postgres import Server
    from troth.rehearsal.wire import Site
    from troth.study import StudyPack
    from troth.wiring.open import Opened

ORIGINS: Final = Origins(
    respond="https://survey.rehearsal.example", claim="https://claim.rehearsal.example",
    public="https://about.rehearsal.example", issuer="http://issuer.rehearsal.internal",
)  # fmt: skip
_PREFIX: Final = "rehearsal"


@dataclass(frozen=True)
class Town:
    """One installation, made for this rehearsal."""

    home: Path
    pack: StudyPack
    clock: SimulatedClock
    server: Server | None
    holders: Path
    """Where the three holders keep their shares: outside the installation."""
    rows: tuple[dict[str, str], ...] = field(repr=False)
    """The sample file's rows, in its order: people who do not exist."""

    def shares(self) -> list[str]:
        """Two of the three shares, as their holders bring them to the opening."""
        return [KeyFolder(self.holders / f"share-{n}").get("analysis", "share").decode() for n in (1, SHARES)]

    def release(self, wave: str) -> tuple[Manifest, list[OpenLetter]]:
        """The wave's batch left the house; its letters as the print room reads them."""
        with opened(self.home, "letters", self.clock) as work:
            done = release_for(work).run(wave, self.home / "outbox")
        return self.printed(done.file)

    def printed(self, batch: Path) -> tuple[Manifest, list[OpenLetter]]:
        """The batch as the print room reads it."""
        with opened(self.home, "printroom", self.clock) as work:
            return printroom_for(work).open(batch)

    @contextlib.asynccontextmanager
    async def sites(self) -> AsyncIterator[dict[str, Site]]:
        """The sites answer: respond, claim, public; behind them the issuer, which only respond reaches."""
        issuing = issuer_app(self._role("issuer"))
        respond = self._role("respond")
        elsewhere = IssuerElsewhere(ORIGINS.issuer, respond.keys.issuer_token(), posted(issuing))
        async with (
            serving(respond_app(respond, elsewhere), ORIGINS.respond) as answering,
            serving(claim_app(self._role("claim")), ORIGINS.claim) as claiming,
            serving(public_app(self._role("public")), ORIGINS.public) as telling,
        ):
            yield {"respond": answering, "claim": claiming, "public": telling}

    def _role(self, name: str) -> Opened:
        return open_settings(settings_for(self.home, name), self.clock)


def found_town(
    folder: Path,
    study: Path,
    *,
    people: int,
    days: int,
    starts: date,
    seed: int,
    server: Server | None,
    say: Callable[[str], None] = lambda _text: None,
) -> Town:
    """The town stands in `folder`: keys, vaults, a loaded sample of `people` who do not exist. Raises as its parts do."""
    say("making the installation and its keys")
    made = dated(study, days, folder / "pack", starts)
    clock = SimulatedClock(beginning(starts))
    cluster = _cluster(server) if server else None
    provider = None if made.pack.demonstration else new_age_identity()[1]
    home = folder / "home"
    create(home, made.folder, cluster=cluster, origins=ORIGINS, provider=provider)
    holders = folder / "holders"
    holders.mkdir(mode=0o700)
    for number in range(1, SHARES + 1):
        shutil.move(Places(home).keys(f"share-{number}"), holders / f"share-{number}")
    with opened(home, "flush", clock) as work:
        flush_for(work).ready()
    say(f"loading {people} people who do not exist, each with a code at full cost")
    sample = folder / "sample.csv"
    with opened(home, "load", clock) as work:
        write_sample(work.pack, people, seed, sample)
        with load_for(work) as loading:
            loading.run(sample, source=work.pack.controller.sample_source, extracted=clock.today())
    sample.unlink()
    rows = tuple(synthesise(made.pack, people, seed))
    return Town(home, made.pack, clock, server, holders, rows)


def _cluster(server: Server) -> Cluster:
    """Databases and roles as the administrator makes them (`troth grants`)."""
    cluster = Cluster(str(server.socket), prefix=_PREFIX)
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in cluster.setup():
            connection.execute(text(statement))
    engine.dispose()
    return cluster
