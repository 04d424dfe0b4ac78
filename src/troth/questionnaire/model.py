"""What a questionnaire is: sections of pages, pages of answers, rules between them. Frozen, English, plain data.

Whether the parts fit together is the business of `troth.questionnaire.structure` (without it the engine cannot run) and
`troth.questionnaire.lint` (without it a promise is at risk).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads this module's names
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Final, Literal, NewType

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from troth.kit.errors import Invalid
from troth.questionnaire import codelists
from troth.questionnaire.expression import Rule, parse

SectionId = NewType("SectionId", str)
PageId = NewType("PageId", str)
AnswerId = NewType("AnswerId", str)

_ID = StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$", max_length=32)
# A letter follows every underscore, so that `id_1` (a round of a repeat) and `id__option` are free for variables.

_Id = Annotated[str, _ID]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
"""A text in English, plain: also its own key in the catalogues of other languages."""

AnswerKind = Literal["single", "multiple", "number", "text", "date", "month", "year", "duration"]
Appearance = Literal["list", "dropdown", "suggest"]
"""How one choice is made: radio buttons; a dropdown; a dropdown that, with JavaScript, is searched by typing."""
Unit = Literal["years", "months", "weeks", "days", "hours", "minutes"]
UNITS: Final[tuple[tuple[Unit, ...], ...]] = (("years", "months"), ("weeks", "days", "hours", "minutes"))
"""Two calendars that do not convert into each other: a duration stays within one."""
IN_THE_NEXT: Final[Mapping[Unit, int]] = {"years": 12, "weeks": 7, "days": 24, "hours": 60}
"""How many of the next smaller unit one of it has."""
Bound = int | Decimal
_ISO = StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$")
Iso = Annotated[str, _ISO]
"""A day, `2020-01-31`, or a month, `2020-01`: the same form as its answer's. Texts of one form are in the order of time."""
Disclosure = Literal["direct", "quasi", "sensitive", "none"]
"""What an answer says of a person: who they are; what could single them out; what they trusted us with; nothing."""

END_OF_SECTION = PageId("end_of_section")
ROUND = "round"
"""In a repeated page's texts, the number of the round."""
RECORD = "record"
"""The stem of the variables that say how it was answered (`record__sittings`); no answer's id."""


def _rule(value: object) -> Rule:
    if isinstance(value, Rule):
        return value
    if not isinstance(value, str):
        raise ValueError("a rule is a text | Put the rule in double quotes")  # noqa: TRY004 - pydantic collects ValueErrors
    try:
        return parse(value)
    except Invalid as error:
        raise ValueError(f"{error.what}, at {error.where} of the rule | {error.mend}") from None


RuleText = Annotated[InstanceOf[Rule], BeforeValidator(_rule), WithJsonSchema({"type": "string"})]


class Part(BaseModel):
    """Any part of a questionnaire; `where` is its place in the source, `file:line:column`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, populate_by_name=True)
    where: str = Field(default="", exclude=True)


class Detail(Part):
    """A box beside an option, in which whoever chose it may say more. It is free text: sealed, and no rule looks at it."""

    label: Words
    max_length: Annotated[int, Field(ge=1, le=500)] = 100
    required: bool = False


class Option(Part):
    """One thing to choose. `exclusive`: chosen alone. `when`: offered only where the rule holds of earlier pages."""

    id: Annotated[str, _ID]
    label: Words
    hint: Words | None = None
    exclusive: bool = False
    detail: Detail | None = None
    when: RuleText | None = None


class Messages(Part):
    """The study's own words for what is wrong with an answer; `range` may show {minimum} and {maximum}."""

    required: Words | None = None
    invalid: Words | None = None
    range: Words | None = None
    length: Words | None = None


class Asked(Part):
    """What an answer and a grid of answers share."""

    options: tuple[Option, ...] = ()
    options_from: codelists.CodelistName | None = None
    order: Literal["written", "random"] = "written"
    required: bool = True
    dont_know: bool = True
    prefer_not_to_say: bool = True
    disclosure: Disclosure | None = None
    messages: Messages = Messages()

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, data: Any) -> Any:
        """`options_from` stands for the options of a list that everybody uses."""
        if not isinstance(data, dict) or not isinstance(data.get("options_from"), str):
            return data
        if data.get("options"):
            raise ValueError("`options` and `options_from` both say what to choose from | Keep one of the two")
        if data["options_from"] not in codelists.CODELISTS:
            return data  # the field's own check says so
        where = data.get("where", "")
        options = [
            {"id": one, "label": label, "where": where} for one, label in codelists.options(data["options_from"])
        ]
        many = data.get("kind") == "single" and len(options) > codelists.MANY
        return {**({"appearance": "suggest"} if many else {}), **data, "options": options}


class Answer(Asked):
    """One thing that a page asks.

    single, multiple: `options`, or `options_from` a list; single has an `appearance`. number: from `minimum` to `maximum`
    with `decimals` places; a `measure` fills in what a percentage or an amount of money needs. text: at most `max_length`
    characters, on one line or many. date, month: from `earliest` to `latest`. year: from `minimum` to `maximum`.
    duration: in `units`, from `minimum` to `maximum` of the smallest of them.
    """

    id: Annotated[AnswerId, _ID]
    kind: AnswerKind
    label: Words | None = None
    hint: Words | None = None
    appearance: Appearance = "list"
    minimum: Annotated[Bound, Field(ge=-(10**9), le=10**9)] = 0
    maximum: Annotated[Bound, Field(ge=-(10**9), le=10**9)] | None = None
    decimals: Annotated[int, Field(ge=0, le=4)] = 0
    measure: Literal["plain", "percentage", "currency"] = "plain"
    prefix: Words | None = None
    unit: Words | None = None
    max_length: Annotated[int, Field(ge=1, le=2000)] = 500
    lines: Literal["one", "many"] = "many"
    earliest: Iso | None = None
    latest: Iso | None = None
    units: tuple[Unit, ...] = ()
    matrix: Annotated[str, _ID] | None = Field(default=None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _with_usual_bounds(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        usual: dict[str, object] = {}
        if data.get("measure") == "percentage":
            usual = {"minimum": 0, "maximum": 100, "unit": "%"}
        elif data.get("measure") == "currency":
            usual = {"prefix": "£", "decimals": 2}
        elif data.get("kind") == "year":
            usual = {"minimum": 1900, "maximum": 2100}
        elif data.get("kind") in ("date", "month"):
            day = "" if data["kind"] == "month" else "-01"
            usual = {"earliest": f"1900-01{day}", "latest": f"2100-12{day}"}
        return {**usual, **data}

    @property
    def choosing(self) -> bool:
        """Whether it is answered by choosing options."""
        return self.kind in ("single", "multiple")


class Row(Part):
    """One line of a grid: an answer of its own, `<grid>_<row>`."""

    id: Annotated[str, _ID]
    label: Words


class Matrix(Asked):
    """A grid: the same options for each row. It stands for one answer a row, and rules look at those."""

    id: Annotated[str, _ID]
    kind: Literal["matrix"]
    of: Literal["single", "multiple"] = "single"
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=20)]

    def answers(self) -> tuple[Answer, ...]:
        """An answer for each row."""
        shared = {name: getattr(self, name) for name in Asked.model_fields if name not in ("where", "options_from")}
        return tuple(
            Answer(
                **shared,
                id=AnswerId(f"{self.id}_{row.id}"),
                kind=self.of,
                label=row.label,
                matrix=self.id,
                where=row.where,
            )
            for row in self.rows
        )


class Route(Part):
    """Where to go on where `when` holds (always, without one): a later page of this section, or its end."""

    when: RuleText | None = None
    goto: Annotated[PageId, _ID]


class Check(Part):
    """Answers that do not agree: where `violated` holds, the page is shown again with `message`."""

    violated: RuleText
    message: Words


class Repeat(Part):
    """Ask once a round: as many rounds as the number `over` says, or as it has options chosen; `max` at most."""

    over: Annotated[AnswerId, _ID]
    max: Annotated[int, Field(ge=1, le=20)]


class Variant(Part):
    """Other words for the same page: the first one whose `when` holds of earlier answers. What is left out stays."""

    when: RuleText
    title: Words | None = None
    guidance: Words | None = None
    body: tuple[Words, ...] | None = None


class Page(Part):
    """One screen: a `note` tells, a `question` asks. Neighbours with the same `repeat` make rounds together.

    `confirm`: whether the answers are shown once more on the same page before they are saved, because a mis-tap could not be
    mended. Unless it says otherwise, that is done where a sensitive choice decides what is asked next.
    """

    id: Annotated[PageId, _ID]
    kind: Literal["question", "note"] = "question"
    title: Words
    guidance: Words | None = None
    body: tuple[Words, ...] = ()
    variants: tuple[Variant, ...] = ()
    asks: tuple[Annotated[Answer | Matrix, Field(discriminator="kind")], ...] = Field(default=(), alias="answers")
    when: RuleText | None = None
    routes: tuple[Route, ...] = ()
    checks: tuple[Check, ...] = ()
    repeat: Repeat | None = None
    confirm: bool | None = None

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What the page asks, each row of a grid an answer of its own."""
        return tuple(
            answer for asked in self.asks for answer in (asked.answers() if isinstance(asked, Matrix) else (asked,))
        )

    def answer(self, answer: str) -> Answer | None:
        """The answer of that id on this page."""
        return next((one for one in self.answers if one.id == answer), None)


class Section(Part):
    """Pages in order. `common`: nothing in it depends on answers outside it, so resuming there tells nothing (P09)."""

    id: Annotated[SectionId, _ID]
    title: Words
    common: bool = False
    sensitive: bool = False
    pages: Annotated[tuple[Page, ...], Field(min_length=1)]


class Record(Part):
    """What is sealed beside the answers, apart from the questionnaire's version: nothing finer than this is ever kept."""

    language: bool = False
    duration: bool = True
    sittings: bool = True


class Questionnaire(Part):
    """A whole questionnaire. Equal ids and versions mean equal questions: a changed text is a new version.

    `progress`: `sections` shows the number of the section and of all; a count of pages would jump with what is answered.
    `free_text`: people write names into boxes, so a study says that it wants them.
    """

    id: Annotated[str, _ID]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9a-z][0-9a-z.-]{0,15}$")]
    title: Words
    progress: Literal["none", "sections"] = "none"
    free_text: Literal["off", "on"] = "off"
    record: Record = Record()
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    @property
    def pages(self) -> tuple[Page, ...]:
        """All pages, in order."""
        return tuple(page for section in self.sections for page in section.pages)

    def texts(self) -> list[tuple[str, str]]:
        """Every text that a respondent can read: (where it stands, the English). Also the catalogues' keys."""
        from troth.questionnaire.texts import texts  # noqa: PLC0415 - texts knows the model, not the other way round

        return texts(self)
