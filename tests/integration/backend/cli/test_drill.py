"""The drill of the benchmarks with few bookings, backups by name, and continuous copies: that they work, not how fast."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sysconfig
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy.engine import make_url

from backend.db import tables
from tests.bench.drill import drill
from tests.support.backend_api import serving_api
from tests.support.booking_orders import ORDERS, open_orders
from tests.support.business import Business
from tests.support.killed_backend import ROOT, KilledBackend, killed_backend
from tests.support.servers import PostgresServer, apart

Run = Callable[..., tuple[int, str, str]]
BOOKINGS = 300
# the wheel puts it beside the interpreter
# what Litestream 0.5.17 says, again and again, where it has lost its place in a file that grows
STUCK = "read database page"
LITESTREAM = shutil.which("litestream", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))


def test_the_drill_brings_both_databases_back(postgres_server: PostgresServer, tmp_path: Path) -> None:
    sqlite, moved, postgres = apart(lambda: asyncio.run(drill(tmp_path, postgres_server, BOOKINGS, BOOKINGS)))
    assert "300 bookings" in sqlite["what"]
    assert "1,386 rows" in moved["what"]
    assert min(part["restored_and_serving_s"] for part in (sqlite, postgres)) > 0


def test_a_folder_keeps_the_newest_backups(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert run("backup", str(folder), "--keep", "2")[0] == 3  # a wrong folder is no new file
    folder.mkdir()
    old = [folder / f"booking-2020010{day}T000000Z.backup" for day in (1, 2, 3)]
    for path in (*old, folder / "mine.backup"):
        path.write_bytes(b"old")
    code, _, err = run("backup", str(folder), "--keep", "2")
    assert code == 0, err
    left = sorted(path.name for path in folder.iterdir())
    assert left[0] == old[2].name
    assert left[2:] == ["mine.backup"]
    assert (folder / left[1]).stat().st_mode & 0o077 == 0
    assert run("restore", str(folder / left[1]))[0] == 0


@pytest.mark.skipif(LITESTREAM is None, reason="no litestream on this machine: its wheel is for Linux x86-64 alone")
@pytest.mark.soak
@pytest.mark.timeout(400)
async def test_continuous_copies_hold_what_was_acknowledged(sqlite_url: str, tmp_path: Path) -> None:
    """Litestream beside a backend that is killed; then both are gone, and the copy becomes the database of another.

    Where Litestream says that it can copy nothing more, it is helped as the operator's document says."""
    path = Path(make_url(sqlite_url).database or "")
    orders = await open_orders(sqlite_url)
    env = {**os.environ, "SLOTGATE_DATA_DIR": str(path.parents[1]), "LITESTREAM_REPLICA_URL": f"file://{tmp_path}/copy"}
    config = ("-config", str(ROOT / "gateway" / "litestream.yml"))
    assert LITESTREAM is not None
    log = tmp_path / "litestream.log"

    async def replicate() -> asyncio.subprocess.Process:
        with log.open("w") as out:
            return await asyncio.create_subprocess_exec(
                str(LITESTREAM), "replicate", *config, env=env, stdout=out, stderr=subprocess.STDOUT
            )

    litestream = await replicate()
    copy = tmp_path / "copy.db"

    def restore_copy() -> int:
        copy.unlink(missing_ok=True)
        command = [LITESTREAM, "restore", *config, "-o", str(copy), str(path)]
        subprocess.run(command, env=env, capture_output=True, timeout=60, check=False)
        if not copy.is_file():
            return 0
        with closing(sqlite3.connect(copy)) as conn:
            return int(conn.execute("SELECT count(*) FROM bookings").fetchone()[0])

    try:
        async with aiohttp.ClientSession() as http, killed_backend(sqlite_url, http) as backend:
            await orders.send_all_through_kills(http, backend)
            # while it serves: what was written just before a kill may be copied only when the file is opened again
            deadline = time.monotonic() + 240
            while await asyncio.to_thread(restore_copy) < ORDERS:
                assert litestream.returncode is None
                assert time.monotonic() < deadline, log.read_text()
                if STUCK in log.read_text():
                    # as operators are told to
                    litestream.kill()
                    await litestream.wait()
                    with closing(sqlite3.connect(path, timeout=10)) as conn:
                        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    litestream = await replicate()
                await asyncio.sleep(0.2)
    finally:
        litestream.kill()
        await litestream.wait()
    other = f"sqlite+aiosqlite:///{tmp_path}/another machine/booking.db"
    code, said = await KilledBackend(other).run("restore", str(copy))
    assert code == 0, said
    async with serving_api(other) as api:
        assert len(await Business(api, orders.shop.seeded).rows(tables.bookings)) == ORDERS
