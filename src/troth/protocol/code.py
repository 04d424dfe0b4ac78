"""Codes and letter references are made, read as people type them, and shown in groups.

Why it is safe. A code is 15 uniform characters from `secrets` and one check character: 67.8 bits, stretched by scrypt
in `protocol.root`. The alphabet has no vowels (no words appear) and none of the pairs that are misread on paper (0/O,
1/I/L, 2/Z, 5/S, 8/B, U/V, Q, Y). Its 23 characters are a prime number of them, so the integers modulo 23 are a field:
the check asks that `1*v1 + 2*v2 + … + 16*v16` be 0. One wrong character changes the sum by `i*(v-v')`, and swapping
any two by `(i-j)*(vi-vj)`; neither is 0 modulo a prime above 16. So every single error and every transposition,
adjacent or not, is caught before the code reaches anything slow or secret. The check character is a function of the
others and adds no knowledge of them. A `Mistyped` never repeats what was typed: it may be a code but for one
character.

P06, P07.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from troth.kit.errors import Invalid
from troth.protocol.names import Code, LetterRef

ALPHABET: Final = "BCDFGHJKMNPRTVWX2345679"
CODE_LENGTH: Final = 16
LETTER_REFERENCE_LENGTH: Final = 10
_PRIME: Final = 23
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_MOST_TYPED: Final = 200  # room for every kind of spacing; beyond it nothing is normalised at all
_SEPARATORS: Final = frozenset({"Pd", "Pc", "Zs", "Zl", "Zp", "Cf", "Cc"})

if len(_VALUES) != _PRIME:  # the proof above needs a prime alphabet
    raise RuntimeError("the alphabet of codes must have 23 different characters")


class Mistyped(Invalid):
    """What was typed has a wrong character, length or check character. It is not repeated."""


def checked(body: str, remainder: int = 0) -> str:
    """`body` with the check character that brings the weighted sum to `remainder` (at most 22 characters in all)."""
    place = len(body) + 1
    missing = (remainder - _weighted_sum(body)) * pow(place, -1, _PRIME)
    return body + ALPHABET[missing % _PRIME]


def passes(text: str, remainder: int = 0) -> bool:
    """Whether `text`, all of `ALPHABET`, has the weighted sum that `checked` gives it."""
    return _weighted_sum(text) == remainder


def typed_characters(typed: str) -> str:
    """The characters of `ALPHABET` that were meant: upper case, without spaces, hyphens, dashes or invisible marks.

    Full-width and other compatible forms are taken as the plain character (NFKC). Raises `Mistyped` for any other
    character, or for a text that is far too long.
    """
    if len(typed) > _MOST_TYPED:
        raise Mistyped("what was typed is too long", mend="Type the characters as they are printed")
    plain = unicodedata.normalize("NFKC", typed).upper()
    # U+2212 is a minus sign by category, but people paste it for a hyphen.
    kept = "".join(c for c in plain if c != "\u2212" and unicodedata.category(c) not in _SEPARATORS)
    if not all(c in _VALUES for c in kept):
        raise Mistyped("a character that is never used was typed", mend="Check each character against the print")
    return kept


def new_code() -> Code:
    """A fresh access code: 15 characters from `secrets` and a check character, in canonical form."""
    return Code(checked("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))))


def read_code(typed: str) -> Code:
    """The code that was typed, in canonical form, whatever its case, spaces and hyphens. Raises `Mistyped`."""
    return Code(_read(typed, CODE_LENGTH))


def show_code(code: Code) -> str:
    """The code in four groups of four, as it is printed."""
    return " ".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def new_letter_reference() -> LetterRef:
    """A fresh letter reference: 9 characters from `secrets` (40.7 bits; it opens nothing) and a check character."""
    return LetterRef(checked("".join(secrets.choice(ALPHABET) for _ in range(LETTER_REFERENCE_LENGTH - 1))))


def read_letter_reference(typed: str) -> LetterRef:
    """The letter reference that was typed, in canonical form. Raises `Mistyped`."""
    return LetterRef(_read(typed, LETTER_REFERENCE_LENGTH))


def show_letter_reference(reference: LetterRef) -> str:
    """The reference in two groups of five with a hyphen, so that nobody takes it for a code."""
    return f"{reference[:5]}-{reference[5:]}"


def _weighted_sum(text: str) -> int:
    return sum(place * _VALUES[character] for place, character in enumerate(text, start=1)) % _PRIME


def _read(typed: str, length: int) -> str:
    text = typed_characters(typed)
    if len(text) != length:
        raise Mistyped(f"it has {length} characters, and a different number was typed", mend="Check for a missing one")
    if not passes(text):
        raise Mistyped("a character is wrong or two have changed places", mend="Check each one against the print")
    return text
