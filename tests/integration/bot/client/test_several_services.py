"""Several services in one visit: added while the time is held, left out again, moved to where they all fit."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_stage import ADMIN, CLIENT, Stage

OTHER = ADMIN
TIME = re.compile(r"\d\d:\d\d")

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "ten": "Today 10:00",
        "one": "Today 13:00",
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
        "one": "Сегодня, 13:00",
        "add": "Добавить услугу",
        "change": "Изменить услуги",
        "without": "Без «Haircut»",
        "what": "Что добавить",
        "both": "пн 7 дек, 10:00–12:15",
        "sum": "4 500 ₽ · 2 ч 15 мин",
        "held": "Держим время до",
        "refit": "Вместе они не помещаются: пн 7 дек, 13:00.",
        "back": "Назад",
        "confirm": "Подтвердить",
        "done": "Вы записаны. Ждём вас: пн 7 дек, 10:00.",
        "home": "На главную",
        "repeat": "Повторить: Haircut + Colour <b>&",
        "comment": "Комментарий",
    },
}


async def statuses(on: Stage) -> list[tuple[str, list[int]]]:
    found = await on.backend.act_as(on.tenant.slug, CLIENT, "t").list_bookings(order="asc")
    return [(one.status, one.service_ids) for one in found.items]


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_service_more_and_one_less(stages: Callable[..., Any], locale: str) -> None:
    """The same specialist at the same time; prices and minutes add up; the next time it is repeated as a whole."""
    on: Stage = await stages(locale=locale)
    w = WORDS[locale]
    await on.say(CLIENT, "/start p_1")
    await on.press(CLIENT, w["ten"])
    assert w["what"] in await on.press(CLIENT, w["add"])
    # Anna's own price and minutes, not the service's
    assert any("90" in label or "1 h 30 min" in label or "1 ч 30 мин" in label for label in on.labels(CLIENT))
    text = await on.press(CLIENT, "Colour")
    assert "Haircut + Colour <b>&" in text
    assert w["both"] in text
    assert w["sum"] in text
    assert w["held"] in text
    await on.press(CLIENT, w["change"])
    assert "10:00–11:30" in await on.press(CLIENT, w["without"])
    await on.press(CLIENT, w["add"])
    await on.press(CLIENT, "Haircut")
    assert (await on.press(CLIENT, w["confirm"])).startswith(w["done"])
    live = [ids for status, ids in await statuses(on) if status == "confirmed"]
    assert live == [[2, 1]]
    assert [one for one in await statuses(on) if one[0] == "held"] == []
    assert len(on.live(CLIENT)) == 1

    await on.press(CLIENT, w["home"])
    repeat = w["repeat"].replace("Haircut + Colour <b>&", "Colour <b>& + Haircut")
    assert "Colour <b>& + Haircut" in await on.press(CLIENT, repeat)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_what_does_not_fit_is_offered_elsewhere(stages: Callable[..., Any], locale: str) -> None:
    """At most three nearest times; Back is the hold as it was; a new time lets it go, and the comment goes with it."""
    on: Stage = await stages(locale=locale)
    w = WORDS[locale]
    await on.say(CLIENT, "/start p_1")
    await on.press(CLIENT, "Haircut")
    await on.press(CLIENT, w["one"])
    await on.press(CLIENT, w["comment"])
    await on.say(CLIENT, "by the window")
    await on.press(CLIENT, w["add"])
    assert w["refit"] in await on.press(CLIENT, "Colour")
    times = [label for label in on.labels(CLIENT) if TIME.search(label)]
    assert 1 <= len(times) <= 3, on.labels(CLIENT)
    assert "13:00" in await on.press(CLIENT, w["back"])
    assert [status for status, _ in await statuses(on)] == ["held"]
    await on.press(CLIENT, w["add"])
    await on.press(CLIENT, "Colour")
    text = await on.press(CLIENT, times[0])
    assert "Haircut + Colour <b>&" in text
    assert "by the window" in text
    await on.press(CLIENT, w["confirm"])
    found = (await on.backend.act_as(on.tenant.slug, CLIENT, "t").list_bookings()).items
    assert [(one.status, one.comment) for one in found] == [("confirmed", "by the window")]


async def test_a_time_over_ones_own_hold_is_a_time(stages: Callable[..., Any]) -> None:
    """11:00 alone is held; both would run into somebody's 12:30, but not at 10:00, across the hold itself."""
    on: Stage = await stages()
    await on.say(OTHER, "/start p_1")
    await on.press(OTHER, "Haircut")
    await on.press(OTHER, "Today 12:30")
    await on.press(OTHER, "Confirm")
    await on.say(CLIENT, "/start p_1")
    await on.press(CLIENT, "Haircut")
    await on.press(CLIENT, "Today 11:00")
    await on.press(CLIENT, "Add a service")
    assert "don't fit in" in await on.press(CLIENT, "Colour")
    assert "10:00–12:15" in await on.press(CLIENT, "Today 10:00")
    assert [status for status, _ in await statuses(on)] == ["held"]


async def test_forged_services_are_refused(stages: Callable[..., Any]) -> None:
    """Somebody else's hold, services that do not exist, the same thrice: a sentence, and no booking."""
    on: Stage = await stages()
    await on.say(OTHER, "/start s_1")
    await on.press(OTHER, "Today 10:00")
    theirs = (await on.backend.act_as(on.tenant.slug, OTHER, "t").list_bookings()).items[0].id
    await on.say(CLIENT, "/start s_1")
    mark = str(on.menu(CLIENT).markup).rsplit("~", 1)[1][:3]
    for data in (f"1c.set:{theirs}:1-2", f"1c.add:{theirs}", "1c.near:zz-zy:0", "1c.near:1-1-1:0", "1c.rep:zz-1:5"):
        await on.forge(CLIENT, f"{data}~{mark}")
        assert on.text(CLIENT)
        await on.say(CLIENT, "/start s_1")
        mark = str(on.menu(CLIENT).markup).rsplit("~", 1)[1][:3]
    assert await statuses(on) == []
    assert (await on.backend.act_as(on.tenant.slug, OTHER, "t").list_bookings()).items[0].status == "held"
