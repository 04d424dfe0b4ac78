"""An XLSForm as a questionnaire: each question a page, a field list one page, groups at the top sections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.authoring.draft import FROM, Part, finish, part, words
from troth.authoring.naming import Names, valid
from troth.authoring.report import Report
from troth.authoring.rulewriting import all_of, written
from troth.authoring.xlsform.choices import Choices, read_choices
from troth.authoring.xlsform.extra import extra
from troth.authoring.xlsform.question import Known, Reader, kind_of
from troth.authoring.xlsform.sheets import read_workbook
from troth.authoring.xlsform.words import Words
from troth.authoring.xlsform.xpath import Unsayable, translate
from troth.questionnaire import Page, Questionnaire, Section

if TYPE_CHECKING:
    from troth.authoring.report import Made
    from troth.authoring.xlsform.sheets import Row, Workbook
    from troth.questionnaire.expression import Expr

_BEGIN: Final = re.compile(r"begin[ _](group|repeat|loop|lgroup|looped group)(?:\s+over\s+\S+)?\Z", re.IGNORECASE)
_END: Final = re.compile(r"end[ _](group|repeat|loop|lgroup|looped group)\Z", re.IGNORECASE)
_COUNT: Final = re.compile(r"\s*(?:count-selected\(\s*)?\$\{\s*([^{}\s]+)\s*\}\s*\)?\s*\Z")
_AT_MOST: Final = re.compile(
    r"\s*if\(\s*(?P<count>(?:count-selected\(\s*)?\$\{\s*[^{}\s]+\s*\}\s*\)?)\s*>=?\s*(?P<most>\d{1,9})\s*,\s*(?P=most)\s*,\s*(?P=count)\s*\)\s*\Z"
)
_MOST_ROUNDS: Final = 20
_THEIRS: Final = frozenset(
    ["public_key", "submission_url", "auto_send", "auto_delete", "omit_instanceid", "clean_text_values", "add_none_option",
     "namespaces", "prefix", "delimiter", "allow_choice_duplicates", "sms_keyword", "sms_separator", "sms_allow_media",
     "sms_date_format", "sms_datetime_format", "sms_response", "xmlns", "client_editable"]
)  # fmt: skip
"""Settings of the other system that are nothing that anybody asks or reads."""


@dataclass
class _Frame:
    """A group that is open. `page`: one that is asked on one page."""

    row: Row
    kind: str  # group, repeat, page
    section: bool
    when: Expr | None
    hidden: bool
    repeat: Part | None
    page: Part | None = None
    following: int = 0
    title: str = ""
    loose: list[str] = field(default_factory=list)


def import_xlsform(data: bytes, name: str) -> Made:
    """The questionnaire that the workbook makes, with its catalogues and everything that it could not carry.

    Raises:
        Refused: pyxform is not installed. Invalid: not an XLSForm, too large, or nothing in it can be asked.

    """
    report = Report()
    workbook = read_workbook(data, name, report)
    return _Form(workbook, report).made(name)


class _Form:
    def __init__(self, workbook: Workbook, report: Report) -> None:
        self._book = workbook
        self._report = report
        settings = workbook.settings
        default = settings.get("default_language")
        self._words = Words([*workbook.survey, *workbook.choices], default, report)
        self._choices: dict[str, Choices] = read_choices(workbook.choices, self._words, report)
        self._answers: dict[str, Known] = {}
        self._reader = Reader(self._words, self._choices, self._answers, report)
        self._pages = Names("page", report, "p")
        self._sections = Names("section", report, "s")
        self._ids = Names("answer", report, "a")
        self._stack: list[_Frame] = []
        self._draft: Part = self._titled()

    def _titled(self) -> Part:
        settings, report = self._book.settings, self._report
        name = settings.get("form_id") or settings.get("form_title") or "form"
        title = words(settings.get("form_title") or name, "settings", report) or "Form"
        version = re.sub(r"[^0-9a-z.-]+", "-", settings.get("version").lower()).strip("-.")[:16]
        if not version:
            version = "1"
            report.change("settings", "a form without a version is version 1")
        elif version != settings.get("version"):
            report.change("settings", f"the version is written `{version}`")
        own = valid(name, "q")
        if own != name:
            report.change("settings", f"the form is called `{own}`")
        draft = part("settings", id=own, version=version, title=title, sections=[])
        draft |= extra(settings, Questionnaire, report, without=("id", "version", "title", "sections"))
        return draft

    def made(self, name: str) -> Made:
        """All of it."""
        for row in self._book.survey:
            self._register(row)
        for row in self._book.survey:
            self._row(row)
        while self._stack:
            self._end(self._stack[-1].row)
        self._leftovers()
        report = self._report
        if any(page.get("answers") for section in self._draft["sections"] for page in section["pages"]):
            if self._reader.undecided:
                report.ask(
                    "survey",
                    "no disclosure class can be known from a form: every answer is `sensitive` until you decide",
                )
            if self._reader.ways_out:
                report.ask(
                    "survey",
                    "questions also offer “I don't know” and “I prefer not to say”: take them away where you must",
                )
        return finish(self._draft, report, name, self._words.catalogues)

    def _leftovers(self) -> None:
        for row in (self._book.settings, *self._book.survey, *self._book.choices):
            for header, text in row.unread():
                if row.sheet == "choices" and (header in self._reader.filtered or header == "order"):
                    continue
                if row.sheet == "settings" and header.lower() in _THEIRS:
                    self._report.change(row.where, f"`{header[:40]}` belongs to the other system")
                    continue
                self._report.lose(row.where, f"column `{header[:60]}`: {' '.join(text.split())[:80]}")
        for sheet in self._book.others:
            self._report.lose(f"sheet {sheet}", "the whole sheet")

    # The first walk: what is asked at all, so that rules can name it.

    def _register(self, row: Row) -> None:
        name, kind = row.cells.get(("name", "")), kind_of(row)
        if not name or kind is None or name in self._answers:
            return
        if kind == "calculate":
            self._answers[name] = Known("", "", {})
            return
        listed = self._choices.get(self._reader.list_of(row))
        options = dict(listed.ids) if listed else {}
        own = self._ids.take(name, row.where)
        if self._reader.with_other(row):
            options["other"] = "other"
        if kind == "acknowledge":
            options = {"OK": "ok"}
        self._answers[name] = Known(own, self._reader.our_kind(row, kind), options)

    # The second walk: pages.

    def _row(self, row: Row) -> None:
        said = row.get("type")
        if not said:
            if row.cells:
                self._report.lose(row.where, "a row without a type")
                for key in row.cells:
                    row.read.add(key)
            return
        if begins := _BEGIN.match(said):
            self._begin(row, "group" if begins[1].lower() == "group" else "repeat")
        elif _END.match(said):
            row.get("name")
            self._end(row)
        else:
            self._question(row)

    def _begin(self, row: Row, kind: str) -> None:
        appearance = row.get("appearance").split()
        condition = self._relevant(row)
        hidden = condition is False or any(frame.hidden for frame in self._stack)
        section = not self._stack and "field-list" not in appearance and "table-list" not in appearance
        title = self._words.of(row, "label")
        frame = _Frame(
            row, kind, section, condition if not isinstance(condition, bool) else None, hidden, None, title=title
        )
        for look in appearance:
            if look == "table-list":
                self._report.change(row.where, "a table is asked one question below the other, on one page")
            elif look != "field-list":
                self._report.lose(row.where, f"appearance `{look[:40]}`")
        if kind == "repeat":
            self._repeat(row, frame)
        elif row.get("repeat_count"):
            self._report.lose(row.where, "a count of a group that does not repeat")
        name = row.get("name") or "group"
        if section:
            given = extra(row, Section, self._report, without=("pages",))
            own = self._sections.take(str(given.pop("id", name)), row.where)
            self._draft["sections"].append(part(row.where, id=own, title=title or _spoken(name), pages=[]))
            self._draft["sections"][-1].update(given)
            if not title:
                self._report.change(row.where, "a section without words is called by its name")
        elif set(appearance) & {"field-list", "table-list"}:
            frame.kind = "page"
            frame.page = self._page(row, name, title, frame)
        elif title:
            self._report.lose(row.where, "the heading of a group inside a section")
        self._stack.append(frame)

    def _repeat(self, row: Row, frame: _Frame) -> None:
        if any(outer.repeat for outer in self._stack):
            self._report.lose(
                row.where, "a repeat inside a repeat: its questions are asked once in each round of the outer one"
            )
            row.get("repeat_count")
            return
        text = row.get("repeat_count")
        bounded = _AT_MOST.match(text)
        match = _COUNT.match(bounded["count"] if bounded else text)
        most = min(int(bounded["most"]), _MOST_ROUNDS) if bounded else _MOST_ROUNDS
        counted = self._answers.get(match[1]) if match else None
        if counted is None or counted.kind not in {"number", "multiple"}:
            why = f"the count `{text[:60]}`" if text else "as often as somebody likes"
            self._report.lose(row.where, f"a repeat ({why}): its questions are asked once. Ask for the number first")
            return
        before = self._last_page()
        frame.repeat = {FROM: row.where, "over": counted.id, "max": max(1, most)}
        if before is not None and before.get("repeat", {}).get("over") == counted.id:
            self._report.lose(
                row.where, "a second repeat over the same count right after the first: they make rounds together"
            )
        if not bounded:
            self._report.change(row.where, f"a repeat has at most {_MOST_ROUNDS} rounds")

    def _last_page(self) -> Part | None:
        pages = [page for section in self._draft["sections"] for page in section["pages"]]
        return pages[-1] if pages else None

    def _end(self, row: Row) -> None:
        if not self._stack:
            self._report.lose(row.where, "an end without its begin")
            return
        frame = self._stack.pop()
        for column in ("relevant", "appearance", "label"):
            if row.cells.get((column, "")):
                row.get(column)  # what an end says again of its beginning
        if frame.page is not None:
            self._close(frame)

    def _close(self, frame: _Frame) -> None:
        """The page of a field list is whole."""
        page = frame.page
        assert page is not None
        answers = page.get("answers", [])
        if not answers and not page.get("body") and not frame.title:
            self._section_of(frame.row)["pages"].remove(page)
        elif not answers:
            page["kind"] = "note"
        elif len(answers) == 1 and not frame.title and answers[0].get("label"):
            page["title"] = answers[0].pop("label")
        elif len(answers) == 1 and answers[0].get("label") in {frame.title, page["title"]}:
            del answers[0]["label"]  # the page's title asks it already

    def _section_of(self, row: Row) -> Part:
        """Where a page goes: the section of the group at the top, or one for what stands outside of groups."""
        if self._stack and self._stack[0].section:
            return dict.__getitem__(self._draft, "sections")[-1]  # type: ignore[no-any-return]
        sections = self._draft["sections"]
        if not sections or sections[-1].get("_outside") is not True:
            own = self._sections.take("questions", row.where, quiet=True)
            sections.append({**part(row.where, id=own, title=self._draft["title"], pages=[]), "_outside": True})
        return sections[-1]  # type: ignore[no-any-return]

    def _page(self, row: Row, name: str, title: str, frame: _Frame | None = None, *, kind: str | None = None) -> Part:
        """A new page in its place, with the rules of all groups around it."""
        given = extra(row, Page, self._report, without=("kind", "asks", "repeat")) if frame is not None or kind else {}
        own = self._pages.take(
            str(given.pop("id", name)), row.where, quiet=name in self._answers and valid(name) != name
        )
        page = part(row.where, id=own, kind=kind, title=title or _spoken(name))
        if not title and frame is None:
            self._report.change(row.where, "a page without words is called by its name")
        frames = [*self._stack, *([frame] if frame else [])]
        when = all_of(*(one.when for one in frames))
        if when is not None:
            page["when"] = written(when)
        repeat = next((one.repeat for one in frames if one.repeat), None)
        if repeat:
            page["repeat"] = dict(repeat)
        page |= given
        page["_said"] = "body" in given
        self._section_of(row)["pages"].append(page)
        return page

    def _relevant(self, row: Row) -> Expr | bool:
        text = row.get("relevant")
        if not text:
            return True
        try:
            found = translate(text, self._answers)
        except Unsayable as why:
            self._report.lose(row.where, f"`relevant` ({text[:120]}): {why}. It is always shown")
            return True
        if found is False:
            self._report.lose(row.where, "it is never shown, so it is left out")
        return found

    def _question(self, row: Row) -> None:
        condition = self._relevant(row)
        if condition is False or any(frame.hidden for frame in self._stack):
            if condition is not False:
                self._report.lose(row.where, "it stands in a group that is never shown, so it is left out")
            row.read |= set(row.cells)
            return
        when = condition if not isinstance(condition, bool) else None
        if kind_of(row) == "note":
            self._note(row, when)
            return
        built = self._reader.answer(row)
        if built is None:
            return
        answer, check = built
        frame = self._stack[-1] if self._stack and self._stack[-1].page is not None else None
        if frame is None or when is not None:
            page = self._own_page(row, when, answer)
            if frame is not None:
                self._report.change(
                    row.where,
                    "a question with a rule of its own is asked on a page of its own, after the page it stood on",
                )
                frame.loose.append(answer["id"])
        else:
            page = self._shared_page(row, frame)
            answer.setdefault("label", _spoken(answer["id"]))
            page.setdefault("answers", []).append(answer)
        if check is not None:
            page.setdefault("checks", []).append(check)

    def _shared_page(self, row: Row, frame: _Frame) -> Part:
        """The page of the field list; a further one after a question that had to leave it."""
        if frame.loose:
            frame.loose.clear()
            frame.following += 1
            open_frame = self._stack.pop()
            first = frame.page
            assert first is not None
            if first.get("answers"):
                frame.page = self._page(frame.row, f"{first['id']}_more", frame.title, frame)
                self._report.change(row.where, "a page is parted where a question had to leave it")
            else:  # nothing stood on it yet: it comes after what left it
                section = self._section_of(row)
                section["pages"].remove(first)
                section["pages"].append(first)
            self._stack.append(open_frame)
        assert frame.page is not None
        return frame.page

    def _own_page(self, row: Row, when: Expr | None, answer: Part) -> Part:
        title = answer.pop("label", "")
        page = self._page(row, row.get("name"), title)
        rule = all_of(*(frame.when for frame in self._stack), when)
        if rule is not None:
            page["when"] = written(rule)
        page["answers"] = [answer]
        return page

    def _note(self, row: Row, when: Expr | None) -> None:
        title, more = self._words.of(row, "label"), self._words.of(row, "hint")
        name = row.get("name") or "note"
        frame = self._stack[-1] if self._stack and self._stack[-1].page is not None else None
        if frame is not None and when is None and frame.page is not None:
            page = self._shared_page(row, frame)
            if "guidance" in page and name.endswith("_guidance"):
                return  # our own column has said it
            if name.endswith("_guidance") and title:
                page["guidance"] = title
            elif title and not page.get("_said"):
                page["body"] = [*page.get("body", []), title]
            if page.get("answers"):
                self._report.change(row.where, "a note between questions is said above them")
            if more:
                page["body"] = [*page.get("body", []), more]
            return
        if not title and not more:
            self._report.lose(row.where, "a note without words")
            return
        page = self._page(row, name, title or more, kind="note")
        rule = all_of(*(one.when for one in self._stack), when)
        if rule is not None:
            page["when"] = written(rule)
        if more and title:
            page["body"] = [more]


def _spoken(name: str) -> str:
    """A name as words, where a form has none."""
    return " ".join(re.split(r"[\s_.-]+", name)).strip().capitalize() or "Question"
