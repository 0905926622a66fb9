"""`slotgate tenants doctor` beside a living backend and a living Bot API: what it calls well, and what it does not."""

import asyncio
import re
import time
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from backend.client.api import BackendClient
from backend.contract.bookings import NewBooking
from backend.contract.people import Identify
from backend.contract.tenancy import Policies, PutTenant
from gateway.cli import online
from gateway.cli.doctor import _redis_memory_findings, examine_installation
from gateway.cli.finding import Finding
from gateway.settings import Settings
from gateway.supervisor.processes import Child
from gateway.supervisor.redis_server import find_redis_binaries, start_redis
from gateway.sync.backend import BackendSync
from gateway.tenants.basics import BasicsCache
from gateway.tenants.file import parse_tenant
from gateway.tenants.snapshot import TenantSnapshot
from tests.support.bot_chats import BUSINESS
from tests.support.local_backend import import_business, serve_backend
from tests.support.own_redis import OwnRedis, open_link
from tests.support.ports import free_port
from tests.support.sandbox_client import TOKEN, running_sandbox
from tests.support.servers import INTERNAL_KEY

TENANT = f"name: Barber House\nbot_token: '{TOKEN}'\ntimezone: Europe/Moscow\nlocale: ru\ncurrency: RUB\n"


def _findings_by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "barber.yaml").write_text(TENANT)
    return tmp_path


async def test_a_key_that_the_backend_refuses_is_found(place: Path, sqlite_url: str) -> None:
    async with serve_backend(sqlite_url) as (backend, _), running_sandbox() as sandbox:
        right = Settings(
            tenants_dir=place,
            data_dir=place,
            backend_url=backend,
            internal_key=INTERNAL_KEY,
            telegram_api_url=sandbox.url,
            port=free_port(),
        )
        away = _findings_by_name(await examine_installation(right, None))["redis"]
        assert (away.ok, away.seen.startswith("no SLOTGATE_REDIS_URL")) == (False, True)
        redis = await start_redis(place, INTERNAL_KEY)
        findings = await examine_installation(right, None)
        await redis.stop()
        # everything but the gateway runs here; on a busy machine an event loop may be late
        bad = {finding.what for finding in findings if not finding.ok} - {"backend event loop"}
        assert bad == {"gateway", "gateway metrics"}
        assert re.fullmatch(r"(Valkey|Redis) [0-9.]+, embedded", _findings_by_name(findings)["redis"].seen)
        assert "exactly" in _findings_by_name(findings)["redis users"].seen
        wrong = msgspec.structs.replace(right, internal_key="f" * 64)
        finding = _findings_by_name(await examine_installation(wrong, None))["backend"]
        assert (finding.ok, finding.code) == (False, 3)
        assert "SLOTGATE_INTERNAL_KEY" in finding.seen
        assert wrong.internal_key not in finding.seen + finding.remedy


async def test_reminders_after_the_cut_off_are_a_warning(place: Path, sqlite_url: str) -> None:
    """Which ones, and what to do; it is no failure. A business that nobody serves yet has no finding."""
    async with serve_backend(sqlite_url) as (backend, _), running_sandbox() as sandbox:
        chosen = Settings(
            tenants_dir=place, backend_url=backend, internal_key=INTERNAL_KEY, telegram_api_url=sandbox.url
        )
        assert "barber: reminders" not in _findings_by_name(await examine_installation(chosen, None))
        client = BackendClient(backend, INTERNAL_KEY)
        await client.put_tenant(
            "barber", PutTenant(name="B", timezone="Europe/Moscow", locale="ru", currency="RUB"), "t"
        )
        await client.close()
        finding = _findings_by_name(await examine_installation(chosen, None))["barber: reminders"]
    assert finding.ok
    assert finding.remedy
    assert "asked 24 h, 2 h before the start" in finding.seen


async def test_a_currency_that_bookings_keep_is_told_to_operator_and_bot(
    place: Path, sqlite_url: str, gateway_redis: OwnRedis
) -> None:
    """The file says another one afterwards, or for the first time: the gateway goes on with that of the bookings."""
    file = place / "barber.yaml"

    def read_file() -> TenantSnapshot:
        read = parse_tenant(file, file.read_bytes(), env={}, internal_key=INTERNAL_KEY, literals_allowed=True)
        assert read.tenant is not None, read.problems
        return TenantSnapshot.of(read.tenant)

    async def served_currency(sync: BackendSync, basics: BasicsCache) -> tuple[str, str]:
        """Return what the business is served in, and what its file says where that is another currency."""
        await sync.announce_zone(read_file())
        completed = await basics.complete(read_file())
        return completed.currency, completed.file_currency

    async with (
        serve_backend(sqlite_url) as (backend, app), running_sandbox() as sandbox, open_link(gateway_redis.url) as redis,
    ):  # fmt: skip
        chosen = Settings(
            tenants_dir=place, backend_url=backend, internal_key=INTERNAL_KEY, telegram_api_url=sandbox.url
        )

        async def finding() -> tuple[bool, str, str]:
            found = _findings_by_name(await examine_installation(chosen, None))["barber: currency"]
            return found.ok, found.seen, found.remedy

        client = BackendClient(backend, INTERNAL_KEY)
        basics = BasicsCache(client, redis)
        sync = BackendSync(client, basics, place)
        assert await served_currency(sync, basics) == ("RUB", "")
        assert await finding() == (True, "RUB", "")
        file.write_text(TENANT.replace("RUB", "EUR"))
        assert (await finding())[1:] == (
            "barber.yaml says EUR, but the business runs in RUB", "a running gateway takes it from the file; see its log"
        )  # fmt: skip
        file.write_text(TENANT)
        await import_business(app.state.db, "barber", BUSINESS, int(app.state.clock()))
        await client.identify_person("barber", Identify(tg_id=5, first_name="Alex"), "t")
        person = client.act_as("barber", 5, "t")
        (slot, *_) = (await person.list_slots([1], "2026-12-07", "2026-12-08")).slots
        await person.create_booking(NewBooking(service_ids=[1], start=slot.start), key="booking")
        file.write_text(TENANT.replace("RUB", "EUR"))
        assert await served_currency(sync, basics) == ("RUB", "EUR")
        ok, seen, remedy = await finding()
        assert ok, "it works, and is a warning"
        assert seen.startswith("barber.yaml says EUR, but the business runs in RUB, as there are bookings")
        assert remedy == "put `currency: RUB` back into the file, or leave it out"
        # both remedies end it
        for mended, told in ((TENANT, "RUB"), (TENANT.replace("currency: RUB\n", ""), "RUB, set in the bot")):
            file.write_text(mended)
            assert await served_currency(sync, basics) == ("RUB", "")
            assert await finding() == (True, told, "")
        await client.close()


@pytest.mark.parametrize(
    ("reminders", "cut_off", "late"), [([1440, 120], 119, []), ([1440, 120], 120, [120]), ([60, 90], 1440, [90, 60])]
)
def test_a_reminder_at_the_cut_off_comes_too_late(reminders: list[int], cut_off: int, late: list[int]) -> None:
    """Nobody can answer in the same moment."""
    policies = Policies(reminders_min=reminders, cancel_until_min=cut_off)
    assert policies.reminders_after_cut_off() == late


async def test_a_webhook_is_missed_only_where_the_business_is_on(place: Path, sqlite_url: str) -> None:
    async with serve_backend(sqlite_url) as (backend, _), running_sandbox() as sandbox:
        chosen = Settings(
            tenants_dir=place,
            backend_url=backend,
            internal_key=INTERNAL_KEY,
            telegram_api_url=sandbox.url,
            public_url="https://bots.example",
        )
        assert not _findings_by_name(await examine_installation(chosen, None))["barber: webhook"].ok
        (place / "barber.yaml").write_text(TENANT + "enabled: false\n")
        assert _findings_by_name(await examine_installation(chosen, None))["barber: webhook"].ok


async def test_a_refused_token_names_botfather_and_is_never_shown(place: Path) -> None:
    wrong = "7654321:an-unknown-token"
    (place / "barber.yaml").write_text(TENANT.replace(TOKEN, wrong))
    async with running_sandbox() as sandbox:
        findings = _findings_by_name(
            await examine_installation(
                Settings(tenants_dir=place, internal_key=INTERNAL_KEY, telegram_api_url=sandbox.url), None
            )
        )
    token = findings["barber: token"]
    assert (token.ok, token.code) == (False, 3)
    assert "@BotFather" in token.remedy
    assert wrong not in token.seen + token.remedy


async def test_many_bots_are_asked_several_at_once_but_not_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 31):
        (tmp_path / f"shop{number}.yaml").write_text(TENANT.replace(TOKEN, f"{number}:a-token-of-a-shop"))
    waiting, peak, several = 0, 0, asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        nonlocal waiting, peak
        waiting += 1
        peak = max(peak, waiting)
        if waiting > 1:
            several.set()
        # one after the other, this would never be answered
        await asyncio.wait_for(several.wait(), 60)
        waiting -= 1
        known = {"username": "shop_bot"} if request.path.endswith("getMe") else {"url": "", "pending_update_count": 0}
        return web.json_response({"ok": True, "result": known})

    app = web.Application()
    app.router.add_post("/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    monkeypatch.setattr(online, "PROGRESS_EVERY_S", 0.0)
    monkeypatch.setattr(online, "CALLS_PER_SECOND", 1000)
    try:
        await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
        chosen = Settings(tenants_dir=tmp_path, internal_key=INTERNAL_KEY, telegram_api_url=f"http://127.0.0.1:{port}")
        findings = _findings_by_name(await examine_installation(chosen, None))
    finally:
        await runner.cleanup()
    assert all(findings[f"shop{number}: {what}"].ok for number in range(1, 31) for what in ("token", "webhook"))
    assert findings["clock"].ok
    assert 1 < peak <= online.CONCURRENT_BOTS
    assert "of 30 bots asked" in capfd.readouterr().err


async def test_a_webhook_that_drifted_names_the_right_one(place: Path) -> None:
    async with running_sandbox() as sandbox:
        await sandbox.call("setWebhook", url="https://elsewhere.example/hook")
        chosen = Settings(
            tenants_dir=place,
            internal_key=INTERNAL_KEY,
            telegram_api_url=sandbox.url,
            public_url="https://bots.example",
        )
        hook = _findings_by_name(await examine_installation(chosen, None))["barber: webhook"]
        assert (hook.ok, hook.code) == (False, 3)
        assert "https://elsewhere.example/hook" in hook.seen
        assert "expected https://bots.example/tg/webhook/barber" in hook.remedy


async def test_a_backend_that_is_away_and_a_database_that_is_gone_are_told_apart(place: Path, sqlite_url: str) -> None:
    async with running_sandbox() as sandbox:
        chosen = Settings(
            tenants_dir=place,
            backend_url=f"http://127.0.0.1:{free_port()}",
            internal_key=INTERNAL_KEY,
            telegram_api_url=sandbox.url,
        )
        away = _findings_by_name(await examine_installation(chosen, None))
        assert (away["backend"].ok, away["backend"].code) == (False, 4)
        assert "start it" in away["backend"].remedy
        async with serve_backend(sqlite_url) as (backend, app):
            chosen = msgspec.structs.replace(chosen, backend_url=backend)
            assert _findings_by_name(await examine_installation(chosen, None))["database"].ok
            await app.state.db.close()
            gone = await _until_wrong(chosen, "database")
    assert gone.code == 4
    assert "SLOTGATE_DATABASE_URL" in gone.remedy


async def _until_wrong(chosen: Settings, what: str) -> Finding:
    """The backend keeps its answer for a second."""
    until = time.monotonic() + 20
    while (finding := _findings_by_name(await examine_installation(chosen, None))[what]).ok:
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    return finding


@pytest.mark.parametrize(
    ("user", "rule", "message"),
    [
        ("gateway", "off", "refuses the user gateway"),
        ("bot", "resetkeys", "does not give the user bot the rights that it needs"),
        ("gateway", "allkeys", "lets the user gateway reach keys of others"),
    ],
)
async def test_a_wrong_acl_names_the_user_and_the_remedy(tmp_path: Path, user: str, rule: str, message: str) -> None:
    running = await start_redis(tmp_path, INTERNAL_KEY)
    chosen = Settings(tenants_dir=tmp_path, internal_key=INTERNAL_KEY, redis_url=running.url)
    try:
        assert _findings_by_name(await examine_installation(chosen, None))["redis"].ok
    finally:
        await running.stop()
    # no user may change rights: the same server once more, after an edit of its file
    acl = tmp_path / "redis" / "users.acl"
    lines = [f"{line} {rule}" if line.startswith(f"user {user} ") else line for line in acl.read_text().splitlines()]
    acl.write_text("\n".join(lines) + "\n")
    binary = find_redis_binaries()[0]
    config, log = tmp_path / "redis" / "redis.conf", tmp_path / "edited.log"
    child = await Child.start("redis", [binary, str(config)], {"LC_ALL": "C"}, log)
    try:
        until = time.monotonic() + 20
        while "does not answer" in (wrong := _findings_by_name(await examine_installation(chosen, None))["redis"]).seen:
            assert time.monotonic() < until, child.last_log_line()
            await asyncio.sleep(0.05)
    finally:
        await child.stop(5)
    assert (wrong.ok, wrong.code) == (False, 4)
    assert message in wrong.seen
    assert "slotgate redis-acl" in wrong.remedy


@pytest.mark.parametrize(("used", "ok"), [(170, True), (180, False)])
def test_a_redis_that_fills_up_is_found_before_it_is_full(used: int, ok: bool) -> None:
    body = msgspec.json.encode({"status": "ok", "redis_used_bytes": used * 2**20, "redis_limit_bytes": 256 * 2**20})
    (finding,) = _redis_memory_findings(body)
    assert (finding.ok, bool(finding.remedy)) == (ok, not ok)
    assert f"{used} of 256 MB" in finding.seen
    for unknown in (b'{"status": "ok"}', b'{"redis_used_bytes": 5, "redis_limit_bytes": 0}', b"no JSON"):
        assert _redis_memory_findings(unknown) == []
