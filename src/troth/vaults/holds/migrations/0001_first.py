"""The first schema of HOLDS."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="what one approver proposed; a hold that is added keeps it",
        ),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="add | renew | release"),
        sa.Column("hold", sa.String(length=32), nullable=True, comment="the hold that is to be renewed or released"),
        sa.Column(
            "source",
            sa.String(length=12),
            nullable=False,
            comment="what kind of record: contact, or another of a few words",
        ),
        sa.Column("reason", sa.String(length=14), nullable=False, comment="why: one of a few words"),
        sa.Column(
            "officer",
            sa.String(length=30),
            nullable=False,
            comment="whose key the record is to be sealed to: an officer's name in this study",
        ),
        sa.Column("review_on", sa.Date(), nullable=False, comment="until when the record is to be kept"),
        sa.Column(
            "wrapped",
            sa.LargeBinary(),
            nullable=False,
            comment="data key of the terms, under the bucket of the review date",
        ),
        sa.Column(
            "terms",
            sa.LargeBinary(),
            nullable=False,
            comment="the record's reference and the first signature, of one size",
        ),
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the bucket that dies on the review date"),
        sa.Column("lapses_on", sa.Date(), nullable=False, comment="gone by this day unless a second approver agreed"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "held",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one hold"),
        sa.Column(
            "state", sa.String(length=8), nullable=False, comment="moving (the original may be there still) | held"
        ),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="add | renew: what the two signatures are of"),
        sa.Column(
            "source",
            sa.String(length=12),
            nullable=False,
            comment="what kind of record: contact, or another of a few words",
        ),
        sa.Column("reason", sa.String(length=14), nullable=False, comment="why: one of a few words"),
        sa.Column(
            "officer",
            sa.String(length=30),
            nullable=False,
            comment="whose key the record is sealed to: an officer's name in this study",
        ),
        sa.Column("review_on", sa.Date(), nullable=False, comment="kept until this day; only two approvers move it"),
        sa.Column(
            "wrapped",
            sa.LargeBinary(),
            nullable=False,
            comment="data key of record and terms, under the bucket of the review date",
        ),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="the record for its officer alone, under that data key, of one size",
        ),
        sa.Column(
            "terms",
            sa.LargeBinary(),
            nullable=False,
            comment="the reference it had and both signatures, under that data key, of one size",
        ),
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the bucket that dies on the review date"),
        sa.Column(
            "dies_on",
            sa.Date(),
            nullable=False,
            comment="the day it is erased: the review date, or the day of its release",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("held_bucket", "held", ["bucket"], unique=False)
    op.create_index("held_dies_on", "held", ["dies_on"], unique=False)
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
