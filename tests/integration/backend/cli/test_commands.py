"""`python -m backend …`: first admins, business files, samples, serving, on both databases; mistakes and their exit codes."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec
import pytest

from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY, apart
from tests.support.stored_rows import read_all_rows

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


def test_the_first_admin_is_made_once(run: Run, database_url: str) -> None:
    assert run("init-admin", "--tenant", "barber", "--tg-id", "5", "--name", "Bob")[0] == 0
    code, out, err = run("init-admin", "--tenant", "barber", "--tg-id", "6", "--name", "Eve")
    assert (code, out) == (1, "")
    assert "5" in err
    assert "Bob" not in err
    rows = read_all_rows(database_url)
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
    assert len(read_all_rows(database_url)["roles"]) == 1


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
    before = read_all_rows(database_url)
    code, out, _ = run("import", "barber", str(file), "--json")
    assert (code, msgspec.json.decode(out)["changes"]) == (0, [])
    assert read_all_rows(database_url) == before
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
    before = read_all_rows(database_url)
    assert run("seed", str(tmp_path / "samples.json"))[0] == 0
    assert read_all_rows(database_url) == before


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
    deadline = time.monotonic() + 90
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
