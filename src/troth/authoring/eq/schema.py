"""An eQ questionnaire as ours: sections, groups and blocks become sections and pages; what would lead back is named."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.draft import Part, finish, part
from troth.authoring.eq.answers import Answers, checks_of_question
from troth.authoring.eq.rules import Known, Rules, Unsayable
from troth.authoring.eq.texts import Texts
from troth.authoring.naming import Names, valid
from troth.authoring.report import FORWARD_ONLY, Report
from troth.authoring.rulewriting import all_of, answered, any_of, none_of, written
from troth.authoring.tracked import Tracked
from troth.kit.errors import Invalid
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from troth.authoring.report import Made
    from troth.questionnaire.expression import Expr

LARGEST: Final = 8_000_000
"""Bytes of a file at most."""
DEEPEST: Final = 80
"""Levels of nesting at most."""
_ASKS: Final = frozenset(
    {"Question", "ConfirmationQuestion", "ListCollectorDrivingQuestion", "QuestionnaireQuestion", "Questionnaire"}
)
_TELLS: Final = frozenset({"Interstitial", "Introduction"})
_BACK: Final = frozenset(
    {"CalculatedSummary", "GrandCalculatedSummary", "Summary", "SectionSummary", "Confirmation", "AnswerSummary"}
)
_LISTS: Final = frozenset(
    {"ListCollector", "PrimaryPersonListCollector", "RelationshipCollector", "ListCollectorContent", "UnrelatedQuestion",
     "ListAddQuestion", "ListEditQuestion", "ListRemoveQuestion", "ListRepeatingQuestion", "PrimaryPersonListAddOrEditQuestion"}
)  # fmt: skip
_THEIRS: Final = frozenset(
    {"mime_type", "schema_version", "data_version", "theme", "legal_basis", "survey_id", "form_type", "region_code", "eq_id",
     "submission", "post_submission", "session_timeout_in_seconds", "answer_codes", "q_code", "page_title", "id",
     "variables", "questionnaire_id", "type", "show_on_hub"}
)  # fmt: skip
_SHOWS_AGAIN: Final = frozenset(
    {"summary", "playback", "item_title", "view_submitted_response", "preview_questions", "navigation", "collapsible",
     "list_summary", "show_on_completion", "summary_title"}
)  # fmt: skip


def import_eq(data: bytes, name: str) -> Made:
    """The questionnaire that the JSON makes, with everything that it could not carry.

    Raises:
        Invalid: too large or deep, not JSON, not a questionnaire, or nothing in it can be asked.

    """
    return _Schema(Tracked(_json(data, name)), Report(), name).made()


def _json(data: bytes, name: str) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise Invalid("the file is too large", where=f"{name}:1:1", mend=f"Keep it below {LARGEST} bytes")
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_finite, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise Invalid("not readable as JSON", where=where, mend="Look at quotes and commas near that place") from None
    except (ValueError, RecursionError):
        raise Invalid("not readable as JSON", where=f"{name}:1:1", mend="Save it as UTF-8, less deep") from None
    if not isinstance(found, dict) or not isinstance(found.get("sections", found.get("groups")), list):
        raise Invalid("not an eQ questionnaire", where=f"{name}:1:1", mend="It has a list of `sections`")
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        inner = [value for one in level for value in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in inner if isinstance(one, (dict, list))]
        if not level:
            return found
    raise Invalid("nested too deeply", where=f"{name}:1:1", mend=f"Keep it to {DEEPEST} levels")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("no number")  # RFC 8259 section 6 has no infinity
    return number


@dataclass
class _Block:
    """A block of theirs: its pages (none where it is not carried), and where it leads."""

    ids: tuple[str, str]  # block, group
    section: int
    pages: list[Part] = field(default_factory=list)
    routes: list[tuple[Tracked, Part]] = field(default_factory=list)


class _Schema:
    def __init__(self, root: Tracked, report: Report, name: str) -> None:
        self._root = root
        self._report = report
        self._name = name
        self._texts = Texts(report)
        self._answers = Answers(self._texts, report)
        self._rules = Rules(self._answers.known)
        self._pages = Names("page", report, "p")
        self._sections = Names("section", report, "s")
        self._blocks: list[_Block] = []
        self._draft: Part = {}

    def made(self) -> Made:
        """All of it."""
        root, report = self._root, self._report
        title = self._texts.of(root.get("title")) or "Questionnaire"
        stem = root.get("eq_id").text() or root.get("survey_id").text() or root.get("form_type").text() or title
        language = root.get("language").text()
        if language not in {"", "en"}:
            report.ask(
                "$.language",
                f"the texts are in `{language[:20]}`; they are the keys, as English texts are in other questionnaires",
            )
        self._draft = part("$", id=valid(stem, "q"), version="1", title=title, sections=[])
        report.change("$", "the questionnaire is version 1")
        self._whole_questionnaire()
        sections = root.get("sections").items() if root.has("sections") else [root]
        for node in sections:
            self._section(node)
        for block in self._blocks:
            self._route(block)
        self._leftovers()
        if self._answers.count:
            report.ask("$", "no disclosure class can be known from it: every answer is `sensitive` until you decide")
            report.ask(
                "$", "questions also offer “I don't know” and “I prefer not to say”: take them away where you must"
            )
        return finish(self._draft, report, self._name)

    def _whole_questionnaire(self) -> None:
        root, report = self._root, self._report
        flow = root.get("questionnaire_flow")
        if flow.get("type").text() == "Hub":
            report.lose(flow.path, f"{FORWARD_ONLY}: sections in any order, and a page that shows how far each is")
        options = flow.get("options").whole()
        if isinstance(options, dict) and "summary" in options:
            report.lose(f"{flow.path}.options", f"{FORWARD_ONLY}: a summary of all answers at the end")
        elif isinstance(options, dict) and options:
            report.lose(f"{flow.path}.options", f"`{', '.join(options)[:60]}`")
        names = [one.get("name").text() for one in root.get("metadata").items()]
        root.get("metadata").whole()
        if names:
            report.lose("$.metadata", f"values that the other system hands over: {', '.join(names)[:200]}")
        messages = root.get("messages")
        if messages.data is not None:
            report.lose(messages.path, "messages of its own for all answers: ours are said")
            messages.whole()
        for key, what in (("individual_response", "people who answer apart from their household"),
                          ("supplementary_data", "data about somebody that is brought along")):  # fmt: skip
            if root.get(key).data is not None:
                report.lose(f"$.{key}", what)
                root.get(key).whole()

    def _section(self, node: Tracked) -> None:
        report = self._report
        theirs = node.get("id").text() or "section"
        if node.get("repeat").data is not None:
            report.lose(
                node.path,
                f"the section `{theirs[:40]}`, which is asked for each member of a list: there are no lists of people here",
            )
            node.whole()
            return
        title = self._texts.of(node.get("title"))
        if node.get("summary").data is not None:
            shown = node.get("summary").whole()
            if not isinstance(shown, dict) or shown.get("show_on_completion", True) or shown.get("items"):
                report.lose(f"{node.path}.summary", f"{FORWARD_ONLY}: a summary of the section's answers")
        when = self._enabled(node)
        own = self._sections.take(theirs, node.path, quiet=True)
        section = part(node.path, id=own, title=title, pages=[])
        self._draft["sections"].append(section)
        if when is False:
            report.lose(node.path, "a section that is never shown")
            node.whole()
            return
        for group in node.get("groups").items():
            heading = self._texts.of(group.get("title"))
            if heading and not section["title"]:
                section["title"] = heading
            elif heading not in {"", section["title"]}:
                report.lose(f"{group.path}.title", "the heading of a group inside a section")
            self._group(group, section, when)
        if not section["title"]:
            section["title"] = self._draft["title"]

    def _enabled(self, node: Tracked) -> Expr | bool:
        enabled = node.get("enabled")
        if enabled.data is None:
            return True
        try:
            tests = [self._rules.of(one.get("when")) for one in enabled.items()]
        except Unsayable as why:
            enabled.whole()
            self._report.lose(enabled.path, f"the rule by which the section is shown: {why}. It is always shown")
            return True
        if any(test is True for test in tests):
            return True
        joined = any_of(*(test for test in tests if not isinstance(test, bool)))
        return False if joined is None else joined

    def _group(self, group: Tracked, section: Part, when: Expr | bool) -> None:
        skipped = self._skip(group)
        both = all_of(*(test for test in (when, skipped) if not isinstance(test, bool)))
        group_id = group.get("id").text()
        if skipped is False:
            self._report.lose(group.path, "a group that is never shown")
            group.whole()
            return
        blocks = group.get("blocks").items()
        for node in blocks:
            self._block(node, group_id, section, both)
        if blocks and group.get("routing_rules").data is not None:
            for node in group.get("routing_rules").items():
                if self._blocks and self._blocks[-1].pages:
                    self._blocks[-1].routes.append((node, self._blocks[-1].pages[-1]))
                else:
                    self._report.lose(node.path, "a route of a group without pages")
                    node.whole()

    def _skip(self, node: Tracked) -> Expr | bool:
        """When the block or group is shown: where none of its conditions for skipping holds."""
        skip = node.get("skip_conditions")
        if skip.data is None:
            return True
        tests: list[Expr | bool] = []
        for one in skip.items():
            try:
                tests.append(self._rules.of(one.get("when")))
            except Unsayable as why:
                self._report.lose(one.path, f"a condition for leaving it out: {why}. It is shown")
        if any(test is True for test in tests):
            return False
        joined = any_of(*(test for test in tests if not isinstance(test, bool)))
        return True if joined is None else none_of(joined)

    def _block(self, node: Tracked, group: str, section: Part, when: Expr | None) -> None:
        report = self._report
        theirs, kind = node.get("id").text(), node.get("type").text()
        block = _Block((theirs, group), len(self._draft["sections"]) - 1)
        self._blocks.append(block)
        if kind in _BACK:
            report.lose(node.path, f"{FORWARD_ONLY}: a `{kind}` shows earlier answers again")
        elif kind in _LISTS or node.has("for_list"):
            report.lose(
                node.path, f"a `{kind}`: there are no lists of people here, and what somebody added could be changed"
            )
        elif kind not in _ASKS | _TELLS:
            report.lose(node.path, f"a block of type `{kind[:40]}`")
        else:
            shown = self._skip(node)
            if shown is False:
                report.lose(node.path, "a block that is never shown")
            else:
                if kind == "ConfirmationQuestion":
                    report.change(
                        node.path,
                        "a question that confirms an earlier answer: it stays, and no route leads back from it",
                    )
                both = all_of(when, shown if not isinstance(shown, bool) else None)
                self._carry(node, kind, block, section, both)
                return
        node.whole()

    def _carry(self, node: Tracked, kind: str, block: _Block, section: Part, when: Expr | None) -> None:
        if kind in _ASKS and self._texts.of(node.get("title")):
            self._report.lose(f"{node.path}.title", "the title of a block, which stands in the browser's own title")
        if node.get("interviewer_only").whole():
            self._report.lose(f"{node.path}.interviewer_only", "that it is for an interviewer alone: everybody sees it")
        pages = self._telling(node, block) if kind in _TELLS else self._asking(node, block)
        for page in pages:
            own = page.pop("_when", None)
            rule = all_of(when, own)
            if rule is not None:
                page["when"] = written(rule)
            section["pages"].append(page)
            block.pages.append(page)
        for route in node.get("routing_rules").items():
            if pages:
                last = [pages[-1]] if node.has("questions") else pages
                block.routes += [(route, page) for page in last]
            else:
                self._report.lose(route.path, "a route of a block that is not carried")
                route.whole()

    # Notes.

    def _telling(self, node: Tracked, block: _Block) -> list[Part]:
        contents = [node.get("content")] if node.get("content").data is not None else []
        variants = node.get("content_variants").items()
        body: list[str] = []
        for key in ("primary_content", "secondary_content", "preview_content"):
            body += list(self._texts.paragraphs(node.get(key)))
        heading = self._texts.of(node.get("title"))
        if node.has("description"):
            body = [*self._texts.paragraphs(node.get("description")), *body]
        if not contents and not variants and not body and not heading:
            if node.get("type").text() == "Introduction":
                self._report.change(node.path, "the opening page has no words of its own here")
            else:
                self._report.lose(node.path, "a page without words")
            return []
        own = self._pages.take(block.ids[0] or "note", node.path, quiet=True)
        said = [self._words_of(one) for one in contents]
        page = part(node.path, id=own, kind="note", title="")
        others: list[Part] = []
        for one in variants:
            words = self._words_of(one.get("content"))
            try:
                test = self._rules.of(one.get("when"))
            except Unsayable as why:
                self._report.lose(one.path, f"other words by rule: {why}")
                continue
            if isinstance(test, bool):
                said += [words] if test else []
                continue
            others.append(part(one.path, when=written(test), title=words[0] or None, body=words[1] or None))
            said.append(words)
        if not said and not body and not heading:
            return []
        title, paragraphs = said[-1] if said else ("", [])
        title = title or heading
        paragraphs = [*paragraphs, *body]
        page["title"] = title or (paragraphs.pop(0) if paragraphs else self._draft["title"])
        if paragraphs:
            page["body"] = paragraphs
        if others:
            page["variants"] = others
        return [page]

    def _words_of(self, content: Tracked) -> tuple[str, list[str]]:
        title = self._texts.of(content.get("title"))
        if content.get("instruction").data is not None:
            self._report.lose(f"{content.path}.instruction", "an instruction to whoever asks")
            content.get("instruction").whole()
        return title, list(self._texts.paragraphs(content.get("contents")))

    # Questions.

    def _asking(self, node: Tracked, block: _Block) -> list[Part]:
        pages = self._asked(node, block)
        if node.has("description"):
            said = list(self._texts.paragraphs(node.get("description")))
            if not pages and said:
                self._report.lose(f"{node.path}.description", "words above a question that is not asked")
            for page in (pages if node.get("question_variants").items() else pages[:1]) if said else []:
                page["body"] = [*said, *page.get("body", [])]
        return pages

    def _asked(self, node: Tracked, block: _Block) -> list[Part]:
        variants = node.get("question_variants").items()
        if node.has("questions"):
            return self._several(node, block)
        if not variants:
            page = self._question(node.get("question"), block)
            return [page] if page else []
        tested: list[tuple[Tracked, Expr | bool]] = []
        for one in variants:
            try:
                tested.append((one.get("question"), self._rules.of(one.get("when"))))
            except Unsayable as why:
                self._report.lose(one.path, f"a form of the question by rule: {why}. It is not asked")
                one.whole()
        tested = [(question, test) for question, test in tested if test is not False]
        if not tested:
            return []
        asked = {
            json.dumps(question.data.get("answers"), sort_keys=True)
            for question, _ in tested
            if isinstance(question.data, dict)
        }
        if len(asked) == 1:
            return self._same_answers(tested, block)
        pages: list[Part] = []
        before: list[Expr] = []
        for question, test in tested:
            page = self._question(question, block)
            own = all_of(*(none_of(one) for one in before), test if not isinstance(test, bool) else None)
            if page:
                pages.append({**page, "_when": own})
            if isinstance(test, bool):
                break
            before.append(test)
        if len(pages) > 1:
            self._report.change(
                node.path, f"a question with {len(pages)} forms is {len(pages)} pages, each shown by its rule"
            )
        return pages

    def _several(self, node: Tracked, block: _Block) -> list[Part]:
        """The older form: the questions of a block, each with its own rule; each is a page."""
        pages: list[Part] = []
        for question in node.get("questions").items():
            shown = self._skip(question)
            page = self._question(question, block) if shown is not False else None
            if page is not None:
                pages.append({**page, "_when": None if isinstance(shown, bool) else shown})
        if len(pages) > 1:
            self._report.change(node.path, f"the {len(pages)} questions of a block are asked on pages of their own")
        return pages

    def _same_answers(self, tested: list[tuple[Tracked, Expr | bool]], block: _Block) -> list[Part]:
        """Forms that differ in words alone: one page with other words by rule."""
        page = self._question(tested[-1][0], block)
        if page is None:
            return []
        others: list[Part] = []
        for question, test in tested[:-1]:
            title, guidance, body = self._asked_words(question)
            question.whole()
            if not isinstance(test, bool):
                others.append(
                    part(
                        question.path,
                        when=written(test),
                        title=title or None,
                        guidance=guidance or None,
                        body=body or None,
                    )
                )
        if others:
            page["variants"] = others
        return [page]

    def _asked_words(self, question: Tracked) -> tuple[str, str, list[str]]:
        texts, report = self._texts, self._report
        title = texts.of(question.get("title"))
        described = list(texts.paragraphs(question.get("description")))
        guidance = described.pop(0) if described else ""
        body = described
        for key in ("guidance", "definition", "definitions", "warning"):
            body += list(texts.paragraphs(question.get(key)))
        if question.get("instruction").data is not None:
            report.lose(f"{question.path}.instruction", "an instruction to whoever asks")
            question.get("instruction").whole()
        return title, guidance, body

    def _question(self, question: Tracked, block: _Block) -> Part | None:
        report = self._report
        title, guidance, body = self._asked_words(question)
        own = self._pages.take(block.ids[0] or "question", question.path, quiet=True)
        page = part(question.path, id=own, title=title, guidance=guidance or None, body=body or None)
        self._titles(question, page)
        answers = [answer for one in question.get("answers").items() if (answer := self._answers.read(one))]
        if question.get("dynamic_answers").data is not None:
            report.lose(
                f"{question.path}.dynamic_answers", f"{FORWARD_ONLY}: questions that are made of earlier answers"
            )
            question.get("dynamic_answers").whole()
        kind = question.get("type").text()
        checks = checks_of_question(question, answers, self._answers.known, self._rules, report)
        if kind == "MutuallyExclusive":
            answers, more = self._exclusive(question, answers)
            checks += more
        elif kind not in {"General", "Calculated", "DateRange", "Content"}:
            report.lose(f"{question.path}.type", f"what is special about a `{kind[:30]}` question")
        question.get("mandatory").whole()
        if question.get("validation").data is not None:
            report.lose(f"{question.path}.validation", "messages of the question: ours are said")
            question.get("validation").whole()
        if not page["title"]:
            page["title"] = (
                next((answer["label"] for answer in answers if answer.get("label")), block.ids[0]) or "Question"
            )
        said = [text for answer in answers for text in answer.pop("_body", [])]
        if said:
            page["body"] = [*page.get("body", []), *said]
        if not answers and not question.get("answers").data and (body or guidance or title):
            return {**page, "kind": "note"}
        if not answers:
            report.lose(question.path, "a question of which no answer is carried")
            return None
        if len(answers) > 1:
            for answer in answers:
                answer.setdefault("label", page["title"])
        page["answers"] = answers
        if checks:
            page["checks"] = checks
        return page

    def _titles(self, question: Tracked, page: Part) -> None:
        """The older form: several titles, each with its condition; the last is for everybody."""
        titles = question.get("titles").items()
        if not titles:
            return
        others: list[Part] = []
        for one in titles:
            text = self._texts.of(one.get("value"))
            if one.get("when").data is None:
                page["title"] = text
                continue
            try:
                test = self._rules.of(one.get("when"))
            except Unsayable as why:
                self._report.lose(one.path, f"another title by rule: {why}")
                continue
            if not isinstance(test, bool):
                others.append(part(one.path, when=written(test), title=text))
        if not page["title"] and others:
            page["title"] = others[-1]["title"]
        if others:
            page["variants"] = others

    def _exclusive(self, question: Tracked, answers: list[Part]) -> tuple[list[Part], list[Part]]:
        """The last answer excludes the others: a choice that is chosen alone, or a check that not both are given."""
        required = question.get("mandatory").whole() is True
        if len(answers) < 2:  # noqa: PLR2004 - what excludes, and what is excluded
            return answers, []
        *first, last = answers
        if len(first) == 1 and first[0]["kind"] == last["kind"] == "multiple":
            main = first[0]
            taken = {option["id"] for option in main["options"]}
            known = self._answers.known
            theirs = next(name for name, one in known.items() if last["id"] in one.ids)
            renamed: dict[str, str] = {}
            for option in last["options"]:
                own = option["id"] if option["id"] not in taken else f"{option['id'][:28]}_own"
                renamed[option["id"]] = own
                main["options"].append({**option, "id": own, "exclusive": True})
            known[theirs] = Known(
                [main["id"]], "multiple", {name: renamed[own] for name, own in known[theirs].options.items()}
            )
            main["required"] = required
            return [main], []
        for answer in answers:
            answer["required"] = False
        if required:
            self._report.lose(f"{question.path}.mandatory", "that one of answers that exclude each other must be given")
        asked = any_of(*(answered(answer["id"]) for answer in first))
        both = all_of(asked, answered(last["id"]))
        assert both is not None
        return answers, [part(question.path, violated=written(both), message="Give one of these answers, not both")]

    # Routes.

    def _route(self, block: _Block) -> None:
        number = self._blocks.index(block)
        lost = False
        for node, page in block.routes:
            goto = node.get("goto") if node.has("goto") else node
            when = goto.get("when") if goto.has("when") else node.get("when")
            target = self._target(goto, number)
            if target is None:
                node.whole()
                lost = True
                continue
            rule: Expr | bool = True
            if when.data is not None:
                try:
                    rule = self._rules.of(when)
                except Unsayable as why:
                    self._report.lose(node.path, f"a route: {why}. Nobody takes it, so more is asked")
                    lost = True
                    continue
            if rule is False:
                continue
            if rule is True and lost:
                self._report.lose(
                    node.path,
                    "the route for everybody else, since one before it is not carried: nobody is led past a page",
                )
                continue
            if target == "" and rule is True:
                continue  # it leads to the next page, as it does without a route
            following = self._next_page(number)
            goto_id = target or following
            if goto_id is None:
                goto_id = END_OF_SECTION
            page.setdefault("routes", []).append(
                part(node.path, when=None if isinstance(rule, bool) else written(rule), goto=goto_id)
            )
        for _, page in block.routes:
            routes = page.get("routes", [])
            always = next((n for n, route in enumerate(routes) if "when" not in route), None)
            if always is not None:
                del routes[always + 1 :]
            if not routes:
                page.pop("routes", None)

    def _next_page(self, number: int) -> str | None:
        block = self._blocks[number]
        for other in self._blocks[number + 1 :]:
            if other.section != block.section:
                return None
            if other.pages:
                return str(other.pages[0]["id"])
        return None

    def _target(self, goto: Tracked, number: int) -> str | None:
        """The page that a route leads to; "" for the next one; None where it is not carried."""
        here = self._blocks[number]
        if goto.has("section"):
            goto.get("section").whole()
            return END_OF_SECTION
        key = "block" if goto.has("block") else "group"
        theirs = goto.get(key).text()
        index = next((n for n, one in enumerate(self._blocks) if one.ids[key == "group"] == theirs), None)
        if index is None:
            self._report.lose(goto.path, f"a route to `{theirs[:40]}`, which is not there")
            return None
        if index <= number:
            self._report.lose(goto.path, f"{FORWARD_ONLY}: a route that leads back to `{theirs[:40]}`")
            return None
        target = self._blocks[index]
        if target.section != here.section:
            self._report.lose(
                goto.path, f"a route into another section (`{theirs[:40]}`): it leads to the end of its own"
            )
            return END_OF_SECTION
        for other in self._blocks[index:]:
            if other.section != here.section:
                break
            if other.pages:
                found = str(other.pages[0]["id"])
                return "" if found == self._next_page(number) else found
        return END_OF_SECTION

    def _leftovers(self) -> None:
        for path in self._root.unread():
            key = path.rsplit(".", 1)[-1].split("[")[0]
            if key in _SHOWS_AGAIN:
                self._report.lose(path, f"{FORWARD_ONLY}: `{key}`, which shows answers again")
            elif key in _THEIRS or path == f"{self._root.path}.description":
                self._report.change(path, f"`{key}` belongs to the other system")
            else:
                self._report.lose(path, f"`{key[:40]}`")
