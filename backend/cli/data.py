"""Commands on the data: init-admin, import, export."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import rich_click as click
from sqlalchemy import Connection

from backend.audit.queries.chain import Entry, append_entries, use_key
from backend.auth.actor import TenantRow
from backend.auth.queries import load_tenant
from backend.contract.tenancy import PutTenant
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.errors import AdminKnown
from backend.people.queries.people import TelegramUser, find_by_tg_id, find_person, upsert_person
from backend.people.queries.roles import find_admin_ids, grant_role
from backend.people.rules import NAME_MAX
from backend.settings import Settings, SettingsError
from backend.tenancy.business import ImportResult, apply_business, dump_business, load_business
from backend.tenancy.service import put_tenant

T = TypeVar("T")
MAX_FILE = 16 << 20  # bytes; a thousand services take a tenth of one MiB
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the database beside a server that may be running, do the work, close it."""
    settings = Settings.from_env()
    use_key(settings.internal_key)

    async def run() -> T:
        db = await open_database(settings.database_url, serving=False)
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


@click.command("init-admin")
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@click.option("--tg-id", type=click.IntRange(1, 2**53 - 1), required=True, help="The first admin's Telegram id.")
@click.option("--name", default="", help="Their name.")
def init_admin(slug: str, tg_id: int, name: str) -> None:
    """Make a person the first admin of a tenant: once; a second run says who is admin and exits 1."""
    with_database(lambda db: appoint_first_admin(db, slug, tg_id, name))
    click.echo(f"{tg_id} is now the admin of {slug}.", err=True)


async def appoint_first_admin(db: Database, slug: str, tg_id: int, name: str) -> None:
    """Make a person the first admin of a tenant. Raises AdminKnown if it has an admin."""
    now = int(time.time())
    tenant = await known_tenant(db, slug, now)

    def appoint(conn: Connection) -> None:
        admin_ids = find_admin_ids(conn, tenant.id)
        if admin_ids:
            who = find_person(conn, tenant.id, admin_ids[0])
            raise AdminKnown(f"{slug} has an admin already: {'nobody we know' if who is None else who.tg_id}.")
        # A name that Telegram has told us is not replaced by nothing.
        known = find_by_tg_id(conn, tenant.id, tg_id)
        if known is None:
            user = TelegramUser(tg_id, name[:NAME_MAX], None, None)
            person = upsert_person(conn, tenant.id, user, now)
        else:
            person = known.id
        grant_role(conn, tenant.id, person, "admin", None, now)
        entry = Entry(now, "operator", "role.granted", f"person:{person}", {"role": "admin"})
        append_entries(conn, tenant.id, [entry])

    await db.write(tenant.id, appoint)


async def known_tenant(db: Database, slug: str, now: int) -> TenantRow:
    """Return the tenant, made from SLOTGATE_TENANT_JSON (what its file says) where no gateway has reported it yet."""
    tenant = await db.read(lambda conn: load_tenant(conn, slug))
    if tenant is None and (told := os.environ.get("SLOTGATE_TENANT_JSON")):
        put = msgspec.json.decode(told, type=PutTenant)
        await db.write(None, lambda conn: put_tenant(conn, slug, put, now, recorded_as="operator"))
        tenant = await db.read(lambda conn: load_tenant(conn, slug))
    if tenant is None:
        raise SettingsError(f"There is no tenant {slug}: neither in the database nor as a valid file {slug}.yaml.")
    return tenant


@click.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def import_(slug: str, file: Path, as_json: bool) -> int:
    """Read a whole business (services, specialists, hours, closures, policies) from one YAML file; repeatable."""
    return with_database(lambda db: import_business(db, slug, file, as_json=as_json))


async def import_business(db: Database, slug: str, file: Path, *, as_json: bool = False) -> int:
    """Apply a business file, print the changes or the file's problems, and return the exit code.

    Raises SettingsError for a file that cannot be read as text.
    """
    business, problems = load_business(_read_business_file(file), str(file))
    if business is None or problems:
        if as_json:
            click.echo(msgspec.json.encode({"problems": problems}))
        for problem in problems:
            click.echo(f"{problem.file}:{problem.line}:{problem.column}: {problem.message}", err=True)
        return 3
    now = int(time.time())
    tenant = await known_tenant(db, slug, now)
    result = await db.write(tenant.id, lambda conn: apply_business(conn, tenant, business, now))
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        _print_result(result)
    return 0


def _read_business_file(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise SettingsError(f"{file}:1:1: the file is over {MAX_FILE >> 20} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{file}:1:1: the file is not UTF-8 text") from None


def _print_result(result: ImportResult) -> None:
    for line in result.changes or ["Nothing to change."]:
        click.echo(line)
    for line in result.kept:
        click.echo(f"kept: {line}", err=True)
    for booking in result.affected:
        click.echo(f"affects the booking {booking.booking_id} at {booking.local}", err=True)


@click.command()
@click.argument("slug")
@json_option
def export(slug: str, as_json: bool) -> None:
    """Print a whole business as the YAML that `import` reads."""

    async def dump(db: Database) -> str:
        tenant = await known_tenant(db, slug, int(time.time()))
        return await db.read(lambda conn: dump_business(conn, tenant.id), long=True)

    text = with_database(dump)
    if as_json:
        import yaml

        text = msgspec.json.encode(yaml.safe_load(text)).decode() + "\n"
    click.echo(text, nl=False)
