"""`seed`: everything that the demo's samples need of the backend's commands, in one process.

Each command imports for a second and a half: one after the other, they were most of the demo's start.
"""

import contextlib
import time
from pathlib import Path

import msgspec
import rich_click as click

from backend.cli.data import appoint_first_admin, import_business, with_database
from backend.contract.tenancy import PutTenant
from backend.db import schema
from backend.db.engine import Database
from backend.errors import AdminKnown
from backend.settings import database_url
from backend.tenancy.service import put_tenant


class Sample(msgspec.Struct, frozen=True):
    """A tenant of the demo: what its file says, its first admin's Telegram id, and its business file."""

    slug: str
    tenant: PutTenant
    admin: int
    business: str | None = None


@click.command("seed", hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
def seed_samples(file: Path) -> int:
    """Migrate, then create the tenants of a JSON file with their first admins and their businesses; repeatable."""
    samples = msgspec.json.decode(file.read_bytes(), type=list[Sample])
    schema.migrate(database_url())

    async def create(db: Database) -> int:
        for sample in samples:
            code = await _create(db, sample)
            if code:
                return code
        return 0

    return with_database(create)


async def _create(db: Database, sample: Sample) -> int:
    now = int(time.time())
    await db.write(None, lambda conn: put_tenant(conn, sample.slug, sample.tenant, now, recorded_as="operator"))
    # an earlier start may have come this far
    with contextlib.suppress(AdminKnown):
        await appoint_first_admin(db, sample.slug, sample.admin, "")
    if sample.business is None:
        return 0
    return await import_business(db, sample.slug, Path(sample.business))
