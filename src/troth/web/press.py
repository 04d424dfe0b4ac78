"""Pressed pages: a page rendered once through the component macros, then kept as bytes with places for escaped values.

Why a pressed page equals the rendered one: templates put a slot's value into the page only by escaping it, which works
character by character, so what stands around it cannot depend on it. Where a template does otherwise (asks whether
the value is empty, changes its case), pressing notices or `fill` goes the slow way: each page is pressed twice with
different stand-ins, and both must fall into the same segments; and an empty value is rendered, not filled.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    Render = Callable[[Mapping[str, str]], str]

_TRIES: Final = 2


class Pressed:
    """One page: n + 1 segments of bytes around n places, a slot at each place (a slot may have several)."""

    __slots__ = ("_places", "_render", "_segments", "slots")

    def __init__(self, render: Render, slots: Sequence[str]) -> None:
        """Renders twice.

        Raises:
            ValueError: a slot is not in the page, or the page uses its value other than by showing it escaped.

        """
        first, second = (_cut(render, slots) for _ in range(_TRIES))
        if first != second:
            raise ValueError("a template uses a slot's value other than by showing it")
        self._segments, self._places = first
        missing = set(slots) - set(self._places)
        if missing:
            raise ValueError(f"slots that are not in the page: {', '.join(sorted(missing))}")
        self._render = render
        self.slots = tuple(slots)

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The page with these values, byte for byte what the templates would have rendered, in UTF-8.

        Raises:
            KeyError: a slot without a value.

        """
        escaped: dict[str, bytes] = {}
        for slot in self.slots:
            value = values[slot]
            if not value:
                return self._render(values).encode()
            escaped[slot] = value.encode() if value.isalnum() else escape(value).encode()
        parts = [self._segments[0]]
        for slot, segment in zip(self._places, self._segments[1:], strict=True):
            parts.append(escaped[slot])
            parts.append(segment)
        return b"".join(parts)


class Press:
    """Pressed pages by key, the 512 used last. A key holds all that the page depends on except the slots' values."""

    def __init__(self, pages: int = 512) -> None:
        self._most = pages
        self._kept: OrderedDict[Hashable, Pressed] = OrderedDict()

    def page(self, key: Hashable, slots: Sequence[str], render: Render) -> Pressed:
        """The page of that key, pressed now if it is not kept. `render` gets a value for each slot."""
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = Pressed(render, slots)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return kept


def _cut(render: Render, slots: Sequence[str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    # Mixed case and letters only: a template that lowers, trims, quotes or counts a value shows itself.
    stand_ins = {slot: f"Troth{secrets.token_hex(16)}Slot{number}End" for number, slot in enumerate(slots)}
    found = {stand_in: slot for slot, stand_in in stand_ins.items()}
    text = render(stand_ins)
    if not slots:
        return (text.encode(),), ()
    parts = re.split("(" + "|".join(map(re.escape, found)) + ")", text)
    return tuple(part.encode() for part in parts[::2]), tuple(found[part] for part in parts[1::2])
