"""A note about a client for the whole team, tags of clients, and whom of them a specialist knows.

The note of before is for the admins alone from now on.

Additive: the previous release goes on working on this schema; it shows neither, and erasing a client there leaves both.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    key = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute("ALTER TABLE people ADD COLUMN team_note TEXT NOT NULL DEFAULT ''")
    op.execute(f"ALTER TABLE people ADD COLUMN added_by {key}")
    op.execute(
        f"CREATE TABLE client_tags (tenant_id {key} NOT NULL, person_id {key} NOT NULL, tag_key TEXT NOT NULL, "
        "tag TEXT NOT NULL, "
        "CONSTRAINT pk_client_tags PRIMARY KEY (tenant_id, person_id, tag_key), "
        "CONSTRAINT fk_client_tags_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_client_tags_tenant_id_person_id FOREIGN KEY (tenant_id, person_id) REFERENCES people (tenant_id, id))"
    )
    op.execute(
        f"CREATE TABLE known_clients (tenant_id {key} NOT NULL, person_id {key} NOT NULL, client_id {key} NOT NULL, "
        "CONSTRAINT pk_known_clients PRIMARY KEY (tenant_id, person_id, client_id), "
        "CONSTRAINT fk_known_clients_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id), "
        "CONSTRAINT fk_known_clients_tenant_id_person_id FOREIGN KEY (tenant_id, person_id) "
        "REFERENCES people (tenant_id, id), "
        "CONSTRAINT fk_known_clients_tenant_id_client_id FOREIGN KEY (tenant_id, client_id) "
        "REFERENCES people (tenant_id, id))"
    )
    op.execute("CREATE INDEX ix_client_tags_tag_key ON client_tags (tenant_id, tag_key)")
