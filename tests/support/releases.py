"""Other releases: the one before, from the repository's history, and one to come, as a migration on top of the newest."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from alembic import command
from backend.contract.versions import HEAD
from backend.db.schema import alembic_config

ROOT = Path(__file__).parents[2]
# Until there is a tag: the last commit that knew nothing of a range and demanded revision 0002.
BEFORE_THE_FIRST_TAG = "fc9509e"
NEXT = "9000"
_NEXT_MIGRATION = '''"""What a release to come may add."""

from alembic import op

revision = "9000"
down_revision = "{head}"
branch_labels = None
depends_on = None
usable_from = "{usable_from}"


def upgrade() -> None:
    """Forward only."""
    op.execute("CREATE TABLE loyalty (tenant_id BIGINT NOT NULL REFERENCES tenants (id), points BIGINT NOT NULL)")
    op.execute("INSERT INTO loyalty SELECT id, 7 FROM tenants")
    op.execute("ALTER TABLE bookings ADD COLUMN points BIGINT NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE people ADD COLUMN favourite TEXT")
    op.execute("CREATE INDEX ix_bookings_points ON bookings (tenant_id, points)")
'''


def previous_release(folder: Path) -> Path:
    """Unpack the release before this one from git and return its folder; skip the test where there is no history."""
    name = _git("describe", "--tags", "--match", "v*", "--abbrev=0", "HEAD^") or BEFORE_THE_FIRST_TAG
    archive = subprocess.run(["git", "archive", "--format=zip", name], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the release before ({name}) is built from git's history, and this copy has none")
    root = folder / "previous"
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as packed:
        packed.extractall(root)
    return root


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()  # fmt: skip


def migrate_to_next(url: str, folder: Path, usable_from: str = HEAD) -> None:
    """Bring a database to a revision that no program of today knows. Blocking, with an event loop of its own."""
    scripts = folder / "next release"
    shutil.copytree(ROOT / "alembic", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    migration = _NEXT_MIGRATION.format(head=HEAD, usable_from=usable_from)
    (scripts / "versions" / f"{NEXT}_next.py").write_text(migration)
    config = alembic_config(url)
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    command.upgrade(config, "head")
