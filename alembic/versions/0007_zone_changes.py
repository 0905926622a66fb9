"""The last change of a business's zone, while it may be taken back; a specialist's own price as the least that is asked.

Additive: the previous release goes on working on this schema; it shows such a price without "from".

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute("ALTER TABLE tenants ADD COLUMN previous_timezone TEXT")
    op.execute("ALTER TABLE tenants ADD COLUMN zone_changed_at BIGINT")
    op.execute("ALTER TABLE specialist_services ADD COLUMN price_from BOOLEAN NOT NULL DEFAULT false")
