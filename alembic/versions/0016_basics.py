"""Who says what a business is called, where it is, which language and currency it has; and that a booking was tried.

Additive: the previous release goes on working on this schema. It knows of no file that leaves one of the four out, so that
the file is who says them, as the defaults have it.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    for field in ("name", "timezone", "locale", "currency"):
        op.execute(
            f"ALTER TABLE tenants ADD COLUMN {field}_source TEXT NOT NULL DEFAULT 'file' "
            f"CONSTRAINT ck_tenants_{field}_source CHECK ({field}_source IN ('file','bot','default'))"
        )
    op.execute("ALTER TABLE tenants ADD COLUMN tested_at BIGINT")
    # businesses that are open already have no test bookings to remove
    op.execute(
        "UPDATE tenants SET tested_at = shared_at WHERE shared_at IS NOT NULL AND EXISTS (SELECT 1 FROM bookings b "
        "WHERE b.tenant_id = tenants.id AND b.status NOT IN ('held', 'expired'))"
    )
