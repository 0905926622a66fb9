"""Programs and schemas of different releases: what works together works through kills, the rest is refused."""

import asyncio
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from alembic.config import main as run_alembic
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from backend.__main__ import main
from backend.contract.versions import HEAD
from backend.db import tables
from backend.db.connect import open_database
from tests.support.backend_api import serving_api
from tests.support.booking_orders import ORDERS, Answers, Orders, open_orders
from tests.support.business import Business
from tests.support.killed_backend import ROOT, KilledBackend, killed_backend
from tests.support.releases import NEXT, migrate_to_next, previous_release
from tests.support.servers import INTERNAL_KEY, apart


async def check_effects(url: str, orders: Orders, answers: Answers) -> None:
    """Check that each order has one booking, and that this program repeats every answer byte by byte."""
    async with aiohttp.ClientSession() as http, killed_backend(url, http) as present:
        again = await asyncio.gather(*(orders.send(http, present, number) for number in range(ORDERS)))
    assert again == [(201, answers[number], True) for number in range(ORDERS)]
    async with serving_api(url) as api:
        assert len(await Business(api, orders.shop.seeded).rows(tables.bookings)) == ORDERS


@pytest.mark.soak
async def test_the_release_before_works_on_this_schema(database_url: str, tmp_path: Path) -> None:
    """It starts, is killed and starts again, serves, and its commands do what they did."""
    root = previous_release(tmp_path)
    orders = await open_orders(database_url)
    async with aiohttp.ClientSession() as http, killed_backend(database_url, http, root) as backend:
        answers = await orders.send_all_through_kills(http, backend)
        for arguments in (
            ("migrate",), ("backup", str(tmp_path / "copy")), ("export", orders.shop.slug), ("audit", "verify"),
        ):  # fmt: skip
            code, said = await backend.run(*arguments)
            assert code == 0, said
    await check_effects(database_url, orders, answers)
    # what it has backed up, this program restores
    env = KilledBackend(database_url)
    code, said = await env.run("restore", str(tmp_path / "copy"))
    assert code == 0, said
    await check_effects(database_url, orders, answers)


@pytest.mark.soak
async def test_this_program_works_on_a_newer_schema(database_url: str, tmp_path: Path) -> None:
    orders = await open_orders(database_url)
    await asyncio.to_thread(migrate_to_next, database_url, tmp_path)
    async with aiohttp.ClientSession() as http, killed_backend(database_url, http, ROOT) as backend:
        answers = await orders.send_all_through_kills(http, backend)
        for arguments in (
            ("migrate",), ("backup", str(tmp_path / "copy")), ("export", orders.shop.slug), ("audit", "verify"),
        ):  # fmt: skip
            code, said = await backend.run(*arguments)
            assert code == 0, said
            if arguments == ("migrate",):
                assert f"at version {NEXT}, newer than this program's {HEAD}" in said
    await check_effects(database_url, orders, answers)
    # its backup holds what is newer as well: a SQLite file is put back as it is; PostgreSQL needs the newer program
    code, said = await KilledBackend(database_url).run("restore", str(tmp_path / "copy"))
    if database_url.startswith("sqlite"):
        assert code == 0, said
        with sqlite3.connect(make_url(database_url).database or "") as conn:
            assert conn.execute("SELECT points FROM loyalty").fetchall() == [(7,)]
        conn.close()
    else:
        assert (code, "newer version" in said) == (1, True), said
    await check_effects(database_url, orders, answers)


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("serve",),
        ("backup", "{}/copy"),
        ("export", "barber"),
        ("audit", "verify"),
        ("init-admin", "--tenant", "barber", "--tg-id", "5"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_database_outside_the_range_is_refused_in_one_sentence(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:  # fmt: skip
    apart(lambda: migrate_to_next(database_url, tmp_path, usable_from=NEXT))
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", INTERNAL_KEY)
    capfd.readouterr()
    code = apart(lambda: main([argument.format(tmp_path) for argument in arguments]))
    out, err = capfd.readouterr()
    assert (code, out) == (3, "")
    assert "newer version of Slotgate" in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.glob("copy*")) == []


def test_an_older_database_is_to_be_migrated(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is not served, but it is backed up: before it is migrated."""

    async def age() -> None:
        db = await open_database(database_url)
        for table in ("alembic_version", "schema_revision"):
            statement = text(f"UPDATE {table} SET version_num = '0001'")
            await db.write(None, partial(Connection.execute, statement=statement))
        await db.close()

    apart(lambda: asyncio.run(age()))
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", INTERNAL_KEY)
    capfd.readouterr()
    assert apart(lambda: main(["serve"])) == 3
    assert "run `slotgate migrate`" in capfd.readouterr().err
    assert apart(lambda: main(["backup", str(tmp_path / "copy")])) == 0


def test_alembic_says_that_nothing_is_migrated_downwards(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    def run_process(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "alembic", "-x", f"url={database_url}", *arguments]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def run_here(*arguments: str) -> tuple[int, str]:
        """Run it without a process, which would import everything anew."""
        capfd.readouterr()
        code = 0
        try:
            apart(lambda: run_alembic(["-c", str(ROOT / "alembic.ini"), "-x", f"url={database_url}", *arguments]))
        except SystemExit as end:
            code = int(end.code or 0)
        return code, "".join(capfd.readouterr())

    for run, target in ((run_process, "-1"), (run_here, "base"), (run_here, "0001")):
        code, said = run("downgrade", target)
        assert code == 1
        assert "never migrated downwards" in said
        assert "Traceback" not in said
    assert run_process("current")[1].startswith(HEAD)
    assert run_here("upgrade", "head")[0] == 0
