"""A questionnaire that is being imported: plain data, mended until the engine accepts it, each mend told in the report.

A part is a dict of the keys that `questionnaire.yaml` has, and of `FROM`: the place in the other system's form that it was made
from, for the report. Keys that begin with an underscore are an importer's own and are not written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml
from pydantic import ValidationError

from troth.authoring.report import Made
from troth.kit.errors import Invalid
from troth.questionnaire import Questionnaire, lint, load, plan
from troth.questionnaire.lint import truly_common
from troth.questionnaire.structure import structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from troth.authoring.report import Report
    from troth.questionnaire import Finding

Part: TypeAlias = dict[str, Any]
FROM: Final = "_from"
MOST_MENDS: Final = 2000
LONGEST_TEXT: Final = 2000
OPENING: Final = "Welcome"

_RULES: Final = frozenset({"unknown_answer", "looks_forward", "repeated_answer", "kinds", "free_text_rule"})
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_MARK: Final = re.compile(r"(\*\*|__|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|^#{1,6}\s+)", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]]{0,300})\]\(([^()\s]{0,500})\)")
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " ", "&#39;": "'", "&apos;": "'"}


def part(where: str, **keys: object) -> Part:
    """A part with its keys; those that are None are left out."""
    return {FROM: where, **{key: value for key, value in keys.items() if value is not None}}


def words(text: str, where: str, report: Report) -> str:
    """The text as a page can show it: plain, on one line, without braces that would pipe; what it loses is told."""
    plain = _LINK.sub(r"\1 (\2)", _TAG.sub(" ", text))
    plain = _MARK.sub("", plain)
    for entity, sign in _ENTITIES.items():
        plain = plain.replace(entity, sign)
    if plain != text and _TAG.search(text) is not None:
        report.lose(where, "formatting of a text (tags)")
    elif plain != text:
        report.lose(where, "formatting of a text")
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    plain = plain.replace("{{", "{ {").replace("}}", "} }")
    if len(plain) > LONGEST_TEXT:
        report.lose(where, f"the end of a text that is longer than {LONGEST_TEXT} characters")
        plain = plain[: LONGEST_TEXT - 1].rstrip() + "…"
    return plain


def finish(
    draft: Part,
    report: Report,
    name: str,
    catalogues: Callable[[Questionnaire], Mapping[str, str]] = lambda _: {},
) -> Made:
    """The draft as YAML that loads, mended where the engine refuses it; `catalogues` makes the further languages.

    Raises:
        Invalid: nothing of it can be kept, or it is too large.

    """
    q = _accepted(draft, report, name)
    for number, section in enumerate(draft["sections"]):
        if number == 0 or truly_common(q, number):
            section["common"] = True
        else:
            section.pop("common", None)
    text = yaml_of(draft)
    q = load(text, "imported.yaml")
    _advise(q, report)
    answers = sum(len(page.answers) for page in q.pages)
    return Made(text, len(q.pages), answers, report, dict(catalogues(q)))


def yaml_of(draft: Part) -> str:
    """The YAML of a draft."""
    return yaml.dump(_plain(draft), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)


class _Dumper(yaml.SafeDumper):
    """Aliases are not read, so none are written."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's own signature
        return True


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if not key.startswith("_")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _advise(q: Questionnaire, report: Report) -> None:
    """What `check` will say of it is said here too."""
    places = {finding: finding for finding in lint(q) if finding.severity == "error"}
    for finding in places:
        report.ask(finding.where, f"{finding.what}: {finding.mend[:1].lower()}{finding.mend[1:]}")
    try:
        plan(q)
    except Invalid as error:
        report.ask("questionnaire", f"{error.what}: {error.mend}")


def _accepted(draft: Part, report: Report, name: str) -> Questionnaire:
    _tidy(draft, report)
    for _ in range(MOST_MENDS):
        if not draft["sections"]:
            break
        try:
            q = Questionnaire.model_validate(_placed(draft, ()))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            _drop_at(draft, first["loc"], first["msg"], report)
            continue
        found = structure(q)
        if not found:
            return q
        for finding in found:
            if _mend(draft, finding, report):
                break  # places have moved: look again
    reasons = "; ".join(f"{one.where}: {one.what}" for one in report.lost[:5])
    more = f" ({reasons})" if reasons else ""
    raise Invalid(
        f"nothing of it can be asked here{more}",
        where=f"{name}:1:1",
        mend="See docs/questionnaire.md for what is carried",
    )


def _placed(value: Any, path: tuple[str | int, ...]) -> Any:
    """The data with each part's path as its place, so that a finding leads back to it."""
    if isinstance(value, dict):
        inner = {key: _placed(one, (*path, key)) for key, one in value.items() if not key.startswith("_")}
        return {**inner, "where": "/".join(str(step) for step in path)}
    if isinstance(value, list):
        return [_placed(one, (*path, number)) for number, one in enumerate(value)]
    return value


def _steps(draft: Part, steps: tuple[int | str, ...]) -> list[tuple[Any, int | str]]:
    """(holder, key) of each part on the way, as far as the way goes in the data."""
    at: Any = draft
    found: list[tuple[Any, int | str]] = []
    for step in steps:
        # pydantic names the kind of an answer on its way, which is no key, and the answers of a page by another name.
        if isinstance(at, list) and str(step).isdigit() and int(step) < len(at):
            found.append((at, int(step)))
            at = at[int(step)]
        elif isinstance(at, dict):
            key = "answers" if step == "asks" else step
            if key in at:
                found.append((at, key))
                at = at[key]
    return found


def _drop_at(draft: Part, loc: tuple[int | str, ...], message: str, report: Report) -> None:
    """What does not fit its form is taken out: the smallest part that can go."""
    way = _steps(draft, loc)
    why = message.removeprefix("Value error, ").partition(" | ")[0]
    for holder, key in reversed(way):
        if isinstance(holder, list) or key not in {"id", "kind", "title", "label", "pages", "sections", "version"}:
            if isinstance(holder, dict) and key in {"options", "rows", "answers", "violated", "message", "goto"}:
                continue
            gone = holder[key]
            report.lose(_from(way, gone), f"`{loc[-1]}` is not possible here ({why})")
            del holder[key]
            _tidy(draft, report)
            return
    draft["sections"] = []


def _from(way: list[tuple[Any, int | str]], gone: Any) -> str:
    """The place in the other form of the nearest part that knows one."""
    if isinstance(gone, dict) and FROM in gone:
        return str(gone[FROM])
    for holder, _ in reversed(way):
        if isinstance(holder, dict) and FROM in holder:
            return str(holder[FROM])
    return "form"


def _mend(draft: Part, finding: Finding, report: Report) -> bool:
    """The finding is mended; whether parts have moved, so that other findings name wrong places now."""
    way = _steps(draft, tuple(finding.where.split("/")) if finding.where else ())
    target = way[-1][0][way[-1][1]] if way else draft
    place = _from(way, target)
    kind = next((str(key) for holder, key in reversed(way) if isinstance(holder, dict)), "")
    match finding.rule:
        case "nothing_asked" if target.get("body") or target.get("guidance"):
            target["kind"] = "note"
            return False
        case "note_asks":
            target.pop("kind", None)
            return False
        case "common_start":
            _open(draft)
            return True
        case "no_label":
            target["label"] = str(target["id"]).replace("_", " ").capitalize()
            report.change(place, "a question without words is labelled by its name")
            return False
        case rule if rule in _RULES and kind in _STAYS and "when" in target:
            report.lose(place, f"{_STAYS[kind]} ({finding.what}): {target.pop('when')}")
            return False
        case "repeat_max":
            most = re.search(r"max: (\d+)", finding.mend)
            if most and int(most[1]) > 0:
                target["max"] = int(most[1])
                return False
    if not way:
        draft["sections"] = []
        return True
    holder, key = way[-1]
    if finding.rule != "nothing_asked":
        source = target.get("when") or target.get("violated") if isinstance(target, dict) else ""
        report.lose(place, f"{_WHAT.get(kind, 'a part')}: {finding.what}{f' ({source})' if source else ''}")
    del holder[key]
    _tidy(draft, report)
    return True


_STAYS: Final = {
    "pages": "the rule by which it is shown, so it is always shown",
    "options": "the rule by which it is offered, so it is always offered",
}
_WHAT: Final = {
    "answers": "a question", "options": "a choice", "routes": "a route", "checks": "a check", "pages": "a page",
    "repeat": "a repeat, so it is asked once", "variants": "other words by rule", "sections": "a section",
}  # fmt: skip


def _open(draft: Part) -> None:
    """The first section starts with a page that is always shown."""
    first = draft["sections"][0]
    for section in draft["sections"]:
        section.pop("common", None)
    taken = {page["id"] for section in draft["sections"] for page in section["pages"]}
    name = next(name for name in ("opening", "opening_note", "opening_of_all", "opening_page") if name not in taken)
    first["pages"].insert(0, part(first[FROM], id=name, kind="note", title=draft["title"] or OPENING))


def _tidy(draft: Part, report: Report) -> None:
    """Parts that have nothing left in them go too."""
    for section in draft["sections"]:
        for page in section["pages"]:
            for key in ("answers", "routes", "checks", "variants"):
                if key in page and not page[key]:
                    del page[key]
        kept = [
            page for page in section["pages"] if page.get("answers") or page.get("kind") == "note" or page.get("title")
        ]
        section["pages"] = kept
    for section in draft["sections"]:
        if not section["pages"]:
            report.change(section[FROM], "a section without pages is left out")
    draft["sections"] = [section for section in draft["sections"] if section["pages"]]
