"""Changes of the catalogue that leave bookings without their place: made at once where none is in the way, else asked first."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from backend.contract.bookings import NewBooking
from backend.contract.catalog import NewRoom, UpdateService
from backend.db.tables import bookings
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, BUSINESS, CLIENT, SPECIALIST

# Monday 7 December 2026, 10:00 and 12:00 in Moscow
TEN, TWELVE = "2026-12-07T07:00:00Z", "2026-12-07T09:00:00Z"
HAIRCUT, YOGA, ANNA, BORIS = 1, 3, 1, 2
WITH_A_GROUP = BUSINESS.replace(
    "specialists:", '  - {name: Yoga, price: "900.00", duration: 1h, capacity: 8}\nspecialists:'
).replace("- name: Anna\n    services: [", "- name: Anna\n    services: [Yoga, ")
QUESTION = ["button-offer-times", "button-keep-bookings", "button-cancel-notify", "button-back"]


class Shop:
    """An admin who changes the catalogue, and people who have booked."""

    def __init__(self, chat: AdminChat) -> None:
        self.chat, self.chats = chat, chat.chats
        self.admin = self.chats.backend.act_as(self.chats.tenant.slug, ADMIN, "r")

    async def book(self, person: int, service: int, start: str, specialist: int) -> None:
        """Book a time as a client."""
        client = self.chats.backend.act_as(self.chats.tenant.slug, person, "r")
        new = NewBooking(service_ids=[service], specialist_id=specialist, start=start)
        await client.create_booking(new, key=f"{person}-{service}-{start}")

    async def open(self, *labels: str) -> None:
        """Go through the menu by keys of the locales, or by parts of names."""
        await self.chat.say("/manage")
        for label in labels:
            await (self.chat.press(label) if label.startswith("button-") else self.chat.tap(label))

    def asks_about(self, *people: int) -> bool:
        """Return whether the shared question stands there: a line for each booking, every way to handle them, and Back."""
        text, t = self.chats.text(ADMIN), self.chat.t
        names = [self.chats.bot.people[person].first_name for person in people]
        return (
            self.chat.says("change-ask")
            and self.chat.says("affected", count=len(people))
            and all(f" · {name}" in text for name in names)
            and self.chat.labels == [t.label(key) for key in QUESTION]
        )

    async def statuses(self) -> list[tuple[str, str | None]]:
        """Return status and task of each booking, in the order in which they were made."""
        columns = select(bookings.c.status, bookings.c.task).where(bookings.c.tenant_id == self.chats.tenant_id)
        rows = await self.chats.db.read(lambda conn: conn.execute(columns.order_by(bookings.c.id)).all())
        return [(row.status, row.task) for row in rows]


async def _open_shop(open_chats: Callable[..., Any], locale: str) -> Shop:
    shop = Shop(await open_admin_chat(open_chats, locale, business=WITH_A_GROUP))
    await shop.chats.say(SPECIALIST, "/start")
    return shop


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_smaller_group_asks_about_those_who_booked_last(open_chats: Callable[..., Any], locale: str) -> None:
    shop = await _open_shop(open_chats, locale)
    for person in (CLIENT, SPECIALIST):
        await shop.book(person, YOGA, TEN, ANNA)
    await shop.open("button-services", "Yoga", "button-capacity")
    await shop.chat.say("2")
    assert not shop.chat.says("change-ask")
    await shop.chat.press("button-capacity")
    await shop.chat.say("1")
    assert shop.asks_about(SPECIALIST)
    assert (await shop.admin.get_service(YOGA)).capacity == 2
    await shop.chat.press("button-back")
    await shop.chat.tap("1")
    assert shop.asks_about(SPECIALIST)
    await shop.chat.press("button-offer-times")
    assert shop.chat.says("affected-offered", count=1)
    assert (await shop.admin.get_service(YOGA)).capacity == 1
    assert await shop.statuses() == [("confirmed", None), ("confirmed", "open")]


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_fewer_rooms_or_none_ask_about_those_who_hold_one(open_chats: Callable[..., Any], locale: str) -> None:
    shop = await _open_shop(open_chats, locale)
    chair = await shop.admin.create_room(NewRoom(name="Chair", count=3), key="chair")
    await shop.admin.update_service(HAIRCUT, UpdateService(room_ids=[chair.id]), key="takes")
    await shop.book(CLIENT, HAIRCUT, TWELVE, ANNA)
    await shop.book(SPECIALIST, HAIRCUT, TWELVE, BORIS)
    await shop.open("button-rooms", "Chair", "2")
    assert shop.chat.says("rooms-kept", count=2)
    await shop.chat.tap("Chair")
    await shop.chat.tap("1")
    assert shop.asks_about(SPECIALIST)
    await shop.chat.press("button-cancel-notify")
    assert shop.chat.says("affected-cancelled", count=1)
    assert await shop.statuses() == [("confirmed", None), ("cancelled", None)]

    # the service takes it no longer, and a booking still holds it
    await shop.admin.update_service(HAIRCUT, UpdateService(room_ids=[]), key="takes-none")
    await shop.chat.tap("Chair")
    await shop.chat.press("button-remove")
    assert shop.asks_about(CLIENT)
    await shop.chat.press("button-back")
    await shop.chat.press("button-remove")
    await shop.chat.press("button-keep-bookings")
    assert shop.chat.says("affected-stay", count=1)
    assert (await shop.admin.list_rooms()).items == []
    assert (await shop.statuses())[0] == ("confirmed", None)


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_service_switched_off_asks_first(open_chats: Callable[..., Any], locale: str) -> None:
    """On the specialist's card and on the service's: one press where nobody has booked it, else the question."""
    shop = await _open_shop(open_chats, locale)
    await shop.book(CLIENT, HAIRCUT, TWELVE, ANNA)
    await shop.open("button-staff", "Anna", "button-their-services", "✓ Yoga")
    assert "▫ Yoga" in shop.chat.labels
    await shop.chat.tap("✓ Haircut")
    assert shop.asks_about(CLIENT)
    asked = shop.chats.menu(ADMIN)
    await shop.chat.press("button-back")
    assert "✓ Haircut" in shop.chat.labels
    assert asked.id == shop.chats.menu(ADMIN).id

    await shop.open("button-services", "Haircut", "button-who-does", "✓ Boris")
    assert "▫ Boris" in shop.chat.labels
    await shop.chat.tap("✓ Anna")
    assert shop.asks_about(CLIENT)
    await shop.chat.press("button-offer-times")
    # a service of which nobody is left to do it has no other times, but the client is asked all the same
    assert shop.chat.says("affected-offered", count=1)
    assert "▫ Anna" in shop.chat.labels
    assert await shop.statuses() == [("confirmed", "open")]
    await shop.chat.tap("▫ Anna")
    assert "✓ Anna" in shop.chat.labels


async def test_a_choice_never_switches_a_service_on(open_chats: Callable[..., Any]) -> None:
    """A second admin has switched it off while the question stood there."""
    shop = await _open_shop(open_chats, "en")
    await shop.book(CLIENT, HAIRCUT, TWELVE, ANNA)
    await shop.open("button-staff", "Anna", "button-their-services", "✓ Haircut")
    assert shop.asks_about(CLIENT)
    await shop.admin.update_service(HAIRCUT, UpdateService(specialist_ids=[BORIS]), key="meanwhile")
    await shop.chat.press("button-keep-bookings")
    assert "▫ Haircut" in shop.chat.labels
