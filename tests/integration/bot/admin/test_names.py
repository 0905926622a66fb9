"""Names in the bot: joined emoji stay as typed, a client whose name shows nothing is "without a name" on every screen."""

from collections.abc import Callable
from typing import Any

from tests.support.bot_stage import ADMIN, CLIENT, Stage

BARBER, BEARD = "Стрижка 💇‍♀️", "Ben 🧔‍♂️"


async def test_joined_emoji_stay_in_the_names_of_things(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.opened()
    await on.say(ADMIN, "/manage")
    for label in ("Services", "Add a service"):
        await on.press(ADMIN, label)
    assert "could not read" in (await on.say(ADMIN, "\u3164\u2800")).lower()
    await on.say(ADMIN, BARBER)
    await on.press(ADMIN, "45 min")
    assert BARBER in await on.press(ADMIN, "1,500")
    await on.say(ADMIN, "/manage")
    for label in ("Staff", "Add a specialist"):
        await on.press(ADMIN, label)
    assert BEARD in await on.say(ADMIN, BEARD)
    services = await (await on.admin()).list_services()
    assert BARBER in [service.name for service in services.items]


async def test_a_client_whose_name_shows_nothing_has_words_for_it(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    on.bot.people[CLIENT].first_name = "\u3164"
    await on.opened()
    await on.say(ADMIN, "/start")
    await on.say(CLIENT, "/start")
    await on.press(CLIENT, "Haircut")
    await on.press(CLIENT, "Today 12:00")
    await on.press(CLIENT, "Confirm")
    await on.deliver()
    notice = on.holding(ADMIN, "Open")
    assert "No name" in str(notice.content["text"])
    await on.press(ADMIN, "Open", message=notice)
    assert "No name" in on.text(ADMIN)
    await on.say(ADMIN, "/manage")
    await on.press(ADMIN, "Bookings")
    assert any("No name" in label for label in on.labels(ADMIN))
