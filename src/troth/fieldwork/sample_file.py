"""A sample file is checked whole before a single row is used (P03): the door to the room `sample`.

Strict: what the study does not declare is not taken in, and every fault is told by line and column, never by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.sample.passes import PART, Examined, examine, parts
from troth.fieldwork.sample.row import CONTACT_SIZE, BadSample, Fault, Reading, Row
from troth.fieldwork.sample.rules import LARGE_PRINT, LEAST_LINES, LONGEST_LINE, MOST_LINES, Rules, address_columns
from troth.kit.errors import Invalid
from troth.study.policy import Column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from troth.study import StudyPack

__all__ = [
    "CONTACT_SIZE", "LARGE_PRINT", "LEAST_LINES", "LONGEST_LINE", "MOST_LINES", "PART", "BadSample", "Examined", "Fault",
    "Reading", "Row", "Rules", "address_columns", "check_row", "contact_columns", "examine", "parts", "read_person", "read_sample",
]  # fmt: skip


def read_sample(path: Path, pack: StudyPack, reading: Reading | None = None) -> tuple[list[Row], bytes]:
    """All rows of a sound file, in its order, and the file's bytes: for a file that is known to be small.

    Raises:
        BadSample: anything at all is wrong; every fault has a line and, where it can, a column. Invalid: it cannot be read.

    """
    how = reading or Reading()
    examined = examine(path, pack, how)
    return [row for some in parts(path, pack, how, examined) for row in some], path.read_bytes()


def check_row(pack: StudyPack, values: Mapping[str, str]) -> tuple[Row | None, list[Fault]]:
    """One person given by the names of the declared columns, by the same rules as a file's (a corrected address, say)."""
    rules = Rules(pack, Reading())
    rules.header([column.heads for column in pack.sample_columns])
    return rules.row(1, [values.get(column.name, "") for column in pack.sample_columns])


def contact_columns(pack: StudyPack) -> list[str]:
    """The declared columns that make up a contact, in the order of the sample file: name, lines of the address, country, language."""
    wanted = {"name", "postcode", "country", "language", *address_columns(pack)}
    return [column.name for column in pack.sample_columns if column.name in wanted]


def read_person(values: Mapping[str, str], pack: StudyPack, *, where: str) -> Row:
    """One person by the rules of a sample file, for a correction.

    `values` is column -> what was typed; a column that is left out is empty. Columns that are no part of a contact (the supplier's
    reference, say) are not asked for: nobody here knows them, and what is kept of them stays what it was. Large print is, whether or not
    the sample file has it: people ask for it themselves. It must be said: nobody here can read what it was, and it would be lost unnoticed.

    Raises:
        Invalid: every fault by column, never by value.

    """
    names = {*contact_columns(pack), "region"} - {LARGE_PRINT}
    asked = tuple(column for column in pack.sample_columns if column.name in names)
    asked += (Column(name=LARGE_PRINT),)
    row, faults = check_row(pack.model_copy(update={"sample_columns": asked}), values)
    if row is None:
        listed = "".join(f"\n  {fault.column or 'the whole'}: {fault.what}" for fault in faults)
        raise Invalid(f"the new contact is refused, and nothing was changed{listed}", where=where)
    return row
