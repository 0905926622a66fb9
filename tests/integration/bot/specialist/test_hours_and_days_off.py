"""Specialists look after their own time: hours tapped and typed, days off with the bookings in the way."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

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
        "told": "Your booking is cancelled.",
        "asked": "Anna is away on Mon 7 Dec.",
        "other": "Another time",
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
        "asked": "Anna: пн 7 дек не работает.",
        "other": "Другое время",
        "nearest": "Ближайшее свободное время",
        "take_back": "пн 7 дек · вернуть",
        "back": "Назад",
    },
}


async def _two_bookings(chats: BotChats, say: dict[str, str]) -> None:
    """Two clients come to Anna today; she has begun to talk to the bot, so that messages reach her."""
    await chats.say(SPECIALIST, "/start")
    for person in (CLIENT, ADMIN):
        await chats.say(person, "/start p_1")
        await chats.press(person, say["first"] if person == CLIENT else say["first"].replace("10:00", "11:00"))
        await chats.press(person, say["confirm"])
    await chats.deliver()


def _heard(chats: BotChats, person: int) -> str:
    heard = "\n".join(str(one.content.get("text", "")) for one in chats.live(person))
    return heard.replace("\u00a0", " ")


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("way", ["cancel", "offer"])
async def test_a_day_off_takes_care_of_the_bookings_in_the_way(
    open_chats: Callable[..., Any], locale: str, way: str
) -> None:
    """Two taps to the question, a third handles every booking and tells every client; the day can be taken back."""
    chats: BotChats = await open_chats(locale=locale)
    say = SAYS[locale]
    await chats.hire(SPECIALIST, 1)
    await _two_bookings(chats, say)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, say["off"])
    text = await chats.press(SPECIALIST, say["today"])
    assert say["affected"] in text
    assert ("Alex" if locale == "en" else "Алексей") in text
    assert "10:00 · Haircut" in text
    await chats.press(SPECIALIST, say["back"])
    await chats.press(SPECIALIST, say["today"])
    text = await chats.press(SPECIALIST, say[way])
    assert say["cancelled" if way == "cancel" else "offered"] in text
    await chats.deliver()
    heard = _heard(chats, CLIENT)
    assert say["told" if way == "cancel" else "asked"] in heard
    if way == "offer":
        assert say["nearest"] in await chats.press(CLIENT, say["other"])
    taken = await chats.press(SPECIALIST, say["take_back"])
    assert say["take_back"] not in "".join(chats.labels(SPECIALIST)), taken


async def test_dates_are_picked_and_a_reason_is_typed(open_chats: Callable[..., Any]) -> None:
    """A range over two months' pages, with a reason for the team's eyes."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/dayoff")
    await chats.press(SPECIALIST, "Pick dates")
    await chats.press(SPECIALIST, "30")
    await chats.press(SPECIALIST, "›")
    assert "Off: Wed 30 Dec – Sat 2 Jan 2027" in await chats.press(SPECIALIST, "2")
    await chats.press(SPECIALIST, "Reason")
    assert "Reason: winter <holiday>" in await chats.say(SPECIALIST, "winter <holiday>")
    assert "Off: Wed 30 Dec – Sat 2 Jan 2027" in await chats.press(SPECIALIST, "Take the time off")
    assert "winter <hol" in "".join(chats.labels(SPECIALIST))


async def test_own_hours_by_taps_and_by_typing(open_chats: Callable[..., Any]) -> None:
    """What cannot be read is asked again; bookings that now lie outside stay and are shown."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await _two_bookings(chats, SAYS["en"])
    await chats.say(SPECIALIST, "/start")
    assert "Mon: 10:00–14:00" in await chats.press(SPECIALIST, "My hours")
    await chats.press(SPECIALIST, "Mon")
    assert "could not read" in await chats.say(SPECIALIST, "in the morning")
    assert "overlap" in await chats.say(SPECIALIST, "10-14, 13-18")
    text = await chats.say(SPECIALIST, "11-14, 15:00–19:30")
    assert "1 booking is affected" in text
    assert "10:00 · Haircut · Alex" in text
    text = await chats.press(SPECIALIST, "Keep them, take no new ones")
    assert "1 booking stays as it is." in text
    assert "Mon: 11:00–14:00, 15:00–19:30" in text
    await chats.press(SPECIALIST, "Tue")
    await chats.press(SPECIALIST, "Day off")
    assert "Tue: day off" in chats.text(SPECIALIST)
    await chats.press(SPECIALIST, "Single dates")
    await chats.press(SPECIALIST, "Pick a date")
    await chats.press(SPECIALIST, "12")
    await chats.say(SPECIALIST, "12:00 to 16:00")
    assert "Sat 12 Dec: 12:00–16:00" in chats.labels(SPECIALIST)
    await chats.press(SPECIALIST, "Sat 12 Dec")
    await chats.press(SPECIALIST, "As usual")
    assert "Sat 12 Dec: 12:00–16:00" not in chats.labels(SPECIALIST)


@pytest.mark.parametrize(
    ("locale", "typed", "line", "night"),
    [
        ("en", "mon-fri 9-5, sat 10-14", "Mon–Fri: 09:00–17:00\nSat: 10:00–14:00", "Mon–Fri: 09:00–05:00 next day"),
        ("ru", "пн-пт 9-5, сб 10-14", "пн–пт: 09:00–17:00\nсб: 10:00–14:00", "пн–пт: 09:00–05:00 следующего дня"),
    ],
)
async def test_a_week_is_typed_at_once(
    open_chats: Callable[..., Any], locale: str, typed: str, line: str, night: str
) -> None:
    """The likeliest reading is saved and the other one is a button; hours without a day are asked back."""
    chats: BotChats = await open_chats(locale=locale)
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, {"en": "My hours", "ru": "Мои часы"}[locale])
    assert {"en": "I could not read", "ru": "Не получилось прочитать"}[locale] in await chats.say(SPECIALIST, "Mon 30")
    assert line in await chats.say(SPECIALIST, typed)
    assert night in chats.labels(SPECIALIST)
    await chats.press(SPECIALIST, night)
    assert "09:00–05:00" in chats.text(SPECIALIST)
    asked = await chats.say(SPECIALIST, {"en": "10 to 18", "ru": "с 10 до 18"}[locale])
    assert "09:00–05:00" in asked, "nothing is saved before it has been asked"
    workdays, every_day = {"en": ("Mon–Fri", "Mon–Sun"), "ru": ("пн–пт", "пн–вс")}[locale]
    assert f"{workdays}: 10:00–18:00" in chats.labels(SPECIALIST)
    assert f"{every_day}: 10:00–18:00" in await chats.press(SPECIALIST, f"{every_day}: 10:00–18:00")
    # a weekday's own screen takes several days as well, and nothing is waited for at home
    await chats.press(SPECIALIST, workdays[:2] if locale == "ru" else "Mon")
    assert line in await chats.say(SPECIALIST, typed.replace("9-5", "9-17"))
    await chats.press(SPECIALIST, {"en": "To my day", "ru": "К моему дню"}[locale])
    await chats.say(SPECIALIST, {"en": "sun 10-14", "ru": "вс 10-14"}[locale])
    assert "10:00–14:00" not in chats.text(SPECIALIST)


async def test_the_week_and_a_word_to_the_client(open_chats: Callable[..., Any]) -> None:
    """The week's days lead to the day, the card to a message; the client reads it and opens their booking."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await _two_bookings(chats, SAYS["en"])
    text = await chats.say(SPECIALIST, "/week")
    assert text.startswith("Mon 7 Dec – Sun 13 Dec: 2 bookings\n\nMon 7 Dec: 10:00–14:00\n")
    await chats.press(SPECIALIST, "Mon 7 Dec: 2")
    await chats.press(SPECIALIST, "10:00 · Haircut · Alex")
    await chats.press(SPECIALIST, "Message")
    preview = await chats.say(SPECIALIST, "Please come by the <b>back</b> door")
    assert "Please come by the <b>back</b> door" in preview
    assert "on its way" in await chats.press(SPECIALIST, "Send")
    await chats.deliver()
    assert "Please come by the <b>back</b> door" in _heard(chats, CLIENT)
    assert "Confirmed" in await chats.press(CLIENT, "Open my booking")


async def test_staff_move_a_booking_and_come_back_to_their_card(open_chats: Callable[..., Any]) -> None:
    """The road is the client's, its ends are the staff's, and the client is told."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await _two_bookings(chats, SAYS["en"])
    await chats.say(SPECIALIST, "/today")
    await chats.press(SPECIALIST, "10:00 · Haircut · Alex")
    await chats.press(SPECIALIST, "Move")
    await chats.press(SPECIALIST, "Today 12:00")
    assert "Moved to Mon 7 Dec 12:00. The client will be told." in await chats.press(SPECIALIST, "Yes, move")
    assert "Message" in chats.labels(SPECIALIST)
    await chats.deliver()
    assert "Your booking has been moved." in _heard(chats, CLIENT)


async def test_staff_choose_of_what_they_are_told(open_chats: Callable[..., Any]) -> None:
    """New bookings are left out from the next one on; a cancellation still comes, the client's own messages too."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, "Notices")
    await chats.press(SPECIALIST, "Moved and cancelled only")
    assert "✓ Moved and cancelled only" in chats.labels(SPECIALIST)
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()
    assert "New booking" not in _heard(chats, SPECIALIST)
    assert "You're booked." in _heard(chats, CLIENT)
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "My next booking")
    await chats.press(CLIENT, "Cancel")
    await chats.press(CLIENT, "Yes, cancel")
    await chats.deliver()
    assert "Booking cancelled" in _heard(chats, SPECIALIST)


async def test_a_guess_of_hours_that_makes_a_night_shift_is_asked_back(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)

    async def mondays() -> list[str]:
        return (await chats.backend.act_as(chats.tenant.slug, SPECIALIST, "r-9").get_schedule(1)).hours.mon

    async def type_hours(text: str) -> str:
        await chats.say(SPECIALIST, "/start")
        await chats.press(SPECIALIST, "My hours")
        await chats.press(SPECIALIST, "Mon")
        return await chats.say(SPECIALIST, text)

    assert "Saved as you see. If you meant other hours, tap them." in await type_hours("9-5")
    assert await mondays() == ["09:00-17:00"]
    await chats.press(SPECIALIST, "09:00–05:00 next day")
    assert await mondays() == ["09:00-05:00"]
    assert "Which hours did you mean?" in await type_hours("22-2")
    assert await mondays() == ["09:00-05:00"], "nothing is saved before the answer"
    await chats.say(SPECIALIST, "9am-5pm")
    assert await mondays() == ["09:00-17:00"]
    await type_hours("2-6")
    await chats.press(SPECIALIST, "14:00–18:00")
    assert await mondays() == ["14:00-18:00"]
    await type_hours("22:00-02:00")
    assert await mondays() == ["22:00-02:00"]
