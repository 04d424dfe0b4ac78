"""`check` says everything with its place; the published schema is the model's."""

from __future__ import annotations

import json
from pathlib import Path

from tests.authoring.samples import BROKEN_AT, PACK, WIDE, bundled

from troth.authoring.check import check
from troth.authoring.schema import published, schema
from troth.study.catalogue import read_catalogue

TEXT = (PACK / "questionnaire.yaml").read_text()
DOCS = Path(__file__).parents[2] / "docs"


def test_a_file_that_does_not_load_is_one_finding_with_line_and_column() -> None:
    found = check(TEXT.replace("kind: single", "kind: sing", 1), "q.yaml")
    assert found.questionnaire is None
    assert found.errors == 1
    assert found.findings[0].where == f"q.yaml:{BROKEN_AT}"


def test_errors_come_before_warnings() -> None:
    found = check(TEXT.replace("disclosure: quasi", "disclosure: direct", 1), "q.yaml")
    assert [one.severity for one in found.findings] == ["error", "warning"]


def test_the_bundled_study_has_no_errors() -> None:
    assert check(TEXT, "q.yaml").errors == 0


def test_a_text_without_words_in_a_given_catalogue_is_a_warning_at_its_page() -> None:
    welsh = read_catalogue((PACK / "cy.po").read_text(), "cy", "cy.po")
    found = [one for one in check(TEXT, "q.yaml", {"cy": welsh}).findings if one.rule == "untranslated"]
    said = {text for _, text in bundled().texts() if welsh(text) == text}
    assert len(found) == sum(text in said for context, text in bundled().texts() if context != "every page")
    assert all(one.severity == "warning" and one.where.startswith("q.yaml:") for one in found)
    everything = check(TEXT, "q.yaml", {"cy": lambda text: f"{text}!"}).findings
    assert not [one for one in everything if one.rule == "untranslated"]


def test_the_published_schema_is_current() -> None:
    assert (DOCS / "questionnaire.schema.json").read_text() == published(), (
        "troth questionnaire schema > docs/questionnaire.schema.json"
    )


def test_the_schema_knows_every_key_and_no_place() -> None:
    text = json.dumps(schema())
    assert '"where"' not in text
    for key in ("options_from", "rows", "variants", "units", "confirm", "violated", "goto"):
        assert f'"{key}"' in text
    assert WIDE
