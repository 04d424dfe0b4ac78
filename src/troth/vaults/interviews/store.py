"""INTERVIEWS as the use cases of claims see it: see `troth.vaults.claimbox` for what it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.vaults.bucketed import BucketedRows
from troth.vaults.claimbox import ClaimBox
from troth.vaults.interviews.schema import tables

if TYPE_CHECKING:
    from troth.keys.ring import Ring
    from troth.storage.database import Database


def box(database: Database) -> ClaimBox:
    """The vault over that database."""
    return ClaimBox(database, tables)


def erasable(database: Database, ring: Ring) -> BucketedRows:
    """Interview details die after the interview (P16), or by their latest date."""
    return BucketedRows(
        name="interviews.claim",
        rule="interview",
        promise="P16",
        database=database,
        ring=ring,
        table=tables.claim,
        erasing=tables.erasing,
        wrapped={"wrapped": "details"},
        waiting=(tables.inbox,),
    )
