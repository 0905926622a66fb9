"""Names in the bot: joined emoji stay as typed, a client whose name shows nothing is "without a name" on every screen."""

from collections.abc import Callable
from typing import Any

from tests.support.bot_chats import ADMIN, CLIENT, BotChats

BARBER, BEARD = "Стрижка 💇‍♀️", "Ben 🧔‍♂️"


async def test_joined_emoji_stay_in_the_names_of_things(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.say(ADMIN, "/manage")
    for label in ("Services", "Add a service"):
        await chats.press(ADMIN, label)
    assert "could not read" in (await chats.say(ADMIN, "\u3164\u2800")).lower()
    await chats.say(ADMIN, BARBER)
    await chats.press(ADMIN, "45 min")
    assert BARBER in await chats.press(ADMIN, "1,500")
    await chats.say(ADMIN, "/manage")
    for label in ("Staff", "Add a specialist"):
        await chats.press(ADMIN, label)
    assert BEARD in await chats.say(ADMIN, BEARD)
    services = await (await chats.admin()).list_services()
    assert BARBER in [service.name for service in services.items]


async def test_a_client_whose_name_shows_nothing_has_words_for_it(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    chats.bot.people[CLIENT].first_name = "\u3164"
    await chats.open_business()
    await chats.say(ADMIN, "/start")
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 12:00")
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()
    notice = chats.holding(ADMIN, "Open")
    assert "No name" in str(notice.content["text"])
    await chats.press(ADMIN, "Open", message=notice)
    assert "No name" in chats.text(ADMIN)
    await chats.say(ADMIN, "/manage")
    await chats.press(ADMIN, "Bookings")
    assert any("No name" in label for label in chats.labels(ADMIN))
