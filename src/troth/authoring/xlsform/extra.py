"""The column `troth`: what XLSForm has no column for, as JSON. Other tools pass it over; our own export and import use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydantic import BaseModel

    from troth.authoring.report import Report
    from troth.authoring.xlsform.sheets import Row

COLUMN: Final = "troth"


def extra(row: Row, model: type[BaseModel], report: Report, without: Collection[str] = ()) -> dict[str, Any]:
    """The keys that the cell gives and the model has; the engine checks their values as it checks everything."""
    text = row.get(COLUMN)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        report.lose(row.where, f"the column `{COLUMN}`: it is not a JSON object")
        return {}
    kept: dict[str, Any] = {}
    for key, value in found.items():
        if key in model.model_fields and key not in {"where", *without}:
            kept[key] = value
        else:
            report.lose(row.where, f"`{str(key)[:40]}` in the column `{COLUMN}`")
    return kept
