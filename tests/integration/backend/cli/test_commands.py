"""`python -m backend …`: what each command does, on both databases, and its sentence and exit code when it will not."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest
from sqlalchemy import Connection, text

from backend.__main__ import main
from backend.db.connect import open_database
from backend.db.tables import audit, metadata, people
from tests.support.business_rows import seed_barber
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY, apart

BUSINESS = """
services:
  - {name: Haircut, price: "1500.00", duration: 45m}
specialists:
  - name: Anna
    services: [Haircut]
    hours: {mon: ["09:00-13:00"]}
"""
TENANT = {"name": "Barber", "timezone": "Europe/Moscow", "locale": "ru", "currency": "RUB"}
Run = Callable[..., tuple[int, str, str]]


def _rows(url: str) -> dict[str, list[str]]:
    """Return everything in every table."""

    async def read() -> dict[str, list[str]]:
        db = await open_database(url)
        try:
            return await db.read(_all)
        finally:
            await db.close()

    return apart(lambda: asyncio.run(read()))


def _all(conn: Connection) -> dict[str, list[str]]:
    return {t.name: sorted(repr(tuple(row)) for row in conn.execute(t.select())) for t in metadata.sorted_tables}


def test_the_first_admin_is_made_once(run: Run, database_url: str) -> None:
    assert run("init-admin", "--tenant", "barber", "--tg-id", "5", "--name", "Bob")[0] == 0
    code, out, err = run("init-admin", "--tenant", "barber", "--tg-id", "6", "--name", "Eve")
    assert (code, out) == (1, "")
    assert "5" in err
    assert "Bob" not in err
    rows = _rows(database_url)
    assert len(rows["roles"]) == len(rows["people"]) == 1
    assert run("audit", "verify")[0] == 0


def test_two_first_admins_at_once_are_one(run: Run, database_url: str) -> None:
    command = (sys.executable, "-m", "backend", "init-admin", "--tenant", "barber", "--tg-id")

    async def both() -> list[int]:
        started = [
            await asyncio.create_subprocess_exec(*command, str(n), stderr=asyncio.subprocess.DEVNULL) for n in (5, 6)
        ]
        return [await process.wait() for process in started]

    assert sorted(apart(lambda: asyncio.run(both()))) == [0, 1]
    assert len(_rows(database_url)["roles"]) == 1


def test_a_tenant_that_nobody_knows_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLOTGATE_TENANT_JSON")
    for command in (("init-admin", "--tenant", "nobody", "--tg-id", "5"), ("export", "nobody")):
        code, out, err = run(*command)
        assert (code, out) == (3, "")
        assert "nobody" in err


def test_a_business_goes_in_and_comes_out(run: Run, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "barber.yaml"
    file.write_text(BUSINESS)
    assert run("import", "barber", str(file))[0] == 0
    before = _rows(database_url)
    code, out, _ = run("import", "barber", str(file), "--json")
    assert (code, msgspec.json.decode(out)["changes"]) == (0, [])
    assert _rows(database_url) == before
    code, exported, _ = run("export", "barber")
    assert code == 0
    file.write_text(exported)
    assert msgspec.json.decode(run("import", "barber", str(file), "--json")[1])["changes"] == []
    assert msgspec.json.decode(run("export", "barber", "--json")[1])["services"][0]["name"] == "Haircut"


def test_samples_are_created_once(run: Run, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "barber.yaml").write_text(BUSINESS)
    sample = {"slug": "barber", "tenant": TENANT, "admin": 5}
    (tmp_path / "samples.json").write_bytes(
        msgspec.json.encode([sample | {"business": str(tmp_path / "barber.yaml")}, sample | {"slug": "studio"}])
    )
    assert run("seed", str(tmp_path / "samples.json"))[0] == 0
    assert run("init-admin", "--tenant", "studio", "--tg-id", "6")[0] == 1
    assert "Haircut" in run("export", "barber")[1]
    before = _rows(database_url)
    assert run("seed", str(tmp_path / "samples.json"))[0] == 0
    assert _rows(database_url) == before


def test_every_problem_of_a_business_file_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "barber.yaml"
    file.write_text("services:\n  - {name: Haircut, price: x, duration: 45m}\n  - {name: Colour, duration: 99d}\n")
    code, out, err = run("import", "barber", str(file))
    assert (code, out) == (3, "")
    lines = err.strip().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith(f"{file}:{n}:") for line, n in zip(lines, (2, 3), strict=False))
    assert len(msgspec.json.decode(run("import", "barber", str(file), "--json")[1])["problems"]) == len(lines)
    assert run("import", "barber", str(tmp_path / "none.yaml"))[0] == 3
    file.write_bytes(b"\xff\xfe")
    assert run("import", "barber", str(file))[0] == 3


def test_a_backup_is_restored_with_everything_of_before(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5", "--name", "Bob")
    before, file = _rows(database_url), tmp_path / "backup"
    assert run("backup", str(file))[0] == 0
    assert file.stat().st_mode & 0o077 == 0
    assert run("backup", str(file))[0] == 1  # it overwrites nothing
    apart(lambda: asyncio.run(_change(database_url)))
    assert _rows(database_url) != before
    assert run("restore", str(file))[0] == 0
    assert _rows(database_url) == before
    assert run("audit", "verify")[0] == 0
    apart(lambda: asyncio.run(_change(database_url)))  # new rows get new ids


async def _change(url: str) -> None:
    db = await open_database(url)
    try:
        await seed_barber(db, "another")
    finally:
        await db.close()


def test_a_damaged_backup_replaces_nothing(run: Run, database_url: str, tmp_path: Path) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    before, file, cut = _rows(database_url), tmp_path / "backup", tmp_path / "cut"
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
    assert _rows(database_url) == before


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
                await db.write(made.id, lambda conn, row=row: conn.execute(row))
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
    kept = "\n".join(_rows(database_url)["people"])
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
    assert run("backup", str(odd))[0] == 1


def test_the_audit_log_is_exported_line_by_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.cli.audit.PAGE", 2)  # so that there is more than one page
    for slug in ("barber", "studio"):
        assert run("init-admin", "--tenant", slug, "--tg-id", "77")[0] == 0
    run("init-admin", "--tenant", "barber", "--tg-id", "78")
    code, out, err = run("audit", "export")
    lines = [msgspec.json.decode(line) for line in out.splitlines()]
    assert (code, err) == (0, f"{len(lines)} lines.\n")
    of = {slug: [line for line in lines if line["tenant"] == slug] for slug in ("barber", "studio")}
    assert sum(map(len, of.values())) == len(lines)
    for slug in of:
        assert [line["seq"] for line in of[slug]] == list(range(1, len(of[slug]) + 1))
        granted = of[slug][-1]
        assert (granted["actor"], granted["action"], granted["detail"]) == (
            "operator",
            "role.granted",
            {"role": "admin"},
        )
        assert granted["at"].endswith("Z")
        assert len(granted["hash"]) == 64
    code, out, _ = run("audit", "export", "studio")
    assert (code, [msgspec.json.decode(line) for line in out.splitlines()]) == (0, of["studio"])
    code, out, err = run("audit", "export", "nobody")
    assert (code, out, "nobody" in err) == (3, "", True)


def test_an_altered_audit_log_is_found(run: Run, database_url: str) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    assert run("audit", "verify")[:2] == (0, "")

    async def alter() -> None:
        db = await open_database(database_url)
        guard = "DROP TRIGGER guard_audit_update" + (" ON audit" if db.dialect == "postgresql" else "")
        await db.write(None, lambda conn: conn.execute(text(guard)))
        await db.write(None, lambda conn: conn.execute(audit.update().values(actor="nobody")))
        await db.close()

    apart(lambda: asyncio.run(alter()))
    code, out, _ = run("audit", "verify")
    assert code == 1
    assert "altered" in out
    assert msgspec.json.decode(run("audit", "verify", "--json")[1])["faults"]


def test_a_log_that_was_rolled_back_is_found_by_a_head_noted_outside(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    assert run("backup", str(tmp_path / "older"))[0] == 0
    run("init-admin", "--tenant", "studio", "--tg-id", "6")
    code, heads, _ = run("audit", "head")
    noted = [msgspec.json.decode(line) for line in heads.splitlines()]
    assert (code, [head["tenant"] for head in noted]) == (0, ["barber", "studio"])
    (tmp_path / "heads").write_text(heads)
    # the line that the backend logs each day has the same fields
    logged = msgspec.json.encode({"event": "audit head", "level": "info", **noted[1]})
    (tmp_path / "log").write_bytes(logged + b"\n")
    checks = (("--heads", str(tmp_path / "heads")), ("--heads", str(tmp_path / "log")), ("--head", noted[1]["hash"]))
    for check in checks:
        assert run("audit", "verify", *check)[:2] == (0, "")
    assert run("restore", str(tmp_path / "older"))[0] == 0
    assert run("audit", "verify")[0] == 0
    for check in checks:
        code, out, _ = run("audit", "verify", *check)
        assert code == 1
        assert "rolled back or replaced" in out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("secret words\n", "heads:1:1: this is no line of"),
        ('{"tenant": "barber", "seq": 1, "hash": "secret"}', "heads:1:1: its hash is not"),
        ("\n\n", "heads names no head"),
        ("\n" + '{"tenant": "barber", "seq": "1"}', "heads:2:1: this is no line of"),
        ("\xff", "heads:1:1: this is no line of"),
    ],
)
def test_a_file_of_heads_that_is_none(run: Run, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "heads").write_bytes(content.encode("latin-1"))
    code, out, err = run("audit", "verify", "--heads", str(tmp_path / "heads"))
    assert (code, out) == (3, "")
    assert told in err
    assert "secret" not in err
    for no_hash in ("x", "", "ab" * 31, "zz" * 32):
        assert run("audit", "verify", "--head", no_hash)[0] == 2


def test_mistakes_have_their_exit_codes(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run("nonsense")[0] == 2
    assert run("init-admin", "--tenant", "barber", "--tg-id", "0")[0] == 2
    assert run("serve", "--port", "99999")[0] == 2
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", f"postgresql+asyncpg://a:secret@127.0.0.1:{free_port()}/x")
    for command in (("migrate",), ("serve",), ("export", "barber"), ("backup", str(tmp_path / "b"))):
        code, _, err = run(*command)
        assert (code, "secret" in err) == (4, False), err
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/none.db")
    assert run("serve")[0] == 3
    assert run("serve", "--workers", "2")[0] == 3
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", "mysql://x")
    assert run("serve")[0] == 3
    monkeypatch.delenv("SLOTGATE_INTERNAL_KEY")
    code, _, err = run("serve")
    assert code == 3
    assert "SLOTGATE_INTERNAL_KEY" in err


async def test_a_backend_serves_alone_and_ends_well(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    env = {
        **os.environ,
        "SLOTGATE_DATABASE_URL": database_url,
        "SLOTGATE_INTERNAL_KEY": INTERNAL_KEY,
        "SLOTGATE_BACKEND_URL": f"http://127.0.0.1:{port}",
    }
    log = (tmp_path / "log").open("wb")
    command = (sys.executable, "-m", "backend", "serve")
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE, stderr=log)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await _until_ready(http, process, tmp_path)
            other = await asyncio.create_subprocess_exec(*command, env=env, stderr=asyncio.subprocess.PIPE)
            _, said = await other.communicate()
            assert other.returncode in (1, 3)  # the file is served already; PostgreSQL: the port is taken
            assert b"Traceback" not in said
            headers = {"Authorization": f"Bearer {INTERNAL_KEY}", "X-Tenant": "barber"}
            async with http.get("/v1/services", headers=headers) as answer:
                assert answer.status == 404
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 12) == 0
        assert process.stdout is not None
        assert await process.stdout.read() == b""  # stdout carries data only
        lines = [msgspec.json.decode(line) for line in (tmp_path / "log").read_bytes().splitlines() if line[:1] == b"{"]
        assert any(line.get("path") == "/v1/services" and line["status"] == 404 for line in lines)
        assert INTERNAL_KEY not in (tmp_path / "log").read_text()
    finally:
        if process.returncode is None:
            process.kill()
        log.close()


async def _until_ready(http: aiohttp.ClientSession, process: asyncio.subprocess.Process, tmp_path: Path) -> None:
    deadline = time.monotonic() + 40
    while True:
        try:
            async with http.get("/health/ready") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        assert process.returncode is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
