"""Progress is sealed twice: exactly, for who knows the pause word, and coarsely, for who holds the code.

Why it is safe. The *exact* progress (the page, the facts that later rules need) opens under an exact key: random
where no word was chosen, so that nobody who comes back has it; else scrypt of the word, salted by an HKDF of the
state key, so that a word is worthless without the code and no table of words serves two people. The *common* progress
(only the next section that does not depend on earlier answers) opens under another key expanded from the state key.
The letter's holder derives the state key, and so the common key, but the exact key is not a function of it (P09).
Every value is bound to handle and step number: an old progress cannot be put back as a new one. Sizes are fixed:
neither length nor presence tells whether a word was chosen.

What it does not promise: a pause word is short. Somebody with the letter *and* the database *and* the pepper may
guess it at one scrypt a guess; online, entry is what limits guesses.

P07, P09.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from troth.kit.errors import Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import ExactKey, Handle, StateKey
from troth.protocol.root import Cost, expand, stretch
from troth.protocol.seal import open_for, pad, seal_for, unpad

_MOST_TYPED: Final = 200


def new_exact_key() -> ExactKey:
    """A random exact key (32 bytes), where no pause word was chosen: it lives in the cookie and dies with it."""
    return ExactKey(secrets.token_bytes(32))


def word_key(state_key: StateKey, word: str, cost: Cost) -> ExactKey:
    """The exact key (32 bytes) of a pause word for one code; one scrypt.

    Case, width, accents' spelling and spacing of the word do not matter (NFKC, casefold, runs of space as one).
    Raises `Invalid` for an empty or overlong word.
    """
    if len(word) > _MOST_TYPED:
        raise Invalid("the pause word is too long")
    # NFKC once more: case folding may leave characters that NFKC would compose.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    plain = " ".join(folded.split())
    if not plain:
        raise Invalid("the pause word is empty")
    return ExactKey(stretch(plain.encode(), expand(state_key, Label.PROGRESS_WORD_SALT, 32), cost))


def seal_exact(key: ExactKey, data: bytes, size: int, handle: Handle, n: int) -> bytes:
    """The exact progress after step `n`, `size + 28` bytes whatever `data` is. Raises `Refused` if it does not fit."""
    return seal_for(key, pad(data, size), _where(Label.PROGRESS_EXACT, handle, n))


def open_exact(key: ExactKey, sealed: bytes, handle: Handle, n: int) -> bytes:
    """What `seal_exact` was given. Raises `CannotOpen`: wrong word, wrong handle, wrong step, or changed."""
    return unpad(open_for(key, sealed, _where(Label.PROGRESS_EXACT, handle, n)))


def seal_common(state_key: StateKey, data: bytes, size: int, handle: Handle, n: int) -> bytes:
    """The common progress after step `n`, `size + 28` bytes whatever `data` is. Raises `Refused` if it does not fit."""
    key = expand(state_key, Label.PROGRESS_COMMON_KEY, 32)
    return seal_for(key, pad(data, size), _where(Label.PROGRESS_COMMON, handle, n))


def open_common(state_key: StateKey, sealed: bytes, handle: Handle, n: int) -> bytes:
    """What `seal_common` was given. Raises `CannotOpen`."""
    key = expand(state_key, Label.PROGRESS_COMMON_KEY, 32)
    return unpad(open_for(key, sealed, _where(Label.PROGRESS_COMMON, handle, n)))


def _where(label: Label, handle: Handle, n: int) -> bytes:
    return framed(label, handle, n.to_bytes(4, "big"))
