"""Walk-ins that turn out to be somebody in Telegram: which client a walk-in became, and what is proposed to admins.

Additive: the previous release goes on working on this schema; it shows a walk-in that has joined as a client of its own,
without bookings. Existing pairs with the same number are proposed, none is joined.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    serial = "BIGSERIAL" if is_postgres else "INTEGER"
    key = "BIGINT" if is_postgres else "INTEGER"
    op.execute(f"ALTER TABLE people ADD COLUMN joined_into {key}")
    op.execute(
        f"CREATE TABLE client_joins (id {serial} NOT NULL, tenant_id {key} NOT NULL, walk_in_id {key} NOT NULL, "
        f"client_id {key} NOT NULL, status TEXT NOT NULL, booking_ids TEXT NOT NULL DEFAULT '[]', "
        f"was_blocked BOOLEAN NOT NULL DEFAULT false, created_at BIGINT NOT NULL, joined_at BIGINT, "
        "CONSTRAINT pk_client_joins PRIMARY KEY (id), "
        "CONSTRAINT ck_client_joins_status CHECK (status IN ('proposed','joined','undone','refused')), "
        "CONSTRAINT uq_client_joins_tenant_id_walk_in_id_client_id UNIQUE (tenant_id, walk_in_id, client_id), "
        "CONSTRAINT fk_client_joins_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_client_joins_tenant_id_walk_in_id FOREIGN KEY (tenant_id, walk_in_id) REFERENCES people (tenant_id, id), "
        "CONSTRAINT fk_client_joins_tenant_id_client_id FOREIGN KEY (tenant_id, client_id) REFERENCES people (tenant_id, id))"
    )
    op.execute(
        "INSERT INTO client_joins (tenant_id, walk_in_id, client_id, status, created_at) "
        "SELECT w.tenant_id, w.id, c.id, 'proposed', c.phone_verified_at FROM people w JOIN people c "
        "ON c.tenant_id = w.tenant_id AND substr(c.phone_digits, length(c.phone_digits) - 9) = "
        "substr(w.phone_digits, length(w.phone_digits) - 9) "
        "WHERE w.tg_id IS NULL AND w.erased_at IS NULL AND length(w.phone_digits) >= 10 "
        "AND c.tg_id IS NOT NULL AND c.phone_verified_at IS NOT NULL AND length(c.phone_digits) >= 10"
    )
