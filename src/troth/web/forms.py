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
_MEND: Final = "send the form of the page, unchanged"


async def read_form(request: Request) -> Form:
    """The form of a POST: each name with its values as sent, line breaks as LF. The guard has bounded the body.

    A value may be as long as the body, and hold any character but NUL: whoever asked for it says, at its field, that it is too
    long or holds signs that do not belong there. A refusal here says nothing that somebody could mend.

    Raises:
        Invalid: more than 200 fields, a name over 100 characters, not UTF-8, or NUL.

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
            named = _text(name)
            if len(named) > NAME_CHARACTERS:
                raise Invalid("the name of a field is too long", where="form", mend=_MEND)
            form.setdefault(named, []).append(_text(value))
    return form


def _text(raw: bytes) -> str:
    if raw.isalnum():
        return raw.decode("ascii")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("the form is not UTF-8", where="form", mend=_MEND) from None
    if "\0" in text:
        raise Invalid("the form has a NUL in it", where="form", mend=_MEND)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def one(form: Form, name: str) -> str:
    """The single value of a field; the empty text where it is absent.

    Raises:
        Invalid: the field came more than once.

    """
    values = form.get(name, [])
    if len(values) > 1:
        raise Invalid("a field of the form came twice", where="form", mend=_MEND)
    return values[0] if values else ""
