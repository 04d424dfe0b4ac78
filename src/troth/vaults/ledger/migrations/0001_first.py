"""The first schema of LEDGER."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False, comment="place in the chain, from 1"),
        sa.Column(
            "key", sa.String(length=120), nullable=False, comment="what it accounts for; the same thing is entered once"
        ),
        sa.Column(
            "kind",
            sa.String(length=30),
            nullable=False,
            comment="load | release | erasure | flush | close | sever | open",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="the day it happened"),
        sa.Column("body", sa.Text(), nullable=False, comment="canonical JSON: counts, rule, promise, key id, digests"),
        sa.Column("link", sa.LargeBinary(length=32), nullable=False, comment="hash of the previous link and this body"),
        sa.Column(
            "signature", sa.LargeBinary(length=64), nullable=False, comment="Ed25519 over the link, by the ledger's key"
        ),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("key"),
    )
