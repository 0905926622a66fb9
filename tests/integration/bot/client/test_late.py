"""I'm late, as client and specialist see it, and what is said once it has begun."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.tenancy import UpdateTenant
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats


async def _booked_with_reminder(chats: BotChats, clock: str = "13:30") -> Any:
    """Book Boris at 13:30; the clock goes on to two hours before, and the reminder comes."""
    await chats.say(SPECIALIST, "/start")
    await chats.hire(SPECIALIST, 2)
    await chats.say(CLIENT, "/start s_1")
    await chats.press_time(CLIENT, clock)
    await chats.press(CLIENT, "Confirm")
    chats.shift(2.5 * 3600)
    await chats.deliver()
    return chats.holding(CLIENT, "I'll come")


async def test_late_is_said_on_the_reminder_and_told_to_the_specialist(open_chats: Callable[..., Any]) -> None:
    """Another number takes the place of the first: one message, which the specialist notices."""
    chats: BotChats = await open_chats()
    reminder = await _booked_with_reminder(chats)
    menu = chats.menu(CLIENT).id
    for label, minutes in (("20 min", 20), ("30 min", 30)):
        await chats.press(CLIENT, "I'm late", message=reminder)
        assert "About how many minutes late?" in reminder.content["text"]
        assert chats.labels_of(reminder) == ["About 10 min", "20 min", "30 min", "Back"]
        await chats.press(CLIENT, label, message=reminder)
        assert f"will be about {minutes} minutes late" in reminder.content["text"]
        assert "Coming?" not in reminder.content["text"], "who has said when they come is not asked again"
        await chats.deliver()
        told = [one.content["text"] for one in chats.live(SPECIALIST) if "late" in str(one.content.get("text"))]
        assert len(told) == 1
        assert f"is about {minutes} minutes late for 13:30" in told[0]
    assert reminder.content["text"].count("late") == 1
    assert chats.menu(CLIENT).id == menu
    assert [one for one in chats.live(ADMIN) if "late" in str(one.content.get("text"))] == []


async def test_the_question_is_taken_back(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    reminder = await _booked_with_reminder(chats)
    before = (reminder.content["text"], chats.labels_of(reminder))
    await chats.press(CLIENT, "I'm late", message=reminder)
    await chats.press(CLIENT, "Back", message=reminder)
    assert (reminder.content["text"], chats.labels_of(reminder)) == before


async def test_late_is_said_on_the_card(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await _booked_with_reminder(chats)
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "My next booking")
    await chats.press(CLIENT, "I'm late", message=chats.menu(CLIENT))
    assert "will be about 10 minutes late" in await chats.press(CLIENT, "About 10 min")
    await chats.deliver()
    await chats.press(SPECIALIST, "Open", message=chats.live(SPECIALIST)[-1])
    assert "The client will be about 10 minutes late." in chats.text(SPECIALIST)


@pytest.mark.parametrize("label", ["I'll come", "I'm late", "20 min"])
async def test_nothing_is_thanked_for_once_it_has_begun(open_chats: Callable[..., Any], label: str) -> None:
    """The reminder says what is possible, and leads to the telephone."""
    chats: BotChats = await open_chats()
    reminder = await _booked_with_reminder(chats)
    if label == "20 min":
        await chats.press(CLIENT, "I'm late", message=reminder)
    chats.shift(2 * 3600)
    await chats.press(CLIENT, label, message=reminder)
    assert "Please call" in reminder.content["text"]
    assert "Thank" not in reminder.content["text"]
    assert chats.labels_of(reminder) == ["Address and contacts"]
    assert "+7 495 000-00-00" in await chats.press(CLIENT, "Address and contacts", message=reminder)
    assert "late" not in (await chats.deliver())


async def test_settings_say_that_a_reminder_comes_too_late(open_chats: Callable[..., Any]) -> None:
    """Clients would be asked when cancelling already counts as late."""
    chats: BotChats = await open_chats()
    admin = await chats.open_business()
    policies = (await admin.get_tenant()).policies
    await chats.say(ADMIN, "/start")
    for reminders, cut_off, said in (([1440, 120], 1440, "24 h, 2 h"), ([1440, 120], 300, "2 h"), ([120], 60, "")):
        policies.reminders_min, policies.cancel_until_min = reminders, cut_off
        await admin.update_tenant(UpdateTenant(policies=policies), key=f"policies-{cut_off}")
        await chats.say(ADMIN, "/manage")
        text = await chats.press(ADMIN, "Settings")
        assert (f"already counts as late: {said}." in text) is bool(said)
        assert ("already counts as late" in text) is bool(said)
