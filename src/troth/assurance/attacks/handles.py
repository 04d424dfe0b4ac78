"""Codes stretched as the site stretches them, under whatever a thief may take for the pepper: two at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from troth.protocol.label import Label
from troth.protocol.names import Code, Pepper
from troth.protocol.root import Cost, derive, expand, stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.assurance.attacks.loot import About

WORKERS = 2


def derived(codes: Sequence[str], pepper: bytes, about: About) -> list[bytes]:
    """The handle of each code under that pepper, in order. Each costs one scrypt."""
    return [made[0] for made in all_derived(codes, pepper, about)]


def all_derived(codes: Sequence[str], pepper: bytes, about: About) -> list[tuple[bytes, bytes, bytes]]:
    """Handle, state key and tag of each code under that pepper, in order."""
    cost = Cost(log2_n=about.cost_log2_n)

    def one(code: str) -> tuple[bytes, bytes, bytes]:
        made = derive(Code(code), Pepper(pepper), about.study, cost)
        return made.handle, made.state_key, made.tag

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, codes))


def unpeppered(codes: Sequence[str], salt: bytes, about: About) -> list[tuple[bytes, bytes, bytes]]:
    """The same with a salt that is no pepper's: empty, or the study's name, as a careless site might have it."""
    cost = Cost(log2_n=about.cost_log2_n)

    def one(code: str) -> tuple[bytes, bytes, bytes]:
        root = stretch(code.encode(), salt, cost)
        return expand(root, Label.HANDLE, 16), expand(root, Label.STATE_KEY, 32), expand(root, Label.TAG, 16)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, codes))
