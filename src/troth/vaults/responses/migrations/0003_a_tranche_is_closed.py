"""A tranche of codes can be closed before the collection is: a batch of letters was lost, leaked or mis-sorted (P06)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shut_tranche",
        sa.Column("tranche", sa.Integer(), autoincrement=False, nullable=False, comment="every code of it was closed"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day it was closed"),
        sa.Column("codes", sa.Integer(), nullable=False, comment="codes in it"),
        sa.Column(
            "closed", sa.Integer(), nullable=False, comment="codes that still opened something, and do so no longer"
        ),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="the operator's words; never a person"),
        sa.PrimaryKeyConstraint("tranche"),
    )
