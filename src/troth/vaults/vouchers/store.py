"""VOUCHERS as the use cases of claims see it: see `troth.vaults.claimbox` for what it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.vaults.bucketed import BucketedRows
from troth.vaults.claimbox import ClaimBox
from troth.vaults.vouchers.schema import tables

if TYPE_CHECKING:
    from troth.keys.ring import Ring
    from troth.storage.database import Database


def box(database: Database) -> ClaimBox:
    """The vault over that database."""
    return ClaimBox(database, tables)


def erasable(database: Database, ring: Ring) -> BucketedRows:
    """Voucher details die six months after the voucher was sent (P26), or by their latest date."""
    return BucketedRows(
        name="vouchers.claim",
        rule="voucher",
        promise="P26",
        database=database,
        ring=ring,
        table=tables.claim,
        erasing=tables.erasing,
        wrapped={"wrapped": "details"},
        waiting=(tables.inbox,),
    )
