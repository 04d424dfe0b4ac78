"""A page may have other words where a rule holds; whoever said nothing reads the first ones."""

from __future__ import annotations

import pytest

from troth.questionnaire import Position, Value, load, view
from troth.questionnaire.model import PageId

Q = load(
    """\
id: words
version: "1"
title: Words
progress: sections
sections:
  - id: start
    title: Start
    common: true
    pages:
      - id: age
        title: How old are you?
        answers:
          - {id: age, kind: number, minimum: 16, maximum: 99, disclosure: quasi}
      - id: help
        kind: note
        title: Who can help
        body: [Call somebody.]
        variants:
          - {when: age < 18, title: Who can help people of your age, body: [Call Childline., It is free.]}
          - {when: age >= 65, guidance: For older people.}
""",
    "words.yaml",
)


@pytest.mark.parametrize(
    ("facts", "title", "guidance", "body"),
    [
        ({}, "Who can help", "", ("Call somebody.",)),
        ({"age": {"missing": "prefer_not_to_say"}}, "Who can help", "", ("Call somebody.",)),
        ({"age": 30}, "Who can help", "", ("Call somebody.",)),
        ({"age": 17}, "Who can help people of your age", "", ("Call Childline.", "It is free.")),
        ({"age": 70}, "Who can help", "For older people.", ("Call somebody.",)),
    ],
)
def test_the_first_variant_that_holds_is_shown(
    facts: dict[str, Value], title: str, guidance: str, body: tuple[str, ...]
) -> None:
    shown = view(Q, Position(PageId("help"), 0, 1), facts, str)
    assert (shown.title, shown.guidance, shown.body) == (title, guidance, body)
    assert (shown.part, shown.parts) == (1, 1)


def test_pages_of_other_words_are_pressed_apart() -> None:
    pages = [view(Q, Position(PageId("help"), 0, 1), {"age": age}, str) for age in (17, 30, 70)]
    assert len({page.variant for page in pages}) == 3
