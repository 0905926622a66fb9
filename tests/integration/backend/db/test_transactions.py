"""The database from outside: what is acknowledged is there, what failed is not, nobody leaves a lock."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from backend.db.engine import Database
from backend.db.tables import people, tenants
from backend.errors import Invalid, Refused
from tests.support.business_rows import Seeded, add_person, add_tenant


async def _tenant(database: Database) -> int:
    return (await database.write(None, add_tenant)).id


def _add(tenant_id: int, name: str) -> Any:
    return lambda conn: conn.execute(insert(people).values(tenant_id=tenant_id, name=name, created_at=0))


async def _names(database: Database) -> list[str]:
    return await database.read(lambda conn: list(conn.execute(select(people.c.name).order_by(people.c.name)).scalars()))


async def test_a_write_is_seen_by_readers_once_it_is_answered(database: Database) -> None:
    tenant = await _tenant(database)
    await database.write(tenant, lambda conn: add_person(conn, Seeded(tenant, "barber"), 7))
    assert await _names(database) == ["Person 7"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_reading_is_one_transaction_and_a_single_statement_none(database: Database) -> None:
    def begun(conn: Connection) -> int:
        return len({conn.exec_driver_sql("SELECT transaction_timestamp()").scalar_one() for _ in range(2)})

    for _ in range(2):  # each as before, on the connection that the other has used
        assert await database.read(begun) == 1
        assert await database.read_at_once(begun) == 2
        assert await database.write(None, begun) == 1


async def test_a_failing_write_undoes_only_its_own_part(database: Database) -> None:
    tenant = await _tenant(database)

    def fails(conn: Connection) -> None:
        _add(tenant, "half")(conn)
        raise Invalid("no")

    writes = [database.write(tenant, _add(tenant, f"n{i:02}")) for i in range(20)]
    writes.insert(10, database.write(tenant, fails))
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(r) for r in results if isinstance(r, BaseException)] == [Invalid]
    assert await _names(database) == [f"n{i:02}" for i in range(20)]


async def test_read_modify_write_loses_nothing(database: Database) -> None:
    tenant = await _tenant(database)

    def grow(conn: Connection) -> None:
        phone = conn.execute(select(tenants.c.phone).where(tenants.c.id == tenant)).scalar_one()
        conn.execute(tenants.update().where(tenants.c.id == tenant).values(phone=str(int(phone or 0) + 1)))

    await asyncio.gather(*(database.write(tenant, grow) for _ in range(200)))
    assert await database.read(lambda conn: conn.execute(select(tenants.c.phone)).scalar_one()) == "200"


async def test_a_cancelled_caller_leaves_no_lock(database: Database) -> None:
    tenant = await _tenant(database)
    for i in range(30):
        task = asyncio.ensure_future(database.write(tenant, _add(tenant, f"c{i}")))
        reading = asyncio.ensure_future(database.read(lambda conn: conn.execute(select(func.count(people.c.id)))))
        for _ in range(i % 5):
            await asyncio.sleep(0)
        task.cancel()
        reading.cancel()
    await asyncio.wait_for(database.write(tenant, _add(tenant, "last")), 5)
    assert "last" in await _names(database)


async def test_a_reader_cannot_write(database: Database) -> None:
    tenant = await _tenant(database)
    with pytest.raises(Refused):
        await database.read(_add(tenant, "x"))
    assert await _names(database) == []


async def test_numbers_and_text_that_no_column_takes_are_invalid(database: Database) -> None:
    tenant = await _tenant(database)
    with pytest.raises(Invalid):
        await database.read(lambda conn: conn.execute(select(people.c.id).where(people.c.id == 2**70)).all())
    if database.dialect == "postgresql":
        with pytest.raises(Invalid):
            await database.write(tenant, _add(tenant, "a\x00b"))
