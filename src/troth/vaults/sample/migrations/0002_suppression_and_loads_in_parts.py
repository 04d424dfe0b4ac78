"""People have a keyed index of the supplier's reference and a reason to be stopped; loads go on where they were killed (P03, P05).

What was loaded before has no supplier's reference: it cannot be matched, and stays unscreened until a suppression has run.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("intake", "state", comment="begun | loading | loaded | confirmed")
    op.add_column(
        "person",
        sa.Column(
            "supplier",
            sa.LargeBinary(),
            nullable=True,
            comment="keyed index of the supplier's own reference, for suppression; dies with the row (P03, P05)",
        ),
    )
    op.add_column(
        "person",
        sa.Column(
            "reason",
            sa.String(length=12),
            nullable=True,
            comment="why no further letter is due: opted_out | deceased | moved | at_risk | ineligible | returned | objected",
        ),
    )
    op.create_index("person_lookup", "person", ["lookup"], unique=False)
    op.create_index("person_supplier", "person", ["supplier"], unique=False)
    op.add_column(
        "intake",
        sa.Column(
            "sealed",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="people and codes that stand by which are stored already: a load that was killed goes on behind them",
        ),
    )
    op.add_column(
        "intake",
        sa.Column(
            "rows",
            sa.String(length=64),
            nullable=True,
            comment="keyed digest of what was read, cells merged; the same until it is whole",
        ),
    )
    op.add_column(
        "intake",
        sa.Column(
            "screened_on",
            sa.Date(),
            nullable=True,
            comment="the day these people were last compared with a suppression file",
        ),
    )
    op.add_column(
        "reserve",
        sa.Column(
            "intake",
            sa.String(length=32),
            nullable=True,
            comment="the load it came with, so that one which is given up takes it along",
        ),
    )
    op.create_table(
        "staged",
        sa.Column("intake", sa.String(length=32), nullable=False, comment="the load that goes on"),
        sa.Column(
            "n",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="which part of the load; gone when it is confirmed",
        ),
        sa.Column(
            "handles_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="handles of that part under a key of this load alone, destroyed before the load is confirmed",
        ),
        sa.PrimaryKeyConstraint("intake", "n"),
    )
    op.create_table(
        "suppression",
        sa.Column("id", sa.String(length=32), nullable=False, comment="one run of a suppression file"),
        sa.Column("state", sa.String(length=12), nullable=False, comment="noted | told (the ledger knows)"),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of the run"),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="keyed digest of the file, so that a run that was killed is known again",
        ),
        sa.Column("deceased", sa.Integer(), nullable=False, comment="people that this run stopped, by reason"),
        sa.Column("moved", sa.Integer(), nullable=False, comment="as above"),
        sa.Column("opted_out", sa.Integer(), nullable=False, comment="as above"),
        sa.Column("at_risk", sa.Integer(), nullable=False, comment="as above"),
        sa.Column("already", sa.Integer(), nullable=False, comment="references whose people had been stopped before"),
        sa.Column("unknown", sa.Integer(), nullable=False, comment="references that belong to nobody here"),
        sa.Column("dropped", sa.Integer(), nullable=False, comment="letters taken out of a batch that had not left"),
        sa.PrimaryKeyConstraint("id"),
    )
