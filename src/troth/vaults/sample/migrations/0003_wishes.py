"""What people wish while their contact lives: why stopped, replacement letters, reserve codes given out, letters that came back (P05, P32)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "letter",
        sa.Column(
            "returned", sa.Date(), nullable=True, comment="the day it was scanned among the letters that came back"
        ),
    )
    for name, kind, default, comment in (
        ("kind", sa.String(length=12), "wave", "wave | replacement | reserve"),
        ("part", sa.Integer(), "1", "which part of its wave's release, from 1"),
        ("parts", sa.Integer(), "1", "in so many parts the wave was released"),
    ):  # a batch of before is a whole wave
        op.add_column("batch", sa.Column(name, kind, nullable=False, server_default=default, comment=comment))
    op.add_column(
        "batch",
        sa.Column(
            "intake",
            sa.String(length=32),
            nullable=True,
            comment="the one load that everybody in it came with, where it was asked for",
        ),
    )
    op.add_column(
        "reserve",
        sa.Column(
            "batch",
            sa.String(length=32),
            nullable=True,
            comment="the batch it was given out in; none while it stands by",
        ),
    )
    op.create_table(
        "reissue",
        sa.Column("ref", sa.String(length=10), nullable=False, comment="whose lost letter"),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False, comment="their first, second, … replacement"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting | released"),
        sa.Column(
            "wave", sa.String(length=30), nullable=True, comment="the letter that is sent again, once it is in a batch"
        ),
        sa.Column("batch", sa.String(length=32), nullable=True, comment="the batch it was released in"),
        sa.Column("delivered_by", sa.Date(), nullable=True, comment="latest computed delivery (P05)"),
        sa.PrimaryKeyConstraint("ref", "n"),
    )
    op.create_table(
        "wish",
        sa.Column("week", sa.Date(), nullable=False, comment="the Monday of the week"),
        sa.Column(
            "kind",
            sa.String(length=12),
            nullable=False,
            comment="find | correction | access | replacement | reserve | why stopped",
        ),
        sa.Column("count", sa.Integer(), nullable=False, comment="how many in that week; never whose"),
        sa.PrimaryKeyConstraint("week", "kind"),
    )
    op.create_table(
        "returned",
        sa.Column(
            "cell",
            sa.String(length=40),
            nullable=False,
            comment="stratum; `-` where the contact was erased before the letter came back",
        ),
        sa.Column("wave", sa.String(length=30), nullable=False, comment="which letter; `-` where that is not known"),
        sa.Column("count", sa.Integer(), nullable=False, comment="letters that came back"),
        sa.PrimaryKeyConstraint("cell", "wave"),
    )
    op.create_table(
        "scan",
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="of the references scanned, so that a list is counted once",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="the day it was counted"),
        sa.Column("known", sa.Integer(), nullable=False, comment="letters of people who were here"),
        sa.Column(
            "gone", sa.Integer(), nullable=False, comment="letters of people who were not here any more, or never"
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
