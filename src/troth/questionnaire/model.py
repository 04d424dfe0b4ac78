"""What a questionnaire is: sections of pages, pages of answers, rules between them. Frozen, English, plain data.

Whether the parts fit together is the business of `troth.questionnaire.structure` (without it the engine cannot run) and
`troth.questionnaire.lint` (without it a promise is at risk).
"""

from __future__ import annotations

from typing import Annotated, Literal, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, StringConstraints, WithJsonSchema

from troth.kit.errors import Invalid
from troth.questionnaire.expression import Rule, parse

SectionId = NewType("SectionId", str)
PageId = NewType("PageId", str)
AnswerId = NewType("AnswerId", str)

_ID = StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$", max_length=32)
# A letter follows every underscore, so that `id_1` (a round of a repeat) and `id__option` are free for variables.

_Id = Annotated[str, _ID]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
"""A text in English, plain: also its own key in the catalogues of other languages."""

AnswerKind = Literal["single", "multiple", "number", "text"]
Disclosure = Literal["direct", "quasi", "sensitive", "none"]
"""What an answer says of a person: who they are; what could single them out; what they trusted us with; nothing."""

END_OF_SECTION = PageId("end_of_section")
ROUND = "round"
"""In a repeated page's texts, the number of the round."""


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

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
    where: str = Field(default="", exclude=True)


class Option(Part):
    """One thing to choose. `exclusive`: chosen alone. `when`: offered only where the rule holds of earlier pages."""

    id: Annotated[str, _ID]
    label: Words
    hint: Words | None = None
    exclusive: bool = False
    when: RuleText | None = None


class Answer(Part):
    """One thing that a page asks.

    single, multiple: `options`. number: whole, from `minimum` to `maximum`, both ≥ 0, with an optional `unit`.
    text: at most `max_length` characters.
    """

    id: Annotated[AnswerId, _ID]
    kind: AnswerKind
    label: Words | None = None
    hint: Words | None = None
    options: tuple[Option, ...] = ()
    minimum: Annotated[int, Field(ge=0, le=10**9)] = 0
    maximum: Annotated[int, Field(ge=0, le=10**9)] | None = None
    unit: Words | None = None
    max_length: Annotated[int, Field(ge=1, le=2000)] = 500
    required: bool = True
    dont_know: bool = True
    prefer_not_to_say: bool = True
    disclosure: Disclosure | None = None


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


class Page(Part):
    """One screen: a `note` tells, a `question` asks. Neighbours with the same `repeat` make rounds together."""

    id: Annotated[PageId, _ID]
    kind: Literal["question", "note"] = "question"
    title: Words
    guidance: Words | None = None
    body: tuple[Words, ...] = ()
    answers: tuple[Answer, ...] = ()
    when: RuleText | None = None
    routes: tuple[Route, ...] = ()
    checks: tuple[Check, ...] = ()
    repeat: Repeat | None = None

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


class Questionnaire(Part):
    """A whole questionnaire. Equal ids and versions mean equal questions: a changed text is a new version."""

    id: Annotated[str, _ID]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9a-z][0-9a-z.-]{0,15}$")]
    title: Words
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
