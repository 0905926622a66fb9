"""The trace in which a message was written, so that its sending joins it; empty while nothing is traced.

Additive: the previous release goes on working on this schema, and leaves the column alone.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute("ALTER TABLE outbox ADD COLUMN traceparent TEXT")
