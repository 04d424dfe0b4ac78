"""The first schema of SAMPLE."""

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
        sa.Column("id", sa.String(length=32), nullable=False, comment="one release of letters"),
        sa.Column("wave", sa.String(length=30), nullable=False, comment="of which wave"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="prepared | released"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of release"),
        sa.Column(
            "dispatched_on",
            sa.Date(),
            nullable=False,
            comment="the day that the letters are printed and posted, as computed",
        ),
        sa.Column("delivered_by", sa.Date(), nullable=False, comment="latest computed delivery of the batch"),
        sa.Column("count", sa.Integer(), nullable=False, comment="letters in it"),
        sa.Column("digest", sa.String(length=64), nullable=True, comment="SHA-256 of the released file"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "disposition",
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum"),
        sa.Column("outcome", sa.String(length=20), nullable=False, comment="issued, stopped, erased"),
        sa.Column("count", sa.Integer(), nullable=False, comment="how many"),
        sa.PrimaryKeyConstraint("cell", "outcome"),
    )
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
        "intake",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one load of one sample file"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="begun | loaded | confirmed"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the load"),
        sa.Column("count", sa.Integer(), nullable=False, comment="people in the file"),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="keyed digest of the file, so that the same file is not loaded twice",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "letter",
        sa.Column("ref", sa.String(length=10), nullable=False, comment="whose letter"),
        sa.Column("wave", sa.String(length=30), nullable=False, comment="invitation, or which reminder"),
        sa.Column(
            "code_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="code part of this wave for the print room, under the person's code data key",
        ),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting | released"),
        sa.Column("batch", sa.String(length=32), nullable=True, comment="the batch it was released in"),
        sa.Column("delivered_by", sa.Date(), nullable=True, comment="latest computed delivery (P05)"),
        sa.PrimaryKeyConstraint("ref", "wave"),
    )
    op.create_index("letter_wave_state", "letter", ["wave", "state"], unique=False)
    op.create_table(
        "person",
        sa.Column("ref", sa.String(length=10), nullable=False, comment="letter reference; printed on the letter"),
        sa.Column("intake", sa.String(length=32), nullable=False, comment="the load they came with"),
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum; shared by at least k people"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="live | stopped (no further letter is due)"),
        sa.Column(
            "contact_wrapped",
            sa.LargeBinary(),
            nullable=False,
            comment="data key of the contact part, under its bucket",
        ),
        sa.Column(
            "contact_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="contact part for the print room and the custodian, under that data key",
        ),
        sa.Column(
            "code_wrapped",
            sa.LargeBinary(),
            nullable=False,
            comment="data key of the code parts, under the same bucket",
        ),
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the bucket that dies with this contact"),
        sa.Column(
            "latest",
            sa.Date(),
            nullable=False,
            comment="fixed at load: the contact is gone by this day whatever happens (P05)",
        ),
        sa.Column(
            "dies_on", sa.Date(), nullable=False, comment="the day the contact is erased; only ever moves earlier (P05)"
        ),
        sa.Column(
            "lookup",
            sa.LargeBinary(),
            nullable=False,
            comment="blind index of name and postcode, under the custodian's key",
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("person_bucket", "person", ["bucket"], unique=False)
    op.create_index("person_dies_on", "person", ["dies_on"], unique=False)
    op.create_table(
        "reserve",
        sa.Column("ref", sa.String(length=10), nullable=False, comment="names the code in its seal; printed nowhere"),
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum of the people it may be given to"),
        sa.Column(
            "code_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="a code for a lost letter, for the print room; belongs to nobody until it is given out",
        ),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("reserve_cell", "reserve", ["cell"], unique=False)
