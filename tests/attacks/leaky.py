"""Doubles of the site that leak: the real one behind a thin pane, for twins of the attacks from outside."""

# ruff: noqa: ARG002 - a hook takes what it is given

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Pane:
    """An application before which something is done with each request and answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        sent: list[Message] = []

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            sent.append(dict(message))

        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if not self.skip(form, sent):
            await self.app(scope, again, keep)
        self.change(scope["path"], form, sent)
        for message in sent:
            await send(message)

    def skip(self, form: dict[str, str], sent: list[Message]) -> bool:
        """Answers by itself, at once."""
        return False

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        """Changes the answer."""


def rewritten(sent: list[Message], old: bytes, new: bytes) -> None:
    """`old` is `new` in the body, and the length follows."""
    for message in sent:
        if message["type"] == "http.response.body":
            message["body"] = message["body"].replace(old, new)
    length = str(sum(len(message.get("body", b"")) for message in sent)).encode()
    for message in sent:
        if message["type"] == "http.response.start":
            others: list[Any] = [(name, value) for name, value in message["headers"] if name != b"content-length"]
            message["headers"] = [*others, (b"content-length", length)]


@dataclass
class TellsUsed(Pane):
    """Words its refusal of a used code differently: by one character."""

    used: Collection[str] = ()

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        if form.get("code") in self.used:
            rewritten(sent, b"For everybody", b"For  everybody")


@dataclass
class TellsInAHeader(Pane):
    """The same words for all, and one header more for a used code."""

    used: Collection[str] = ()

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        if form.get("code") in self.used:
            sent[0]["headers"] = [*sent[0]["headers"], (b"x-cache", b"hit")]


@dataclass
class LetsIn(Pane):
    """A used code leads on."""

    used: Collection[str] = ()

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        if form.get("code") in self.used:
            sent[0]["status"] = 303
            sent[0]["headers"] = [(b"location", b"/en/return"), (b"set-cookie", b"__Host-troth=x")]


@dataclass
class LooksUpFirst(Pane):
    """Stretches only codes that it knows: an unknown one is refused at once, in the very same words."""

    unknown: Collection[str] = ()
    kept: dict[bool, list[Message]] = field(default_factory=dict)

    def skip(self, form: dict[str, str], sent: list[Message]) -> bool:
        refusal = self.kept.get("words" in form)
        if form.get("code") in self.unknown and refusal:
            sent += refusal
            return True
        return False

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        if "code" in form:
            self.kept.setdefault("words" in form, [dict(message) for message in sent])


@dataclass
class ShowsAnAnswer(Pane):
    """A page that says, where nobody sees it, what was said before."""

    said: bytes = b""

    def change(self, path: str, form: dict[str, str], sent: list[Message]) -> None:
        if path.endswith("/page"):
            rewritten(sent, b"</main>", b"<!-- " + self.said + b" --></main>")
