"""Every rule of the linter catches its bad case, in a questionnaire that is clean without it."""

from __future__ import annotations

import pytest
from tests.questionnaire.test_route import load_bundled

from troth.kit.errors import Invalid
from troth.questionnaire import Questionnaire, lint, load
from troth.questionnaire.document import read_document, validate
from troth.questionnaire.load import _with_places

CLEAN = """\
id: clean
version: "1"
title: Clean
sections:
  - id: start
    title: Start
    common: true
    pages:
      - id: hello
        kind: note
        title: Hello
      - id: words
        title: Which words shall we use?
        answers:
          - {id: words, kind: single, disclosure: none, options: [{id: one, label: One}, {id: two, label: Two}]}
      - id: visits
        title: How many visits?
        routes: [{when: visits == 0, goto: end_of_section}]
        answers:
          - {id: visits, kind: number, maximum: 9, disclosure: quasi}
      - id: visit
        title: How was visit {{ round }}?
        repeat: {over: visits, max: 3}
        answers:
          - {id: visit, kind: single, disclosure: sensitive, options: [{id: good, label: Good}, {id: bad, label: Bad}]}
      - id: after
        title: And after?
        answers:
          - {id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}
  - id: second
    title: Second
    pages:
      - id: about
        title: About {{ words | them }}?
        when: answered(visits) and visits > 1
        answers:
          - {id: about, kind: multiple, disclosure: quasi, options: [{id: x, label: X}, {id: y, label: Y}]}
        checks: [{violated: count(about) > visits, message: Check this.}]
"""


def findings(text: str) -> list[tuple[str, str]]:
    document = read_document(text, "q.yaml")
    q = validate(Questionnaire, document, _with_places(document, document.data, ()))
    return [(finding.rule, finding.severity) for finding in lint(q)]


def test_the_clean_one_is_clean() -> None:
    assert findings(CLEAN) == []


HARD = (
    "Notwithstanding considerable methodological heterogeneity, contemporaneous administrative documentation "
    "demonstrates institutional responsibilities regarding safeguarding arrangements, organisational accountability "
    "and interdisciplinary communication throughout comparatively underrepresented residential environments, particularly concerning vulnerable individuals receiving intermittent supplementary interventions."
)
BAD = [
    ("duplicate_id", "id: about\n", "id: words\n"),
    ("duplicate_id", "{id: y, label: Y}", "{id: x, label: Y}"),
    ("reserved_id", "{id: after, kind", "{id: round, kind"),
    ("note_asks", "kind: note\n", "kind: note\n        checks: [{violated: words == 'one', message: M}]\n"),
    ("nothing_asked", "kind: note\n", "kind: question\n"),
    ("piping_form", "{{ words | them }}", "{{ words }}"),
    ("piping_form", "{{ words | them }}", "{{ words | them"),
    ("no_options", "options: [{id: x, label: X}, {id: y, label: Y}]", "options: []"),
    ("options_unused", "kind: number, maximum: 9", "kind: number, maximum: 9, options: [{id: x, label: X}]"),
    ("bounds", "maximum: 9, ", ""),
    ("no_label", "Y}]}\n", "Y}]}\n          - {id: more, kind: number, maximum: 2, disclosure: none}\n"),
    ("unknown_answer", "visits > 1", "visit_count > 1"),
    ("unknown_answer", "{{ words | them }}", "{{ wirds | them }}"),
    ("looks_forward", "title: Which words shall we use?", "title: Which words?\n        when: visits > 1"),
    ("looks_forward", "when: answered(visits) and visits > 1", "when: answered(about)"),
    ("repeated_answer", "answered(visits) and visits > 1", "visit == 'good'"),
    ("kinds", "visits > 1", "visits == 'one'"),
    ("kinds", "visits > 1", "visits + 1"),
    ("kinds", "visits > 1", "words == 'three'"),
    ("kinds", "visits > 1", "words < 'two'"),
    ("kinds", "count(about) > visits", "about == 'x'"),
    ("check_elsewhere", "count(about) > visits", "visits > 3"),
    ("free_text_rule", "kind: number, maximum: 9", "kind: text"),
    ("goes_back", "goto: end_of_section", "goto: words"),
    ("goes_back", "goto: end_of_section", "goto: visits"),
    ("leaves_section", "goto: end_of_section", "goto: about"),
    ("unknown_page", "goto: end_of_section", "goto: nowhere"),
    ("route_shadowed", "routes: [", "routes: [{goto: after}, "),
    ("repeat_kind", "over: visits", "over: words"),
    ("repeat_max", "maximum: 9", "maximum: 2"),
    ("common_start", "kind: note\n", "kind: note\n        when: answered(words)\n"),
    ("unreachable", "when: visits == 0, goto: end_of_section", "goto: after"),
    ("no_class", "{id: after, kind: single, disclosure: none", "{id: after, kind: single"),
    ("direct", "{id: after, kind: single, disclosure: none", "{id: after, kind: single, disclosure: direct"),
    ("free_text_class", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: text, disclosure: none}"),
    ("piping", "{{ words | them }}", "{{ visits | them }}"),
    ("piping", "{{ words | them }}", "{{ after | them }}X{{ visits | some }}"),
    ("first_common", "    common: true\n", ""),
    ("false_common", "title: Second\n", "title: Second\n    common: true\n"),
    ("common_start", "title: Second\n", "title: Second\n    common: true\n"),
    ("identity", "And after?", "What is your name?"),
    ("identity", "And after?", "Please enter your first name"),
    ("identity", "And after?", "What is the address you live at?"),
    ("identity", "And after?", "What is your name? Do not worry, it is safe."),
    ("identity", "And after?", "Which email can we use?"),
    ("identity", "And after?", "Your mobile number"),
    ("identity", "And after?", "What is your postcode?"),
    ("identity", "And after?", "What is your date of birth?"),
    ("identity", "And after?", "When were you born?"),
    ("identity", "And after?", "Your NHS number"),
    ("identity", "And after?", "Your National Insurance number"),
    ("identity", "And after?", "And after?\n        variants: [{when: words == 'one', title: 'What is your name?'}]"),
    ("identity", "{id: bad, label: Bad}]}\n  - id: second", "{id: bad, label: Bad, detail: {label: Full name}}]}\n  - id: second"),
    ("identity", "And after?", "And after?\n        body: ['What is your full name?']"),
    ("identity", "message: Check this.", "message: 'What is your postcode?'"),
    ("identity", "kind: number, maximum: 9", "kind: number, maximum: 9, messages: {range: 'What is your phone number?'}"),
    ("identity", "And after?", "And after?\n        variants: [{when: words == 'one', body: ['What is your name?']}]"),
    ("free_text_off", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: text, disclosure: sensitive}"),
    ("free_text_off", "{id: bad, label: Bad}]}\n  - id: second", "{id: bad, label: Bad, detail: {label: More}}]}\n  - id: second"),
    ("free_text_class", "{id: bad, label: Bad}]}\n  - id: second", "{id: bad, label: Bad, detail: {label: More}}]}\n  - id: second"),
    ("no_warning", "title: Second\n", "title: Second\n    sensitive: true\n"),
    ("no_skip", "title: Second\n", "title: Second\n    sensitive: true\n"),
    ("never_true", "when: answered(visits) and visits > 1", "when: words == 'one' and words == 'two'"),
    ("progress_jumps", "title: Clean\n", "title: Clean\nprogress: sections\n"),
    ("never_true", "count(about) > visits", "count(about) > 2"),
    ("route_never", "when: visits == 0, goto: end_of_section", "when: visits > 9, goto: end_of_section"),
    ("route_never", "goto: end_of_section}]", "goto: end_of_section}, {when: visits == 0, goto: after}]"),
    ("key_unused", "kind: number, maximum: 9", "kind: number, maximum: 9, lines: one"),
    ("key_unused", "{id: after, kind: single", "{id: after, decimals: 2, kind: single"),
    ("bounds", "maximum: 9, ", "maximum: 9.5, "),
    ("bounds", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: date, earliest: 2020-02-30, disclosure: quasi}"),
    ("bounds", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: month, latest: 2020-02-03, disclosure: quasi}"),
    ("units", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: duration, units: [months, days], maximum: 9, disclosure: quasi}"),
    ("units", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: duration, maximum: 9, disclosure: quasi}"),
    ("detail_hidden", "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}", "{id: after, kind: single, appearance: dropdown, disclosure: sensitive, options: [{id: bad, label: B, detail: {label: M}}]}"),
    ("reserved_id", "{id: after, kind", "{id: record, kind"),
    ("reserved_id", "{id: after, kind", "{id: years_between, kind"),
    ("looks_forward", "title: And after?", "title: And after?\n        variants: [{when: answered(about), title: Later}]"),
    ("false_common", "title: Second\n", "title: Second\n    common: true\n"),
    ("identity", "label: Good}, {id: bad, label: Bad}]}\n  - id: second", "label: Full name}, {id: bad, label: Bad}]}\n  - id: second"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "old", "new"), BAD)
def test_the_linter_catches(rule: str, old: str, new: str) -> None:
    assert old in CLEAN
    text = CLEAN.replace(old, new, 1)
    if rule == "false_common":  # its start always shown, so that only the rule inside is at fault
        text = text.replace(
            "    pages:\n      - id: about", "    pages:\n      - {id: n, kind: note, title: N}\n      - id: about"
        )
    if rule == "free_text_rule":
        text = (
            text.replace("visits == 0", "answered(visits)")
            .replace("repeat: {over: visits, max: 3}", "")
            .replace("{{ round }}", "")
        )
        text = text.replace("answered(visits) and visits > 1", "answered(visits)").replace(
            "count(about) > visits", "answered(about)"
        )
    assert (rule, "error") in findings(text)


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("not_missing", "answered(visits) and visits > 1", "not (visits == 1)"),
        ("perhaps_unasked", "answered(visits) and visits > 1", "after == 'good'"),
        ("no_way_out", "disclosure: quasi, options", "disclosure: quasi, dont_know: false, options"),
        ("free_text", "disclosure: quasi, options: [{id: x, label: X}, {id: y, label: Y}]", "disclosure: sensitive"),
        ("telling_title", "title: Second", "title: Suicide and self-harm"),
        ("telling_title", "title: Clean", "title: Violence at home"),
        ("reading_age", "title: Hello", f"title: Hello\n        body: ['{HARD}']"),
        (
            "date_class",
            "{id: after, kind: single, disclosure: none, options: [{id: good, label: Good}, {id: bad, label: Bad}]}",
            "{id: after, kind: date, disclosure: none}",
        ),
    ],
)
def test_the_linter_doubts(rule: str, old: str, new: str) -> None:
    text = CLEAN.replace(old, new, 1)
    if rule == "free_text":
        text = (
            text.replace("title: Clean", "title: Clean\nfree_text: on")
            .replace("kind: multiple", "kind: text")
            .replace("        checks: [{violated: count(about) > visits, message: Check this.}]\n", "")
        )
    found = findings(text)
    assert (rule, "warning") in found
    assert not [finding for finding in found if finding[1] == "error"]


HARD_PART = """\
    sensitive: true
    pages:
      - {id: take_care, kind: note, title: Take care}
      - id: go_on
        title: Shall we go on?
        routes: [{when: go_on == 'leave', goto: end_of_section}]
        answers:
          - {id: go_on, kind: single, disclosure: none, options: [{id: go, label: Go}, {id: leave, label: Leave out}]}
"""


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("no_warning", "title: Take care}", "title: Take care, when: answered(visits) and visits > 1}"),
        ("no_skip", "disclosure: none, options: [{id: go,", "disclosure: sensitive, options: [{id: go,"),
    ],
)
def test_a_warning_for_some_and_a_way_out_that_says_it_are_none(rule: str, old: str, new: str) -> None:
    text = CLEAN.replace("title: Second\n    pages:\n", f"title: Second\n{HARD_PART}")
    assert findings(text) == []
    assert findings(text.replace(old, new, 1)) == [(rule, "error")]


def test_a_common_section_may_begin_without_what_came_before_it() -> None:
    between = (
        "  - id: between\n    title: Between\n    common: true\n    pages: [{id: rest, kind: note, title: Rest}]\n"
    )
    late = CLEAN.replace("  - id: second\n", f"{between}  - id: second\n").replace(
        "answered(visits) and visits > 1", "words == 'one'"
    )
    assert ("perhaps_unasked", "warning") not in findings(late.replace(between, ""))
    assert ("perhaps_unasked", "warning") in findings(late)


def test_asking_for_no_names_is_not_asking_for_names() -> None:
    assert findings(CLEAN.replace("And after?", "And after? Please do not write your name.")) == []


def test_the_bundled_study_is_clean_but_for_its_one_free_text() -> None:
    assert [(finding.rule, finding.severity) for finding in lint(load_bundled())] == [("free_text", "warning")]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("kind: note", "kind: not", "q.yaml:10:15"),
        ("        kind: note", "        kine: note", "q.yaml:10:15"),
        ("visits > 1", "visits >", "q.yaml:35:15"),
        ("goto: end_of_section", "goto: words", "q.yaml:18:18"),
        ('version: "1"\n', "", "q.yaml:1:1"),
        ("title: Clean\n", "title: Clean\ntitle: Again\n", "q.yaml:4:1"),
        ("common: true", "common: [", "q.yaml:9:7"),
        ("title: Hello", "title: *hello", "q.yaml:11:16"),
        ("title: Hello", "title: Hello\n        where: here", "q.yaml:12:16"),
    ],
)  # fmt: skip
def test_a_broken_questionnaire_is_refused_with_file_line_and_column(old: str, new: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(CLEAN.replace(old, new, 1), "q.yaml")
    assert refused.value.where == place
    assert refused.value.mend
