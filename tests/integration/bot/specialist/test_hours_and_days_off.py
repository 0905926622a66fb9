"""Specialists look after their own time: hours tapped and typed, days off with the visits in the way."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_stage import ADMIN, CLIENT, SPECIALIST, Stage

SAYS: dict[str, dict[str, str]] = {
    "en": {
        "first": "Today 10:00",
        "confirm": "Confirm",
        "off": "Day off",
        "today": "Today",
        "affected": "2 bookings are affected",
        "cancel": "Cancel and notify",
        "cancelled": "2 bookings were cancelled",
        "offer": "Offer new times",
        "offered": "2 clients were asked to choose a new time",
        "told": "Your visit is cancelled.",
        "asked": "We can't keep this time, sorry.",
        "move": "Move",
        "nearest": "Nearest free times",
        "take_back": "Mon 7 Dec · take back",
        "back": "Back",
    },
    "ru": {
        "first": "Сегодня, 10:00",
        "confirm": "Подтвердить",
        "off": "Выходной",
        "today": "Сегодня",
        "affected": "Это затронет 2 записи",
        "cancel": "Отменить и сообщить",
        "cancelled": "Отменены 2 записи",
        "offer": "Предложить другое время",
        "offered": "Попросили 2 клиентов выбрать другое время",
        "told": "Ваша запись отменена.",
        "asked": "Это время, к сожалению, отпало.",
        "move": "Перенести",
        "nearest": "Ближайшее свободное время",
        "take_back": "пн 7 дек · вернуть",
        "back": "Назад",
    },
}


async def _two_visits(on: Stage, say: dict[str, str]) -> None:
    """Two clients come to Anna today; she has begun to talk to the bot, so that messages reach her."""
    await on.say(SPECIALIST, "/start")
    for person in (CLIENT, ADMIN):
        await on.say(person, "/start p_1")
        await on.press(person, say["first"] if person == CLIENT else say["first"].replace("10:00", "11:00"))
        await on.press(person, say["confirm"])
    await on.deliver()


def _heard(on: Stage, person: int) -> str:
    return "\n".join(str(one.content.get("text", "")) for one in on.live(person))


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("way", ["cancel", "offer"])
async def test_a_day_off_takes_care_of_the_visits_in_the_way(stages: Callable[..., Any], locale: str, way: str) -> None:
    """Two taps to the question, a third handles every visit and tells every client; the day can be taken back."""
    on: Stage = await stages(locale=locale)
    say = SAYS[locale]
    await on.hire(SPECIALIST, 1)
    await _two_visits(on, say)
    await on.say(SPECIALIST, "/start")
    await on.press(SPECIALIST, say["off"])
    text = await on.press(SPECIALIST, say["today"])
    assert say["affected"] in text
    assert ("Alex" if locale == "en" else "Алексей") in text
    assert "10:00 · Haircut" in text
    await on.press(SPECIALIST, say["back"])
    await on.press(SPECIALIST, say["today"])
    text = await on.press(SPECIALIST, say[way])
    assert say["cancelled" if way == "cancel" else "offered"] in text
    await on.deliver()
    heard = _heard(on, CLIENT)
    assert say["told" if way == "cancel" else "asked"] in heard
    if way == "offer":
        assert say["nearest"] in await on.press(CLIENT, say["move"])
    taken = await on.press(SPECIALIST, say["take_back"])
    assert say["take_back"] not in "".join(on.labels(SPECIALIST)), taken


async def test_dates_are_picked_and_a_reason_is_typed(stages: Callable[..., Any]) -> None:
    """A range over two months' pages, with a reason for the team's eyes."""
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)
    await on.say(SPECIALIST, "/dayoff")
    await on.press(SPECIALIST, "Pick dates")
    await on.press(SPECIALIST, "30")
    await on.press(SPECIALIST, "›")
    assert "Off: Wed 30 Dec – Sat 2 Jan 2027" in await on.press(SPECIALIST, "2")
    await on.press(SPECIALIST, "Reason")
    assert "Reason: winter <holiday>" in await on.say(SPECIALIST, "winter <holiday>")
    assert "Off: Wed 30 Dec – Sat 2 Jan 2027" in await on.press(SPECIALIST, "Take it off")
    assert "winter <holiday>" in "".join(on.labels(SPECIALIST))


async def test_own_hours_by_taps_and_by_typing(stages: Callable[..., Any]) -> None:
    """What cannot be read is asked again; visits that now lie outside stay and are shown."""
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)
    await _two_visits(on, SAYS["en"])
    await on.say(SPECIALIST, "/start")
    assert "Mon: 10:00–14:00" in await on.press(SPECIALIST, "My hours")
    await on.press(SPECIALIST, "Mon")
    assert "could not read" in await on.say(SPECIALIST, "in the morning")
    assert "overlap" in await on.say(SPECIALIST, "10-14, 13-18")
    text = await on.say(SPECIALIST, "11-14, 15:00–19:30")
    assert "Mon: 11:00–14:00, 15:00–19:30" in text
    assert "1 booking now lies outside the hours" in text
    assert any("Today" in label or "10:00 · Haircut · Alex" in label for label in on.labels(SPECIALIST))
    await on.press(SPECIALIST, "Tue")
    await on.press(SPECIALIST, "Day off")
    assert "Tue: Day off" in on.text(SPECIALIST)
    await on.press(SPECIALIST, "Single dates")
    await on.press(SPECIALIST, "Pick a date")
    await on.press(SPECIALIST, "12")
    await on.say(SPECIALIST, "12:00 to 16:00")
    assert "Sat 12 Dec: 12:00–16:00" in on.labels(SPECIALIST)
    await on.press(SPECIALIST, "Sat 12 Dec")
    await on.press(SPECIALIST, "As usual")
    assert "Sat 12 Dec: 12:00–16:00" not in on.labels(SPECIALIST)


async def test_the_week_and_a_word_to_the_client(stages: Callable[..., Any]) -> None:
    """The week's days lead to the day, the card to a message; the client reads it and opens their visit."""
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)
    await _two_visits(on, SAYS["en"])
    text = await on.say(SPECIALIST, "/week")
    assert text.startswith("Mon 7 Dec – Sun 13 Dec: 2 bookings\n\nMon 7 Dec: 10:00–14:00\n")
    await on.press(SPECIALIST, "Mon 7 Dec: 2")
    await on.press(SPECIALIST, "10:00 · Haircut · Alex")
    await on.press(SPECIALIST, "Message")
    preview = await on.say(SPECIALIST, "Please come by the <b>back</b> door")
    assert "Please come by the <b>back</b> door" in preview
    assert "on its way" in await on.press(SPECIALIST, "Send")
    await on.deliver()
    assert "Please come by the <b>back</b> door" in _heard(on, CLIENT)
    assert "Confirmed" in await on.press(CLIENT, "Open my visit")


async def test_staff_move_a_visit_and_come_back_to_their_card(stages: Callable[..., Any]) -> None:
    """The road is the client's, its ends are the staff's, and the client is told."""
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)
    await _two_visits(on, SAYS["en"])
    await on.say(SPECIALIST, "/today")
    await on.press(SPECIALIST, "10:00 · Haircut · Alex")
    await on.press(SPECIALIST, "Move")
    await on.press(SPECIALIST, "Today 12:00")
    assert "Moved to Mon 7 Dec 12:00. The client will be told." in await on.press(SPECIALIST, "Yes, move")
    assert "Message" in on.labels(SPECIALIST)
    await on.deliver()
    assert "Your visit has been moved." in _heard(on, CLIENT)


async def test_staff_choose_of_what_they_are_told(stages: Callable[..., Any]) -> None:
    """New bookings are left out from the next one on; a cancellation still comes, the client's own messages too."""
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)
    await on.say(SPECIALIST, "/start")
    await on.press(SPECIALIST, "Notices")
    await on.press(SPECIALIST, "Moved and cancelled only")
    assert "✓ Moved and cancelled only" in on.labels(SPECIALIST)
    await on.say(CLIENT, "/start p_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Confirm")
    await on.deliver()
    assert "New booking" not in _heard(on, SPECIALIST)
    assert "You're booked." in _heard(on, CLIENT)
    await on.say(CLIENT, "/start")
    await on.press(CLIENT, "My next visit")
    await on.press(CLIENT, "Cancel")
    await on.press(CLIENT, "Yes, cancel")
    await on.deliver()
    assert "Booking cancelled" in _heard(on, SPECIALIST)


async def test_a_guess_of_hours_that_makes_a_night_shift_is_asked_back(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.hire(SPECIALIST, 1)

    async def mondays() -> list[str]:
        return (await on.backend.act_as(on.tenant.slug, SPECIALIST, "r-9").get_schedule(1)).hours.mon

    async def type_hours(text: str) -> str:
        await on.say(SPECIALIST, "/start")
        await on.press(SPECIALIST, "My hours")
        await on.press(SPECIALIST, "Mon")
        return await on.say(SPECIALIST, text)

    assert "Which hours did you mean?" in await type_hours("9-5")
    assert await mondays() == ["09:00-17:00"]
    await on.press(SPECIALIST, "09:00–05:00 next day")
    assert await mondays() == ["09:00-05:00"]
    assert "Which hours did you mean?" in await type_hours("22-2")
    assert await mondays() == ["09:00-05:00"], "nothing is saved before the answer"
    await on.say(SPECIALIST, "9am-5pm")
    assert await mondays() == ["09:00-17:00"]
    await type_hours("2-6")
    await on.press(SPECIALIST, "14:00–18:00")
    assert await mondays() == ["14:00-18:00"]
    await type_hours("22:00-02:00")
    assert await mondays() == ["22:00-02:00"]
