"""Opened boxes become one row of typed values, each variable explained; what does not fit is refused."""

from __future__ import annotations

import pytest
from tests.questionnaire.test_route import load_bundled

from troth.kit.errors import Invalid
from troth.questionnaire import PageRecord, codebook, columns, row
from troth.questionnaire.model import PageId

Q = load_bundled()


def box(page: str, values: dict[str, object], repeat: int = 0, version: str = "1") -> PageRecord:
    return PageRecord("sdcs", version, PageId(page), repeat, values)  # type: ignore[arg-type]


def test_the_codebook_explains_every_column_once() -> None:
    names = [column.variable for column in columns(Q)]
    assert names == [line.variable for line in codebook(Q)]
    assert len(set(names)) == len(names)
    assert names[:5] == ["adults", "age", "homes", "places__family_home", "places__relatives"]
    assert {"school_safety_1", "school_safety_2", "school_safety_3"} <= set(names)
    by_name = {line.variable: line for line in codebook(Q)}
    assert by_name["age"].codes[0] == ("from_sixteen", "16 or 17")
    assert by_name["age"].missing_codes[-1] == ("-9", "Prefer not to say")
    assert by_name["homes"].codes == (("1..40", "homes"),)
    assert by_name["school_safety_2"].label == "How safe did you feel at school number {{ round }}? | round 2"
    assert by_name["age"].section == "start"


def test_a_row_is_typed_and_says_why_a_value_is_missing() -> None:
    found = row(
        Q,
        [
            box("age", {"age": "from_sixteen"}),
            None,
            box("homes", {"homes": 2, "places": ["family_home"]}),
            box("school_safety", {"school_safety": {"missing": "prefer_not_to_say"}}, 2),
            box("ideas", {"ideas": "=1+1"}),
            box("today", {"today": {"missing": "dont_know"}}),
        ],
    )
    assert (found["age"], found["homes"], found["places__family_home"], found["places__boarding"]) == (
        "from_sixteen",
        2,
        1,
        0,
    )
    assert (found["school_safety_1"], found["school_safety_2"], found["today"], found["trusted__friend"]) == (
        -6,
        -9,
        -8,
        -6,
    )
    assert found["ideas"] == "'=1+1", "no spreadsheet computes what somebody wrote"


@pytest.mark.parametrize(
    "bad",
    [
        [box("age", {"age": "from_sixteen"}, version="2")],
        [box("age", {"age": "from_sixteen"}), box("age", {"age": "from_eighteen"})],
        [box("age", {"age": "from_ninety"})],
        [box("age", {"homes": 2})],
        [box("homes", {"homes": 41})],
        [box("school_safety", {"school_safety": "always"}, 4)],
        [box("nowhere", {})],
    ],
)
def test_a_record_that_does_not_fit_is_refused(bad: list[PageRecord]) -> None:
    with pytest.raises(Invalid):
        row(Q, bad)
