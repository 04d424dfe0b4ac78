"""Scripts together take every way through; what they do not reach is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.authoring.samples import bundled, wide
from tests.questionnaire.strategies import answer_page, page_of, questionnaires, repeating

from troth.authoring.dummy import columns_of, people
from troth.authoring.graph import FINISH, Edge, edges
from troth.authoring.kept import kept
from troth.authoring.scripts import Failed, Offered, coverage, goals, named, scripts
from troth.authoring.walk import walk
from troth.questionnaire import Facts, Finish, Page, Questionnaire, Value, advance, columns, first


def test_scripts_of_the_bundled_study_reach_everything_that_can_be_reached() -> None:
    found = scripts(bundled())
    assert [named(goal) for goal in found.not_reached] == ["unsafe → told onward", "ways → today onward"], (
        "both pages have the same condition, so nobody meets one of them alone"
    )
    assert not found.bounded
    assert sum(isinstance(goal, Offered) for goal in found.reached) == 6
    assert sum(isinstance(goal, Failed) for goal in found.reached) == 3
    assert (
        coverage(found)
        == "9 scripts reach 21 of 23 ways on; 6 of 6 options offered and not; 2 of 2 words by rule; 3 of 3 checks"
    )


@pytest.mark.parametrize("make", [bundled, wide])
def test_walking_a_script_takes_the_ways_that_it_says(make: object) -> None:
    q: Questionnaire = make()  # type: ignore[operator]
    for script in scripts(q).scripts:
        walked = walk(q, script.told)
        assert walked.finished is not script.fails
        assert bool(walked.pages[-1].messages) is script.fails
        shown = [page.page for page in walked.pages]
        pairs = set(zip(shown, [*shown[1:], FINISH], strict=True))
        for goal in script.reaches:
            if isinstance(goal, Edge):
                assert (goal.page, goal.to) in pairs


def test_a_search_that_ends_early_says_so_and_names_what_is_left() -> None:
    found = scripts(bundled(), most=3)
    assert found.bounded
    assert found.not_reached
    assert "ended at its bound" in coverage(found)


@st.composite
def _answers(draw: st.DrawFn, page: Page, facts: Facts) -> Mapping[str, Value]:
    return answer_page(draw, page, facts)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nobody_ever_goes_a_way_that_is_not_in_the_graph(data: st.DataObject) -> None:
    q = data.draw(st.one_of(questionnaires(), repeating()))
    drawn = {(edge.page, edge.to) for edge in edges(q)}
    here, facts = first(q), {}
    while not isinstance(here, Finish):
        values = data.draw(_answers(page_of(q, here), facts))
        onward = advance(q, here, values, facts)
        assert (here.page, FINISH if isinstance(onward.next, Finish) else onward.next.page) in drawn
        row = next(one for one in kept(q) if one.page == here.page)
        assert set(facts) <= set(row.answers), "what is told to be kept at most is kept at most"
        here, facts = onward.next, onward.facts


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(questionnaires(), repeating()))
def test_whatever_the_questionnaire_its_scripts_are_walked_to_their_end(q: Questionnaire) -> None:
    found = scripts(q, most=300)
    assert set(found.reached).isdisjoint(found.not_reached)
    assert set(found.reached) | set(found.not_reached) == set(goals(q))
    for script in found.scripts:
        assert walk(q, script.told).finished


@pytest.mark.parametrize("make", [bundled, wide])
def test_dummy_microdata_has_the_columns_of_the_codebook_and_says_what_it_is(make: object) -> None:
    q: Questionnaire = make()  # type: ignore[operator]
    rows = list(people(q, 60, 3))
    assert columns_of(q) == ("synthetic", *(column.variable for column in columns(q)))
    assert all(tuple(row) == columns_of(q) and row["synthetic"] == 1 for row in rows)
    assert rows == list(people(q, 60, 3))
    assert rows != list(people(q, 60, 4))


def test_dummy_people_take_every_option_now_and_then() -> None:
    rows = list(people(bundled(), 400, 1))
    assert {row["go_on"] for row in rows} == {"answer", "leave_out", -8, -9}
    assert {row["told"] for row in rows} >= {"then", "later", "grown_up", "tried", "nobody", -6}


def test_facts_name_what_is_kept_and_for_which_pages() -> None:
    rows = {one.page: one for one in kept(bundled())}
    assert rows["welcome"].answers == ()
    assert rows["told"].answers == ("age", "unsafe")
    assert dict(zip(rows["trusted"].answers, rows["trusted"].for_pages, strict=True))["age"] == ("care", "told")
