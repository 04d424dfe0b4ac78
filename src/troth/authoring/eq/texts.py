"""The texts of an eQ questionnaire: plain, with placeholders, with plurals, with tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from troth.authoring.draft import words
from troth.authoring.report import FORWARD_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.authoring.report import Report
    from troth.authoring.tracked import Tracked

_HOLE: Final = re.compile(r"\{\s*([a-z0-9_]+)\s*\}|\{\{[^{}]{0,200}\}\}")


class Texts:
    """Reads texts; what a placeholder would have shown is told, and shown as …."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def of(self, node: Tracked) -> str:
        """The words of a text, on one line; "" where there is none."""
        data = node.data
        if data is None:
            return ""
        if isinstance(data, str):
            return self._plain(node.text(), node.path)
        if not isinstance(data, dict):
            self._report.lose(node.path, "a text that is none")
            node.whole()
            return ""
        text = node.get("text").text()
        plural = node.get("text_plural")
        if plural.data is not None:
            forms = plural.get("forms")
            text = text or forms.get("other").text() or forms.get("one").text()
            self._report.lose(plural.path, "the forms of a text for one and for many: that for many stands there")
            plural.whole()
        self._placeholders(node)
        return self._plain(text, node.path)

    def _placeholders(self, node: Tracked) -> None:
        holder = node.get("placeholders")
        found = str(holder.data)
        if holder.data:
            earlier = any(source in found for source in ("'answers'", "'list'", "'calculated_summary'"))
            what = (
                f"{FORWARD_ONLY}: an earlier answer in a text" if earlier else "a value that the other system fills in"
            )
            self._report.lose(node.path, f"{what}; it says … there")
        holder.whole()

    def _plain(self, text: str, where: str) -> str:
        if "{{" in text:
            self._report.lose(where, f"{FORWARD_ONLY}: an earlier answer in a text; it says … there")
        return words(_HOLE.sub("…", text), where, self._report)

    def paragraphs(self, node: Tracked) -> Iterator[str]:
        """Paragraphs of contents: titles, descriptions, lists, guidance, definitions, in order."""
        for item in node.items():
            if isinstance(item.data, str):
                yield from self._some(self.of(item))
                continue
            for key in item.data if isinstance(item.data, dict) else ():
                inner = item.get(key)
                if key in {"title", "description", "text", "subtitle", "question"}:
                    if key == "text" and item.has("placeholders"):
                        yield from self._some(self.of(item))
                    else:
                        yield from self._some(self.of(inner))
                elif key == "placeholders":
                    inner.whole()
                elif key == "list":
                    for member in inner.items():
                        yield from self._some("• " + self.of(member))
                elif key in {"guidance", "definition", "contents", "content", "definitions", "individual"}:
                    yield from self.paragraphs(inner)
                elif key in {"id", "type"}:
                    inner.whole()
                elif key in {"show_guidance", "hide_guidance"}:
                    self._report.change(inner.path, "words that were hidden until asked for are always there")
                    inner.whole()
                else:
                    self._report.lose(inner.path, f"`{key}`")
                    inner.whole()

    @staticmethod
    def _some(text: str) -> Iterator[str]:
        if text and text != "•":
            yield text
