"""A record no longer says whether it is complete: at the close the partials of a cell are few, and stood apart (P04)."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("record", "state")
