"""Questionnaires and answers of every shape that the engine accepts."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import assume
from hypothesis import strategies as st

from troth.questionnaire import Page, Position, Questionnaire, Value, read
from troth.questionnaire.lint import truly_common
from troth.questionnaire.read import detail_field, missing_field, offered
from troth.questionnaire.structure import structure

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = ("a", "b", "c")
KINDS = ("year", "duration", "date", "month", "matrix")
UNITS = (["years", "months"], ["months"], ["weeks", "days"], ["hours", "minutes"])


def _test(draw: st.DrawFn, earlier: list[dict[str, Any]]) -> str:
    answer = draw(st.sampled_from(earlier))
    name, kind = answer["id"], answer["kind"]
    option = draw(st.sampled_from(OPTIONS))
    number = draw(st.integers(0, 4))
    forms = {
        "single": [f"{name} == '{option}'", f"{name} != '{option}'", f"{name} in ['a', '{option}']"],
        "multiple": [f"'{option}' in {name}", f"count({name}) > {number}", f"'{option}' not in {name}"],
        "number": [f"{name} > {number}", f"{name} * 2 - 1 <= {number}", f"{name} == {number}", f"{name} < {number}.5"],
        "year": [f"{name} >= 2000 + {number}", f"{name} - 2000 == {number}"],
        "duration": [f"{name} > 12 * {number}", f"{name} < {number}"],
        "date": [
            f"{name} > '2020-01-0{number + 1}'",
            f"year({name}) == 2020",
            f"years_between({name}, '2024-02-29') >= {number}",
        ],
        "month": [
            f"{name} <= '202{number}-06'",
            f"month({name}) > {number}",
            f"months_between('2020-01', {name}) < {number}",
        ],
    }[kind]
    return draw(st.sampled_from([*forms, f"answered({name})", f"not answered({name})", f"not ({forms[0]})"]))


def _rule(draw: st.DrawFn, earlier: list[dict[str, Any]]) -> str:
    first = _test(draw, earlier)
    return f"{first} {draw(st.sampled_from(['and', 'or']))} {_test(draw, earlier)}" if draw(st.booleans()) else first


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """One that `structure` accepts, with `common` set where it is true."""
    asked: list[dict[str, Any]] = []  # what any later page may look at
    inside: list[dict[str, Any]] = []  # what only the running repeat may look at
    sections, count = [], 0
    for number in range(draw(st.integers(1, 3))):
        local = draw(st.booleans()) or number == 0  # a section that looks at its own answers only
        start = len(asked)
        pages: list[dict[str, Any]] = []
        ids = [f"p{chr(97 + count + n)}" for n in range(draw(st.integers(1, 5)))]
        count += len(ids)
        repeat: dict[str, Any] | None = None
        for n, page_id in enumerate(ids):
            seen = asked[start:] if local else asked
            counted = [one for one in seen if one["kind"] in ("number", "multiple") and not one.get("decimals")]
            if repeat is None and n and counted and draw(st.integers(0, 2)) == 0:
                over = draw(st.sampled_from(counted))
                repeat = {"over": over["id"], "max": draw(st.integers(1, 3))}
            elif repeat and draw(st.booleans()):
                repeat, inside = None, []
            looks = before = [*seen, *inside]
            page: dict[str, Any] = {"id": page_id, "title": page_id, "repeat": repeat}
            kind = draw(st.sampled_from(["note", "single", "multiple", "number", "single", "multiple", *KINDS]))
            if n and looks and draw(st.booleans()):
                page["when"] = _rule(draw, looks)
            if kind == "note":
                page["kind"] = "note"
            elif kind == "matrix":
                rows = [{"id": o, "label": o} for o in "de"]
                options = [{"id": o, "label": o} for o in OPTIONS]
                of = draw(st.sampled_from(["single", "multiple"]))
                page["answers"] = [
                    {
                        "id": f"{page_id}_m",
                        "kind": "matrix",
                        "of": of,
                        "rows": rows,
                        "options": options,
                        "disclosure": "none",
                    }
                ]
                made = [{"id": f"{page_id}_m_{o}", "kind": of} for o in "de"]
                looks = [*looks, *made]
                (inside if repeat else asked).extend(made)
            else:
                answer: dict[str, Any] = {"id": f"{page_id}_x", "kind": kind, "disclosure": "none"}
                if kind == "number":
                    answer["maximum"] = 4
                    if draw(st.booleans()):
                        answer |= {
                            "decimals": draw(st.integers(1, 4)),
                            "minimum": draw(st.sampled_from([0, -4, "-2.5"])),
                        }
                elif kind == "year":
                    answer |= {"minimum": 2000, "maximum": 2005}
                elif kind == "duration":
                    answer |= {"units": draw(st.sampled_from(UNITS)), "maximum": 99}
                elif kind in ("date", "month"):
                    day = "-01" if kind == "date" else ""
                    answer |= {"earliest": f"2019-12{day}", "latest": f"2025-03{day}"}
                else:
                    answer["order"] = draw(st.sampled_from(["written", "random"]))
                    answer["options"] = [{"id": o, "label": o, "exclusive": o == "c"} for o in OPTIONS]
                    if looks and draw(st.booleans()):
                        answer["options"][1]["when"] = _rule(draw, looks)
                    if draw(st.booleans()):
                        answer["options"][0]["detail"] = {"label": "More", "max_length": 20}
                page["answers"] = [answer]
                looks = [*looks, answer]
                (inside if repeat else asked).append(answer)
            if before and draw(st.integers(0, 3)) == 0:
                page["variants"] = [{"when": _rule(draw, before), "title": "Other words"}]
            if looks and draw(st.integers(0, 2)) == 0:
                goto = draw(st.sampled_from([*ids[n + 1 :], "end_of_section"]))
                page["routes"] = [{"when": _rule(draw, looks), "goto": goto}]
                if draw(st.integers(0, 3)) == 0:
                    page["routes"].append({"goto": draw(st.sampled_from([*ids[n + 1 :], "end_of_section"]))})
            pages.append(page)
        inside = []
        sensitive = draw(st.booleans())
        sections.append({"id": f"s{chr(97 + number)}", "title": "S", "sensitive": sensitive, "pages": pages})
    q = Questionnaire.model_validate({"id": "any", "version": "1", "title": "Any", "sections": sections})
    common = [section.model_copy(update={"common": truly_common(q, n)}) for n, section in enumerate(q.sections)]
    q = q.model_copy(update={"sections": tuple(common)})
    assume(not structure(q))
    return q


@st.composite
def repeating(draw: st.DrawFn) -> Questionnaire:
    """One whose rounds matter: a count, pages in rounds with rules and routes between them, pages after."""
    asked: list[dict[str, Any]] = [{"id": "often", "kind": "number", "maximum": 4, "disclosure": "none"}]
    if draw(st.booleans()):
        options = [{"id": o, "label": o, "exclusive": o == "c"} for o in OPTIONS]
        asked = [{"id": "often", "kind": "multiple", "options": options, "disclosure": "none"}]
    pages: list[dict[str, Any]] = [{"id": "often", "title": "Often", "answers": asked[:]}]
    size = draw(st.integers(2, 4))
    ids = [f"r{chr(97 + n)}" for n in range(size)]
    before = {
        "id": "before",
        "kind": "single",
        "options": [{"id": o, "label": o} for o in OPTIONS],
        "disclosure": "none",
    }
    pages.insert(0, {"id": "before", "title": "Before", "answers": [before]})
    rounds: list[dict[str, Any]] = [before]
    for n, name in enumerate(ids):
        options = [{"id": o, "label": o} for o in OPTIONS]
        page: dict[str, Any] = {"id": name, "title": name, "repeat": {"over": "often", "max": 2}}
        if draw(st.integers(0, 2)):
            page["when"] = _test(draw, rounds)
        answer = {"id": f"{name}_x", "kind": "single", "options": options, "disclosure": "none"}
        page["answers"] = [answer]
        rounds.append(answer)
        if draw(st.integers(0, 2)) == 0:
            goto = draw(st.sampled_from([*ids[n + 1 :], "last", "end_of_section"]))
            always = draw(st.integers(0, 2)) == 0
            page["routes"] = [{"goto": goto} if always else {"when": _test(draw, rounds), "goto": goto}]
        pages.append(page)
    pages.append({"id": "last", "title": "Last", "kind": "note"})
    sections = [
        {"id": "s", "title": "S", "common": True, "pages": pages},
        {"id": "t", "title": "T", "common": True, "pages": [{"id": "end", "title": "End", "kind": "note"}]},
    ]
    q = Questionnaire.model_validate({"id": "rounds", "version": "1", "title": "Any", "sections": sections})
    assume(not structure(q))
    return q


def answer_page(draw: st.DrawFn, page: Page, facts: Mapping[str, Value]) -> Mapping[str, Value]:
    """Values that `read` accepts, as somebody could send them."""
    form: dict[str, list[str]] = {}
    for answer in page.answers:
        if draw(st.integers(0, 3)) == 0:
            form[missing_field(answer)] = [draw(st.sampled_from(["dont-know", "prefer-not-to-say"]))]
        elif answer.kind in ("number", "year"):
            least, most = math.ceil(answer.minimum), math.floor(answer.maximum or 0)
            form[answer.id] = [str(draw(st.integers(least, most)))]
            if answer.decimals and draw(st.booleans()):
                places = draw(st.decimals(answer.minimum, answer.maximum, places=answer.decimals, allow_nan=False))
                form[answer.id] = [f"{places:f}"]
        elif answer.kind == "date":
            day = draw(st.dates(date.fromisoformat(answer.earliest or ""), date.fromisoformat(answer.latest or "")))
            for part in ("day", "month", "year"):
                form[f"{answer.id}-{part}"] = [str(getattr(day, part))]
        elif answer.kind == "month":
            form |= {
                f"{answer.id}-month": [str(draw(st.integers(1, 12)))],
                f"{answer.id}-year": [str(draw(st.integers(2020, 2024)))],
            }
        elif answer.kind == "duration":
            for n, unit in enumerate(answer.units):
                form[f"{answer.id}-{unit}"] = [str(draw(st.integers(0, 6 if n else 2)))]
        elif answer.kind == "text":
            form[answer.id] = [draw(st.text('aé😀\\"', min_size=1, max_size=answer.max_length))]
        else:
            options = [option.id for option in offered(answer, facts)]
            if not options:
                form[answer.id] = ["dont-know"]
                continue
            chosen = draw(st.lists(st.sampled_from(options), min_size=1, unique=True))
            alone = [option.id for option in answer.options if option.exclusive and option.id in chosen]
            form[answer.id] = chosen[:1] if answer.kind == "single" else (alone[:1] or chosen)
            for option in answer.options:
                if option.detail and option.id in form[answer.id] and draw(st.booleans()):
                    form[detail_field(answer.id, option.id)] = [draw(st.text('aé😀\\"', max_size=20))]
    got = read(page, form, facts)
    if got.errors:  # a check between answers: nobody fails one who knows nothing
        got = read(page, {missing_field(answer): ["dont-know"] for answer in page.answers}, facts)
    assert got.errors == ()
    return got.values


def page_of(q: Questionnaire, position: Position) -> Page:
    return next(page for page in q.pages if page.id == position.page)
