"""News of the team and of clients as an admin reads it, in both languages; each button opens what it tells of."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.schedule import NewTimeOff
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_day_off_and_a_client_who_comes_are_one_message(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    for person in (ADMIN, SPECIALIST, CLIENT):
        await chats.say(person, "/start")
    await chats.admin()
    await chats.hire(SPECIALIST, 1)
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "10:00")
    await chats.press(CLIENT, t.label("button-confirm"))
    await chats.deliver()
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    booking = (await me.list_bookings()).items[0]
    await me.confirm_coming(booking.id, key="coming")
    specialist = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "t")
    await specialist.add_time_off(1, NewTimeOff(start="2026-12-09T00:00", end="2026-12-11T00:00"), key="off")
    chats.shift(61)
    await chats.deliver()
    notice = chats.holding(ADMIN, t.label("button-days-off-of", name="Anna"))
    text = str(notice.content["text"]).replace("\u00a0", " ")
    days = {"en": "Wed 9 Dec – Thu 10 Dec", "ru": "ср 9 дек – чт 10 дек"}[locale]
    assert re.sub("<[^>]+>", "", t.html("team-news")) in text
    assert re.sub("<[^>]+>", "", t.html("team-off", name="Anna", when=days)) in text
    assert {"en": "will come: Mon 7 Dec 10:00, Haircut", "ru": "придёт пн 7 дек, 10:00, Haircut"}[locale] in text
    await chats.press(ADMIN, t.label("button-days-off-of", name="Anna"), message=notice)
    assert "Anna" in chats.text(ADMIN)
