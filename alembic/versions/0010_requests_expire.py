"""Until when a request is answered, who has answered it, and what was typed for the other side when a booking ended.

Additive: the previous release goes on working on this schema. Its requests have no deadline until the next release
gives them one, and what it approves may be shown as free after its deadline until then; the guards refuse it all the same.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute("ALTER TABLE tenants ADD COLUMN added_policies TEXT NOT NULL DEFAULT '{}'")
    key = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute("ALTER TABLE bookings ADD COLUMN decide_by BIGINT")
    op.execute(f"ALTER TABLE bookings ADD COLUMN decided_by {key}")
    op.execute("ALTER TABLE bookings ADD COLUMN end_note TEXT NOT NULL DEFAULT ''")
    op.execute(
        "CREATE INDEX ix_bookings_request ON bookings (tenant_id, decide_by) "
        "WHERE status = 'pending' OR decide_by IS NOT NULL"
    )
