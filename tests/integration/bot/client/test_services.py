"""Many services: categories, a search from thirty on, prices that are the least, in the client's and the admin's chat."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, BotChats

HEAD = "address: Lenina 5\nphones: ['+7 495 000-00-00']\npolicies: {horizon: 60d}\nservices:\n"
ROW = '  - {{name: "{name}", price{kind}: "1500.00", duration: 45m, category: {category}}}\n'


def business(count: int) -> str:
    names = [f"Service {number:02}" for number in range(count)]
    rows = [
        ROW.format(name=name, kind="_from" if n == 1 else "", category=("Hair", "Nails")[n % 2])
        for n, name in enumerate(names)
    ]
    offers = ", ".join(names)
    staff = f'specialists:\n  - {{name: Anna, services: [{offers}], hours: {{mon: ["10:00-18:00"]}}}}\n'
    return HEAD + "".join(rows) + staff


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_client_finds_one_service_among_many(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale, business=business(45))
    t = words_for(locale)
    await chats.open_business()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, t.label("button-all-services"))
    assert {"Hair · 23", "Nails · 22"} <= set(chats.labels(CLIENT))
    await chats.press(CLIENT, "Nails")
    shown: list[str] = []
    while True:
        shown += [label for label in chats.labels(CLIENT) if label.startswith("Service")]
        if "›" not in chats.labels(CLIENT):
            break
        await chats.press(CLIENT, "›")
    assert [label.split(" · ")[0] for label in shown] == [f"Service {n:02}" for n in range(1, 45, 2)], (
        "every one is reachable"
    )
    assert shown[0].split(" · ")[1].startswith("from" if locale == "en" else "от")
    await chats.press(CLIENT, t.label("button-back"))
    await chats.press(CLIENT, t.label("button-find-service"))
    assert "“zzz”" in await chats.say(CLIENT, "zzz") or locale == "ru"
    await chats.say(CLIENT, "service")
    assert str(t.label("find-service-more", query="service", count=45, shown=8)) in chats.text(CLIENT)
    await chats.say(CLIENT, "NAILS 17")
    assert [label.split(" · ")[0] for label in chats.labels(CLIENT)][:-1] == ["Service 17"]
    await chats.press(CLIENT, "Service 17")
    assert "Service 17" in chats.text(CLIENT)


async def test_few_services_have_neither_categories_nor_a_search(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business(7))
    await chats.open_business()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "All services")
    assert [label.split(" · ")[0] for label in chats.labels(CLIENT)] == [*(f"Service {n:02}" for n in range(7)), "Home"]


async def test_an_admin_types_a_least_price_and_a_category_and_finds_the_service(
    open_chats: Callable[..., Any],
) -> None:
    chats: BotChats = await open_chats(business=business(30))
    admin = await chats.open_business()
    await chats.say(ADMIN, "/manage")
    await chats.press(ADMIN, "Services")
    await chats.press(ADMIN, "Find a service")
    await chats.say(ADMIN, "service 07")
    await chats.press(ADMIN, "Service 07")
    await chats.press(ADMIN, "Price")
    assert "from RUB 2,500" in await chats.say(ADMIN, "от 2500 руб")
    await chats.press(ADMIN, "Category")
    assert "Category: Brows" in await chats.say(ADMIN, "Brows")
    (changed,) = [one for one in (await admin.list_services()).items if one.name == "Service 07"]
    assert (changed.price, changed.price_from, changed.category) == ("2500.00", True, "Brows")
    await chats.press(ADMIN, "Price")
    assert "from RUB 1,500 ·" not in await chats.press(ADMIN, "RUB 1,500")
    (changed,) = [one for one in (await admin.list_services()).items if one.name == "Service 07"]
    assert (changed.price, changed.price_from) == ("1500.00", False)


async def test_a_least_price_is_shown_until_the_booking(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business(2))
    await chats.open_business()
    await chats.say(CLIENT, "/start")
    assert any("from RUB 1,500" in label for label in chats.labels(CLIENT))
    await chats.press(CLIENT, "Service 01")
    assert "from RUB 1,500" in chats.text(CLIENT)
    assert "from RUB 1,500" in await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "My bookings")
    await chats.press(CLIENT, "Service 01")
    assert "from RUB 1,500" in chats.text(CLIENT)
