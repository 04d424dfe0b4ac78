"""One person of a sample file, one fault of it, and how both are told: by line and column, never by value."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - dataclass field
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN: Final = 50
"""So many faults are listed; the rest are counted."""
CONTACT_SIZE: Final = 1024
"""Every contact part is padded to this: a long address shows no more than a short one."""


@dataclass(frozen=True)
class Row:
    """One person as the file has them. The `repr` tells nothing."""

    name: str = field(repr=False)
    address: tuple[str, ...] = field(repr=False)
    postcode: str = field(repr=False)
    """The last line: a UK postcode, a BFPO number, or a country."""
    cell: str
    language: str
    supplier: str = field(default="", repr=False, compare=False)
    """The supplier's own reference, for suppression; empty where the study has none."""
    values: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """Every declared column's value, tidied, in the study's order."""
    large: bool = field(default=False, repr=False)
    """They asked for large print."""

    def contact_part(self) -> bytes:
        """What the print room is sent about this person: name, address, language, and whether in large print, as JSON."""
        said: dict[str, object] = {"lines": [self.name, *self.address, self.postcode], "language": self.language}
        if self.large:
            said["large"] = True
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Fault:
    """What is wrong, where. `line` counts from 1, the header is line 1; `column` is a declared name, or empty for the line."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, column {self.column}: {self.what}" if self.column else f"line {self.line}: {self.what}"
        )


class BadSample(Invalid):
    """The file was refused whole; nothing was loaded. `faults` lists the first 50 of `count`."""

    def __init__(self, file: str, faults: Sequence[Fault], count: int | None = None) -> None:
        self.count = len(faults) if count is None else count
        self.faults = tuple(faults[:SHOWN])
        more = f"\n  and {self.count - SHOWN} more" if self.count > SHOWN else ""
        listed = "".join(f"\n  {fault}" for fault in self.faults)
        many = "1 fault" if self.count == 1 else f"{self.count} faults"
        super().__init__(
            f"{many}; nothing was loaded{listed}{more}", where=file, mend="Mend the file and load it again"
        )


class Broken(Exception):  # noqa: N818 - told as a fault of the file
    """The file cannot be read on from here."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(line, "", what)


@dataclass(frozen=True)
class Reading:
    """What whoever loads the file said about it."""

    encoding: str = ""
    """`utf-8`, `utf-16` or `windows-1252`; empty: UTF-8, or UTF-16 with a byte order mark."""
    delimiter: str = ""
    """One of comma, semicolon, tab, bar; empty: whichever finds the declared headers."""
    sheet: str = ""
    """The sheet of a workbook; empty: the first."""
    merge: Mapping[str, str] = field(default_factory=dict)
    """A cell with too few people -> the cell that its people join."""
    shared: str = ""
    """Why several people may have one address; empty: they may not, unless the study says so."""
