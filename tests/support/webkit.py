"""A second browser engine: WebKitGTK, driven over W3C WebDriver (HTTP and JSON), on a screen that nobody sees.

Debian packages `webkit2gtk-driver` and `xvfb`. WebKit takes no `Secure` cookie over plain HTTP, not even from localhost, so the site is
reached through a small TLS door with a certificate made for the test.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from tests.support.browser import free_port

from troth.kit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's id in WebDriver's JSON (W3C WebDriver, 12.3)."""
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Space": " ", "ArrowDown": "\ue015"}


def programs() -> tuple[str, str, str] | None:
    """The driver, the browser that it drives, and the screen; None where one of them is not here."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return (driver, str(browsers[-1]), screen) if driver and screen and browsers else None


@dataclass
class WebKit:
    """One session: a window without history or cookies."""

    client: httpx.Client
    session: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A command's value. Raises AssertionError with WebDriver's own words."""
        sent = {"json": body if body is not None else {}} if method == "POST" else {}
        value = self.client.request(method, f"/session/{self.session}{path}", **sent).json()["value"]  # type: ignore[arg-type]
        assert not (isinstance(value, dict) and "error" in value), value
        return value

    def go(self, url: str) -> None:
        """Types the address."""
        self.ask("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        return str(self.ask("GET", "/url"))

    @property
    def title(self) -> str:
        return str(self.ask("GET", "/title"))

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of `return …` in the page."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector: str) -> str:
        """The id of the first element. Raises AssertionError: there is none."""
        return str(self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT])

    def count(self, selector: str) -> int:
        return len(self.ask("POST", "/elements", {"using": "css selector", "value": selector}))

    def text(self, selector: str) -> str:
        return str(self.ask("GET", f"/element/{self.find(selector)}/text"))

    def click(self, selector: str) -> None:
        # Our pages glide to what is scrolled to where motion is welcome; the driver does not wait for that.
        self.run(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})", selector
        )
        self.ask("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector: str, words: str) -> None:
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": words})

    def press(self, *keys: str) -> None:
        """Keys, each down and up."""
        actions = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})
        self.ask("DELETE", "/actions")

    def cookies(self) -> dict[str, str]:
        return {cookie["name"]: cookie["value"] for cookie in self.ask("GET", "/cookie")}

    def until(self, script: str, *arguments: Any, seconds: float = 15) -> Any:
        """The value of the script once it is true; a page that is being left says nothing meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(AssertionError, httpx.HTTPError):
                if found := self.run(script, *arguments):
                    return found
            time.sleep(0.05)
        raise AssertionError(f"never: {script}; at {self.url}")


@contextlib.contextmanager
def running() -> Iterator[WebKit]:
    """WebKit runs until the block ends."""
    found = programs()
    assert found
    driver, binary, screen = found
    display, port = f":{90 + os.getpid() % 500}", free_port()
    environment = {**os.environ, "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "NO_AT_BRIDGE": "1"}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with contextlib.ExitStack() as stack:
        shown = subprocess.Popen([screen, display, "-screen", "0", "1024x1400x24", "-nolisten", "tcp"], **quiet)
        stack.callback(_stopped, shown)
        _until_it_is_there(Path(f"/tmp/.X11-unix/X{display[1:]}"))  # noqa: S108 - where X11 has it
        driving = subprocess.Popen([driver, f"--port={port}"], env=environment, **quiet)
        stack.callback(_stopped, driving)
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False))
        _until_it_answers(client)
        options = {"binary": binary, "args": ["--automation", "--private"]}
        wanted = {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}
        made = client.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
        browser = WebKit(client, made["sessionId"])
        stack.callback(lambda: client.delete(f"/session/{browser.session}"))
        browser.ask("POST", "/window/rect", {"width": 1000, "height": 1300})
        yield browser


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
        return
    process.kill()
    process.wait()


def _until_it_is_there(path: Path) -> None:
    end = time.monotonic() + 15
    while not path.exists():
        assert time.monotonic() < end, path
        time.sleep(0.05)


def _until_it_answers(client: httpx.Client) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            client.get("/status")
            return
        time.sleep(0.05)
    raise AssertionError("the driver does not answer")


@contextlib.contextmanager
def door(port: int, folder: Path) -> Iterator[str]:
    """`https://localhost:<other port>` leads to that port of this machine, by a process of its own, until the block ends."""
    own = free_port()
    opened = subprocess.Popen(
        [sys.executable, "-c", _DOOR, str(own), str(port), str(_certificate(folder))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 15
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", own), 1):
                break
            time.sleep(0.05)
        yield f"https://localhost:{own}"
    finally:
        _stopped(opened)


_DOOR = """
import asyncio, contextlib, ssl, sys
own, port, pem = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pem)

async def pipe(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()

async def through(reader, writer):
    inner, outer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pipe(reader, outer), pipe(inner, writer))

async def serve():
    server = await asyncio.start_server(through, "127.0.0.1", own, ssl=context)
    await server.serve_forever()

asyncio.run(serve())
"""


def _certificate(folder: Path) -> Path:
    """A certificate for localhost and its key, good for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "localhost.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
