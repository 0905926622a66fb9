"""How late a client says they will be, words of clients with their answers, and messages that are due once more.

A message is due once more when what it says has changed since it was sent.

Additive: the previous release goes on working on this schema. It sends a message that has changed once more, instead of
editing the one that was sent.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute("ALTER TABLE bookings ADD COLUMN late_min INTEGER")
    op.execute("ALTER TABLE outbox ADD COLUMN changed_at BIGINT")
    op.execute("ALTER TABLE outbox ADD COLUMN changing BOOLEAN NOT NULL DEFAULT false")
    is_postgres = op.get_bind().dialect.name == "postgresql"
    serial = "BIGSERIAL" if is_postgres else "INTEGER"
    key = "BIGINT" if is_postgres else "INTEGER"
    op.execute(f"ALTER TABLE outbox ADD COLUMN client_message_id {key}")
    op.execute(f"ALTER TABLE outbox ADD COLUMN sender_id {key}")
    op.execute(
        "CREATE INDEX ix_outbox_client_message ON outbox (tenant_id, client_message_id) "
        "WHERE client_message_id IS NOT NULL"
    )
    op.execute(
        f"CREATE TABLE client_messages (id {serial} NOT NULL, tenant_id {key} NOT NULL, booking_id {key} NOT NULL, "
        f"client_id {key} NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL DEFAULT '', media TEXT, file_id TEXT, "
        f"answer TEXT NOT NULL DEFAULT '', answered_by {key}, created_at BIGINT NOT NULL, sent_at BIGINT, "
        "answered_at BIGINT, "
        "CONSTRAINT pk_client_messages PRIMARY KEY (id), "
        "CONSTRAINT ck_client_messages_status CHECK (status IN ('unsent','sent','answered')), "
        "CONSTRAINT ck_client_messages_media CHECK (media IN ('photo','voice')), "
        "CONSTRAINT uq_client_messages_tenant_id_id UNIQUE (tenant_id, id), "
        "CONSTRAINT fk_client_messages_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_client_messages_tenant_id_booking_id FOREIGN KEY (tenant_id, booking_id) "
        "REFERENCES bookings (tenant_id, id), "
        "CONSTRAINT fk_client_messages_tenant_id_client_id FOREIGN KEY (tenant_id, client_id) "
        "REFERENCES people (tenant_id, id), "
        "CONSTRAINT fk_client_messages_tenant_id_answered_by FOREIGN KEY (tenant_id, answered_by) "
        "REFERENCES people (tenant_id, id))"
    )
    op.execute("CREATE INDEX ix_client_messages_client ON client_messages (tenant_id, client_id, sent_at)")
    op.execute("CREATE INDEX ix_client_messages_unsent ON client_messages (created_at) WHERE status = 'unsent'")
