"""What the question page needs to know of a page: `troth.questionnaire` builds values of this form."""

from __future__ import annotations

from typing import Protocol


class OptionView(Protocol):
    """One choice."""

    @property
    def id(self) -> str:
        """The value that the form sends."""
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
    def id(self) -> str:
        """The name of the form's field."""
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
    def unit(self) -> str:
        """What a number counts ("years"), or empty."""
        ...

    @property
    def dont_know(self) -> bool:
        """Offers "Don't know"."""
        ...

    @property
    def prefer_not_to_say(self) -> bool:
        """Offers "Prefer not to say"."""
        ...


class PageView(Protocol):
    """One page as the respondent sees it, never with an earlier answer in a field."""

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
    def kind(self) -> str:
        """`question` or `note`."""
        ...

    @property
    def answers(self) -> tuple[AnswerView, ...]:
        """What is asked; none on a note."""
        ...
