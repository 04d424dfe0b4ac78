"""Where a study chooses targeted reminders: a tag beside the person, who needs no reminder, and what was taken in (P04, P05, P06)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column(
            "tag",
            sa.LargeBinary(length=16),
            nullable=True,
            comment="from the code, by a label of its own: no handle follows from it; only where reminders are targeted",
        ),
    )
    tagged = sa.text("tag IS NOT NULL")
    op.create_index("person_tag", "person", ["tag"], sqlite_where=tagged, postgresql_where=tagged)
    op.create_table(
        "receipt",
        sa.Column("ref", sa.String(length=10), nullable=False, comment="who gets no reminder; goes with the person"),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_table(
        "receipts",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of a receipt batch's file"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day it was taken in"),
        sa.Column("known", sa.Integer(), nullable=False, comment="tags of people who were here"),
        sa.Column(
            "unknown",
            sa.Integer(),
            nullable=False,
            comment="tags of nobody here: codes that stood by, contacts erased before",
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
