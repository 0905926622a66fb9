"""${message}"""

${imports if imports else ""}
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
# The oldest revision of a program that goes on working on this schema: that of the migration before where this one only
# adds, this one's own where it takes something away.
usable_from = ${repr(down_revision)}


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    ${upgrades if upgrades else "pass"}
