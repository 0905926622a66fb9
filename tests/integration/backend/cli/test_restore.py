"""`restore`: backups of every release, beside a living backend, what was there before, and what is refused."""

import asyncio
import gzip
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from backend.contract.versions import HEAD
from backend.db.connect import open_database
from backend.db.postgres_tables import open_alone
from backend.db.process_lock import lock_database
from backend.db.schema import DatabaseUnusable, load_state
from backend.db.tables import bookings, metadata, outbox, people, roles
from tests.support.backend_api import serving_api
from tests.support.business_rows import seed_barber
from tests.support.kept_backups import BACKUPS, book_and_be_refused
from tests.support.servers import PostgresServer, apart

Run = Callable[..., tuple[int, str, str]]


def kind_of(url: str) -> str:
    return url.partition("+")[0]


def frozen_backup(revision: str, kind: str, folder: Path) -> Path:
    """Return a backup that a release of that revision has written; that of SQLite is kept compressed."""
    stored = BACKUPS / f"{revision}.{kind}.gz"
    if kind == "postgresql":
        return stored
    file = folder / "frozen"
    file.write_bytes(gzip.decompress(stored.read_bytes()))
    return file


async def read(url: str, work: Callable[[Connection], Any]) -> Any:
    db = await open_database(url)
    try:
        return await db.read(work)
    finally:
        await db.close()


def everything(conn: Connection) -> dict[str, list[str]]:
    return {t.name: sorted(repr(tuple(row)) for row in conn.execute(t.select())) for t in metadata.sorted_tables}


def rows_of(url: str) -> dict[str, list[str]]:
    return apart(lambda: asyncio.run(read(url, everything)))


@pytest.fixture
def new_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database on a new machine: no file, or a PostgreSQL database without tables."""
    if kind_of(database_url) == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/new machine/sqlite/booking.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = apart(lambda: asyncio.run(server.create("template0")))
    yield server.url(name)
    apart(lambda: asyncio.run(server.drop(name)))


@pytest.mark.parametrize("revision", ["0001", "0002"])
@pytest.mark.parametrize("machine", ["new", "old"])
def test_a_backup_of_every_release_is_restored_and_migrated(
    run: Run, database_url: str, new_url: str, tmp_path: Path, revision: str, machine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url = new_url if machine == "new" else database_url
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", url)
    file = frozen_backup(revision, kind_of(url), tmp_path)
    code, _, err = run("restore", str(file))
    assert code == 0, err

    def restored(conn: Connection) -> tuple[Any, ...]:
        found = conn.execute(select(bookings.c.status, bookings.c.comment).order_by(bookings.c.id)).all()
        sent = conn.execute(select(outbox.c.error, outbox.c.delivery, outbox.c.created_at)).all()
        assert sent
        assert all(error is None and delivery is None and created > 0 for error, delivery, created in sent)
        return load_state(conn).revision, [tuple(row) for row in found]

    found = apart(lambda: asyncio.run(read(url, restored)))
    assert found == (HEAD, [("confirmed", "у окна"), ("cancelled", "")])
    assert run("audit", "verify")[0] == 0
    assert run("migrate")[0] == 0

    async def book() -> None:
        async with serving_api(url) as api:
            await book_and_be_refused(api)

    apart(lambda: asyncio.run(book()))


def test_a_database_that_is_served_is_not_replaced(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    file = tmp_path / "b"
    assert run("backup", str(file))[0] == 0
    run("import", "barber", str(_business(tmp_path)))
    before = rows_of(database_url)

    async def beside() -> tuple[int, str, str]:
        db = await open_database(database_url)
        lock = lock_database(database_url)  # as `serve` does
        try:
            return await asyncio.to_thread(run, "restore", str(file))
        finally:
            await db.close()
            if lock is not None:
                os.close(lock)

    code, _, err = apart(lambda: asyncio.run(beside()))
    assert (code, "stop it first" in err) == (1, True), err
    assert rows_of(database_url) == before
    assert run("restore", str(file))[0] == 0
    assert rows_of(database_url) != before


def _business(folder: Path) -> Path:
    file = folder / "business.yaml"
    file.write_text('services:\n  - {name: Haircut, price: "1500.00", duration: 45m}\n')
    return file


async def test_a_backend_of_the_release_before_is_noticed(
    run: Run, postgres_server: PostgresServer, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds no lock, but says its name."""
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", postgres_url)
    name = make_url(postgres_url).database
    settings = {"application_name": "slotgate"}
    other = await asyncpg.connect(user="postgres", database=name, host=postgres_server.host, server_settings=settings)
    try:
        code, _, err = await asyncio.to_thread(run, "restore", str(BACKUPS / "0001.postgresql.gz"))
        assert (code, "stop it first" in err) == (1, True), err
    finally:
        await other.close()


async def test_no_backend_starts_while_a_database_is_replaced(postgres_url: str) -> None:
    async with open_alone(make_url(postgres_url)):
        with pytest.raises(DatabaseUnusable, match="is being restored"):
            await open_database(postgres_url)
    await (await open_database(postgres_url)).close()


def test_every_restore_keeps_what_was_there(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    run("backup", str(tmp_path / "b"))
    kept = []
    for tg_id in (71, 72):
        apart(partial(asyncio.run, _rename(database_url, tg_id)))
        code, _, err = run("restore", str(tmp_path / "b"))
        assert code == 0
        kept.append(err.rpartition(" is in ")[2].strip().removesuffix("."))
    assert len(set(kept)) == 2
    if database_url.startswith("sqlite"):
        for path, tg_id in zip(kept, (71, 72), strict=True):
            with closing(sqlite3.connect(path)) as conn:
                assert conn.execute(str(select(people.c.tg_id))).fetchall() == [(tg_id,)]
                assert conn.execute(str(select(roles.c.role))).fetchall() == [("admin",)]
            assert Path(path).stat().st_mode & 0o077 == 0
        assert not list(Path(kept[0]).parent.glob("*.restoring*"))
        return
    schemas = [said.split("the schema ")[1].split()[0] for said in kept] if "the schema" in kept[0] else kept
    for name, tg_id in zip(schemas, (71, 72), strict=True):
        said = apart(partial(asyncio.run, _query(database_url, f"SELECT tg_id FROM {name}.people")))
        assert said == [(tg_id,)]


async def _rename(url: str, tg_id: int) -> None:
    await _query(url, f"UPDATE people SET tg_id = {tg_id}")


async def _query(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as conn:
            result = await conn.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()


def test_a_backup_of_the_other_database_is_called_so(run: Run, database_url: str, tmp_path: Path) -> None:
    other = "postgresql" if database_url.startswith("sqlite") else "sqlite"
    code, _, err = run("restore", str(frozen_backup("0002", other, tmp_path)))
    assert code == 1
    assert {"postgresql": "backup of PostgreSQL", "sqlite": "backup of SQLite"}[other] in err


def test_a_restore_that_fails_on_the_way_leaves_everything(run: Run, database_url: str, tmp_path: Path) -> None:
    """A backup whose rows do not fit its own schema."""
    apart(lambda: asyncio.run(_seed(database_url)))
    before = rows_of(database_url)
    file = tmp_path / "bad"
    if database_url.startswith("sqlite"):
        source = frozen_backup("0001", "sqlite", tmp_path)
        with closing(sqlite3.connect(source)) as conn, conn:
            conn.execute("ALTER TABLE outbox ADD COLUMN delivery TEXT")  # which 0002 adds
        source.rename(file)
    else:
        lines = gzip.decompress((BACKUPS / "0001.postgresql.gz").read_bytes()).splitlines(keepends=True)
        # a row twice, a row that refers to nothing
        orphan = lines[-2].replace(b",1,", b",999,", 1)
        file.write_bytes(gzip.compress(b"".join([*lines[:-1], lines[2], b'["end",%d]\n' % (len(lines) - 1)])))
        other = tmp_path / "orphan"
        other.write_bytes(gzip.compress(b"".join([*lines[:-2], orphan, lines[-1]])))
        code, _, err = run("restore", str(other))
        assert (code, str(other) in err) == (1, True), err
        assert rows_of(database_url) == before
    code, _, err = run("restore", str(file))
    assert (code, str(file) in err or "migration failed" in err) == (1, True), err
    assert rows_of(database_url) == before
    if database_url.startswith("postgresql"):
        left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'before%'"
        assert apart(lambda: asyncio.run(_query(database_url, left))) == [(0,)]


async def _seed(url: str) -> None:
    db = await open_database(url)
    try:
        await seed_barber(db)
    finally:
        await db.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "copy"),
        ("export", "barber"),
        ("audit", "verify"),
        ("audit", "export"),
        ("init-admin", "--tenant", "barber", "--tg-id", "5"),
        ("import", "barber", "business.yaml"),
        ("serve",),
    ],
)
def test_a_wrong_folder_is_an_error_and_stays_empty(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    _business(folder)
    monkeypatch.chdir(folder)
    for address in (None, f"sqlite+aiosqlite:///{folder}/none/booking.db"):
        if address is None:
            monkeypatch.delenv("SLOTGATE_DATABASE_URL")
        else:
            monkeypatch.setenv("SLOTGATE_DATABASE_URL", address)
        code, out, err = run(*arguments)
        assert (code, out) == (3, "")
        assert f"There is no database at {folder}/" in err
        assert [path.name for path in folder.rglob("*")] == ["business.yaml"]
