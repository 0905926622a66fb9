"""Everything that a database holds, to be compared with what it held before."""

import asyncio

from sqlalchemy import Connection

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
