"""Delivery from a booking at the backend to the chats: flood limits, a sender that is killed, a bot that is blocked."""

import asyncio
import datetime as dt
import time
from functools import partial
from typing import Any

import pytest

from backend.client.api import BackendRefused
from backend.contract.bookings import NewBooking
from backend.contract.catalog import NewService, NewSpecialist, Offer
from backend.contract.notices import ClaimNotices
from backend.contract.people import Identify
from backend.contract.schedule import Hours
from backend.kit.redis_link import RedisLink
from gateway.notices.pacing import PER_SECOND, Pacer
from gateway.observability.metrics import Metrics
from gateway.sandbox import people
from tests.support.own_redis import OwnRedis, open_link
from tests.support.waiting import until
from tests.support.whole_product import WholeProduct

CLIENT, ADMIN = 1001, 1003
ALL_DAY = ["00:00-24:00"]


async def create_staff_and_service(product: WholeProduct, slug: str = "barber") -> int:
    """Create an admin, a service and a specialist who works round the clock; return the service."""
    await product.appoint_admin(slug, ADMIN)
    admin = product.client.act_as(slug, ADMIN, "t")
    body = NewService(name="Haircut", duration_min=30)
    service = await admin.create_service(body, key="service")
    anna = NewSpecialist(name="Anna", services=[Offer(service_id=service.id)])
    specialist = await admin.create_specialist(anna, key="anna")
    week = Hours(**dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALL_DAY))
    await admin.set_hours(specialist.id, week, key="hours")
    return service.id


async def book(product: WholeProduct, service: int, person: int = CLIENT, n: int = 0, slug: str = "barber") -> Any:
    """Book the n-th free time three days from now."""
    client = product.client.act_as(slug, person, "t")
    await product.client.identify_person(slug, Identify(tg_id=person, first_name="Alex", language_code="en"), "t")
    day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    slots = (await client.list_slots([service], day, day)).slots
    return await client.create_booking(NewBooking(service_ids=[service], start=slots[n].start), key=f"k{person}-{n}")


def bot_texts(product: WholeProduct, person: int, slug: str = "barber") -> list[str]:
    bot = product.bot(slug)
    return [str(m.content) for m in product.sandbox.chat(bot, person).messages.values() if m.out]


async def open_chats(product: WholeProduct, *persons: int, slug: str = "barber") -> None:
    """Have people write to the bot: it may write only to them."""
    bot = product.bot(slug)
    await until(lambda: bot.webhook.url)
    for person in persons:
        people.send_text(product.sandbox, bot, person, "/start")
        await until(partial(bot_texts, product, person, slug))


async def test_client_and_admin_are_notified_of_a_booking_once(product: WholeProduct) -> None:
    async with product.backend(), product.gateway() as app:
        await product.ready()
        service = await create_staff_and_service(product)
        await open_chats(product, CLIENT, ADMIN)
        before = len(bot_texts(product, CLIENT)), len(bot_texts(product, ADMIN))
        await book(product, service)
        await until(lambda: len(bot_texts(product, CLIENT)) > before[0] and len(bot_texts(product, ADMIN)) > before[1])
        assert "Haircut" in bot_texts(product, CLIENT)[-1]
        await until(lambda: b'slotgate_notices_total{outcome="sent"} 2.0' in app.worker.metrics.render())
        await asyncio.sleep(1.0)  # two more rounds of the loop: nothing comes twice
        assert (len(bot_texts(product, CLIENT)), len(bot_texts(product, ADMIN))) == (before[0] + 1, before[1] + 1)


async def test_only_a_change_wakes_the_sender(product: WholeProduct) -> None:
    """A request that only reads leaves nothing to be sent; a refused change neither."""
    async with product.backend(), product.gateway():
        await product.ready()
        service = await create_staff_and_service(product)
        woken: list[None] = []
        product.client.on_written = lambda: woken.append(None)
        client = product.client.act_as("barber", CLIENT, "t")
        await product.client.identify_person("barber", Identify(tg_id=CLIENT, first_name="Alex"), "t")
        await client.list_services()
        await product.client.claim_notices(ClaimNotices(tenants=["barber"]), "t")
        with pytest.raises(BackendRefused):
            await client.create_booking(NewBooking(service_ids=[service], start="2020-01-01T00:00:00Z"), key="past")
        assert woken == []
        await book(product, service)
        assert woken == [None]


async def test_what_was_claimed_by_the_dead_is_sent_by_another(product: WholeProduct) -> None:
    async with product.backend():
        async with product.gateway():
            await product.ready()
            service = await create_staff_and_service(product)
            await open_chats(product, CLIENT, ADMIN)
        before = len(bot_texts(product, CLIENT))
        await book(product, service)
        taken = await product.client.claim_notices(ClaimNotices(tenants=["barber"], limit=100, lease_s=5), "dead")
        assert taken.items  # claimed, and never reported
        async with product.gateway():
            await until(lambda: len(bot_texts(product, CLIENT)) == before + 1, 60)


async def test_a_limited_bot_waits_as_long_as_telegram_asks_and_alone(product: WholeProduct) -> None:
    product.open_shop("studio", 2)
    async with product.backend(), product.gateway():
        await product.ready()
        services = {slug: await create_staff_and_service(product, slug) for slug in ("barber", "studio")}
        for slug in services:
            await open_chats(product, CLIENT, ADMIN, slug=slug)
        bot = product.bot("barber")
        before = {slug: len(bot_texts(product, CLIENT, slug)) for slug in services}
        # longer than what follows takes: the flood ends when this test says so
        product.sandbox.transient[bot.token].flood_until = time.monotonic() + 3600
        first = product.sandbox.journal.calls[-1]["n"]

        def refused() -> int:
            calls = (call for call in product.sandbox.journal.calls if call["n"] > first and call["bot"] == "barber")
            return sum(call["method"] == "sendMessage" and not call["ok"] for call in calls)

        await book(product, services["barber"])
        await until(refused)
        await book(product, services["studio"], slug="studio")
        await until(lambda: len(bot_texts(product, CLIENT, "studio")) == before["studio"] + 1)
        # the other was notified meanwhile, and nothing more was tried for the flooded one, not for what came later either
        await book(product, services["barber"], n=5)
        await book(product, services["studio"], n=5, slug="studio")
        await until(lambda: len(bot_texts(product, CLIENT, "studio")) == before["studio"] + 2)
        assert refused() <= 2, "the client's and the admin's were under way together, and no other"
        assert len(bot_texts(product, CLIENT)) == before["barber"]


async def test_a_flood_that_is_over_loses_nothing(product: WholeProduct) -> None:
    async with product.backend(), product.gateway():
        await product.ready()
        service = await create_staff_and_service(product)
        await open_chats(product, CLIENT, ADMIN)
        bot = product.bot("barber")
        before = len(bot_texts(product, CLIENT)), len(bot_texts(product, ADMIN))
        product.sandbox.transient[bot.token].flood_until = time.monotonic() + 1.5
        await book(product, service)
        await until(
            lambda: len(bot_texts(product, CLIENT)) > before[0] and len(bot_texts(product, ADMIN)) > before[1], 40
        )
        assert (len(bot_texts(product, CLIENT)), len(bot_texts(product, ADMIN))) == (before[0] + 1, before[1] + 1)


async def test_who_blocked_the_bot_is_marked_and_not_tried_again(product: WholeProduct) -> None:
    async with product.backend(), product.gateway() as app:
        await product.ready()
        service = await create_staff_and_service(product)
        await open_chats(product, CLIENT)
        bot = product.bot("barber")
        people.set_blocked(product.sandbox, bot, CLIENT, blocked=True)
        await book(product, service)
        await until(lambda: b'slotgate_notices_total{outcome="blocked"}' in app.worker.metrics.render())
        listed = (await product.client.act_as("barber", ADMIN, "t").list_clients()).items
        assert [one.unreachable for one in listed if one.tg_id == CLIENT] == [True]


async def test_the_pace_is_kept_over_several_senders(gateway_redis: OwnRedis) -> None:
    async with open_link(gateway_redis.url) as one, open_link(gateway_redis.url) as two:
        pacers, sent = [Pacer(one), Pacer(two)], 0

        async def send(pacer: Pacer) -> None:
            nonlocal sent
            while time.monotonic() < until_:
                await pacer.wait("pace-shop")
                sent += 1

        until_ = time.monotonic() + 1.0
        await asyncio.gather(*(send(pacer) for pacer in pacers * 5))
    assert sent <= PER_SECOND + 11  # those that were waiting when the second was over, too


async def test_without_redis_the_pace_is_kept_by_oneself() -> None:
    pacer, began = Pacer(RedisLink("redis://127.0.0.1:1/0")), time.monotonic()
    for _ in range(6):
        await pacer.wait("shop")
    assert time.monotonic() - began >= 5 / PER_SECOND - 0.01
    assert Metrics().render()
