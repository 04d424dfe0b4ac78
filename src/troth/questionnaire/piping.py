"""An earlier answer's words inside a later text: `{{ answer | what to say where there is none }}`, and `{{ round }}`.

The words for "no answer" are never optional: every question may be left with "don't know". Only answers of disclosure
class `none` may be piped (P09: no page may give an answer away); `lint` refuses the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

_PIPE: Final = re.compile(r"\{\{([^{}]{0,200})\}\}")
_INNER: Final = re.compile(r"\s*([a-z][a-z0-9_]{0,31})\s*(?:\|\s*([^|]*?)\s*)?\Z", re.ASCII)


@dataclass(frozen=True)
class Pipe:
    """One `{{ … }}`: the answer's id, and the words where it has no answer ("" for `round`)."""

    answer: str
    otherwise: str


def _pipe(inner: str) -> Pipe | None:
    match = _INNER.match(inner)
    return Pipe(match[1], match[2] or "") if match else None


def piped(text: str) -> tuple[Pipe, ...]:
    """The answers that a text shows, without `round`; malformed ones are left to `well_formed`."""
    pipes = (_pipe(match[1]) for match in _PIPE.finditer(text))
    return tuple(pipe for pipe in pipes if pipe is not None and pipe.answer != "round")


def well_formed(text: str) -> None:
    """Every brace pair of the text is a pipe with words for "no answer".

    Raises:
        Invalid: one is not.

    """
    rest = _PIPE.sub("", text)
    bad = "{{" in rest or "}}" in rest
    for match in _PIPE.finditer(text):
        pipe = _pipe(match[1])
        bad = bad or pipe is None or (pipe.answer != "round" and not pipe.otherwise)
    if bad:
        raise Invalid("a piped answer is not written as it must be", mend="Write {{ answer | words for no answer }}")


def fill(text: str, words: Callable[[str, str], str]) -> str:
    """The text with every pipe replaced by `words(answer, otherwise)`; `otherwise` is what it says where there is no answer.

    A pipe that a translation broke is shown as nothing: a respondent never sees braces.
    """

    def one(match: re.Match[str]) -> str:
        pipe = _pipe(match[1])
        if pipe is None:
            return ""
        return words(pipe.answer, pipe.otherwise)

    return _PIPE.sub(one, text) if "{{" in text else text
