"""The first schema of RESPONSES."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasing",
        sa.Column("bucket", sa.String(length=60), nullable=False, comment="the key that is about to go"),
        sa.Column("rule", sa.String(length=30), nullable=False, comment="which retention rule"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the erasure"),
        sa.Column("count", sa.Integer(), nullable=False, comment="how many"),
        sa.PrimaryKeyConstraint("bucket"),
    )
    op.create_table(
        "handle",
        sa.Column("handle", sa.LargeBinary(length=16), nullable=False, comment="derived from a code and the pepper"),
        sa.Column("intake", sa.String(length=32), nullable=False, comment="the list it came with"),
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum; shared by at least k people"),
        sa.Column(
            "tranche",
            sa.Integer(),
            nullable=False,
            comment="at least 500 codes, so that a lost batch can be closed without linking people",
        ),
        sa.Column("reserve", sa.Boolean(), nullable=False, comment="whether it is for a lost letter"),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="issued | complete | flushed | withdrawn | closed"
        ),
        sa.Column(
            "voucher",
            sa.LargeBinary(length=32),
            nullable=True,
            comment="hash of the one blinded voucher ticket that was signed",
        ),
        sa.Column(
            "interview", sa.LargeBinary(length=32), nullable=True, comment="hash of the one blinded interview ticket"
        ),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_index("handle_cell_state", "handle", ["cell", "state"], unique=False)
    op.create_table(
        "intake",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one offered list of handles"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="offered | confirmed"),
        sa.Column("count", sa.Integer(), nullable=False, comment="handles in it"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outcome",
        sa.Column("cell", sa.String(length=40), nullable=False, comment="stratum"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="as handle.state, counted before sever"),
        sa.Column("count", sa.Integer(), nullable=False, comment="how many"),
        sa.PrimaryKeyConstraint("cell", "state"),
    )
    op.create_table(
        "progress",
        sa.Column("handle", sa.LargeBinary(length=16), nullable=False, comment="whose"),
        sa.Column("n", sa.Integer(), nullable=False, comment="the slot of the page that comes next"),
        sa.Column(
            "exact",
            sa.LargeBinary(),
            nullable=False,
            comment="exact page and kept facts, under state key and pause word",
        ),
        sa.Column(
            "common",
            sa.LargeBinary(),
            nullable=False,
            comment="where the code alone may go on, under the state key alone",
        ),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False, comment="drawn at the flush; drawn again at sever"),
        sa.Column(
            "cell", sa.String(length=40), nullable=False, comment="stratum; flushed only in groups of at least k"
        ),
        sa.Column("state", sa.String(length=12), nullable=False, comment="complete | partial"),
        sa.Column(
            "boxes",
            sa.LargeBinary(),
            nullable=False,
            comment="a fixed count of boxes of one size, dummies among them, to the analysis key",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "session",
        sa.Column("handle", sa.LargeBinary(length=16), nullable=False, comment="whose"),
        sa.Column(
            "hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="of the session id in the one cookie that may answer",
        ),
        sa.Column("tries", sa.Integer(), nullable=False, comment="wrong pause words since the last right one"),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_table(
        "step",
        sa.Column("handle", sa.LargeBinary(length=16), nullable=False, comment="whose"),
        sa.Column(
            "n",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="the slot; the key (handle, n) is the compare-and-set",
        ),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=False,
            comment="one page's answers to the analysis key, sealed again to the strip key",
        ),
        sa.Column("strip", sa.String(length=32), nullable=False, comment="which strip key"),
        sa.PrimaryKeyConstraint("handle", "n"),
    )
    op.create_table(
        "strip",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one short-lived strip key"),
        sa.Column("public", sa.LargeBinary(length=32), nullable=False, comment="what steps are sealed to"),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="current | leaving (its steps are being re-wrapped)"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
