"""Requests for another time: which time is wanted, or in which words, which hold keeps it, and what became of it.

Additive: the previous release goes on working on this schema. It moves bookings at once; a request that it passes by is
withdrawn, and the place that was held for it is free with its hold.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    serial = "BIGSERIAL" if is_postgres else "INTEGER"
    key = "BIGINT" if is_postgres else "INTEGER"
    op.execute(
        f"CREATE TABLE move_requests (id {serial} NOT NULL, tenant_id {key} NOT NULL, booking_id {key} NOT NULL, "
        f"starts_at BIGINT, specialist_ids TEXT NOT NULL DEFAULT '[]', hold_id {key}, sequence INTEGER NOT NULL, "
        f"text TEXT NOT NULL DEFAULT '', decide_by BIGINT NOT NULL, outcome TEXT, decided_by {key}, "
        "note TEXT NOT NULL DEFAULT '', created_at BIGINT NOT NULL, "
        "CONSTRAINT pk_move_requests PRIMARY KEY (id), "
        "CONSTRAINT ck_move_requests_outcome CHECK (outcome IN ('accepted','declined','expired','withdrawn')), "
        "CONSTRAINT fk_move_requests_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_move_requests_tenant_id_booking_id FOREIGN KEY (tenant_id, booking_id) "
        "REFERENCES bookings (tenant_id, id), "
        "CONSTRAINT fk_move_requests_tenant_id_hold_id FOREIGN KEY (tenant_id, hold_id) "
        "REFERENCES bookings (tenant_id, id))"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_move_requests_open ON move_requests (tenant_id, booking_id) WHERE outcome IS NULL"
    )
    op.execute(f"ALTER TABLE bookings ADD COLUMN move_request_id {key}")
