"""A workbook read within bounds: rows of cells, each row knowing which of its cells were read.

*Why a hostile workbook cannot do harm*: its size, the sizes that its archive declares and the number of its members are bounded
before anything is unpacked (an archive never yields more than it declares); its XML is read by defusedxml, so there are no
entities; whatever a reader raises becomes one message.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import Invalid, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.authoring.report import Report

LARGEST: Final = 10_000_000
"""Bytes of a workbook at most."""
UNPACKED: Final = 60_000_000
"""Bytes that its archive may declare."""
MEMBERS: Final = 500
ROWS: Final = 5_000
"""Rows of a sheet at most."""
CELL: Final = 20_000
"""Characters of a cell at most."""

_COLUMNS: Final = {
    "relevance": "relevant", "caption": "label", "command": "type", "tag": "name", "value": "name",
    "calculate": "calculation", "constraining_message": "constraint_message", "readonly": "read_only",
    "jr:count": "repeat_count", "count": "repeat_count", "requiredmsg": "required_message", "list name": "list_name",
    "jr:constraintmsg": "constraint_message", "jr:requiredmsg": "required_message", "set_form_title": "form_title",
    "set_form_id": "form_id", "list_name": "list_name",
}  # fmt: skip
_GROUPED: Final = frozenset({"bind", "body", "control", "instance"})
_OURS: Final = frozenset({"relevant", "constraint", "constraint_message", "required", "required_message", "calculation",
                          "read_only", "appearance", "repeat_count"})  # fmt: skip
_TRANSLATED: Final = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message"})


@dataclass
class Row:
    """One row. `cells`: (column, language) → text; the language is "" where the column names none."""

    sheet: str
    number: int
    cells: dict[tuple[str, str], str]
    headers: dict[tuple[str, str], str]
    read: set[tuple[str, str]] = field(default_factory=set)

    @property
    def where(self) -> str:
        """The place, for the report."""
        return f"{self.sheet} row {self.number}"

    def get(self, column: str, language: str = "") -> str:
        """The cell; "" where it is empty. It counts as read."""
        self.read.add((column, language))
        return self.cells.get((column, language), "")

    def languages(self, column: str) -> list[str]:
        """The languages in which the column has words."""
        return [language for name, language in self.cells if name == column]

    def unread(self) -> Iterator[tuple[str, str]]:
        """(Header, text) of the cells that nobody read."""
        for key, text in self.cells.items():
            if key not in self.read:
                yield self.headers[key], text


@dataclass(frozen=True)
class Workbook:
    """The sheets of an XLSForm."""

    survey: list[Row]
    choices: list[Row]
    settings: Row
    others: tuple[str, ...]


def read_workbook(data: bytes, name: str, report: Report) -> Workbook:
    """The workbook, accepted by pyxform; what pyxform warns of is in the report.

    Raises:
        Refused: pyxform is not installed. Invalid: too large, no workbook, or no XLSForm; pyxform's own words say why.

    """
    _bounded(data, name)
    read, convert = _pyxform()
    found: dict[str, Any] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            suffix = ".xlsx" if data.startswith(b"PK") else ".xls"
            found = _as_dict(read(io.BytesIO(data), suffix))
            told: list[str] = []
            convert(deepcopy(found), told)
    except Invalid:
        raise
    except Exception as error:  # noqa: BLE001 - two foreign readers of a file that anybody may have written
        own = type(error).__module__.startswith("pyxform")
        said = " ".join(str(error).split())[:300] if own else "it is damaged"
        raise Invalid(
            f"not an XLSForm: {said}", where=f"{name}:1:1", mend="Open it in a form designer and mend it there"
        ) from None
    for warning in told:
        report.change("form", f"pyxform warns: {' '.join(warning.split())[:200]}")
    rows = {sheet: _rows(sheet, found.get(sheet) or [], name) for sheet in ("survey", "choices", "settings")}
    if not rows["survey"]:
        raise Invalid("the survey sheet has no rows", where=f"{name}:1:1", mend="Add questions, or name another file")
    settings = rows["settings"][0] if rows["settings"] else Row("settings", 2, {}, {})
    known = {"survey", "choices", "settings", "sheet_names", "fallback_form_name"}
    others = tuple(
        sheet for sheet, content in found.items()
        if sheet not in known and not sheet.endswith("_header") and content
    )  # fmt: skip
    return Workbook(rows["survey"], rows["choices"], settings, others)


def _bounded(data: bytes, name: str) -> None:
    where = f"{name}:1:1"
    if len(data) > LARGEST:
        raise Invalid("the workbook is too large", where=where, mend=f"Keep it below {LARGEST} bytes")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return  # the older binary form has no archive to unpack
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            bounded = len(members) <= MEMBERS and sum(member.file_size for member in members) <= UNPACKED
            # Whichever parser reads it later: no spreadsheet declares a document type, and what it declares could grow or fetch.
            typed = bounded and any(b"<!DOCTYPE" in archive.read(member).replace(b"\0", b"") for member in members)
    except Exception:  # noqa: BLE001 - whatever a broken archive makes of it
        raise Invalid("not a workbook", where=where, mend="Save it as .xlsx") from None
    if typed:
        raise Invalid(
            "the workbook declares a document type", where=where, mend="Save it as .xlsx from a spreadsheet program"
        )
    if not bounded:
        raise Invalid(
            "the workbook unpacks to too much", where=where, mend="Save a workbook with the form's sheets alone"
        )


def _pyxform() -> tuple[Any, Any]:
    try:
        from pyxform.xls2json_backends import xls_to_dict, xlsx_to_dict  # noqa: PLC0415 - the extra `import`
        from pyxform.xls2xform import convert  # noqa: PLC0415
    except ImportError:
        raise Refused(
            "pyxform is not installed", where="import", mend="Install the extra `import`: pip install troth[import]"
        ) from None

    def read(data: io.BytesIO, suffix: str) -> Any:
        return xlsx_to_dict(data) if suffix == ".xlsx" else xls_to_dict(data)

    def accept(found: dict[str, Any], told: list[str]) -> None:
        convert(found, warnings=told, validate=False, form_name="data")

    return read, accept


def _as_dict(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError("a workbook is a mapping of sheets")
    return {str(sheet): content for sheet, content in found.items()}


def _rows(sheet: str, content: list[dict[str, Any]], name: str) -> list[Row]:
    if len(content) > ROWS:
        raise Invalid(f"the sheet {sheet} has too many rows", where=f"{name}:{ROWS}:1", mend=f"Keep it below {ROWS}")
    rows: list[Row] = []
    for number, cells in enumerate(content, 2):  # the first row holds the headers
        row = Row(sheet, number, {}, {})
        for header, value in cells.items():
            text = str(value)
            if len(text) > CELL:
                raise Invalid("a cell is too long", where=f"{name}:{number}:1", mend=f"Keep it below {CELL} characters")
            key = _column(str(header))
            if text.strip() and key not in row.cells:
                row.cells[key] = text.strip()
                row.headers[key] = str(header)
        if row.cells:
            rows.append(row)
    return rows


def _column(header: str) -> tuple[str, str]:
    """(Column, language) of a header: `label::French (fr)`, `bind::relevant`, `constraint_message::cy`."""
    parts = [part.strip() for part in re.split(r"\s*::\s*|(?<!jr):(?!:)", header.strip())]
    first = _COLUMNS.get(parts[0].lower(), parts[0].lower())
    if first in _GROUPED and len(parts) > 1:
        inner = _COLUMNS.get(parts[1].lower(), parts[1].lower())
        if inner in _OURS:
            first, parts = inner, parts[1:]
    if len(parts) == 1:
        return first, ""
    return (first, parts[1]) if first in _TRANSLATED else ("::".join([first, *parts[1:]]), "")
