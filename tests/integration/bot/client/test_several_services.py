"""Several services in one booking: added while the time is held, left out again, moved to where they all fit."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_chats import ADMIN, CLIENT, BotChats

OTHER = ADMIN
TIME = re.compile(r"\d\d:\d\d")

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "ten": "Today 10:00",
        "one": "13:00",
        "add": "Add a service",
        "change": "Change services",
        "without": "Without Haircut",
        "what": "What would you like to add",
        "both": "Mon 7 Dec 10:00–12:15",
        "sum": "RUB 4,500 · 2 h 15 min",
        "held": "Held for you until",
        "refit": "Together they don't fit in at Mon 7 Dec 13:00.",
        "back": "Back",
        "confirm": "Confirm",
        "done": "You're booked. See you Mon 7 Dec 10:00.",
        "home": "Home",
        "repeat": "Repeat Haircut + Colour <b>&",
        "comment": "Comment",
    },
    "ru": {
        "ten": "Сегодня, 10:00",
        "one": "13:00",
        "add": "Добавить услугу",
        "change": "Изменить услуги",
        "without": "Без «Haircut»",
        "what": "Что добавить",
        "both": "пн 7 дек, 10:00–12:15",
        "sum": "4 500 ₽ · 2 ч 15 мин",
        "held": "Держим время до",
        "refit": "пн 7 дек, 13:00: на все услуги времени не хватает.",
        "back": "Назад",
        "confirm": "Подтвердить",
        "done": "Вы записаны. Ждём вас: пн 7 дек, 10:00.",
        "home": "На главную",
        "repeat": "Повторить: Haircut + Colour <b>&",
        "comment": "Комментарий",
    },
}


async def statuses(chats: BotChats) -> list[tuple[str, list[int]]]:
    found = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(order="asc")
    return [(one.status, one.service_ids) for one in found.items]


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_service_more_and_one_less(open_chats: Callable[..., Any], locale: str) -> None:
    """The same specialist at the same time; prices and minutes add up; the next time it is repeated as a whole."""
    chats: BotChats = await open_chats(locale=locale)
    w = WORDS[locale]
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, w["ten"])
    assert w["what"] in await chats.press(CLIENT, w["add"])
    # Anna's own price and minutes, not the service's
    assert any("90" in label or "1 h 30 min" in label or "1 ч 30 мин" in label for label in chats.labels(CLIENT))
    text = await chats.press(CLIENT, "Colour")
    assert "Haircut + Colour <b>&" in text
    assert w["both"] in text
    assert w["sum"] in text
    assert w["held"] in text
    await chats.press(CLIENT, w["change"])
    assert "10:00–11:30" in await chats.press(CLIENT, w["without"])
    await chats.press(CLIENT, w["add"])
    await chats.press(CLIENT, "Haircut")
    assert (await chats.press(CLIENT, w["confirm"])).startswith(w["done"])
    live = [ids for status, ids in await statuses(chats) if status == "confirmed"]
    assert live == [[2, 1]]
    assert [one for one in await statuses(chats) if one[0] == "held"] == []
    assert len(chats.live(CLIENT)) == 2, "the confirmation, and the menu below it"

    await chats.press(CLIENT, w["home"])
    repeat = w["repeat"].replace("Haircut + Colour <b>&", "Colour <b>& + Haircut")
    assert "Colour <b>& + Haircut" in await chats.press(CLIENT, repeat)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_what_does_not_fit_is_offered_elsewhere(open_chats: Callable[..., Any], locale: str) -> None:
    """At most three nearest times; Back is the hold as it was; a new time lets it go, and the comment goes with it."""
    chats: BotChats = await open_chats(locale=locale)
    w = WORDS[locale]
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press_time(CLIENT, w["one"])
    await chats.press(CLIENT, w["comment"])
    await chats.say(CLIENT, "by the window")
    await chats.press(CLIENT, w["add"])
    assert w["refit"] in await chats.press(CLIENT, "Colour")
    times = [label for label in chats.labels(CLIENT) if TIME.search(label)]
    assert 1 <= len(times) <= 3, chats.labels(CLIENT)
    assert "13:00" in await chats.press(CLIENT, w["back"])
    assert [status for status, _ in await statuses(chats)] == ["held"]
    await chats.press(CLIENT, w["add"])
    await chats.press(CLIENT, "Colour")
    text = await chats.press(CLIENT, times[0])
    assert "Haircut + Colour <b>&" in text
    assert "by the window" in text
    await chats.press(CLIENT, w["confirm"])
    found = (await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings()).items
    assert [(one.status, one.comment) for one in found] == [("confirmed", "by the window")]


async def test_a_time_over_ones_own_hold_is_a_time(open_chats: Callable[..., Any]) -> None:
    """11:00 alone is held; both would run into somebody's 12:30, but not at 10:00, across the hold itself."""
    chats: BotChats = await open_chats()
    await chats.say(OTHER, "/start p_1")
    await chats.press(OTHER, "Haircut")
    await chats.press_time(OTHER, "12:30")
    await chats.press(OTHER, "Confirm")
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press_time(CLIENT, "11:00")
    await chats.press(CLIENT, "Add a service")
    assert "don't fit in" in await chats.press(CLIENT, "Colour")
    assert "10:00–12:15" in await chats.press(CLIENT, "Today 10:00")
    assert [status for status, _ in await statuses(chats)] == ["held"]


async def test_forged_services_are_refused(open_chats: Callable[..., Any]) -> None:
    """Another client's hold, services that do not exist, the same thrice: a sentence, and no booking."""
    chats: BotChats = await open_chats()
    await chats.say(OTHER, "/start s_1")
    await chats.press(OTHER, "Today 10:00")
    theirs = (await chats.backend.act_as(chats.tenant.slug, OTHER, "t").list_bookings()).items[0].id
    await chats.say(CLIENT, "/start s_1")
    mark = str(chats.menu(CLIENT).markup).rsplit("~", 1)[1][:3]
    for data in (f"1c.set:{theirs}:1-2", f"1c.add:{theirs}", "1c.near:zz-zy:0", "1c.near:1-1-1:0", "1c.rep:zz-1:5"):
        await chats.forge(CLIENT, f"{data}~{mark}")
        assert chats.text(CLIENT)
        await chats.say(CLIENT, "/start s_1")
        mark = str(chats.menu(CLIENT).markup).rsplit("~", 1)[1][:3]
    assert await statuses(chats) == []
    assert (await chats.backend.act_as(chats.tenant.slug, OTHER, "t").list_bookings()).items[0].status == "held"
