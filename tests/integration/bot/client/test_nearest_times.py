"""The screen of the nearest times: spread over the day, with what differs on the labels; the rule of cancelling."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.tenancy import Policies, UpdateTenant
from bot.ui.i18n import words_for
from tests.support.bot_chats import CLIENT, BotChats

# Colour differs in price and length, Shave in nothing; only Boris is there on Thursday.
DIFFERENT = """
policies: {slot_step: 30m, min_notice: 1h, cancel_until: 24h}
services:
  - {name: Colour, price: "2500.00", duration: 2h}
  - {name: Shave, price: "700.00", duration: 30m}
specialists:
  - name: Anna Maria
    services: [{name: Colour, price: "3000.00", duration: 90m}, Shave]
    hours: {mon: ["10:00-14:00"], tue: ["10:00-18:00"]}
  - name: Boris
    services: [Colour, Shave]
    hours: {mon: ["12:00-20:00"], thu: ["10:00-12:00"]}
"""


def times_of(chats: BotChats) -> list[str]:
    return [label.replace("\u00a0", " ") for label in chats.labels(CLIENT) if ":" in label]


async def test_who_which_price_and_how_long_are_on_the_labels_where_they_differ(open_chats: Callable[..., Any]) -> None:
    """What names a specialist is held with that specialist at that price; what several can do is `from` the least."""
    chats: BotChats = await open_chats(business=DIFFERENT)
    assert "from RUB 2,500 · 1 h 30 min – 2 h" in (await chats.say(CLIENT, "/start s_1")).replace("\u00a0", " ")
    shown = times_of(chats)
    assert [" · ".join(label.split(" · ")[:3]) for label in shown] == [
        "Today 10:00 · Anna · RUB 3,000",
        "Today 10:30 · Anna · RUB 3,000",
        "Today 11:00 · Anna · RUB 3,000",
        "Today 12:00 · from RUB 2,500",
        "Today 17:00 · Boris · RUB 2,500",
        "Tomorrow 10:00 · Anna · RUB 3,000",
        "Tomorrow 12:00 · Anna · RUB 3,000",
        "Thu 10 Dec 10:00 · Boris · RUB 2,500",
    ]
    assert shown[0].endswith(" · 1 h 30 min"), "the name gives way before the length does"
    text = await chats.press(CLIENT, "Today 10:00")
    assert "Anna Maria" in text
    assert "RUB 3,000" in text.replace("\u00a0", " ")
    await chats.press(CLIENT, "Change time")
    assert "Boris" in await chats.press(CLIENT, "Today 17:00")
    # with a specialist who is chosen nothing differs
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Choose specialist")
    await chats.press(CLIENT, "Boris")
    assert times_of(chats)[0] == "Today 12:00"
    # the same price and length with everybody: who is all that differs
    await chats.say(CLIENT, "/start s_2")
    assert {"Today 10:00 · Anna Maria", "Today 12:00", "Today 17:00 · Boris"} <= set(times_of(chats))
    # the day's own screen says it as well
    await chats.press(CLIENT, "Another day")
    await chats.press(CLIENT, "10")
    assert times_of(chats)[0] == "10:00 · Boris"


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_until_when_cancelling_is_free_stands_above_confirm(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(business=DIFFERENT, locale=locale)
    t = words_for(locale)
    await chats.say(CLIENT, "/start s_2")
    later = {"en": "Thu 10 Dec 10:00", "ru": "чт 10 дек, 10:00"}[locale]
    until = {"en": "Wed 9 Dec 10:00", "ru": "ср 9 дек, 10:00"}[locale]
    text = await chats.press(CLIENT, later)
    assert t.html("free-until", when=until) in text.replace("\u00a0", " ")
    # within the cut-off there are still the first fifteen minutes
    await chats.say(CLIENT, "/start s_2")
    text = await chats.press(CLIENT, {"en": "Today 12:00", "ru": "Сегодня, 12:00"}[locale])
    assert t.html("free-until-soon", time="09:15") in text
    admin = await chats.admin()
    await admin.update_tenant(UpdateTenant(policies=Policies(cancel_until_min=0)), key="cut-off")
    await chats.say(CLIENT, "/start s_2")
    text = await chats.press(CLIENT, {"en": "Today 12:00", "ru": "Сегодня, 12:00"}[locale])
    assert t.html("free-until-start") in text
