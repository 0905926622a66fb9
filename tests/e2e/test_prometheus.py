"""A real Prometheus scrapes `slotgate up`: what dashboard and alerts name is there, and alerts fire for their causes."""

import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from gateway.sandbox import Sandbox, serve_sandbox
from tests.e2e.test_up import CLIENT, KEY, TOKEN, Operator, start_chat
from tests.support.command_line import CommandServer
from tests.support.prometheus import SHIPPED, Prometheus, needs_prometheus, running_prometheus, wait_until
from tests.support.running_demo import RunningInstallation

NAME = re.compile(r"\b(?:slotgate_\w+|process_\w+|up)\b(?!\()")
DASHBOARD = json.loads((SHIPPED / "dashboard.json").read_text())
RULES = yaml.safe_load((SHIPPED / "alerts.yml").read_text())


def expressions() -> Iterator[str]:
    """Every expression of the dashboard and of the rules."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "1m")
    for group in RULES["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def metric_names(expression: str) -> set[str]:
    """The metrics that an expression names; label names, values and recorded rules left out."""
    bare = re.sub(r"\{[^}]*\}", "", expression)
    bare = re.sub(r"\b(?:by|on|without|ignoring) ?\([^)]*\)", "", bare)
    return set(NAME.findall(bare))


def test_the_search_for_names_would_find_them() -> None:
    found = metric_names('sum by (slotgate_x) (rate(slotgate_a_total{up="1"}[5m])) / process_max_fds > up')
    assert found == {"slotgate_a_total", "process_max_fds", "up"}
    assert len({name for expression in expressions() for name in metric_names(expression)}) > 30


@needs_prometheus
@pytest.mark.timeout(400)
async def test_what_dashboard_and_alerts_name_is_there_and_alerts_fire(tmp_path: Path, commands: CommandServer) -> None:
    sandbox = Sandbox()
    shop = sandbox.add_bot(TOKEN, "Test Shop", language="en", slug="shop")
    async with serve_sandbox(sandbox) as telegram:
        operator = Operator(tmp_path, telegram)
        operator.prepare(commands, business=True)
        # the oldest figure of a new installation: there is a backup
        assert (await operator.command("backup", str(operator.data / "first.backup")))[0] == 0
        running = await operator.up()
        try:
            await running.wait_ready()
            await start_chat(running, sandbox, shop)
            await _book(running)
            async with running_prometheus(tmp_path, running.gateway, running.backend) as prometheus:
                await prometheus.wait_for_targets(2)
                await _everything_named_is_there(prometheus)
                await _doctor_calls_it_well(running, operator)
                await _an_old_backup_is_told_until_there_is_a_new_one(prometheus, operator)
                await _a_business_that_no_gateway_serves_is_told(prometheus, operator)
                await _a_redis_that_hangs_is_told(prometheus, running)
                await running.stop(signal.SIGTERM)
                await _until_firing(prometheus, {"SlotgateDown"})
        finally:
            await running.stop(signal.SIGTERM)


async def _book(running: RunningInstallation) -> None:
    """Take a place as a client, so that messages are sent as well."""
    headers = {
        "Authorization": f"Bearer {KEY}",
        "X-Tenant": "shop",
        "X-Client-Type": "internal",
        "X-Tg-Id": str(CLIENT),
    }
    first = datetime.now(UTC).date() + timedelta(days=3)
    days = {"from": str(first), "to": str(first + timedelta(days=10))}
    async with aiohttp.ClientSession(running.backend, headers=headers) as api:

        async def get(path: str, **params: Any) -> Any:
            async with api.get(path, params=params) as reply:
                assert reply.status == 200, await reply.text()
                return await reply.json()

        service = (await get("/v1/services"))["items"][0]["id"]
        slot = (await get("/v1/slots", service_id=service, **days))["slots"][0]
        async with api.post("/v1/bookings", json={"service_ids": [service], "start": slot["start"]}) as reply:
            assert reply.status == 201, await reply.text()


async def _everything_named_is_there(prometheus: Prometheus) -> None:
    names = sorted({name for expression in expressions() for name in metric_names(expression)})

    async def all_there() -> bool:
        return not [name for name in names if not await prometheus.query(f"count({name})")]

    try:
        await wait_until(all_there)
    except AssertionError:
        missing = [name for name in names if not await prometheus.query(f"count({name})")]
        raise AssertionError(f"not on the running system: {missing}") from None
    for expression in expressions():
        await prometheus.query(expression)
    assert await prometheus.firing() == set()


async def _doctor_calls_it_well(running: RunningInstallation, operator: Operator) -> None:
    """The doctor reads the same pages, and finds nothing wrong with a new installation that has a backup."""
    operator.env |= {"SLOTGATE_BACKEND_URL": running.backend, "SLOTGATE_PUBLIC_URL": running.gateway}
    code, out, _ = await operator.command("tenants", "doctor", "--json", "--gateway", running.gateway)
    findings = {finding["what"]: finding for finding in json.loads(out)["findings"]}
    assert [finding for finding in findings.values() if not finding["ok"]] == []
    assert code == 0
    assert findings["version"]["seen"].count(", ") == 2  # this program, the backend, the gateway
    assert {"backup", "outbox", "database version", "disk of the database", "gateway event loop"} <= set(findings)


async def _until_firing(prometheus: Prometheus, wanted: set[str], *, ended: frozenset[str] = frozenset()) -> None:
    async def fires() -> bool:
        firing = await prometheus.firing()
        return wanted <= firing and not ended & firing

    await wait_until(fires)


async def _an_old_backup_is_told_until_there_is_a_new_one(prometheus: Prometheus, operator: Operator) -> None:
    record = operator.data / "sqlite" / "last-backup"
    record.write_text(f"{int(time.time()) - 27 * 3600}\n")
    await _until_firing(prometheus, {"SlotgateBackupOld"})
    assert (await operator.command("backup", str(operator.data / "second.backup")))[0] == 0
    await _until_firing(prometheus, set(), ended=frozenset({"SlotgateBackupOld"}))


async def _a_business_that_no_gateway_serves_is_told(prometheus: Prometheus, operator: Operator) -> None:
    now = int(time.time())
    with closing(sqlite3.connect(operator.data / "sqlite" / "booking.db", timeout=10)) as database, database:
        database.execute(
            "INSERT INTO tenants (slug, name, timezone, locale, currency, created_at) "
            "VALUES ('gone', 'Gone', 'UTC', 'en', 'EUR', ?)",
            (now,),
        )
        database.execute(
            "INSERT INTO outbox (tenant_id, kind, role, person_id, due_at, created_at) "
            "SELECT id, 'reminder', 'client', 1, ?, ? FROM tenants WHERE slug = 'gone'",
            (now - 1000, now - 2000),
        )
    await _until_firing(prometheus, {"SlotgateOutboxStuck", "SlotgateRemindersLate"})


async def _a_redis_that_hangs_is_told(prometheus: Prometheus, running: RunningInstallation) -> None:
    pid = next(
        pid
        for pid, command in _children(running.process.pid)
        if "redis-server" in command or "valkey-server" in command
    )
    os.kill(pid, signal.SIGSTOP)
    try:
        await _until_firing(prometheus, {"SlotgateRedisDown"})
    finally:
        os.kill(pid, signal.SIGCONT)
    await _until_firing(prometheus, set(), ended=frozenset({"SlotgateRedisDown"}))


def _children(parent: int) -> Iterator[tuple[int, str]]:
    """The processes below one, with their command lines."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == parent:
            yield int(folder.name), command
            yield from _children(int(folder.name))
