"""`move-to-postgres`: everything arrives, the source stays, and what is refused; then the product runs on it."""

import asyncio
import gzip
import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from backend.contract.versions import HEAD
from backend.db.connect import open_database
from backend.db.process_lock import hold_file
from backend.db.schema import load_state
from backend.db.tables import bookings, people
from tests.bench.drill import fill_database
from tests.support.backend_api import serving_api
from tests.support.business_rows import seed_barber
from tests.support.kept_backups import BACKUPS, book_and_be_refused
from tests.support.servers import INTERNAL_KEY, PostgresServer, apart
from tests.support.stored_rows import is_empty, list_relations, read_all_rows

Move = Callable[..., tuple[int, str, str]]


@pytest.fixture
def target_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database."""
    name = apart(lambda: asyncio.run(postgres_server.create("template0")))
    yield postgres_server.url(name)
    apart(lambda: asyncio.run(postgres_server.drop(name)))


@pytest.fixture
def source_path(sqlite_url: str, tmp_path: Path) -> Path:
    """Return an installation as the release of revision 0002 has left it, with two bookings, migrated."""
    path = Path(make_url(sqlite_url).database or "")
    path.write_bytes(gzip.decompress((BACKUPS / "0002.sqlite.gz").read_bytes()))
    return path


@pytest.fixture
def move(
    source_path: Path, target_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Move:
    """Move the installation into the empty database, or another one; return exit code, stdout, stderr."""
    from backend.__main__ import main

    monkeypatch.setenv("SLOTGATE_DATABASE_URL", f"sqlite+aiosqlite:///{source_path}")
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", INTERNAL_KEY)

    def call(*arguments: str, url: str | None = None, command: str = "move-to-postgres") -> tuple[int, str, str]:
        capfd.readouterr()
        address = () if command != "move-to-postgres" else (target_url if url is None else url,)
        code = apart(lambda: main([command, *address, *arguments]))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_everything_is_moved_and_the_product_goes_on_there(move: Move, source_path: Path, target_url: str) -> None:
    assert move(command="migrate")[0] == 0
    before = digest_of(source_path)
    code, out, err = move()
    assert (code, out) == (0, ""), err
    assert digest_of(source_path) == before
    assert read_all_rows(target_url) == read_all_rows(f"sqlite+aiosqlite:///{source_path}")
    code, out, err = move("--json")
    assert code == 0
    assert "already" in err
    told = msgspec.json.decode(out)
    assert told["moved_before"]
    assert {"bookings": 2, "people": 2, "specialists": 1}.items() <= {
        t["name"]: t["rows"] for t in told["tables"]
    }.items()
    assert {len(t["checksum"]) for t in told["tables"]} == {32}

    async def go_on() -> None:
        async with serving_api(target_url) as api:
            await book_and_be_refused(api)
            mine = await api.call("GET", "/v1/bookings", tg_id=77)
            assert {booking["id"] for booking in mine.body["items"]} == {1, 2, 3}

    apart(lambda: asyncio.run(go_on()))
    # the target has gone on: what was moved was moved
    code, _, err = move()
    assert (code, "already" in err) == (0, True)
    # the source has gone on as well: that is not what was moved
    with closing(sqlite3.connect(source_path)) as conn, conn:
        conn.execute("UPDATE people SET name = 'another'")
    after = read_all_rows(target_url)
    code, _, err = move()
    assert (code, "other content" in err) == (1, True)
    assert read_all_rows(target_url) == after


def test_an_installation_of_an_earlier_release_is_moved_and_migrated(
    move: Move, source_path: Path, target_url: str
) -> None:
    before = digest_of(source_path)
    assert (done := move())[0] == 0, done
    assert digest_of(source_path) == before

    async def look() -> tuple[Any, ...]:
        db = await open_database(target_url)
        try:
            return await db.read(lambda conn: (load_state(conn).revision, conn.execute(select(bookings.c.id)).all()))
        finally:
            await db.close()

    assert apart(lambda: asyncio.run(look())) == (HEAD, [(1,), (2,)])
    assert move()[0] == 0  # the same again


def test_what_is_not_in_the_file_but_in_its_log_is_moved(move: Move, source_path: Path, target_url: str) -> None:
    move(command="migrate")
    writer = sqlite3.connect(source_path)
    try:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        with writer:
            writer.execute("UPDATE people SET name = 'in the log' WHERE id = 1")
        assert source_path.with_name("booking.db-wal").stat().st_size > 0
        assert (done := move())[0] == 0, done
    finally:
        writer.close()
    assert "in the log" in "".join(read_all_rows(target_url)["people"])


def test_tables_without_rows_are_an_empty_database(
    move: Move, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("SLOTGATE_DATABASE_URL", target_url)
        assert move(command="migrate")[0] == 0
    assert (done := move())[0] == 0, done
    assert read_all_rows(target_url)["bookings"]


@pytest.mark.parametrize("whose", ["another program's", "another installation's"])
def test_a_database_that_holds_something_is_refused(
    move: Move, target_url: str, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fill() -> None:
        if whose == "another installation's":
            db = await open_database(target_url)
            await seed_barber(db)
            await db.close()
            return
        url = make_url(target_url)
        conn = await asyncpg.connect(user="postgres", database=url.database, host=url.query["host"])
        await conn.execute("CREATE TABLE users (id int)")
        await conn.close()

    if whose == "another installation's":
        with monkeypatch.context() as patch:
            patch.setenv("SLOTGATE_DATABASE_URL", target_url)
            move(command="migrate")
    apart(lambda: asyncio.run(fill()))
    before = apart(lambda: asyncio.run(list_relations(target_url)))
    code, _, err = move()
    assert (code, "give an empty one" in err) == (1, True), err
    assert apart(lambda: asyncio.run(list_relations(target_url))) == before


def test_nothing_is_moved_beside_a_living_backend(move: Move, source_path: Path, target_url: str) -> None:
    with hold_file(source_path):  # as `serve` does
        code, _, err = move()
    assert (code, "stop it first" in err) == (1, True)
    assert is_empty(target_url)

    async def beside() -> tuple[int, str, str]:
        url = make_url(target_url)
        conn = await asyncpg.connect(
            user="postgres",
            database=url.database,
            host=url.query["host"],
            server_settings={"application_name": "slotgate"},
        )
        try:
            return await asyncio.to_thread(move)
        finally:
            await conn.close()

    code, _, err = apart(lambda: asyncio.run(beside()))
    assert (code, "stop it first" in err) == (1, True)
    assert is_empty(target_url)


async def test_a_move_that_is_killed_leaves_nothing_and_is_done_again(
    move: Move, source_path: Path, target_url: str, tmp_path: Path
) -> None:
    source = f"sqlite+aiosqlite:///{tmp_path}/many/booking.db"
    await fill_database(source, 20_000)
    env = {**os.environ, "SLOTGATE_DATABASE_URL": source}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "move-to-postgres", target_url, env=env, stderr=asyncio.subprocess.PIPE
    )
    url = make_url(target_url)
    conn = await asyncpg.connect(user="postgres", database="postgres", host=url.query["host"])
    try:
        copying = (
            "SELECT count(*) FROM pg_stat_activity a JOIN pg_stat_progress_copy p USING (pid) WHERE a.datname = $1 "
            "AND p.tuples_processed > 0"
        )
        deadline = time.monotonic() + 60
        while not await conn.fetchval(copying, url.database):
            assert process.returncode is None, "it was over before it could be killed"
            assert time.monotonic() < deadline
        process.kill()
        await process.wait()
        gone = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
        while await conn.fetchval(gone, url.database):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        await conn.close()
    assert await list_relations(target_url) == []
    assert (await asyncio.to_thread(move))[0] == 0


def test_a_table_that_is_not_the_same_is_noticed(move: Move, target_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = asyncpg.Connection.copy_records_to_table

    async def altered(self: Any, name: str, *, records: Any, **more: Any) -> Any:
        rows = [list(row) for row in records]
        if name == "people":
            rows[0][more["columns"].index("name")] += "!"
        return await copy(self, name, records=rows, **more)

    monkeypatch.setattr(asyncpg.Connection, "copy_records_to_table", altered)
    code, _, err = move()
    assert (code, "people is not the same" in err) == (1, True), err
    assert is_empty(target_url)


def test_what_postgres_cannot_hold_is_named_by_its_table(move: Move, source_path: Path, target_url: str) -> None:
    for value in ("a\x00b", 7):
        with closing(sqlite3.connect(source_path)) as conn, conn:
            conn.execute("UPDATE people SET name = ? WHERE id = 1", (value,))
            conn.execute("UPDATE people SET blocked = ? WHERE id = 1", (5 if value == 7 else 0,))
        code, _, err = move()
        assert (code, "The table people does not fit" in err) == (1, True), err
        assert is_empty(target_url)


def test_odd_texts_arrive_as_they_are(move: Move, source_path: Path, target_url: str) -> None:
    move(command="migrate")
    names = ["\\N", "\t|\n\r", "👩‍🦱 Анна", "'; DROP TABLE people; --", ""]
    with closing(sqlite3.connect(source_path)) as conn, conn:
        for name in names:
            conn.execute(str(text("INSERT INTO people (tenant_id, name, created_at) VALUES (1, :n, 1)")), {"n": name})
    assert (done := move())[0] == 0, done

    async def look() -> list[str]:
        db = await open_database(target_url)
        try:
            found = select(people.c.name).where(people.c.created_at == 1).order_by(people.c.id)
            return await db.read(lambda conn: list(conn.execute(found).scalars()))
        finally:
            await db.close()

    assert apart(lambda: asyncio.run(look())) == names


def test_wrong_addresses_have_their_sentences(
    move: Move, source_path: Path, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = move(url="postgresql+asyncpg://slotgate:s3cret-word@127.0.0.1:1/none")
    assert (code, "cannot be reached" in err) == (4, True), err
    assert "s3cret" not in err
    code, _, err = move(url=make_url(target_url).set(database="nowhere").render_as_string(False))
    assert (code, "nowhere" in err) == (4, True), err
    assert move(url="sqlite+aiosqlite:///other.db")[0] == 3
    assert move(url="mysql://x")[0] == 3
    with closing(sqlite3.connect(source_path)) as conn, conn:
        conn.execute("CREATE TABLE schema_revision AS SELECT '9999' AS version_num")
    code, _, err = move()
    assert (code, "newer version" in err) == (3, True), err
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", f"sqlite+aiosqlite:///{source_path}-none")
    code, _, err = move()
    assert (code, "There is no database at" in err) == (3, True)
    assert not list(source_path.parent.glob("*-none*"))
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", target_url)
    code, _, err = move()
    assert (code, "nothing to move" in err) == (3, True)
    assert is_empty(target_url)
