"""P08: two respond processes over one vault, one killed with kill -9 again and again: what was acknowledged is in, once.

Real servers as `troth serve` runs them, in process groups of their own; respondents go on with whichever process answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from sqlalchemy import insert, select

import troth
from troth.fieldwork.respondents import page_context, step_context
from troth.findings.opening import analysis_seed
from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.protocol.boxes import AnalysisOpener, StripOpener
from troth.protocol.claim import read_ticket, verify_ticket
from troth.protocol.code import new_code, show_code
from troth.protocol.names import Handle, StripPrivate
from troth.protocol.root import Cost, derive
from troth.questionnaire import PageRecord, decode_page, plan
from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.study import bundled, write_dates
from troth.vaults.responses.schema import handle, progress, step
from troth.wiring.collection import flush_for
from troth.wiring.create import create
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Urls

    from troth.protocol.names import Code

PEOPLE, KILLS = 6, 3
SURE = re.compile(r'name="sure" value="([^"]*)"')
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
TICKET = re.compile(r"[A-Za-z0-9_-]{556}")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Server:
    """One served process in a group of its own."""

    settings: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = "import sys, pathlib; from troth.wiring.serve import serve; serve(pathlib.Path(sys.argv[1]))"
        source = str(Path(troth.__file__).parent.parent)
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(self.settings)],
            env={**os.environ, "PYTHONPATH": source}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def up(self) -> None:
        for _ in range(300):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.1)
        pytest.fail("a server did not come up")

    def kill(self) -> None:
        """kill -9, the worker and its parent: nothing is written or closed any more."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Person:
    """Somebody who answers, and remembers every attempt and what was acknowledged."""

    code: Code
    choose: random.Random
    cookie: str = ""
    attempts: list[tuple[dict[str, list[str]], bool]] = field(default_factory=list)
    tickets: tuple[str, ...] = ()


class Town:
    """The installation, its two respond servers, its issuer."""

    def __init__(self, folder: Path, url: str | None) -> None:
        pack = folder / "pack"
        shutil.copytree(bundled("sdcs"), pack)
        study = yaml.safe_load((pack / "study.yaml").read_text())
        (pack / "study.yaml").write_text(yaml.safe_dump({**study, "code_cost_log2_n": 10}, allow_unicode=True))
        write_dates(pack, SystemClock().today())
        self.home = folder / "home"
        first, second, issuer = free_port(), free_port(), free_port()
        create(self.home, pack, ports={"respond": first, "claim": 1, "public": 2, "issuer": issuer})
        settings = self.home / "settings"
        if url:
            for role in ("respond", "flush"):
                self._change(
                    settings / f"{role}.toml", settings / f"{role}.toml", r"^responses = .*$", f'responses = "{url}"'
                )
            database = Database(url, vault="responses")
            upgrade(database)
            database.close()
        self._change(settings / "respond.toml", settings / "respond-b.toml", r"^port = \d+$", f"port = {second}")
        self.responds = [Server(settings / "respond.toml", first), Server(settings / "respond-b.toml", second)]
        self.servers = [*self.responds, Server(settings / "issuer.toml", issuer)]
        self.acknowledged = 0
        self.people: list[Person] = []
        with opened(self.home, "flush") as work:
            flush_for(work).ready()
        with opened(self.home, "respond") as work:
            rows = []
            for number in range(PEOPLE):
                code = new_code()
                self.people.append(Person(code, random.Random(number)))
                of = derive(code, work.keys.pepper(), work.pack.id, Cost(log2_n=10)).handle
                rows.append(
                    {"handle": of, "intake": "i", "cell": "wales", "tranche": 1, "reserve": False, "state": "issued"}
                )
            with work.vault("responses").write() as connection:
                connection.execute(insert(handle), rows)

    @staticmethod
    def _change(source: Path, to: Path, pattern: str, line: str) -> None:
        to.write_text(re.sub(pattern, line, source.read_text(), flags=re.MULTILINE))

    async def ask(
        self, client: httpx.AsyncClient, person: Person, method: str, path: str, form: dict[str, Any] | None = None
    ) -> httpx.Response | None:
        """One request to one of the two; None: no answer came, and nobody knows what became of it."""
        server = person.choose.choice(self.responds)
        headers = {"cookie": person.cookie} if person.cookie else {}
        try:
            answer = await client.request(method, f"http://localhost:{server.port}{path}", data=form, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            return None
        if answer.status_code >= 500:
            await asyncio.sleep(0.05)
            return None
        if "set-cookie" in answer.headers:
            person.cookie = answer.headers["set-cookie"].split(";", 1)[0]
        return answer

    async def live(self, client: httpx.AsyncClient, person: Person) -> None:
        """From the code to the tickets, whatever dies meanwhile."""
        while True:
            answer = await self.ask(client, person, "POST", "/en/", {"code": show_code(person.code)})
            if answer is not None and answer.headers.get("location") == "/en/return":
                # The entry was in, its reply was lost: as with a lost phone, on at the next common section or with the word.
                answer = await self.ask(client, person, "POST", "/en/return", {"do": "without"})
            if answer is not None and answer.headers.get("location") in {"/en/before", "/en/page"}:
                break
        while True:
            page = await self.ask(client, person, "GET", "/en/page")
            if page is None:
                continue
            if page.status_code == 303 and page.headers["location"] == "/en/between":
                await self.ask(client, person, "POST", "/en/between", {"do": "skip"})
                continue
            if page.status_code == 303:
                assert page.headers["location"] == "/en/finish"
                break
            form = self.form(page.text, person)
            answer = await self.ask(client, person, "POST", "/en/page", form)
            if answer is not None and answer.status_code == 200 and (sure := SURE.search(answer.text)):
                form["sure"] = [sure[1]]  # "is this right?": nothing was saved yet
                answer = await self.ask(client, person, "POST", "/en/page", form)
            kept = {name: values for name, values in form.items() if name not in {"token", "do", "sure"}}
            if answer is None:
                person.attempts.append((kept, False))
            elif answer.status_code == 303:
                assert answer.headers["location"] == "/en/page"
                person.attempts.append((kept, True))
                self.acknowledged += 1
        while len(person.tickets) != 2:
            shown = await self.ask(client, person, "GET", "/en/finish")
            if shown is None or shown.status_code != 200:
                continue
            sent = await self.ask(client, person, "POST", "/en/finish", {"do": "send"})
            if sent is not None and sent.status_code == 200:
                person.tickets = tuple(dict.fromkeys(TICKET.findall(sent.text)))

    @staticmethod
    def form(html: str, person: Person) -> dict[str, list[str]]:
        """A choice of the person's own for every radio button, "don't know" for the rest: no check across answers can fail."""
        radios: dict[str, list[str]] = {}
        form: dict[str, list[str]] = {"do": ["continue"]}
        kinds: dict[str, str] = {}
        for found in INPUT.findall(html):
            it = dict(ATTRIBUTE.findall(found))
            name, value = it.get("name", ""), it.get("value", "")
            if name == "token":
                form["token"] = [value]
            elif it.get("type") == "radio":
                radios.setdefault(name, []).append(value)
            elif value == "dont-know":
                kinds[name] = value
        form |= {name: [value] for name, value in kinds.items()}
        form |= {
            name: ["dont-know" if name.endswith("-missing") else person.choose.choice(values)]
            for name, values in radios.items()
        }
        return form

    async def day(self) -> int:
        """Everybody answers; three times one of the two is killed in the middle of it and started again."""
        killed = 0

        async def reaper() -> None:
            nonlocal killed
            for number in range(KILLS):
                while self.acknowledged < 6 + number * 14:  # noqa: ASYNC110 - a count, not an event
                    await asyncio.sleep(0.002)
                victim = self.responds[number % 2]
                victim.kill()
                killed += 1
                await asyncio.sleep(0.2)
                victim.start()
                await victim.up()

        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            reaping = asyncio.create_task(reaper())
            await asyncio.gather(*(self.live(client, person) for person in self.people))
            await asyncio.wait_for(reaping, 30)
        return killed


@pytest.fixture
def town(database_kind: str, urls: Urls, tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, urls("responses") if database_kind == "postgresql" else None)
    try:
        for server in made.servers:
            server.start()
        yield made
    finally:
        for server in made.servers:
            server.kill()


def opened_steps(town: Town) -> dict[bytes, list[Any]]:
    """Handle -> what its steps say, opened with keys that no served process has."""
    shares = [KeyFolder(town.home / "keys" / f"share-{n}").get("analysis", "share").decode() for n in (1, 3)]
    with opened(town.home, "flush") as work:
        seed = analysis_seed(shares, work.keys.analysis_public())
        inner, context = AnalysisOpener(seed), page_context(work.pack.id, work.pack.questionnaire)
        found: dict[bytes, list[Any]] = {}
        with work.vault("responses").read() as connection:
            rows = connection.execute(select(step).order_by(step.c.handle, step.c.n)).all()
            assert connection.execute(select(progress)).all() == []
            states = set(connection.scalars(select(handle.c.state)))
        assert states == {"complete"}
        slots = plan(work.pack.questionnaire).total_slots
        for row in rows:
            strip = StripOpener(StripPrivate(work.keys.folder.get(f"strip-{row.strip}.key", "strip-private")))
            of = Handle(bytes(row.handle))
            outer = strip.open(bytes(row.box), step_context(work.pack.id, of, row.n))
            page = decode_page(inner.open(outer, context))
            found.setdefault(of, []).append(page if isinstance(page, PageRecord) else None)
        assert all(len(pages) == slots for pages in found.values())
    return found


def as_stored(form: dict[str, list[str]]) -> dict[str, Any]:
    """What a form of `Town.form` says, in the words of a record."""
    return {
        name.removesuffix("-missing"): {"missing": {"dont-know": "dont_know", "prefer-not-to-say": "prefer_not_to_say"}[value]}
        if "-" in value else value
        for name, (value,) in form.items()
    }  # fmt: skip


@pytest.mark.slow
def test_every_acknowledged_answer_is_in_exactly_once_whatever_is_killed(town: Town) -> None:
    async def whole() -> int:
        for server in town.servers:
            await server.up()
        return await town.day()

    began = time.monotonic()
    assert asyncio.run(whole()) == KILLS
    seconds = time.monotonic() - began
    stored = opened_steps(town)
    with opened(town.home, "respond") as work:
        publics: Any = {p: work.keys.issuer_public(p) for p in ("voucher", "interview")}
        pepper, study = work.keys.pepper(), work.pack.id
    assert len(stored) == PEOPLE
    for person in town.people:
        of = derive(person.code, pepper, study, Cost(log2_n=10)).handle
        pages = [page for page in stored[of] if page is not None]
        assert len({(page.page, page.repeat) for page in pages}) == len(pages)
        kept = {(page.page, page.repeat): dict(page.values) for page in pages}
        tried = [(as_stored(form), acknowledged) for form, acknowledged in person.attempts]
        acknowledged = [values for values, done in tried if done]
        # Each acknowledged form stands in the vault; what stands there and was not acknowledged was at least sent.
        remaining = list(kept.values())
        for values in acknowledged:
            if values in remaining:
                remaining.remove(values)
            else:  # its page was saved by an attempt whose reply was lost with the process
                lost = [other for other, done in tried if not done and other.keys() == values.keys()]
                assert any(other in remaining for other in lost), values
        assert all(any(values == other for other, _ in tried) for values in remaining)
        tickets = [read_ticket(text) for text in person.tickets]
        assert {ticket.purpose for ticket in tickets} == {"voucher", "interview"}
        assert all(verify_ticket(ticket, study, publics[ticket.purpose]) for ticket in tickets)
    assert town.acknowledged >= PEOPLE * 6
    assert seconds < 60
