"""What an operator and a program are told when something is missing or damaged: one sentence that fits, and its code."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.__main__ import main
from tests.support.backend_api import serving_api
from tests.support.business_rows import seed_barber
from tests.support.servers import INTERNAL_KEY, PostgresServer, apart


async def test_a_body_that_is_missing_is_called_so(sqlite_url: str) -> None:
    async with serving_api(sqlite_url) as api:
        await seed_barber(api.db)
        for content in (b"", b"null"):
            answer = await api.call(
                "POST", "/v1/people/identify", content=content, headers={"content-type": "application/json"}
            )
            assert answer.status == 400
            assert (answer.body["code"], answer.body["field"]) == ("invalid", None)
            assert "body" in answer.body["detail"].lower() or "object" in answer.body["detail"]
            assert "data" not in answer.body["detail"]


def test_migrating_what_is_no_database_is_a_fault_of_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database at all" * 100)
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    assert apart(lambda: main(["migrate"])) == 3
    assert "damaged or is no database" in capfd.readouterr().err
    assert path.read_bytes() == b"this is no database at all" * 100


@pytest.mark.parametrize("statement", ["ALTER DATABASE {0} RENAME TO {0}_gone", "ALTER ROLE guest CONNECTION LIMIT 0"])
async def test_a_database_that_lets_nobody_in_is_not_a_migration_that_failed(
    postgres_server: PostgresServer, statement: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`up` waits for it: exit code 4."""
    name = await postgres_server.create()
    await postgres_server.execute("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN", statement.format(name))
    url = (
        postgres_server.url(name).replace("postgres@", "guest@") if "guest" in statement else postgres_server.url(name)
    )
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", url)
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", INTERNAL_KEY)
    for command in (["migrate"], ["backup", "x"], ["audit", "verify"]):
        assert await asyncio.to_thread(main, command) == 4, command
        told = capfd.readouterr().err
        assert "cannot be reached" in told
        assert "migration failed" not in told


def test_a_backup_of_a_newer_database_names_the_database(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    source = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(source)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", sqlite_url)
    assert apart(lambda: main(["backup", str(tmp_path / "copy")])) == 3
    told = capfd.readouterr().err
    assert source in told
    assert ".part" not in told
    assert list(tmp_path.glob("copy*")) == []
