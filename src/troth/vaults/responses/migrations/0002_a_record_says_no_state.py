"""A record no longer says whether it is complete: at the close the partials of a cell are few, and stood apart (P04)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from troth.kit.errors import Refused

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    partial = op.get_bind().execute(sa.text("SELECT count(*) FROM record WHERE state = 'partial'")).scalar()
    if partial:  # only that word tells them from the complete ones: what was closed before says so nowhere else
        raise Refused(
            f"{partial} records are marked partial, and this change would forget which",
            where="vault responses",
            mend="open the study with the version that closed it, then migrate",
        )
    op.drop_column("record", "state")
