"""A column of the outbox for how far a delivery is, in place of words in the error text.

Additive: the previous release goes on working on this schema. It leaves the column alone, so a message that it has
leased has no value there.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The words of the previous release, by the kind and the status in which it wrote them.
CARRIED = (
    ("broadcast", "leased", "begun"),
    ("broadcast", "failed", "unsure"),
    ("progress", "leased", "last"),
)


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute(
        "ALTER TABLE outbox ADD COLUMN delivery TEXT CONSTRAINT ck_outbox_delivery "
        "CHECK (delivery IN ('claimed','begun','unsure','last'))"
    )
    for kind, status, word in CARRIED:
        op.execute(
            f"UPDATE outbox SET delivery = '{word}' "  # noqa: S608 - constants of this file only
            f"WHERE kind = '{kind}' AND status = '{status}' AND error = '{word}'"
        )
