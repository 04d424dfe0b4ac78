"""The handles of a load on their way to RESPONSES: sealed part by part, then packed in memory, 16 bytes each.

Within a part they are sorted, so that the list, should it ever be opened, does not lie in the order of the people.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, overload

from troth.kit.errors import CannotOpen
from troth.protocol.names import Handle
from troth.vaults.responses.intake import NewHandle

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIZE: Final = 16


def pack(handles: Iterable[NewHandle]) -> bytes:
    """The list as bytes: by cell and kind, sorted."""
    kinds: dict[tuple[str, bool], list[bytes]] = {}
    for each in handles:
        kinds.setdefault((each.cell, each.reserve), []).append(each.handle)
    return json.dumps(
        [[cell, reserve, b"".join(sorted(found)).hex()] for (cell, reserve), found in sorted(kinds.items())]
    ).encode()


class Packed(Sequence[NewHandle]):
    """What `pack` gave, of all parts of a load, as one list. The `repr` tells the count only."""

    def __init__(self) -> None:
        self._kinds: list[tuple[str, bool, bytearray]] = []
        self._ends: list[int] = []

    def add(self, packed: bytes) -> None:
        """A part's handles are in the list too. Raises CannotOpen: this is no such list."""
        try:
            for cell, reserve, found in json.loads(packed):
                self._kind(str(cell), bool(reserve)).extend(bytes.fromhex(found))
        except (ValueError, TypeError):
            raise CannotOpen("a part of the load holds no list of handles", where="vault sample") from None
        self._ends = []
        total = 0
        for _, _, found in self._kinds:
            total += len(found) // _SIZE
            self._ends.append(total)

    def _kind(self, cell: str, reserve: bool) -> bytearray:
        for has, kind, found in self._kinds:
            if (has, kind) == (cell, reserve):
                return found
        self._kinds.append((cell, reserve, bytearray()))
        return self._kinds[-1][2]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> NewHandle: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[NewHandle]: ...
    def __getitem__(self, at: int | slice) -> NewHandle | Sequence[NewHandle]:
        """The handle at that place, made when it is asked for."""
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        kind = bisect_right(self._ends, at)
        cell, reserve, found = self._kinds[kind]
        start = (at - (self._ends[kind - 1] if kind else 0)) * _SIZE
        return NewHandle(Handle(bytes(found[start : start + _SIZE])), cell, reserve=reserve)

    def __repr__(self) -> str:
        return f"Packed({len(self)})"
