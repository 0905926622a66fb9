"""The change log as an admin reads it: names, dates, what was before, and a way to what it is about."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from backend.contract.bookings import Move
from backend.contract.catalog import UpdateService
from backend.contract.schedule import NewTimeOff
from backend.contract.tenancy import UpdateTenant
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, BotChats

SAYS = {
    "en": ("moved a booking (Alex, Mon 7 Dec 10:00 → Tue 8 Dec 11:00", "Price: RUB 1,500 → RUB 1,700",
           "took time off (Anna, Wed 9 Dec)"),
    "ru": ("запись перенесена (Алексей, пн 7 дек, 10:00 → вт 8 дек, 11:00", "Цена: 1 500 ₽ → 1 700 ₽",
           "взят выходной (Anna, ср 9 дек)"),
}  # fmt: skip


@pytest.mark.parametrize("locale", SAYS)
async def test_who_what_and_what_was_before(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    for person in (ADMIN, CLIENT):
        await chats.say(person, "/start")
    admin = await chats.open_business()
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "10:00")
    await chats.press(CLIENT, t.label("button-confirm"))
    (booking,) = (await me.list_bookings()).items
    await me.move_booking(booking.id, Move(start="2026-12-08T08:00:00Z", any_specialist=True), key="move")
    await admin.update_service(1, UpdateService(price="1700.00"), key="price")
    policies = (await admin.get_tenant()).policies
    await admin.update_tenant(UpdateTenant(policies=replace(policies, approval=True)), key="approval")
    await admin.add_time_off(1, NewTimeOff(start="2026-12-09T00:00", end="2026-12-10T00:00"), key="off")
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, t.label("button-manage"))
    text = (await chats.press(ADMIN, t.label("button-audit"))).replace("\u00a0", " ")
    moved, price, off = SAYS[locale]
    client = chats.bot.people[CLIENT].first_name
    assert moved in text
    assert price in text
    assert off in text
    assert f"{t.label('policy-approval')}: {t.label('approval-at-once')} → {t.label('approval-by-hand')}" in text
    # only what concerns the client, and from there the booking
    only = next(label for label in chats.labels(ADMIN) if label == t.label("button-audit-only", name=client))
    text = (await chats.press(ADMIN, only)).replace("\u00a0", " ")
    assert price not in text
    assert moved in text
    assert "Haircut" in await chats.press(ADMIN, f" · {client}")
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, t.label("button-manage"))
    await chats.press(ADMIN, t.label("button-audit"))
    assert "Haircut" in await chats.press(ADMIN, "Haircut")


@pytest.mark.parametrize("locale", SAYS)
async def test_a_card_leads_to_what_the_log_says_of_it_and_back(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    admin = await chats.open_business()
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "10:00")
    await chats.press(CLIENT, t.label("button-confirm"))
    await admin.update_service(1, UpdateService(price="1700.00"), key="price")

    async def open_booking() -> None:
        await chats.say(ADMIN, "/today")
        await chats.press(ADMIN, next(label for label in chats.labels(ADMIN) if label.startswith("10:00")))

    await open_booking()
    name, price = {"en": ("Alex", "Price"), "ru": ("Алексей", "Цена")}[locale]
    await chats.press(ADMIN, t.label("button-client"))
    text = await chats.press(ADMIN, t.label("button-audit"))
    assert t.label("audit-confirm") in text
    assert price not in text
    await chats.press(ADMIN, name)
    assert t.label("button-tags") in chats.labels(ADMIN), "the card of the client"
    await open_booking()
    await chats.press(ADMIN, t.label("button-history"))
    text = await chats.press(ADMIN, t.label("button-audit"))
    assert t.label("audit-confirm") in text
    assert f"{name}, " in text.split("\n")[1], "whose booking, and when"
    assert "Haircut" in await chats.press(ADMIN, f" · {name}")
    for way, said in (
        ("button-services", t.label("audit-service-changed")),
        ("button-staff", t.label("audit-confirm")),
    ):
        await chats.say(ADMIN, "/manage")
        await chats.press(ADMIN, t.label(way))
        card = {"button-services": "Haircut", "button-staff": "Anna"}[way]
        await chats.press(ADMIN, next(label for label in chats.labels(ADMIN) if card in label))
        assert said in await chats.press(ADMIN, t.label("button-audit"))
        assert any(card in label for label in chats.labels(ADMIN)), "and back to the card"
