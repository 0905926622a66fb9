"""`backup` and `restore`: everything of before is there again, what is damaged replaces nothing, on both databases."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from backend.__main__ import main
from backend.db.backup_record import load_backup_record
from backend.db.connect import open_database
from backend.db.tables import people
from tests.support.business_rows import seed_barber
from tests.support.servers import apart
from tests.support.stored_rows import read_all_rows

Run = Callable[..., tuple[int, str, str]]


def test_a_backup_is_restored_with_everything_of_before(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5", "--name", "Bob")
    before, file = read_all_rows(database_url), tmp_path / "backup"
    assert run("backup", str(file))[0] == 0
    assert file.stat().st_mode & 0o077 == 0
    assert run("backup", str(file))[0] == 1  # it overwrites nothing
    apart(lambda: asyncio.run(_change(database_url)))
    assert read_all_rows(database_url) != before
    assert run("restore", str(file))[0] == 0
    assert read_all_rows(database_url) == before
    assert run("audit", "verify")[0] == 0
    apart(lambda: asyncio.run(_change(database_url)))  # new rows get new ids


def test_a_backup_is_noted_where_every_backend_finds_it_and_nowhere_else(
    run: Run, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLOTGATE_DATA_DIR", raising=False)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert apart(lambda: asyncio.run(_noted_at(database_url))) is None
    began = int(time.time())
    code, _, err = run("backup", "first")
    assert (code, "kept nowhere" in err) == (0, False), err
    assert [path.name for path in folder.iterdir()] == ["first"]
    assert began <= (apart(lambda: asyncio.run(_noted_at(database_url))) or 0) <= time.time()


def test_a_backup_that_another_program_has_made_is_noted(run: Run, database_url: str, tmp_path: Path) -> None:
    assert run("backup")[0] == run("backup", "--record", str(tmp_path / "x"))[0] == 2
    assert apart(lambda: asyncio.run(_noted_at(database_url))) is None
    assert run("backup", "--record")[0] == 0
    assert (apart(lambda: asyncio.run(_noted_at(database_url))) or 0) > 1.7e9
    assert list(tmp_path.glob("x*")) == []


async def _noted_at(url: str) -> int | None:
    db = await open_database(url)
    try:
        return await db.read(load_backup_record)
    finally:
        await db.close()


async def _change(url: str) -> None:
    db = await open_database(url)
    try:
        await seed_barber(db, "another")
    finally:
        await db.close()


def test_a_damaged_backup_replaces_nothing(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    before, file, cut = read_all_rows(database_url), tmp_path / "backup", tmp_path / "cut"
    run("backup", str(file))
    whole = file.read_bytes()
    for bad in (b"", b"nonsense" * 100, whole[: len(whole) // 2], whole[:40] + b"\x00" * 200 + whole[240:]):
        cut.write_bytes(bad)
        code, _, err = run("restore", str(cut))
        assert code == 1, err
        assert str(cut) in err
    for nothing in (tmp_path / "none", tmp_path):
        code, _, err = run("restore", str(nothing))
        assert (code, str(nothing) in err) == (3, True)
    assert read_all_rows(database_url) == before


def test_backups_while_somebody_writes_hold_all_that_was_acknowledged(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup"

    async def both() -> int:
        db = await open_database(database_url)
        made = await seed_barber(db)
        stop, some, count = asyncio.Event(), asyncio.Event(), 0

        async def write_on() -> None:
            nonlocal count
            while not stop.is_set():
                row = people.insert().values(tenant_id=made.id, name=f"n{count}", created_at=0)
                await db.write(made.id, partial(Connection.execute, statement=row))
                count += 1
                if count == 20:
                    some.set()

        writer = asyncio.ensure_future(write_on())
        await some.wait()
        acknowledged = count
        code = await asyncio.to_thread(main, ["backup", str(file)])
        stop.set()
        await writer
        await db.close()
        assert code == 0
        return acknowledged

    acknowledged = apart(lambda: asyncio.run(both()))
    assert run("restore", str(file))[0] == 0
    kept = "\n".join(read_all_rows(database_url)["people"])
    assert all(f"'n{i}'" in kept for i in range(acknowledged))


def test_a_file_without_end_is_not_read_to_its_end(run: Run) -> None:
    code, out, err = run("import", "barber", "/dev/zero")
    assert (code, out, err) == (3, "", "/dev/zero:1:1: the file is over 16 MiB\n")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "socket"])
def test_what_is_no_file_is_no_backup_and_is_not_waited_for(run: Run, tmp_path: Path, kind: str) -> None:
    odd = tmp_path / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    elif kind == "device":
        odd.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(tmp_path):
            listener.bind("odd")
    code, out, err = run("restore", str(odd))
    assert (code, out) == (3, "")
    assert str(odd) in err
    if kind != "pipe":
        assert run("import", "barber", str(odd))[0] == 3
    # a copy goes into a folder under a name of its own
    assert run("backup", str(odd))[0] == (0 if kind == "folder" else 1)
