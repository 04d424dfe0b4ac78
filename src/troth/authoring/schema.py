"""The published JSON Schema of `questionnaire.yaml`, for editors that complete and check while somebody writes."""

from __future__ import annotations

import json
from typing import Any, Final

from troth.questionnaire import Questionnaire

TITLE: Final = "A questionnaire of Troth (questionnaire.yaml)"


def schema() -> dict[str, Any]:
    """The schema. What it cannot say (rules that look back, ids that exist) `troth questionnaire check` says."""
    found = Questionnaire.model_json_schema()
    _without_places(found)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": TITLE}


def published() -> str:
    """The text of docs/questionnaire.schema.json."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _without_places(part: object) -> None:
    """`where` is the engine's own: nobody writes it."""
    if isinstance(part, dict):
        properties = part.get("properties")
        if isinstance(properties, dict):
            properties.pop("where", None)
        for inner in part.values():
            _without_places(inner)
    elif isinstance(part, list):
        for inner in part:
            _without_places(inner)
