"""Slots fit the longest route, whatever rules and rounds do; boxes fit the longest answers."""

from __future__ import annotations

import pytest

from troth.kit.errors import Invalid
from troth.questionnaire import Finish, Position, advance, first, load, plan

ROUNDS = """\
id: rounds
version: "1"
title: Rounds
sections:
  - id: start
    title: Start
    common: true
    pages:
      - {id: often, title: Often, answers: [{id: often, kind: number, maximum: 9, disclosure: none}]}
      - id: one
        title: One
        repeat: {over: often, max: 2}
        answers: [{id: one, kind: single, disclosure: none, options: [{id: a, label: A}, {id: b, label: B}]}]
      - id: two
        title: Two
        when: one == 'b'
        repeat: {over: often, max: 2}
        routes: [{goto: end_of_section}]
        answers: [{id: two, kind: single, disclosure: none, options: [{id: a, label: A}, {id: b, label: B}]}]
      - {id: na, kind: note, title: N}
      - {id: nb, kind: note, title: N}
      - {id: nc, kind: note, title: N}
      - {id: nd, kind: note, title: N}
  - id: end
    title: End
    common: true
    pages: [{id: bye, kind: note, title: Bye}]
"""


def test_slots_fit_rounds_that_run_to_their_end_past_a_hidden_page() -> None:
    q = load(ROUNDS, "q.yaml")
    here: Position | Finish = first(q)
    facts, last = {}, -1
    told = {"often": {"often": 9}, "one": {"one": "a"}}
    while isinstance(here, Position):
        onward = advance(q, here, told.get(here.page, {}), facts)  # type: ignore[arg-type]
        if here.page == "nd":
            last = here.slot
        here, facts = onward.next, dict(onward.facts)
    assert last == 6
    assert plan(q).section_slot == {"start": 0, "end": 9}, "one page, two pages twice, four notes"
    assert plan(q).total_slots == 11, "and one for how it was answered"


@pytest.mark.parametrize(("length", "size"), [(1, 256), (100, 512), (200, 1024), (800, 4096), (2000, 16384)])
def test_the_box_is_the_smallest_that_fits_the_longest_answers(length: int, size: int) -> None:
    text = ROUNDS.replace("kind: number, maximum: 9", f"kind: text, max_length: {length}").replace(
        "        repeat: {over: often, max: 2}\n", ""
    )
    assert plan(load(text, "q.yaml")).box_size == size


def test_a_page_that_no_box_could_hold_is_refused() -> None:
    many = ", ".join(
        f"{{id: t{chr(97 + n)}, label: T, kind: text, max_length: 2000, disclosure: sensitive}}" for n in range(3)
    )
    text = ROUNDS.replace("{id: often, kind: number, maximum: 9, disclosure: none}", many).replace(
        "        repeat: {over: often, max: 2}\n", ""
    )
    with pytest.raises(Invalid) as refused:
        plan(load(text, "q.yaml"))
    assert refused.value.where.startswith("q.yaml:")
