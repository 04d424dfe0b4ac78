"""PO and XLIFF go out and come back; hostile files get a message; a language changes no route."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.authoring.samples import PACK, bundled, wide

from troth.authoring.scripts import scripts
from troth.authoring.translation import State, Unit, merged, read_po, read_xliff, sheet, write_po, write_xliff
from troth.authoring.translation.texts import language
from troth.authoring.walk import walk
from troth.kit.errors import Invalid
from troth.questionnaire import Questionnaire
from troth.study.catalogue import read_catalogue

CY = language("cy")


def half_done(q: Questionnaire):  # noqa: ANN201
    """Every third text translated, every third for review."""
    empty = sheet(q, CY)
    states = (State.translated, State.needs_review, State.missing)
    units = []
    for n, unit in enumerate(empty.units):
        state = states[n % 3]
        units.append(
            Unit(unit.source, unit.places, "" if state is State.missing else f'CY {unit.source} <&> "q"', state)
        )
    return type(empty)(empty.questionnaire, empty.version, CY, tuple(units))


@pytest.mark.parametrize("q", [bundled(), wide()], ids=lambda q: q.id)
def test_what_goes_out_comes_back_in_both_formats(q: Questionnaire) -> None:
    out = half_done(q)
    known, lines = read_po(write_po(out), CY, "cy.po")
    assert merged(sheet(q, CY), known, lines) == out
    known, lines = read_xliff(write_xliff(out).encode(), "cy.xlf")
    assert merged(sheet(q, CY), known, lines) == out


def test_every_text_of_the_questionnaire_is_there_with_its_place() -> None:
    units = sheet(wide(), CY).units
    assert {unit.source for unit in units} >= {text for _, text in wide().texts()}
    places = {unit.source: unit.places for unit in units}
    assert places["Which one"] == ("page rich, answer wants, box beside option a",)
    assert places["Young rich"] == ("page rich, other words by rule",)
    assert places["At home"] == ("page grid, answer feel_home, label",)
    assert not any(place == ("questionnaire",) for place in places.values()), "each has a nearer place"


def test_the_coverage_line_counts() -> None:
    known, lines = read_po((PACK / "cy.po").read_text(), CY, "cy.po")
    made = merged(sheet(bundled(), CY), known, lines)
    assert made.coverage.line("cy").startswith(f"cy: {made.coverage.translated} of {len(made.units)} texts translated")
    assert made.coverage.translated > 30
    assert made.coverage.missing > 0
    assert "Arolwg plentyndod" not in {unit.target for unit in made.units}
    assert "Childhood survey" in made.strange


def test_what_needs_review_is_not_shown_to_anybody() -> None:
    out = half_done(bundled())
    translate = read_catalogue(write_po(out), "cy", "cy.po")
    review = next(unit for unit in out.units if unit.state is State.needs_review)
    done = next(unit for unit in out.units if unit.state is State.translated)
    assert translate(review.source) == review.source
    assert translate(done.source) == done.target


def test_a_translation_that_loses_a_placeholder_is_refused_at_its_line() -> None:
    text = write_po(half_done(bundled())).replace(
        "CY How safe did you feel with {{ adults |", "CY How safe {{ grown_ups |"
    )
    source = 'msgid "How safe did you feel with {{ adults | the adults who looked after you }}?"'
    text = text.replace(f'{source}\nmsgstr ""', f'{source}\nmsgstr "Pa mor ddiogel?"')
    known, lines = read_po(text, CY, "cy.po")
    with pytest.raises(Invalid) as refused:
        merged(sheet(bundled(), CY), known, lines)
    assert refused.value.where.startswith("cy.po:")


def test_both_languages_of_the_bundled_study_walk_the_same_pages() -> None:
    q = bundled()
    welsh = read_catalogue((PACK / "cy.po").read_text(), "cy", "cy.po")
    for script in scripts(q).scripts:
        english, other = walk(q, script.told), walk(q, script.told, welsh)
        assert [(one.page, one.round, one.answers) for one in english.pages] == [
            (one.page, one.round, one.answers) for one in other.pages
        ]
        assert english.finished == other.finished
        assert [one.texts for one in english.pages] != [one.texts for one in other.pages], "it was another language"


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<xliff version="1.2"><file><body><trans-unit id="1"><source>&b;</source></trans-unit></body></file></xliff>'
)
OUTSIDE = LAUGHS.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        OUTSIDE,
        "<xliff>" + "<a>" * 100 + "</a>" * 100 + "</xliff>",
        "<html/>",
        "<xliff>",
        "",
        '<?xml version="1.0" encoding="klingon"?><xliff/>',
        "<xliff><trans-unit><source>a <g id='1'>b</g></source></trans-unit></xliff>",
    ],
    ids=["laughs", "outside", "deep", "html", "open", "empty", "encoding", "inline"],
)
def test_a_hostile_xliff_gets_a_message(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_xliff(text.encode(), "x.xlf")
    assert refused.value.where.startswith("x.xlf:")
    assert refused.value.mend


def test_xliff_2_is_read_too() -> None:
    text = (
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="cy"><file id="f"><unit id="1">'
        '<segment state="final"><source>No</source><target>Na</target></segment></unit>'
        '<unit id="2"><segment state="initial"><source>Yes</source><target>Ie</target></segment></unit></file></xliff>'
    )
    known, _ = read_xliff(text.encode(), "x.xlf")
    assert known == {"No": ("Na", State.translated), "Yes": ("Ie", State.needs_review)}


XLIFF = write_xliff(half_done(wide())).encode()
PO = write_po(half_done(wide()))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_broken_catalogue_is_read_or_gets_a_message(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(XLIFF) - 1))
    length = data.draw(st.integers(0, 60))
    put = data.draw(st.binary(max_size=20))
    for read in (
        lambda: read_xliff(XLIFF[:at] + put + XLIFF[at + length :], "x.xlf"),
        lambda: read_po(PO[: at % len(PO)] + put.decode("latin-1") + PO[at % len(PO) + length :], CY, "x.po"),
    ):
        try:
            known, lines = read()
            merged(sheet(wide(), CY), known, lines)
        except Invalid as refused:
            assert refused.where
            assert refused.mend
