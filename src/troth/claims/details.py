"""What somebody who claims tells us, and its sealed form: one size, so that lengths tell nothing."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Final

from troth.kit.errors import Invalid

DETAILS_SIZE: Final = 768
"""Bytes of every sealed plaintext: 100 characters of name, 150 of email and 20 of phone fit, whatever the script."""
_EMAIL: Final = re.compile(r"(?:(?![@,;<>()\"])[!-~])+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{8,18}\Z")
_FORMULA: Final = frozenset("=+-@\t\r\n")
"""What a cell of a spreadsheet begins with that is not text but a formula."""
_MOST: Final = {"name": 100, "email": 150, "phone": 20}


@dataclass(frozen=True)
class Details:
    """Name and email; a phone number if wanted. `repr` shows none of it."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(default="", repr=False)

    def encode(self) -> bytes:
        """Canonical JSON, at most `DETAILS_SIZE` - 1 bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def row(self) -> list[str]:
        """Name, email and phone for a CSV that somebody may open in a spreadsheet: +44 is written 0044."""
        return [self.name, self.email, "00" + self.phone[1:] if self.phone.startswith("+") else self.phone]


def read_details(name: str, email: str, phone: str = "") -> tuple[Details | None, tuple[tuple[str, str], ...]]:
    """The details, or what to mend: (field, what is wrong) pairs in plain English, never quoting what was typed."""
    typed = {"name": " ".join(name.split()), "email": email.strip(), "phone": phone.strip()}
    errors = [(field_, "This is too long") for field_, most in _MOST.items() if len(typed[field_]) > most]
    if not typed["name"]:
        errors.append(("name", "Enter your name"))
    elif _is_formula(typed["name"]):
        errors.append(("name", "Start your name with a letter"))
    if not typed["email"]:
        errors.append(("email", "Enter your email address"))
    elif not _EMAIL.match(typed["email"]) or _is_formula(typed["email"]):
        errors.append(("email", "Enter an email address in the form name@example.com"))
    if typed["phone"] and not _PHONE.match(typed["phone"]):
        errors.append(("phone", "Enter a phone number, or leave it empty"))
    if any(not character.isprintable() for value in typed.values() for character in value):
        errors.append(("name", "Use letters, numbers and punctuation only"))
    if errors:
        return None, tuple(errors)
    details = Details(**typed)
    if len(details.encode()) > DETAILS_SIZE - 1:
        return None, (("name", "This is too long"),)
    return details, ()


def _is_formula(value: str) -> bool:
    """A spreadsheet would take it for one, or for its full-width twin."""
    return unicodedata.normalize("NFKC", value)[:1] in _FORMULA


def decode_details(data: bytes) -> Details:
    """What `encode` made. Raises Invalid on anything else."""
    try:
        return Details(**json.loads(data))
    except (ValueError, TypeError):
        raise Invalid("what was opened is not contact details", mend="check that the keys belong together") from None
