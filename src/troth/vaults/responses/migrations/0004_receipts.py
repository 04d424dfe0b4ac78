"""Where a study chooses targeted reminders: what a flush hands over, until it lies in a file (P04, P06)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one receipt batch; gone once its file is whole"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the flush"),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="tags of at least k a cell, an age file for `letters`"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "receipts_cell",
        sa.Column("id", sa.String(length=32), nullable=False, comment="which receipt batch"),
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum"),
        sa.Column("count", sa.Integer(), nullable=False, comment="tags of that cell, at least k"),
        sa.PrimaryKeyConstraint("id", "cell"),
    )
