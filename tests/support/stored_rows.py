"""Everything that a database holds, to be compared with what it held before, or with another."""

import asyncio

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from backend.db.connect import open_database
from backend.db.tables import metadata
from tests.support.servers import apart


def read_all_rows(url: str) -> dict[str, list[str]]:
    """Return the rows of every table, in an order of their own."""

    async def read() -> dict[str, list[str]]:
        db = await open_database(url)
        try:
            return await db.read(_list_rows)
        finally:
            await db.close()

    return apart(lambda: asyncio.run(read()))


def _list_rows(conn: Connection) -> dict[str, list[str]]:
    return {t.name: sorted(repr(tuple(row)) for row in conn.execute(t.select())) for t in metadata.sorted_tables}


async def list_relations(url: str) -> list[str]:
    """Return the names of all relations of a PostgreSQL database."""
    conn = await asyncpg.connect(user="postgres", database=make_url(url).database, host=make_url(url).query["host"])
    try:
        found = await conn.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        return [row[0] for row in found]
    finally:
        await conn.close()


def is_empty(url: str) -> bool:
    """Return whether a PostgreSQL database has no relation at all."""
    return apart(lambda: asyncio.run(list_relations(url))) == []
