"""Everything that a database holds, to be compared with another."""

import asyncio

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from backend.db.connect import open_database
from backend.db.tables import metadata
from tests.support.servers import apart


def everything(conn: Connection) -> dict[str, list[str]]:
    """Return the rows of every table as texts, sorted."""
    return {t.name: sorted(repr(tuple(row)) for row in conn.execute(t.select())) for t in metadata.sorted_tables}


def rows_of(url: str) -> dict[str, list[str]]:
    """Return the rows of every table of the database at `url`."""

    async def read() -> dict[str, list[str]]:
        db = await open_database(url)
        try:
            return await db.read(everything)
        finally:
            await db.close()

    return apart(lambda: asyncio.run(read()))


async def tables_of(url: str) -> list[str]:
    """Return the names of all relations of a PostgreSQL database."""
    conn = await asyncpg.connect(user="postgres", database=make_url(url).database, host=make_url(url).query["host"])
    try:
        found = await conn.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        return [row[0] for row in found]
    finally:
        await conn.close()


def is_empty(url: str) -> bool:
    """Return whether a PostgreSQL database has no relation at all."""
    return apart(lambda: asyncio.run(tables_of(url))) == []
