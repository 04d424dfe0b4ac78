"""What a CREATE TABLE statement says about where a SQLite record keeps its columns."""

from __future__ import annotations

import re
from typing import Final

_CONSTRAINTS: Final = {"primary", "unique", "constraint", "foreign", "check"}


def declared(sql: str) -> tuple[tuple[str, ...], int | None, tuple[int, ...], bool]:
    """Columns, which of them is the rowid, place in the record -> place among the columns, and whether it has a rowid.

    Reads the plain statements that this program's migrations and tests write, not all of SQL.
    """
    body = sql[sql.index("(") + 1 : sql.rindex(")")]
    parts = _split(body)
    columns: list[tuple[str, bool]] = []
    key: list[str] = []
    alias: int | None = None
    for part in parts:
        word = re.match(r'\s*(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|(\w+))\s*(.*)', part, re.DOTALL)
        if word is None:
            continue
        plain, rest = word[4], word[5]
        if plain and plain.lower() in _CONSTRAINTS:
            listed = re.search(r"PRIMARY\s+KEY\s*\(([^)]*)\)", part, re.IGNORECASE)
            key += [name.strip().strip('"`[]') for name in listed[1].split(",")] if listed else []
            continue
        name = next(group for group in word.groups()[:4] if group)
        if re.search(r"PRIMARY\s+KEY", rest, re.IGNORECASE):
            key.append(name)
            integer = re.match(r"INTEGER\b", rest, re.IGNORECASE)
            alias = len(columns) if integer and not re.search(r"KEY\s+DESC", rest, re.IGNORECASE) else None
        columns.append((name, bool(re.match(r"INTEGER\b(?!\s*\()", rest, re.IGNORECASE))))
    names = tuple(name for name, _ in columns)
    without = re.search(r"WITHOUT\s+ROWID\s*$", sql.strip().rstrip(";"), re.IGNORECASE) is not None
    if without:
        first = list(dict.fromkeys(names.index(name) for name in key))
        return names, None, (*first, *(n for n in range(len(names)) if n not in first)), False
    if alias is None and len(key) == 1 and columns[names.index(key[0])][1]:
        alias = names.index(key[0])
    return names, alias, tuple(range(len(names))), True


def _split(body: str) -> list[str]:
    """The parts between commas that stand in no bracket."""
    parts, depth, part = [], 0, ""
    for sign in body:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += sign
    return [*parts, part]
