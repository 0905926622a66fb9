"""How many of a booking's places were taken by somebody who came, as staff have marked it.

Additive: the previous release goes on working on this schema. It may lower the places of a booking below the number that came,
so that the check has the bounds of `places`, and readers cut what came at what is booked.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
usable_from = "0002"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute(
        "ALTER TABLE bookings ADD COLUMN came_places INTEGER "
        "CONSTRAINT ck_bookings_came_places CHECK (came_places BETWEEN 0 AND 4)"
    )
