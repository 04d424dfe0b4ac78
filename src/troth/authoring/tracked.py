"""Data of another system that knows which of its keys were read, so that what nobody read can be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tracked:
    """A mapping or list of JSON, with its path. `get` marks a key as read; `unread` lists the rest, topmost only."""

    def __init__(self, data: Any, path: str = "$") -> None:
        self.data = data
        self.path = path
        self._read: dict[str, Tracked] = {}
        self._items: list[Tracked] | None = None
        self._whole = False

    def __bool__(self) -> bool:
        return bool(self.data)

    def get(self, key: str) -> Tracked:
        """The value under a key; one of None where there is none."""
        if key not in self._read:
            value = self.data.get(key) if isinstance(self.data, dict) else None
            self._read[key] = Tracked(value, f"{self.path}.{key}")
        return self._read[key]

    def has(self, key: str) -> bool:
        """Whether the key is there; that alone reads nothing."""
        return isinstance(self.data, dict) and key in self.data

    def items(self) -> list[Tracked]:
        """The members of a list; one alone where there is no list; none where there is nothing."""
        if self._items is None:
            if self.data is not None and not isinstance(self.data, list):
                return [self]
            members = self.data or []
            self._items = [Tracked(member, f"{self.path}[{number}]") for number, member in enumerate(members)]
        return self._items

    def text(self) -> str:
        """The text; "" where there is none."""
        self._whole = True
        return self.data if isinstance(self.data, str) else "" if self.data is None else str(self.data)

    def whole(self) -> Any:
        """All of it is taken, as it is."""
        self._whole = True
        return self.data

    def unread(self) -> Iterator[str]:
        """The paths of what nobody read."""
        if self._whole:
            return
        if isinstance(self.data, dict):
            for key in self.data:
                if key in self._read:
                    yield from self._read[key].unread()
                else:
                    yield f"{self.path}.{key}"
        elif isinstance(self.data, list):
            if self._items is None:
                if self.data:
                    yield self.path
                return
            for item in self._items:
                yield from item.unread()
