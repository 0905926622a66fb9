"""`slotgate tenants doctor` on what the running services say of themselves: each trouble is found, with its remedy."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from backend.db.backup_record import data_folder, record_backup
from gateway.cli.doctor import _key_finding
from gateway.cli.finding import Finding
from gateway.cli.running_services import (
    MetricsPage,
    _disk_findings,
    _event_loop_findings,
    _version_finding,
    examine_services,
)
from gateway.settings import Settings
from gateway.worker import Worker
from tests.support.local_backend import serve_backend
from tests.support.own_redis import OwnRedis
from tests.support.ports import free_port
from tests.support.servers import INTERNAL_KEY
from tests.support.waiting import until

Examine = Callable[[], Awaitable[dict[str, Finding]]]
TENANT = (
    "INSERT INTO tenants (slug, name, timezone, locale, currency, created_at) "
    "VALUES ('barber', 'Barber', 'UTC', 'en', 'EUR', {})"
)
MESSAGE = (
    "INSERT INTO people (tenant_id, tg_id, name, created_at) SELECT id, 5, 'Ann', 1 FROM tenants",
    "INSERT INTO outbox (tenant_id, kind, role, person_id, due_at, created_at) "
    "SELECT tenant_id, 'text', 'client', id, {}, 1 FROM people",
)


class Place:
    """A backend that serves, with the doctor beside it."""

    def __init__(self, app: Any, settings: Settings, database_url: str) -> None:
        self.app, self.settings, self.database_url = app, settings, database_url

    async def examine(self) -> dict[str, Finding]:
        self.app.state.installation._at = float("-inf")
        findings = await examine_services(self.settings, f"http://127.0.0.1:{free_port()}")
        return {finding.what: finding for finding in findings}

    async def execute(self, *statements: str) -> None:
        await self.app.state.db.write(None, lambda conn: [conn.execute(text(one)) for one in statements] and None)


@pytest.fixture
async def place(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with serve_backend(sqlite_url) as (address, app):
        settings = Settings(backend_url=address, internal_key=INTERNAL_KEY, data_dir=tmp_path)
        yield Place(app, settings, sqlite_url)


async def test_a_backup_that_is_missing_or_old_is_found(place: Place) -> None:
    assert (await place.examine())["backup"].ok  # nothing to back up yet
    await place.execute(TENANT.format(int(time.time()) - 3 * 86_400))
    missing = (await place.examine())["backup"]
    assert (missing.ok, missing.code) == (False, 1)
    assert "none yet, 3 days after" in missing.seen
    assert "slotgate backup FILE" in missing.remedy
    folder = data_folder(place.database_url, place.settings.data_dir)
    await record_backup(place.database_url)
    assert (await place.examine())["backup"].ok
    (folder / "last-backup").write_text(str(int(time.time()) - 27 * 3600))
    old = (await place.examine())["backup"]
    assert (old.ok, old.seen) == (False, "the last one is 27 hours old")


async def test_messages_that_nobody_sends_are_found(place: Place) -> None:
    now = int(place.app.state.clock())
    await place.execute(TENANT.format(now), MESSAGE[0], MESSAGE[1].format(now - 100))
    waiting = (await place.examine())["outbox"]
    assert (waiting.ok, waiting.seen) == (True, "1 messages are due, the oldest for 100 s")
    await place.execute(f"UPDATE outbox SET due_at = {now - 400}")
    stuck = (await place.examine())["outbox"]
    assert (stuck.ok, stuck.code) == (False, 1)
    assert "gateway" in stuck.remedy


async def test_a_database_out_of_this_programs_range_is_found(place: Place) -> None:
    assert (await place.examine())["database version"].ok
    await place.execute(
        "UPDATE alembic_version SET version_num = '9999'", "UPDATE schema_revision SET version_num = '9999'"
    )
    newer = (await place.examine())["database version"]
    assert (newer.ok, newer.code) == (False, 3)
    assert "upgrade this one" in newer.remedy


async def test_services_that_are_away_are_told_apart_from_others(place: Place) -> None:
    found = await place.examine()
    assert found["backend metrics"].ok
    assert "series" in found["backend metrics"].seen
    assert (found["gateway"].ok, found["gateway"].code) == (False, 4)
    assert "--gateway" in found["gateway"].remedy
    other = {one.what: one for one in await examine_services(place.settings, place.settings.backend_url + "/nowhere")}
    assert not other["gateway"].ok
    assert not other["gateway metrics"].ok


async def test_a_gateway_with_another_key_is_found(
    sqlite_url: str, tmp_path: Path, gateway_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so itself, in its readiness, and becomes ready by itself when the right backend comes."""
    (tmp_path / "tenants").mkdir()
    async with serve_backend(sqlite_url) as (address, _):
        settings = Settings(
            tenants_dir=tmp_path / "tenants",
            data_dir=tmp_path,
            redis_url=gateway_redis.url,
            backend_url=address,
            internal_key="another-key-of-forty-characters-and-more",
        )
        worker = Worker(settings)
        await worker.start()
        try:
            await until(lambda: worker.readiness()["backend"] == "refuses the internal key")
            assert worker.readiness()["status"] != "ready"
        finally:
            await worker.stop()


@pytest.mark.parametrize(("key", "ok"), [("", False), ("k" * 31, False), ("k" * 32, True)])
def test_a_key_that_can_be_guessed_is_found(key: str, ok: bool) -> None:
    finding = _key_finding(key)
    assert (finding.ok, finding.code if not ok else 3) == (ok, 3)
    assert not key or key not in finding.seen + finding.remedy


def test_versions_that_differ_are_found() -> None:
    page = MetricsPage('slotgate_build_info{version="9.9.9"} 1.0\n')
    finding = _version_finding({"backend": page})
    assert (finding.ok, finding.code) == (False, 3)
    assert "backend 9.9.9" in finding.seen


def _loop_page(late: int, *, heartbeat: float = 0.0) -> MetricsPage:
    lines = [
        *(f'slotgate_event_loop_lag_seconds_bucket{{le="{le}"}} {n}' for le, n in (("0.25", 10), ("1.0", 10 + late))),
        f'slotgate_event_loop_lag_seconds_bucket{{le="+Inf"}} {10 + late}',
        f'slotgate_worker_heartbeat_timestamp_seconds{{worker="1"}} {heartbeat or time.time()}',
    ]
    return MetricsPage("\n".join(lines) + "\n")


def test_an_event_loop_that_lags_or_hangs_is_found() -> None:
    (well,) = _event_loop_findings("gateway", [_loop_page(3), _loop_page(3)])
    assert well.ok
    (late,) = _event_loop_findings("gateway", [_loop_page(0), _loop_page(2)])
    assert (late.ok, late.seen, late.code) == (False, "up to 1 s late", 1)
    (hangs,) = _event_loop_findings("gateway", [_loop_page(0), _loop_page(0, heartbeat=time.time() - 60)])
    assert (hangs.ok, hangs.seen) == (False, "worker 1 hangs")


@pytest.mark.parametrize(("free", "size", "ok"), [(50e9, 100e9, True), (5e9, 100e9, False), (0.9e9, 2e9, False)])
def test_a_disk_that_fills_up_is_found(tmp_path: Path, free: float, size: float, ok: bool) -> None:
    page = MetricsPage(f"slotgate_disk_free_bytes {free}\nslotgate_disk_size_bytes {size}\n")
    settings = msgspec.structs.replace(Settings(), data_dir=tmp_path / "not" / "there" / "yet")
    database, here = _disk_findings(settings, page)
    assert (database.ok, bool(database.remedy)) == (ok, not ok)
    assert here.what == f"disk of {settings.data_dir}"
