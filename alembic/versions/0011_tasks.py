"""Bookings that cannot take place as booked: a task each, open until the client has another time or has cancelled.

Additive: the previous release goes on working on this schema. It opens no tasks, and what it moves or cancels meanwhile
is settled when a release that knows them runs again.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    serial = "BIGSERIAL" if is_postgres else "INTEGER"
    key = "BIGINT" if is_postgres else "INTEGER"
    op.execute(
        "ALTER TABLE bookings ADD COLUMN task TEXT CONSTRAINT ck_bookings_task CHECK (task IN ('open','placed'))"
    )
    op.execute(
        f"CREATE TABLE tasks (id {serial} NOT NULL, tenant_id {key} NOT NULL, booking_id {key} NOT NULL, "
        f"cause TEXT NOT NULL, specialist_id {key}, opened_at BIGINT NOT NULL, opened_by {key}, ask_again_at BIGINT, "
        "warn_at BIGINT, closed_at BIGINT, outcome TEXT, "
        "CONSTRAINT pk_tasks PRIMARY KEY (id), "
        "CONSTRAINT ck_tasks_cause CHECK (cause IN "
        "('time_off','closure','hours','service','specialist','room','capacity','asked')), "
        "CONSTRAINT ck_tasks_outcome CHECK (outcome IN "
        "('moved','placed','cancelled','withdrawn','told','took_place','unanswered')), "
        "CONSTRAINT fk_tasks_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_tasks_tenant_id_booking_id FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id), "
        "CONSTRAINT fk_tasks_tenant_id_specialist_id FOREIGN KEY (tenant_id, specialist_id) "
        "REFERENCES specialists (tenant_id, id))"
    )
    op.execute("CREATE UNIQUE INDEX uq_tasks_open ON tasks (tenant_id, booking_id) WHERE closed_at IS NULL")
    op.execute("CREATE INDEX ix_tasks_booking ON tasks (tenant_id, booking_id, closed_at)")
