"""Broadcasts with a picture, to a part of the clients, with a service to book, sent at a chosen time; who has blocked the bot.

Additive: the previous release goes on working on this schema. What is scheduled is a draft to it, which it neither lists nor
sends by itself; what it sends goes to all clients, without the picture.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    key = "BIGINT" if is_postgres else "INTEGER"
    op.execute("ALTER TABLE broadcasts ADD COLUMN photo TEXT")
    op.execute("""ALTER TABLE broadcasts ADD COLUMN audience TEXT NOT NULL DEFAULT '{"kind":"all"}'""")
    op.execute(f"ALTER TABLE broadcasts ADD COLUMN book_service_id {key}")
    op.execute("ALTER TABLE broadcasts ADD COLUMN send_local TEXT")
    op.execute(f"ALTER TABLE broadcasts ADD COLUMN scheduled_by {key}")
    op.execute("CREATE INDEX ix_broadcasts_scheduled ON broadcasts (send_local) WHERE send_local IS NOT NULL")
    op.execute("ALTER TABLE outbox ADD COLUMN blocked BOOLEAN NOT NULL DEFAULT false")
