"""`make bench`: the respond site side by side with a bare floor, in one run; ratios with smallest, median and largest of several rounds.

Load goes to 127.0.0.1 only and is bounded in count; the whole takes less than four minutes. `--json` prints one object on stdout.
"""
# ruff: noqa: D103, PLC0415 - a script: names say it, and a server's rooms are imported where they are measured

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import secrets  # noqa: E402

from sqlalchemy import insert  # noqa: E402
from tests.support import postgres  # noqa: E402

from troth.fieldwork.carried import Carried, Stage  # noqa: E402
from troth.fieldwork.idle import used  # noqa: E402
from troth.fieldwork.respondents import Place  # noqa: E402
from troth.kit.clock import SystemClock  # noqa: E402
from troth.protocol import cookie as sealer  # noqa: E402
from troth.protocol.claim import new_claim_secret  # noqa: E402
from troth.protocol.code import new_code  # noqa: E402
from troth.protocol.names import ExactKey, Handle, StateKey  # noqa: E402
from troth.protocol.session import new_session, session_hash  # noqa: E402
from troth.questionnaire import Position, Trail, first, view  # noqa: E402
from troth.storage.database import Database  # noqa: E402
from troth.storage.migrations import upgrade  # noqa: E402
from troth.study import bundled, write_dates  # noqa: E402
from troth.vaults.responses.schema import handle as handles  # noqa: E402
from troth.vaults.responses.store import Enter, Finish, Told  # noqa: E402
from troth.wiring.collection import flush_for  # noqa: E402
from troth.wiring.create import create  # noqa: E402
from troth.wiring.open import opened  # noqa: E402
from troth.wiring.respond import respondents  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE, AT_ONCE, TICKS = 48, 16, os.sysconf("SC_CLK_TCK")
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def children(pid: int) -> list[int]:
    found = [pid]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]) in found:
                    found.append(int(entry.name))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the process and the workers under it."""
    total = 0
    for each in children(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid: int) -> dict[str, int]:
    """MB of the largest worker: resident, its share of it (pages that n processes map count 1/n), and what is its own alone."""
    found = {}
    for each in children(pid)[1:]:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()[1:]
            sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines)}
            own = sizes["Private_Clean"] + sizes["Private_Dirty"]
            found[sizes["Rss"]] = {"rss": round(sizes["Rss"]), "pss": round(sizes["Pss"]), "private": round(own)}
    return found[max(found)]


@dataclass
class Measured:
    """One round against one server."""

    requests: int = 0
    answers: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def micros(self) -> float:
        return self.cpu / self.requests * 1e6

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class Client:
    """One keep-alive connection: as little work as HTTP/1.1 asks for."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n"
        if self.cookie:
            head += f"cookie: {self.cookie}\r\n"
        if method == "POST":
            head += f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = 0
        for line in answer.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "set-cookie":
                self.cookie = value.strip().split(";", 1)[0]
        return int(answer[9:12]), await self.reader.readexactly(length)


def dont_know(page: bytes) -> bytes:
    """The form of that page, every question answered with "don't know"."""
    fields = []
    for found in _INPUT.findall(page.decode()):
        attributes = dict(_ATTRIBUTE.findall(found))
        if attributes.get("name") in {"token", "sure"} or attributes.get("value") == "dont-know":
            fields.append(f"{attributes['name']}={attributes['value']}")
    return "&".join([*fields, "do=continue"]).encode()


async def respondent(port: int, cookie: str, told: Measured) -> None:
    async with Client(port, cookie) as client:
        while True:
            status, page = await client.ask("GET", "/en/page")
            if status != 200:  # noqa: PLR2004 - 303 to the finish
                return
            form, start = dont_know(page), time.perf_counter()
            status, page = await client.ask("POST", "/en/page", form)
            told.latencies.append(time.perf_counter() - start)
            told.requests += 2
            if status == 200 and b'name="sure"' in page:  # noqa: PLR2004 - "is this right?": yes
                status, _ = await client.ask("POST", "/en/page", dont_know(page))
                told.requests += 1
            if status != 303:  # noqa: PLR2004
                raise RuntimeError(f"an answer was not taken: {status}")
            told.answers += 1


async def visitor(port: int, answers: int, told: Measured) -> None:
    """The floor's: as many pairs of GET and POST as a respondent makes."""
    async with Client(port) as client:
        for _ in range(answers):
            await client.ask("GET", "/")
            start = time.perf_counter()
            await client.ask("POST", "/", b"adults=dont-know&token=abcdefghijkl&do=continue")
            told.latencies.append(time.perf_counter() - start)
            told.requests += 2
            told.answers += 1


async def storm(port: int, stop: asyncio.Event, count: list[int]) -> None:
    """Somebody types well-formed codes that nobody has, as fast as answers come."""
    async with Client(port) as client:
        while not stop.is_set() and count[0] < 2000:  # noqa: PLR2004 - bounded
            await client.ask("POST", "/en/", f"code={new_code()}".encode())
            count[0] += 1


class House:
    """An installation over one database, and a server for it."""

    def __init__(self, folder: Path, name: str, url: str | None) -> None:
        self.name, self.home, self.port = name, folder / name, free_port()
        pack = folder / f"{name}-pack"
        shutil.copytree(bundled("sdcs"), pack)
        write_dates(pack, SystemClock().today())
        create(self.home, pack, ports={"respond": self.port, "claim": 1, "public": 2, "issuer": 3})
        if url:
            for role in ("respond", "flush"):
                settings = self.home / "settings" / f"{role}.toml"
                text = re.sub(r'^responses = ".*"$', f'responses = "{url}"', settings.read_text(), flags=re.MULTILINE)
                settings.write_text(text)
            database = Database(url, vault="responses")
            upgrade(database)
            database.close()
        with opened(self.home, "flush") as work:
            self.url = str(work.settings.vault("responses"))
            flush_for(work).ready()

    def cookies(self, count: int) -> list[str]:
        """So many people who have entered: their codes' scrypt is not what is measured here."""
        with opened(self.home, "respond") as work:
            room = respondents(work, None)  # type: ignore[arg-type]
            made = [
                Carried(
                    Stage.ANSWERING,
                    Handle(secrets.token_bytes(16)),
                    StateKey(secrets.token_bytes(32)),
                    ExactKey(secrets.token_bytes(32)),
                    new_session(),
                    new_claim_secret(),
                    offered=True,
                )
                for _ in range(count)
            ]
            rows = [
                {"handle": c.handle, "intake": "i", "cell": "wales", "tranche": 1, "reserve": False, "state": "issued"}
                for c in made
            ]
            with room.database.write() as connection:
                connection.execute(insert(handles), rows)

            async def enter() -> None:
                start = first(room.questionnaire)

                async def one(c: Carried) -> None:
                    forward = room.forward(c.handle, c.state_key, c.exact_key, Place(start, {}, Trail()))
                    job = Enter(c.handle, session_hash(c.session), None, room.strip(), (), forward)
                    if await room.writer.submit(job) is not Told.DONE:
                        raise RuntimeError("nobody entered")

                await asyncio.gather(*(one(c) for c in made))

            asyncio.run(enter())
            self.entered = [*getattr(self, "entered", []), *made]
            key, now = work.keys.cookie(), work.clock.now()
            room.writer.close()
            room.pool.close()
        return [f"__Host-troth={sealer.seal_cookie(key, '__Host-troth', used(c, now).encode())}" for c in made]

    def finish_all(self) -> int:
        """All who answered complete (the tickets' signatures are not what is measured here)."""
        with opened(self.home, "respond") as work:
            room = respondents(work, None)  # type: ignore[arg-type]

            async def finish() -> list[Told]:
                jobs = [
                    Finish(c.handle, session_hash(c.session), room.plan.total_slots, bytes(32), bytes(32))
                    for c in self.entered
                ]
                return await asyncio.gather(*(room.writer.submit(job) for job in jobs))

            told = asyncio.run(finish())
            room.writer.close()
            room.pool.close()
        return told.count(Told.DONE)


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """A server that answers on that port; gives its process id."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "scripts")])
    server = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path, **environment}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        else:
            raise RuntimeError("the server did not come up")
        yield server.pid
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(15)
        if server.poll() is None:
            server.kill()
            server.wait()


async def _all(work: list[Any], told: Measured, pid: int) -> Measured:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(each: Any) -> None:
        async with gate:
            await each

    before, start = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(one(each) for each in work))
    told.seconds, told.cpu = time.perf_counter() - start, cpu_seconds(pid) - before
    return told


def product_round(house: House, pid: int) -> Measured:
    told, cookies = Measured(), house.cookies(PEOPLE)
    return asyncio.run(_all([respondent(house.port, cookie, told) for cookie in cookies], told, pid))


def floor_round(port: int, pid: int, answers: int) -> Measured:
    told, each = Measured(), answers // PEOPLE
    return asyncio.run(_all([visitor(port, each, told) for _ in range(PEOPLE)], told, pid))


def storm_round(house: House, pid: int, strangers: int) -> tuple[Measured, int]:
    told, cookies, count = Measured(), house.cookies(PEOPLE), [0]

    async def both() -> None:
        stop = asyncio.Event()
        storms = [asyncio.create_task(storm(house.port, stop, count)) for _ in range(strangers)]
        await asyncio.sleep(0.3)
        await _all([respondent(house.port, cookie, told) for cookie in cookies], told, pid)
        stop.set()
        await asyncio.gather(*storms)

    asyncio.run(both())
    return told, count[0]


def spread(values: list[float], digits: int = 2) -> dict[str, float]:
    return {
        "min": round(min(values), digits), "median": round(statistics.median(values), digits),
        "max": round(max(values), digits),
    }  # fmt: skip


def bench_answers(house: House, rounds: int) -> dict[str, Any]:
    """(a): CPU per request and answers a second, product and floor in turns."""
    port = free_port()
    product = [sys.executable, "-m", "troth", "serve", "respond", "--home", str(house.home)]
    floor = [sys.executable, str(ROOT / "scripts" / "floor.py")]
    environment = {"TROTH_FLOOR": floor_database(house), "TROTH_PORT": str(port)}
    ours, bare = [], []
    with running(product, house.port, {}) as ours_pid, running(floor, port, environment) as bare_pid:
        product_round(house, ours_pid)  # warm: pages pressed, statements prepared
        floor_round(port, bare_pid, PEOPLE * 4)
        for number in range(1, rounds + 1):
            ours.append(product_round(house, ours_pid))
            bare.append(floor_round(port, bare_pid, ours[-1].answers))
            say(
                f"  {house.name} round {number}/{rounds}: {ours[-1].micros:.0f} µs a request, floor {bare[-1].micros:.0f}; "
                f"{ours[-1].rate:.0f} answers/s, floor {bare[-1].rate:.0f}"
            )
        held, floor_held = memory(ours_pid), memory(bare_pid)
        say(f"  {house.name} worker: {held['rss']} MB resident, {held['pss']} MB its share; floor {floor_held['rss']}")
    return {
        "cpu_us_per_request": spread([m.micros for m in ours], 0),
        "floor_cpu_us_per_request": spread([m.micros for m in bare], 0),
        "memory_mb": held,
        "floor_memory_mb": floor_held,
        "cpu_ratio": spread([a.micros / b.micros for a, b in zip(ours, bare, strict=True)]),
        "answers_per_second": spread([m.rate for m in ours], 0),
        "floor_answers_per_second": spread([m.rate for m in bare], 0),
        "rate_ratio": spread([a.rate / b.rate for a, b in zip(ours, bare, strict=True)]),
        "answers": sum(m.answers for m in ours),
    }


def floor_database(house: House) -> str:
    """The floor writes the same rows into a table of the same shape, elsewhere."""
    if house.url.startswith("sqlite:"):
        url = f"sqlite:///{house.home}/floor.db"
        database = Database(url, vault="floor")
        upgrade_floor(database)
        return url
    url = house.url.replace("/responses?", "/floor?")
    database = Database(url, vault="floor")
    upgrade_floor(database)
    return url


def upgrade_floor(database: Database) -> None:
    from troth.vaults.responses.schema import step

    with database.write() as connection:
        step.create(connection)
    database.close()


def bench_press(house: House, rounds: int) -> dict[str, Any]:
    """(b): a page from the press against the same page from the macros."""
    from troth.web.pages import Pages
    from troth.web.question import Actions, QuestionPages
    from troth.wiring.chrome import chromes

    with opened(house.home, "respond") as work:
        pages = QuestionPages(Pages(chromes(work, "respond"), templates="troth.sites.respond"))
        q = work.pack.questionnaire
        shown = view(q, Position(q.sections[1].pages[0].id, 0, 3), {}, work.pack.catalogue("en"))
        actions = Actions(path="/en/page", exit="/en/exit")
        ratios, pressed_us, macros_us = [], [], []
        pages.fresh("en", shown, actions, "x" * 12)
        for _ in range(rounds):
            start = time.process_time()
            for _ in range(500):
                pages.fresh("en", shown, actions, "x" * 12)
            pressed = (time.process_time() - start) / 500
            start = time.process_time()
            for _ in range(50):
                pages.with_errors("en", shown, actions, "x" * 12, errors=(), form={})
            macros = (time.process_time() - start) / 50
            ratios.append(macros / pressed)
            pressed_us.append(pressed * 1e6)
            macros_us.append(macros * 1e6)
    return {"pressed_us": spread(pressed_us, 0), "macros_us": spread(macros_us, 0), "ratio": spread(ratios, 1)}


def bench_flush(house: House) -> dict[str, Any]:
    """(c): what a flush costs for each response that it moves."""
    complete = house.finish_all()
    with opened(house.home, "flush") as work:
        start, cpu = time.perf_counter(), time.process_time()
        records = flush_for(work).run(work.clock.today()).records
        seconds, used = time.perf_counter() - start, time.process_time() - cpu
    if records != complete:
        raise RuntimeError("the flush left somebody behind")
    return {
        "records": records,
        "us_per_response": round(seconds / records * 1e6),
        "cpu_us": round(used / records * 1e6),
    }


def bench_storm(house: House, rounds: int) -> dict[str, Any]:
    """(d): answers while strangers log in without pause, and without them."""
    product = [sys.executable, "-m", "troth", "serve", "respond", "--home", str(house.home)]
    calm, stormy, logins = [], [], 0
    with running(product, house.port, {}) as pid:
        product_round(house, pid)
        for number in range(1, rounds + 1):
            calm.append(product_round(house, pid))
            told, count = storm_round(house, pid, 8)
            stormy.append(told)
            logins += count
            say(
                f"  storm round {number}/{rounds}: p99 {calm[-1].percentile(0.99):.0f} ms, in a storm {told.percentile(0.99):.0f}"
            )
    return {
        "calm_p50_ms": spread([m.percentile(0.5) for m in calm], 1),
        "calm_p99_ms": spread([m.percentile(0.99) for m in calm], 1),
        "storm_p50_ms": spread([m.percentile(0.5) for m in stormy], 1),
        "storm_p99_ms": spread([m.percentile(0.99) for m in stormy], 1),
        "p99_ratio": spread([s.percentile(0.99) / c.percentile(0.99) for s, c in zip(stormy, calm, strict=True)]),
        "log_ins": logins,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 11))
    parser.add_argument(
        "--answers", action="store_true", help="only answers beside the floor: no press, storm or flush"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()
    found: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "rounds": chosen.rounds,
    }
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        houses = [House(folder, "sqlite", None)] if chosen.database != "postgresql" else []
        if chosen.database != "sqlite" and postgres.programs() is not None:
            server = stack.enter_context(postgres.running(durable=True))
            administer(server)
            houses.append(House(folder, "postgresql", server.url("responses")))
        for house in houses:
            say(f"{house.name}: answers, side by side with the bare floor")
            found[house.name] = bench_answers(house, chosen.rounds)
        if not chosen.answers:
            say("press and macros")
            found["press"] = bench_press(houses[0], chosen.rounds)
            say("answers in a storm of log-ins")
            found["storm"] = bench_storm(houses[0], min(3, chosen.rounds))
            for house in houses:
                say(f"{house.name}: flush")
                found[house.name]["flush"] = bench_flush(house)
    found["load_at_end"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found, indent=None if chosen.json else 2))


def administer(server: postgres.Server) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("responses", "floor"):
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()


if __name__ == "__main__":
    main()
