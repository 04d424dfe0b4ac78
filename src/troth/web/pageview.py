"""What the question page needs to know of a page. `troth.questionnaire.view` makes values of this form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable


class OptionView(Protocol):
    """One choice."""

    @property
    def value(self) -> str:
        """What the form sends."""
        ...

    @property
    def label(self) -> str:
        """Its words, in the page's language."""
        ...

    @property
    def hint(self) -> str:
        """More words, or empty."""
        ...

    @property
    def exclusive(self) -> bool:
        """Chosen alone ("None of these")."""
        ...

    @property
    def detail_field(self) -> str:
        """The field of the box beside it; empty where there is none."""
        ...

    @property
    def detail_label(self) -> str:
        """The words of the box beside it."""
        ...

    @property
    def detail_length(self) -> int:
        """Characters that may stand in the box beside it."""
        ...


class PartView(Protocol):
    """One box of a date or a duration."""

    @property
    def field(self) -> str:
        """The name of its field, and its id."""
        ...

    @property
    def label(self) -> str:
        """What stands over it: day, month, years."""
        ...

    @property
    def digits(self) -> int:
        """How many digits it is made for."""
        ...


class AnswerView(Protocol):
    """One answer that the page asks for."""

    @property
    def field(self) -> str:
        """The name of the form's field, and the id of its first control."""
        ...

    @property
    def kind(self) -> str:
        """`single`, `multiple`, `number`, `text`, `date`, `month`, `year` or `duration`."""
        ...

    @property
    def label(self) -> str:
        """What is asked; may be empty where the page's title asks it."""
        ...

    @property
    def hint(self) -> str:
        """More words, or empty."""
        ...

    @property
    def options(self) -> tuple[OptionView, ...]:
        """The choices, in the order to show."""
        ...

    @property
    def missing(self) -> tuple[OptionView, ...]:
        """The ways of not answering that are offered: don't know, prefer not to say."""
        ...

    @property
    def missing_field(self) -> str:
        """The field that they are sent in: `field` itself beside options, another one beside a typed answer."""
        ...

    @property
    def unit(self) -> str:
        """What a number counts ("years"), or empty."""
        ...

    @property
    def prefix(self) -> str:
        """What stands before a number ("£"), or empty."""
        ...

    @property
    def decimals(self) -> int:
        """How many decimal places a number may have."""
        ...

    @property
    def max_length(self) -> int:
        """Characters that a text may have."""
        ...

    @property
    def lines(self) -> str:
        """`one` or `many`: how much a text is expected to be."""
        ...

    @property
    def appearance(self) -> str:
        """`list`, `dropdown` or `suggest`: how one of the options is chosen."""
        ...

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The boxes of a date or a duration; none where the answer has one field."""
        ...

    @property
    def matrix(self) -> str:
        """Equal for the rows of one grid, which are neighbours; empty elsewhere."""
        ...


class PageView(Protocol):
    """One page as the respondent sees it, never with an earlier answer in a field."""

    @property
    def page(self) -> str:
        """The page's id in its questionnaire."""
        ...

    @property
    def variant(self) -> Hashable:
        """Equal for equal sets of shown options: with `page` and the language it decides all of the words."""
        ...

    @property
    def part(self) -> int:
        """The number of its section, or 0 where no progress is shown."""
        ...

    @property
    def parts(self) -> int:
        """How many sections there are, or 0."""
        ...

    @property
    def pipes(self) -> tuple[str, ...]:
        """Words of earlier answers, or a round, that stand in it: where it was made with marks, they stand for the marks."""
        ...

    @property
    def kind(self) -> str:
        """`question` or `note`."""
        ...

    @property
    def title(self) -> str:
        """The heading. Never the document's title, which is neutral."""
        ...

    @property
    def guidance(self) -> str:
        """Words under the heading, or empty."""
        ...

    @property
    def body(self) -> tuple[str, ...]:
        """Paragraphs of a note."""
        ...

    @property
    def answers(self) -> tuple[AnswerView, ...]:
        """What is asked; none on a note."""
        ...
