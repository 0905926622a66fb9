"""Prices that are the least that is asked, of services and of what was booked, and the categories of services.

Additive: the previous release goes on working on this schema; it shows such a price without "from" and no categories.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute("ALTER TABLE services ADD COLUMN price_from BOOLEAN NOT NULL DEFAULT false")
    op.execute("ALTER TABLE services ADD COLUMN category TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE booking_items ADD COLUMN price_from BOOLEAN NOT NULL DEFAULT false")
