"""An XLSForm becomes a questionnaire, and nothing of it is dropped without a line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from tests.authoring.samples import bundled, wide, workbook
from tests.conftest import ROOT

from troth.authoring.report import FORWARD_ONLY
from troth.authoring.rulewriting import written
from troth.authoring.scripts import scripts
from troth.authoring.translation import Unit, sheet
from troth.authoring.translation.texts import State, language
from troth.authoring.walk import walk
from troth.authoring.xlsform import export_xlsform, import_xlsform
from troth.authoring.xlsform.xpath import Unsayable, translate
from troth.kit.errors import Invalid
from troth.questionnaire import Questionnaire, lint, load

YES_NO = [{"list_name": "yn", "name": "yes", "label": "Yes"}, {"list_name": "yn", "name": "no", "label": "No"}]


def made(survey, choices=(), settings=None):  # noqa: ANN001, ANN201
    found = import_xlsform(workbook(survey, list(choices), settings), "form.xlsx")
    return found, load(found.text, "imported.yaml")


def whats(found, kind: str = "lost") -> list[str]:  # noqa: ANN001
    return [f"{one.where}: {one.what}" for one in getattr(found.report, kind)]


def test_a_plain_form_comes_in_without_loss_and_says_what_is_to_decide() -> None:
    found, q = made(
        [
            {"type": "select_one yn", "name": "smokes", "label": "Do you smoke?", "required": "yes"},
            {
                "type": "integer",
                "name": "many",
                "label": "How many?",
                "relevant": "${smokes} = 'yes'",
                "constraint": ". > 0 and . <= 60",
            },
            {"type": "note", "name": "bye", "label": "Thank you"},
        ],
        YES_NO,
    )
    assert found.report.lossless, whats(found)
    assert (found.pages, found.answers) == (3, 2)
    many = q.pages[1].answers[0]
    assert (many.minimum, many.maximum, many.required) == (1, 60, False)
    assert q.pages[1].when is not None
    assert q.pages[1].when.source == "smokes == 'yes'"
    assert {answer.disclosure for page in q.pages for answer in page.answers} == {"sensitive"}
    assert any("disclosure class" in what for what in whats(found, "decide"))


def test_what_would_show_an_earlier_answer_is_named_against_forward_only() -> None:
    found, q = made(
        [
            {"type": "text", "name": "pet", "label": "What animal?", "default": "cat"},
            {"type": "note", "name": "again", "label": "You said ${pet}"},
            {"type": "calculate", "name": "sum", "calculation": "1 + 1"},
            {
                "type": "integer",
                "name": "old",
                "label": "Old",
                "constraint": ". < 5",
                "read_only": "yes",
                "default": "3",
            },
        ]
    )
    lost = whats(found)
    assert sum(FORWARD_ONLY in what for what in lost) == 4
    assert any("survey row 4: a calculation" in what for what in lost)
    assert q.pages[1].title == "You said …"


def test_a_constraint_with_or_and_and_keeps_its_meaning() -> None:
    constraint = ". = 99 or . >= 0 and . <= 10"
    found, q = made(
        [
            {"type": "integer", "name": "a", "label": "A", "constraint": constraint},
            {"type": "note", "name": "end", "label": "End"},
        ]
    )
    assert not [what for what in whats(found) if "constraint" in what]
    taken = {number: walk(q, {"a": number}).finished for number in (0, 5, 10, 11, 50, 99, -1)}
    assert taken == {0: True, 5: True, 10: True, 11: False, 50: False, 99: True, -1: False}


def test_every_cell_that_is_not_read_is_in_the_report() -> None:
    found, _ = made(
        [
            {
                "type": "text",
                "name": "a",
                "label": "A",
                "image": "a.png",
                "my_column": "mine",
                "bind::odk:x": "1",
                "appearance": "thousands-sep",
            }
        ],
        [{"list_name": "unused", "name": "x", "label": "X", "audio": "x.mp3"}],
        {"form_title": "F", "form_id": "f", "version": "2", "instance_name": "${a}", "style": "pages"},
    )
    text = " ".join(whats(found))
    for piece in ("a.png", "mine", "odk:x", "thousands-sep", "x.mp3", "instance_name", "style"):
        assert piece in text, piece


def test_groups_field_lists_and_repeats_become_sections_pages_and_rounds() -> None:
    found, q = made(
        [
            {"type": "begin_group", "name": "home", "label": "Your home"},
            {"type": "integer", "name": "rooms", "label": "How many rooms?", "constraint": ". >= 0 and . <= 9"},
            {"type": "begin_repeat", "name": "room", "label": "Room", "repeat_count": "${rooms}"},
            {"type": "begin_group", "name": "both", "label": "This room", "appearance": "field-list"},
            {"type": "note", "name": "hint_note", "label": "Think of one room."},
            {"type": "select_one yn", "name": "warm", "label": "Is it warm?"},
            {"type": "select_one yn", "name": "dry", "label": "Is it dry?"},
            {"type": "text", "name": "why", "label": "Why not?", "relevant": "${dry} = 'no'"},
            {"type": "end_group"},
            {"type": "end_repeat"},
            {"type": "end_group"},
            {"type": "note", "name": "bye", "label": "Bye"},
        ],
        YES_NO,
    )
    assert [section.title for section in q.sections] == ["Your home", "A form"]
    both = next(page for page in q.pages if page.id == "both")
    assert both.body == ("Think of one room.",)
    assert [answer.id for answer in both.answers] == ["warm", "dry"]
    assert both.repeat is not None
    assert (both.repeat.over, both.repeat.max) == ("rooms", 9)
    assert next(page for page in q.pages if page.id == "why").repeat is not None
    assert any("a page of its own" in what for what in whats(found, "changed"))


def test_choice_filters_become_rules_of_options() -> None:
    choices = [
        {"list_name": "land", "name": "wales", "label": "Wales"},
        {"list_name": "land", "name": "england", "label": "England"},
        {"list_name": "town", "name": "cardiff", "label": "Cardiff", "land": "wales"},
        {"list_name": "town", "name": "leeds", "label": "Leeds", "land": "england"},
    ]
    found, q = made(
        [
            {"type": "select_one land", "name": "land", "label": "Which country?"},
            {"type": "select_one town", "name": "town", "label": "Which town?", "choice_filter": "land = ${land}"},
        ],
        choices,
    )
    assert found.report.lossless, whats(found)
    assert [option.when.source for option in q.pages[1].answers[0].options if option.when] == [
        "land == 'wales'",
        "land == 'england'",
    ]


def test_several_languages_become_catalogues_beside_it() -> None:
    found, _ = made(
        [
            {
                "type": "select_one yn",
                "name": "a",
                "label::English (en)": "Do you smoke?",
                "label::Cymraeg (cy)": "Ydych chi’n ysmygu?",
            },
            {"type": "note", "name": "n", "label::English (en)": "Bye", "label::Klingon": "Qapla'"},
        ],
        [{"list_name": "yn", "name": "y", "label::English (en)": "Yes", "label::Cymraeg (cy)": "Ydw"}],
    )
    assert set(found.catalogues) == {"cy"}
    assert 'msgid "Yes"\nmsgstr "Ydw"' in found.catalogues["cy"]
    assert any("Klingon" in what for what in whats(found))


def test_ids_are_made_valid_and_unique_and_each_change_is_told() -> None:
    found, q = made(
        [
            {"type": "text", "name": "Q1_a", "label": "A"},
            {"type": "text", "name": "q1.A", "label": "B"},
            {"type": "text", "name": "and", "label": "C"},
            {"type": "text", "name": "a" * 60, "label": "D"},
        ]
    )
    ids = [answer.id for page in q.pages for answer in page.answers]
    assert ids == ["q1_a", "q1_a_a", "and_x", "a" * 32]
    assert sum("is called" in what and "answer" in what for what in whats(found, "changed")) == 4


def test_a_rule_that_the_engine_refuses_is_dropped_with_a_line() -> None:
    found, q = made(
        [
            {"type": "integer", "name": "a", "label": "A", "relevant": "${b} > 1", "constraint": ". < 9"},
            {"type": "integer", "name": "b", "label": "B", "constraint": ". < 9"},
            {"type": "text", "name": "t", "label": "T"},
            {"type": "note", "name": "n", "label": "N", "relevant": "${t} = 'x'"},
        ]
    )
    assert all(page.when is None for page in q.pages)
    assert any("asked later" in what for what in whats(found))
    assert any("survey row 5" in what for what in whats(found))


class _Known:
    def __init__(self, own: str, kind: str, options: tuple[str, ...] = ()) -> None:
        self.id, self.kind, self.options = own, kind, {option: option for option in options}


KNOWN = {"s": _Known("s", "single", ("a", "b")), "m": _Known("m", "multiple", ("a", "b")), "n": _Known("n", "number"),
         "k": _Known("k", "number"), "d": _Known("d", "date"), "t": _Known("t", "text")}  # fmt: skip


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("${s} = 'a'", "s == 'a'"),
        ("'a' = ${s}", "s == 'a'"),
        ("${s} != 'a'", "not answered(s) or s != 'a'"),
        ("not(${s} != 'a')", "s == 'a'"),
        ("selected(${m}, 'a') and ${n} > 3", "'a' in m and n > 3"),
        ("not(selected(${m}, 'a'))", "not answered(m) or 'a' not in m"),
        ("count-selected(${m}) >= 2", "count(m) >= 2"),
        ("count-selected(${m}) < 2", "not answered(m) or count(m) < 2"),
        ("${n} + ${k} * 2 <= 9.5", "n + k * 2 <= 9.5"),
        ("3 < ${n}", "n > 3"),
        ("${s} = ''", "not answered(s)"),
        ("string-length(${s}) > 0", "answered(s)"),
        ("${d} >= date('2020-01-31')", "d >= '2020-01-31'"),
        ("${d} < '2020-01-31' or ${s} = 'b'", "d < '2020-01-31' or s == 'b'"),
        ("true() and ${s} = 'a'", "s == 'a'"),
        ("(${s} = 'a') = false()", "not answered(s) or s != 'a'"),
        ("selected(${s}, 'a') or selected(${s}, 'b')", "s == 'a' or s == 'b'"),
    ],
)
def test_what_xpath_says_is_said_exactly(theirs: str, ours: str) -> None:
    found = translate(theirs, KNOWN)
    assert not isinstance(found, bool)
    assert written(found) == ours


@pytest.mark.parametrize(
    "theirs",
    ["today() > ${d}", "regex(${t}, 'x')", "${n} div 2 > 1", "${gone} = 1", "if(${n} > 1, 2, 3) = 2", "position(..) = 1", "${s}",
     "${n} >", "((((", "coalesce(${n}, 0) = 1", "${n} mod 2 = 1", "${s} = 'dont-know'", "pulldata('a', 'b') = 1"],
)  # fmt: skip
def test_what_our_rules_cannot_say_exactly_is_not_said(theirs: str) -> None:
    with pytest.raises(Unsayable):
        translate(theirs, KNOWN)


@pytest.mark.parametrize("make", [bundled, wide])
def test_what_is_exported_pyxform_accepts_and_it_comes_back(make) -> None:  # noqa: ANN001
    q: Questionnaire = make()
    out = export_xlsform(q)
    found = import_xlsform(out.workbook, "back.xlsx")  # pyxform has accepted it, or this is Invalid
    back = load(found.text, "back.yaml")
    # What had no words in the form is all that is different.
    gone = {one.where.removeprefix("page ") for one in out.report.lost if "It is always shown" in one.what}
    assert found.report.lossless, whats(found)
    compared = 0
    for script in scripts(q).scripts:
        before, after = walk(q, script.told), walk(back, script.told)
        assert [page for page in before.pages if page.page not in gone] == [
            page for page in after.pages if page.page not in gone
        ]
        compared += 1
    assert compared >= 6
    assert (back.id, back.version, back.progress) == (q.id, q.version, q.progress)
    assert back.record.model_dump() == q.record.model_dump()
    assert [(s.id, s.title, s.common, s.sensitive) for s in back.sections] == [
        (s.id, s.title, s.common, s.sensitive) for s in q.sections
    ]
    assert [answer.disclosure for page in back.pages for answer in page.answers] == [
        a.disclosure for p in q.pages for a in p.answers
    ]
    assert {one.rule for one in lint(back)} <= {one.rule for one in lint(q)} | {"no_skip"}, (
        "a route comes back as rules of the pages that it skipped"
    )


def test_an_export_names_what_another_tool_will_not_do() -> None:
    lost = [f"{one.where}: {one.what}" for one in export_xlsform(bundled()).report.lost]
    assert any(FORWARD_ONLY in what for what in lost)
    assert any("shown once more" in what for what in lost)
    assert any("beside a typed answer" in what for what in lost)


def test_an_export_speaks_the_languages_that_there_are() -> None:
    cy = language("cy")
    empty = sheet(bundled(), cy)
    units = tuple(Unit(one.source, one.places, f"CY {one.source}", State.translated) for one in empty.units)
    out = export_xlsform(bundled(), {cy: type(empty)(empty.questionnaire, empty.version, cy, units)})
    found = import_xlsform(out.workbook, "back.xlsx")
    assert 'msgstr "CY Before you start"' in found.catalogues["cy"]


FORMS = ROOT / "build" / "forms"
RELEASE = "1.4.0"
"""The last release of pyxform whose source distribution has forms in it."""


@pytest.fixture(scope="module")
def forms() -> dict[str, bytes]:
    """Every form of the source distribution; fetched once through pip, and skipped visibly where that cannot be."""
    archive = FORMS / f"pyxform-{RELEASE}.tar.gz"
    if not archive.is_file():
        FORMS.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            "pyxform",
            "-d",
            str(FORMS),
            f"pyxform=={RELEASE}",
        ]
        subprocess.run(command, check=False, capture_output=True, timeout=150)
    if not archive.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("the source distribution of pyxform could not be fetched")
        pytest.skip("the source distribution of pyxform is not here and could not be fetched")
    with tarfile.open(archive) as whole:
        return {
            Path(member.name).parent.name + "/" + Path(member.name).name: (
                whole.extractfile(member) or io.BytesIO()
            ).read()
            for member in whole.getmembers()
            if member.name.lower().endswith((".xls", ".xlsx"))
        }


@pytest.mark.slow
def test_every_form_of_pyxforms_source_distribution_comes_in_or_says_why_not(forms: dict[str, bytes]) -> None:
    count: Counter[str] = Counter()
    for name, data in forms.items():
        try:
            found = import_xlsform(data, name)
        except Invalid as refused:
            assert refused.where.startswith(name)
            count["nothing to ask" if "nothing of it" in refused.what else "refused by pyxform"] += 1
            continue
        q = load(found.text, "imported.yaml")
        assert len(q.pages) == found.pages
        count["lossless" if found.report.lossless else "with losses"] += 1
    assert len(forms) == 57
    assert count == {"lossless": 10, "with losses": 28, "refused by pyxform": 13, "nothing to ask": 6}
