"""Why a cancelled booking has ended, and whether anybody has said that it took place; abandoned holds are expired.

Additive: the previous release goes on working on this schema, and leaves both columns alone.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute(
        "ALTER TABLE bookings ADD COLUMN end_reason TEXT CONSTRAINT ck_bookings_end_reason CHECK "
        "(end_reason IN ('client','client_late','business','declined','request_expired','task_unanswered'))"
    )
    op.execute("ALTER TABLE bookings ADD COLUMN unconfirmed BOOLEAN NOT NULL DEFAULT false")
    op.execute("CREATE INDEX ix_bookings_unmarked ON bookings (ends_at, tenant_id) WHERE status = 'confirmed'")
    # a place that was held and never booked is no cancelled booking
    op.execute(
        "UPDATE bookings SET status = 'expired', cancelled_at = NULL, cancelled_by = NULL, cancelled_from = NULL "
        "WHERE status = 'cancelled' AND cancelled_from = 'held'"
    )
    op.execute(
        "UPDATE bookings SET end_reason = CASE "
        "WHEN cancelled_by = client_id THEN 'client' "
        "WHEN cancelled_from = 'pending' AND EXISTS (SELECT 1 FROM booking_history h WHERE "
        "h.tenant_id = bookings.tenant_id AND h.booking_id = bookings.id AND h.action = 'decline') THEN 'declined' "
        "ELSE 'business' END WHERE status = 'cancelled'"
    )
