"""The first schema of INTERVIEWS."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=32), nullable=False, comment="an order or a round of invitations"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="prepared | sent | done"),
        sa.Column("day", sa.Date(), nullable=False, comment="when its state last changed"),
        sa.Column("count", sa.Integer(), nullable=False, comment="claims in it"),
        sa.Column("digest", sa.String(length=64), nullable=True, comment="SHA-256 of the file that left"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False, comment="drawn when the claim came in"),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False, comment="data key of the details, under its bucket"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="the contact details, of one size"),
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the bucket that dies with them"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting | arranged | held"),
        sa.Column("batch", sa.String(length=32), nullable=True, comment="the order or round it is part of"),
        sa.Column("latest", sa.Date(), nullable=False, comment="gone by this day whatever happens"),
        sa.Column("dies_on", sa.Date(), nullable=False, comment="the day it is erased; only ever moves earlier"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("claim_bucket", "claim", ["bucket"], unique=False)
    op.create_index("claim_dies_on", "claim", ["dies_on"], unique=False)
    op.create_table(
        "erasing",
        sa.Column(
            "bucket",
            sa.String(length=60),
            nullable=False,
            comment="a bucket whose rows are gone and whose key is about to go",
        ),
        sa.Column("rule", sa.String(length=30), nullable=False, comment="which retention rule"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the erasure"),
        sa.Column("count", sa.Integer(), nullable=False, comment="how many people's data died"),
        sa.PrimaryKeyConstraint("bucket"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False, comment="drawn when the claim came in"),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False, comment="data key of the details, under its bucket"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="the contact details, of one size"),
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the bucket that dies with them"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "spent",
        sa.Column(
            "key",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="hash of a ticket; its being here is its being spent",
        ),
        sa.PrimaryKeyConstraint("key"),
    )
