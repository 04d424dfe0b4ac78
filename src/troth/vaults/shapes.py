"""How a column is declared in any vault: with a comment that says what it holds, and a class that attacks and tests obey.

Not a vault: shapes only, no table and no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Column

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

ColumnClass = Literal[
    "random id",  # drawn at random, means nothing outside this table
    "derived id",  # derived from a secret that this vault does not hold
    "sealed",  # opens only with a key that is not in the database
    "fact",  # a cell, a wave, a purpose: shared by at least k people
    "state",  # one of a few words
    "day",  # a date; never finer
    "count",  # a total
    "public key",  # tells nothing
    "digest",  # of something random
    "text",  # the ledger's and the operators' own words, never a person's
]


def column(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], of: ColumnClass, comment: str, **more: Any
) -> Column[Any]:
    """A column with its class and its comment; not null unless said otherwise."""
    more.setdefault("nullable", False)
    return Column(name, kind, comment=comment, info={"class": of}, **more)
