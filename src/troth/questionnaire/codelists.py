"""Lists of options that everybody uses: countries of the world, and countries and regions of the United Kingdom.

Names come from Unicode's CLDR through Babel, in English and in every language that a study speaks, so they are not texts
that a study translates. Regions are the nine of England (ONS geography code E12) and the three other countries.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, get_args

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Mapping

CodelistName = Literal["countries", "regions"]
CODELISTS: Final[tuple[str, ...]] = get_args(CodelistName)
MANY: Final = 30
"""Beyond this many options a list is searched by typing, unless the study says otherwise."""

_NOT_COUNTRIES: Final = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
"""Codes that CLDR names and ISO 3166-1 does not assign to a country."""
_REGIONS: Final[Mapping[str, tuple[str, str]]] = {
    "north_east": ("North East", "Gogledd-ddwyrain Lloegr"),
    "north_west": ("North West", "Gogledd-orllewin Lloegr"),
    "yorkshire": ("Yorkshire and The Humber", "Swydd Efrog a’r Humber"),  # noqa: RUF001 - the apostrophe of print
    "east_midlands": ("East Midlands", "Dwyrain Canolbarth Lloegr"),
    "west_midlands": ("West Midlands", "Gorllewin Canolbarth Lloegr"),
    "east": ("East of England", "Dwyrain Lloegr"),
    "london": ("London", "Llundain"),
    "south_east": ("South East", "De-ddwyrain Lloegr"),
    "south_west": ("South West", "De-orllewin Lloegr"),
    "wales": ("Wales", "Cymru"),
    "scotland": ("Scotland", "Yr Alban"),
    "northern_ireland": ("Northern Ireland", "Gogledd Iwerddon"),
}


@cache
def options(name: str) -> tuple[tuple[str, str], ...]:
    """(id, English name) of each, regions from north to south, countries by their English names."""
    if name == "regions":
        return tuple((one, english) for one, (english, _) in _REGIONS.items())
    return tuple(sorted(((code.lower(), label) for code, label in _countries("en").items()), key=lambda pair: pair[1]))


@cache
def names(language: str) -> Mapping[str, str]:
    """English name → name in that language, of everything in the lists."""
    here, english = _countries(language), _countries("en")
    found = {label: here.get(code, label) for code, label in english.items()}
    if language == "cy":
        found |= dict(_REGIONS.values())
    return found


def _countries(language: str) -> dict[str, str]:
    territories = Locale.parse(language).territories
    return {
        code: label
        for code, label in territories.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
    }
