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


class AnswerView(Protocol):
    """One answer that the page asks for."""

    @property
    def field(self) -> str:
        """The name of the form's field, and the id of its first control."""
        ...

    @property
    def kind(self) -> str:
        """`single`, `multiple`, `number` or `text`."""
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
    def piped(self) -> bool:
        """Words of an earlier answer, or a round, stand in it: it is rendered each time and kept nowhere."""
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
