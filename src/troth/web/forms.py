"""Url-encoded forms, read within bounds, by a parser short enough to read and to fuzz; no temporary files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect

from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from starlette.requests import Request

Form = dict[str, list[str]]

FIELDS: Final = 200
NAME_CHARACTERS: Final = 100
VALUE_CHARACTERS: Final = 20_000
_MEND: Final = "send the form of the page, unchanged"
# Line breaks and tabs belong to a text that somebody types; other control characters do not.
_CONTROLS: Final = frozenset(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))


async def read_form(request: Request) -> Form:
    """The form of a POST: each name with its values as sent, line breaks as LF. The guard has bounded the body.

    Raises:
        Invalid: more than 200 fields, a name over 100 or a value over 20,000 characters, not UTF-8, or control
        characters.

    """
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return parse(bytes(body))


def parse(body: bytes) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body (WHATWG URL, section 5.1), but strict about UTF-8.

    Raises:
        Invalid: as `read_form`.

    """
    form: Form = {}
    if not body:
        return form
    if body.count(b"&") >= FIELDS:
        raise Invalid("the form has too many fields", where="form", mend=_MEND)
    for field in body.split(b"&"):
        if field:
            name, _, value = field.partition(b"=")
            form.setdefault(_text(name, NAME_CHARACTERS), []).append(_text(value, VALUE_CHARACTERS))
    return form


def _text(raw: bytes, longest: int) -> str:
    if raw.isalnum():
        text = raw.decode("ascii")
    else:
        try:
            text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid("the form is not UTF-8", where="form", mend=_MEND) from None
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not _CONTROLS.isdisjoint(text):
            raise Invalid("the form has control characters", where="form", mend=_MEND)
    if len(text) > longest:
        raise Invalid("a field of the form is too long", where="form", mend=_MEND)
    return text


def one(form: Form, name: str) -> str:
    """The single value of a field; the empty text where it is absent.

    Raises:
        Invalid: the field came more than once.

    """
    values = form.get(name, [])
    if len(values) > 1:
        raise Invalid("a field of the form came twice", where="form", mend=_MEND)
    return values[0] if values else ""
