"""`audit verify`, `head`, `export` and `reseal`: whether the log is whole, where it ends, the log itself, a new key."""

import os
import re
from typing import IO, Any

import msgspec
import rich_click as click
from sqlalchemy import Connection

from backend import clock
from backend.audit.queries.chain import (
    ExportedRow,
    LogHead,
    export_entries,
    find_faults,
    find_lost_hashes,
    find_lost_heads,
    load_heads,
    reseal_heads,
)
from backend.auth.queries import load_tenant
from backend.cli.data import json_option, with_database
from backend.db.engine import Database
from backend.kit.internal_key import describe_bad_key
from backend.settings import Settings, SettingsError

PAGE = 1000
PREVIOUS_KEY = "SLOTGATE_PREVIOUS_INTERNAL_KEY"
MAX_NOTES = 64 << 20  # bytes
_HASH = re.compile(r"\A[0-9a-f]{64}\Z")


class _NotedHead(msgspec.Struct):
    """A line of `audit head`, or one that the backend logs each day; what else stands in it is ignored."""

    tenant: str
    seq: int
    hash: str


@click.group("audit")
def audit_commands() -> None:
    """Verify the audit log, print where it ends, export it, or seal it with a new key."""


@audit_commands.command()
@click.option("--head", "hashes", multiple=True, metavar="HASH", help="A hash that `audit head` printed earlier.")
@click.option("--heads", type=click.File("rb"), metavar="FILE", help="What `audit head` printed earlier (- for stdin).")
@json_option
def verify(hashes: tuple[str, ...], heads: IO[bytes] | None, as_json: bool) -> int:
    """Exit 1 if the audit log was altered or cut off.

    A database that was rolled back as a whole is whole in itself: to see that, name heads that were noted outside of it.
    """
    key = Settings.from_env().internal_key
    wanted = [_read_hash(text) for text in hashes]
    noted = [] if heads is None else _read_heads(heads)

    def find(conn: Connection) -> list[str]:
        return find_faults(conn, key) + find_lost_heads(conn, noted) + find_lost_hashes(conn, wanted)

    faults = with_database(lambda db: db.read(find, long=True))
    if as_json:
        click.echo(msgspec.json.encode({"faults": faults}))
    else:
        for fault in faults:
            click.echo(fault)
    click.echo("The audit log is whole." if not faults else "The audit log was altered.", err=True)
    return 1 if faults else 0


@audit_commands.command("reseal")
def reseal_log() -> int:
    """Seal the log with a new internal key, after it was verified with the one before.

    SLOTGATE_PREVIOUS_INTERNAL_KEY is the one before. A second run finds everything done.
    """
    key, previous = Settings.from_env().internal_key, os.environ.get(PREVIOUS_KEY, "")
    if describe_bad_key(previous) or previous == key:
        raise SettingsError(
            f"{PREVIOUS_KEY} must be the internal key of before, and SLOTGATE_INTERNAL_KEY the new one."
        )
    faults = with_database(lambda db: db.read(lambda conn: find_faults(conn, key, previous), long=True))
    if faults:
        click.echo("\n".join(faults))
        click.echo("The audit log was altered, or sealed with a third key: nothing was changed.", err=True)
        return 1
    count = with_database(lambda db: db.write(None, lambda conn: reseal_heads(conn, previous)))
    click.echo(f"The audit log is whole; {count} of its heads are sealed anew.", err=True)
    return 0


@audit_commands.command("head")
def print_heads() -> None:
    """Print where each log ends, a JSON object a line. Keep it where those who write the database cannot."""
    for noted in with_database(lambda db: db.read(load_heads, long=True)):
        click.echo(msgspec.json.encode(_NotedHead(noted.slug, noted.seq, noted.hash.hex())))


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


def _read_hash(text: str) -> bytes:
    if not _HASH.match(text.lower()):
        raise click.UsageError("A hash is 64 hexadecimal digits.")
    return bytes.fromhex(text)


def _read_heads(file: IO[bytes]) -> list[LogHead]:
    """Read noted heads. Never repeats what stands in the file: it may be a log with anything in it."""
    text = file.read(MAX_NOTES + 1)
    if len(text) > MAX_NOTES:
        raise SettingsError("The file of heads is larger than 64 MiB.")
    heads = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            noted = msgspec.json.decode(line, type=_NotedHead)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SettingsError(f"{file.name}:{number}:1: this is no line of `slotgate audit head`.") from None
        if not _HASH.match(noted.hash):
            raise SettingsError(f"{file.name}:{number}:1: its hash is not 64 hexadecimal digits.")
        heads.append(LogHead(noted.tenant, noted.seq, bytes.fromhex(noted.hash)))
    if not heads:
        raise SettingsError(f"{file.name} names no head.")
    return heads


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
