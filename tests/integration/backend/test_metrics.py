"""What the backend tells Prometheus: each figure moves when its cause is made, and no input makes new series."""

import asyncio
import threading
from contextlib import suppress

from sqlalchemy import Connection

from backend.db import tables
from backend.db.backup_record import record_backup
from backend.observability.metrics import METHODS, Metrics
from tests.support.backend_api import Api
from tests.support.business import Business
from tests.support.business_rows import CLIENT
from tests.support.exposition import Exposition
from tests.support.waiting import until

MANY = 10_000


async def scrape(api: Api) -> Exposition:
    api.app.state.installation._at = float("-inf")  # the figures of the database are kept for a second
    reply = await api.send("GET", "/metrics")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return Exposition(reply.content)


async def test_the_page_needs_no_key_and_says_what_runs(api: Api) -> None:
    page = await scrape(api)
    (build,) = [labels for name, labels, _ in page.samples if name == "slotgate_build_info"]
    assert set(build) == {"version", "python", "database_revision", "oldest_database_revision"}
    assert page.value("slotgate_database_up") == page.value("slotgate_redis_up") == 1
    assert page.value("process_resident_memory_bytes", worker="0") > 1e7
    assert page.value("process_open_fds", worker="0") > 2
    assert page.value("process_start_time_seconds", worker="0") > 1.7e9
    assert page.value("slotgate_disk_size_bytes") >= page.value("slotgate_disk_free_bytes") > 0


async def test_bookings_are_counted_by_what_became_of_them(barber: Business) -> None:
    before = await scrape(barber.api)
    haircut = barber.services["Haircut"]
    start = "2026-06-02T10:00:00Z"
    booking = await barber.client.booked(haircut, start=start, key="the-first-one")
    await barber.client.book(haircut, start=start, key="the-first-one")
    for _ in range(3):
        await barber.other.book(haircut, start=start, specialist_id=booking["specialist_id"])
    await barber.client.step(booking, "cancel")
    page = await scrape(barber.api)

    def grown(action: str, result: str) -> float:
        labels = {"action": action, "result": result}
        return page.value("slotgate_bookings_total", **labels) - before.value("slotgate_bookings_total", **labels)

    assert [grown("create", result) for result in ("done", "replayed", "slot_taken")] == [1, 1, 3]
    assert grown("cancel", "done") == 1
    route = {"route": "/v1/bookings", "method": "POST"}
    assert page.value("slotgate_request_seconds_count", status="2xx", **route) >= 2
    assert page.value("slotgate_request_seconds_count", status="4xx", **route) >= 3


async def test_transactions_and_free_times_are_measured(barber: Business) -> None:
    before = await scrape(barber.api)
    await barber.client.booked(barber.services["Haircut"], start="2026-06-02T10:00:00Z")
    await barber.client.slots(barber.services["Haircut"], day="2026-06-03")
    page = await scrape(barber.api)
    for name in ("slotgate_transaction_seconds_count", "slotgate_transaction_wait_seconds_count"):
        assert page.value(name, kind="write") > before.value(name, kind="write")
        assert page.value(name, kind="read") > before.value(name, kind="read")
    assert page.value("slotgate_free_times_seconds_count") == before.value("slotgate_free_times_seconds_count") + 1
    assert page.value("slotgate_free_times_seconds_sum") > before.value("slotgate_free_times_seconds_sum")


async def test_writes_that_wait_for_the_writer_are_seen_waiting(api: Api) -> None:
    """One slow transaction of a tenant, and others of it behind: they are shown, and so is how long they waited."""
    begun, over = threading.Event(), threading.Event()

    def take_long(conn: Connection) -> None:
        begun.set()
        if api.db.dialect == "sqlite":
            assert over.wait(20)  # in the writer's own thread
        while not over.is_set():
            conn.exec_driver_sql("SELECT pg_sleep(0.02)")

    first = asyncio.create_task(api.db.write(1, take_long))
    while not begun.is_set():  # noqa: ASYNC110  set in another thread
        await asyncio.sleep(0.005)
    others = [asyncio.create_task(api.db.write(1, lambda conn: None)) for _ in range(5)]

    async def four_are_seen() -> bool:
        api.app.state.update_gauges()
        reply = await api.send("GET", "/metrics")
        return Exposition(reply.content).value("slotgate_transactions_waiting", kind="write") >= 4

    await until(four_are_seen)
    await asyncio.sleep(0.1)
    over.set()
    await asyncio.gather(first, *others)
    page = await scrape(api)
    assert page.value("slotgate_transactions_waiting", kind="write") == 0
    assert page.value("slotgate_transaction_wait_seconds_sum", kind="write") > 0.2
    assert page.value("slotgate_database_connections", state="used") <= 1


async def test_the_outbox_is_seen_filling_ageing_and_emptying(barber: Business) -> None:
    api = barber.api
    before = await scrape(api)
    assert before.value("slotgate_outbox_due") == 0
    await barber.client.booked(barber.services["Haircut"], start="2026-06-03T10:00:00Z")
    api.clock.shift_s += 90
    page = await scrape(api)
    due = page.value("slotgate_outbox_due")
    assert due >= 2  # the client, the specialist, the admin
    assert 90 <= page.value("slotgate_outbox_oldest_due_seconds") <= 100
    assert page.value("slotgate_reminders_late") == 0
    await barber.insert(
        tables.outbox, kind="broadcast", role="client", person_id=barber.people[CLIENT], due_at=1, created_at=1
    )
    api.clock.shift_s += 86_400 + 4 * 3600
    page = await scrape(api)
    assert page.value("slotgate_reminders_late") == 1
    assert page.value("slotgate_outbox_broadcasts_due") == 1

    for notice in await barber.gateway.claim(barber.slug):
        await barber.gateway.mark_sent(notice)
    page = await scrape(api)
    assert page.value("slotgate_outbox_due") == 0
    grown = {
        name: page.value(name, kind="reminder") - before.value(name, kind="reminder")
        for name in ("slotgate_notice_delay_seconds_count", "slotgate_notice_delay_seconds_sum")
    }
    assert grown["slotgate_notice_delay_seconds_count"] == 1
    assert grown["slotgate_notice_delay_seconds_sum"] > 3 * 3600
    assert page.value("slotgate_reminders_missed_total") == before.value("slotgate_reminders_missed_total")


async def test_a_reminder_that_nobody_sent_in_time_is_counted_as_missed(barber: Business) -> None:
    before = (await scrape(barber.api)).value("slotgate_reminders_missed_total")
    await barber.client.booked(barber.services["Haircut"], start="2026-06-03T10:00:00Z")
    barber.api.clock.shift_s += 4 * 86_400
    await barber.gateway.claim(barber.slug)
    assert (await scrape(barber.api)).value("slotgate_reminders_missed_total") == before + 2


async def test_a_business_that_is_switched_off_raises_no_alarm(barber: Business) -> None:
    await barber.client.booked(barber.services["Haircut"], start="2026-06-03T10:00:00Z")
    await barber.api.db.write(
        None,
        lambda conn: conn.execute(
            tables.tenants.update().where(tables.tenants.c.id == barber.id).values(enabled=False)
        ),
    )
    barber.api.clock.shift_s += 3600
    assert (await scrape(barber.api)).value("slotgate_outbox_due") == 0


async def test_the_last_backup_is_told(api: Api) -> None:
    assert not (await scrape(api)).has("slotgate_backup_timestamp_seconds")
    await record_backup(api.app.state.settings.database_url)
    assert (await scrape(api)).value("slotgate_backup_timestamp_seconds") > 1.7e9


async def test_no_request_makes_new_series(api: Api) -> None:
    """Paths, methods, tenants, ids, request ids and keys that nobody has: the page grows by what is declared alone."""
    before = await scrape(api)

    async def attack(number: int) -> None:
        headers = {
            "authorization": f"Bearer {'wrong' if number % 2 else 'an-internal-key-for-tests-0123456789abcdef'}",
            "x-tenant": f"tenant{number}",
            "x-tg-id": str(number),
            "x-request-id": f"request-{number}",
            "x-client-type": f"type{number}",
        }
        method = ("GET", "POST", f"M{number}")[number % 3]
        path = (f"/v1/bookings/{number}", f"/nowhere/{number}", f"/v1/bookings/{number}/move")[number // 3 % 3]
        with suppress(ValueError):
            await api.send(method, path, headers=headers)

    for number in range(MANY):
        await attack(number)
    page = await scrape(api)
    routes = {route.path_format for route in api.app.routes}
    assert page.label_values("route") <= routes | {"other"}
    assert page.label_values("method") <= {*METHODS, "other"}
    # other tests of this process have their share in the page
    assert len(page.samples) - len(before.samples) < 1500


def test_no_label_takes_ten_thousand_values() -> None:
    """Every metric that has labels is given values that it does not know."""
    metrics = Metrics(["/v1/bookings", "/v1/bookings/{booking_id}/move", "/v1/holds"])
    for number in range(MANY):
        odd = f"odd{number}"
        metrics.count_request(odd, "GET", 200, 0.1, "")
        metrics.count_request("/v1/bookings", odd, 200, 0.1, odd)
        metrics.count_request("/v1/bookings", "POST", 409, 0.1, odd)
        metrics.notice_delay.observe(1, odd)
        metrics.database.wait.observe(1, odd)
        metrics.database.seconds.observe(1, odd)
        metrics.database.retries.inc(odd)
    assert sum(len(family.samples) for family in metrics.registry.collect()) < 600
