"""Databases that are locked, full, damaged, slow or gone: what the caller is told, and that it passes."""

import asyncio
import signal
import sqlite3
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from backend.db import sqlite, sqlite_connection
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.db.schema import DatabaseUnusable
from backend.db.tables import people
from backend.errors import StorageFull, Unavailable
from tests.support.backend_api import Api, serving_api
from tests.support.business_rows import CLIENT, add_tenant, seed_barber
from tests.support.servers import PostgresServer


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _add(tenant_id: int, note: str = "") -> Any:
    return lambda conn: conn.execute(insert(people).values(tenant_id=tenant_id, name="x", note=note, created_at=0))


def _count(conn: Connection) -> int:
    return conn.execute(select(func.count(people.c.id))).scalar_one()


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> Any:
    opened = await open_database(sqlite_url)
    yield opened
    await opened.close()


async def test_a_database_locked_by_somebody_else_is_told_in_time_and_recovers(
    sqlite_url: str, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_LIMIT_S", 0.6)
    tenant = (await sqlite_db.write(None, add_tenant)).id
    with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        refused = await asyncio.gather(
            *(sqlite_db.write(tenant, _add(tenant)) for _ in range(60)), return_exceptions=True
        )
        # all of them waited together: one after another they would have taken 36 s
        assert 0.5 < time.monotonic() - began < 20
        assert {type(r) for r in refused} == {Unavailable}
        assert all(isinstance(r, Unavailable) and r.retry_after_s for r in refused)
        assert await sqlite_db.read(_count) == 0  # readers live
        waiting = asyncio.ensure_future(sqlite_db.write(tenant, _add(tenant)))
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
        await waiting
    assert await sqlite_db.read(_count) == 1


async def test_the_answer_over_http_when_locked(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_LIMIT_S", 0.3)
    async with serving_api(sqlite_url) as api:
        await seed_barber(api.db)
        with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            body = {"tg_id": 77, "first_name": "x"}
            answer = await api.call("POST", "/v1/people/identify", json=body)
            assert (answer.status, answer.body["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert (await api.call("GET", "/v1/services", tg_id=CLIENT)).status == 200
            assert (await api.send("GET", "/health/ready")).status == 503
            other.execute("ROLLBACK")
        assert (await api.call("POST", "/v1/people/identify", json=body)).status < 300


async def test_a_full_disk_is_told_reads_live_and_it_passes(sqlite_db: Database) -> None:
    tenant = (await sqlite_db.write(None, add_tenant)).id

    def limit(pages: int) -> Any:
        return lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={pages}").fetchall()

    await sqlite_db.write(None, limit(1))  # no more than there are
    big = [_add(tenant, "x" * 100_000) for _ in range(20)]
    outcomes = await asyncio.gather(*(sqlite_db.write(tenant, one) for one in big), return_exceptions=True)
    assert {type(o) for o in outcomes if isinstance(o, BaseException)} == {StorageFull}
    saved = sum(not isinstance(o, BaseException) for o in outcomes)
    assert await sqlite_db.read(_count) == saved  # what is acknowledged is there, and nothing else
    await sqlite_db.write(None, limit(1_000_000))
    await sqlite_db.write(tenant, big[0])
    assert await sqlite_db.read(_count) == saved + 1


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"this is no database at all" * 100, "damaged"), (b"", "no tables"), (None, "slotgate migrate")],
)
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match=told) as refused:
        await open_database(f"sqlite+aiosqlite:///{path}")
    assert refused.value.exit_code == 3
    assert path.exists() == (content is not None)


async def test_a_damaged_file_is_refused(sqlite_url: str) -> None:
    path = _path(sqlite_url)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 4096 + whole[4196:])
    with pytest.raises(DatabaseUnusable, match="damaged"):
        await open_database(sqlite_url)


async def test_a_reading_that_takes_too_long_is_ended(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_connection, "READ_LIMIT_S", 0.2)
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    with pytest.raises(Unavailable):
        await sqlite_db.read(lambda conn: conn.execute(endless).all())
    assert await sqlite_db.read(_count) == 0


async def test_a_brief_reading_that_is_none_leaves_the_event_loop_alone(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_connection, "READ_LIMIT_S", 1.0)
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    slow = asyncio.create_task(sqlite_db.read(lambda conn: conn.execute(endless).all(), brief=True))
    await asyncio.sleep(0)  # it begins
    assert await sqlite_db.read(_count, brief=True) == 0
    assert not slow.done()
    with pytest.raises(Unavailable):
        await slow


async def test_a_result_left_half_read_holds_nobody_in_the_past(sqlite_db: Database) -> None:
    tenant = (await sqlite_db.write(None, add_tenant)).id
    await asyncio.gather(*(sqlite_db.write(tenant, _add(tenant)) for _ in range(5)))
    every = select(people.c.id)
    left_reading = [await sqlite_db.read(lambda conn: conn.execute(every)) for _ in range(2 * sqlite.READERS)]
    left_writing = await sqlite_db.write(tenant, lambda conn: conn.execute(every))
    await sqlite_db.write(tenant, _add(tenant))
    assert [await sqlite_db.read(_count) for _ in range(2 * sqlite.READERS)] == [6] * 2 * sqlite.READERS
    for left in (*left_reading, left_writing):
        with pytest.raises(ProgrammingError):
            left.all()


async def test_waiting_writes_are_committed_together(sqlite_db: Database) -> None:
    """One transaction that is under way while many wait: they need far fewer commits than they are."""
    tenant = (await sqlite_db.write(None, add_tenant)).id
    commits = 0

    def watch(conn: Connection) -> None:
        raw: Any = conn.connection.driver_connection

        def trace(statement: str) -> None:
            nonlocal commits
            commits += statement == "COMMIT"

        raw.set_trace_callback(trace)

    await sqlite_db.write(None, watch)
    await asyncio.gather(*(sqlite_db.write(tenant, _add(tenant)) for _ in range(200)))
    assert await sqlite_db.read(_count) == 200
    assert commits < 20


async def test_acknowledged_writes_survive_kill_9(sqlite_url: str, tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(
        "import asyncio, sys\n"
        "from sqlalchemy import insert\n"
        "from backend.db.connect import open_database\n"
        "from backend.db.tables import people\n"
        "from tests.support.business_rows import add_tenant\n"
        "async def main():\n"
        "    db = await open_database(sys.argv[1])\n"
        "    tenant = (await db.write(None, add_tenant)).id\n"
        "    async def one(k):\n"
        "        n = 0\n"
        "        while True:\n"
        "            name = f'{k}-{n}'\n"
        "            row = insert(people).values(tenant_id=tenant, name=name, created_at=0)\n"
        "            await db.write(tenant, lambda conn: conn.execute(row))\n"
        "            print(name, flush=True)\n"
        "            n += 1\n"
        "    await asyncio.gather(*(one(k) for k in range(8)))\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), sqlite_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    told = [(await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip() for _ in range(300)]
    process.send_signal(signal.SIGKILL)
    told += (await process.stdout.read()).decode().split("\n")[:-1]
    await process.wait()
    with closing(sqlite3.connect(_path(sqlite_url))) as conn:
        kept = {row[0] for row in conn.execute("SELECT name FROM people")}
    assert set(told) <= kept


async def _until(api: Api, status: int) -> None:
    deadline = time.monotonic() + 20
    while (await api.call("GET", "/v1/services")).status != status:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_postgres_connections_that_are_cut_are_made_again(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    async with serving_api(postgres_url) as api:
        await seed_barber(api.db)
        name = make_url(postgres_url).database
        for _ in range(3):
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            await postgres_server.execute(cut)
            assert (await api.call("GET", "/v1/services")).status == 200
            await postgres_server.execute(cut)
            answer = await api.call("POST", "/v1/people/identify", json={"tg_id": 5, "first_name": "x"})
            assert answer.status < 300


async def test_postgres_gone_is_503_and_comes_back(postgres_server: PostgresServer, postgres_url: str) -> None:
    """The database refuses everybody, as it does while it is down or starting."""
    async with serving_api(postgres_url) as api:
        await seed_barber(api.db)
        name = make_url(postgres_url).database
        await postgres_server.execute(
            f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        answer = await api.call("GET", "/v1/services")
        assert (answer.status, answer.body["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"]
        await postgres_server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        await _until(api, 200)


async def test_a_deadlock_is_retried(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    try:
        first, second = [(await database.write(None, partial(add_tenant, slug=slug))).id for slug in ("aa", "bb")]

        def touch(*order: int) -> Any:
            def run(conn: Connection) -> None:
                for tenant in order:
                    conn.execute(text("UPDATE tenants SET phone = phone || 'x' WHERE id = :id"), {"id": tenant})
                    conn.execute(text("SELECT pg_sleep(0.05)"))

            return run

        await asyncio.gather(database.write(None, touch(first, second)), database.write(None, touch(second, first)))
        phones = await database.read(lambda conn: conn.execute(text("SELECT phone FROM tenants")).scalars().all())
        assert phones == ["xx", "xx"]
    finally:
        await database.close()


async def test_postgres_a_tenant_that_is_held_up_holds_up_nobody_else(postgres_url: str) -> None:
    """Its writes wait for its lock, with all that comes after them; the other connections are everybody's."""
    address = make_url(postgres_url)
    database = await open_database(postgres_url)
    held = await asyncpg.connect(user="postgres", database=address.database, host=address.query["host"])
    try:
        mine, other = [(await database.write(None, partial(add_tenant, slug=slug))).id for slug in ("one", "two")]
        await held.execute("SELECT pg_advisory_lock($1)", mine)
        waiting = [asyncio.ensure_future(database.write(mine, _add(mine))) for _ in range(30)]
        await database.write(other, _add(other))
        assert await database.read(_count) == 1
        assert not any(one.done() for one in waiting)
        await held.execute("SELECT pg_advisory_unlock($1)", mine)
        await asyncio.gather(*waiting)
        assert await database.read(_count) == 31
    finally:
        await held.close()
        await database.close()
