"""`audit verify` and `audit export`: whether the log is whole, and the log itself."""

from typing import Any

import msgspec
import rich_click as click
from sqlalchemy import Connection

from backend import clock
from backend.audit.queries import ExportedRow, export_entries, find_faults
from backend.auth.queries import load_tenant
from backend.cli.data import json_option, with_database
from backend.db.engine import Database
from backend.settings import Settings, SettingsError

PAGE = 1000


@click.group("audit")
def audit_commands() -> None:
    """Verify or export the audit log."""


@audit_commands.command()
@json_option
def verify(as_json: bool) -> int:
    """Exit 1 if the audit log was altered or cut off."""
    key = Settings.from_env().internal_key
    faults = with_database(lambda db: db.read(lambda conn: find_faults(conn, key), long=True))
    if as_json:
        click.echo(msgspec.json.encode({"faults": faults}))
    else:
        for fault in faults:
            click.echo(fault)
    click.echo("The audit log is whole." if not faults else "The audit log was altered.", err=True)
    return 1 if faults else 0


@audit_commands.command()
@click.argument("slug", required=False)
def export(slug: str | None) -> None:
    """Print the log, of all businesses or of one: a JSON object a line, the oldest first. Also while serving."""
    count = with_database(lambda db: _print(db, slug))
    click.echo(f"{count} line{'s' * (count != 1)}.", err=True)


async def _print(db: Database, slug: str | None) -> int:
    """Print the log and return how many lines it has. Each page is read on its own: a slow reader holds nobody up."""
    tenant_id = None
    if slug is not None:
        tenant = await db.read(lambda conn: load_tenant(conn, slug))
        if tenant is None:
            raise SettingsError(f"There is no business {slug}.")
        tenant_id = tenant.id
    after, count = (0, 0), 0
    while True:

        def read(conn: Connection, after: tuple[int, int] = after) -> list[ExportedRow]:
            return export_entries(conn, after, PAGE, tenant_id)

        rows = await db.read(read, long=True)
        for row in rows:
            click.echo(msgspec.json.encode(_line(row)))
        count += len(rows)
        if len(rows) < PAGE:
            return count
        after = rows[-1].tenant_id, rows[-1].seq


def _line(row: ExportedRow) -> dict[str, Any]:
    """Return what an admin sees of a line, with the business and the hash that chains the lines."""
    return {
        "tenant": row.slug,
        "seq": row.seq,
        "at": clock.format_utc(row.at),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "detail": msgspec.json.decode(row.detail),
        "request_id": row.request_id,
        "hash": row.hash.hex(),
    }
