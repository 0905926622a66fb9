"""A client's road through the bot, in both languages, against the real backend and the strict Bot API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest

from backend.contract.schedule import NewClosure
from tests.support.bot_chats import CLIENT, BotChats

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "welcome": "Welcome to Barber House. What would you like to book?",
        "nearest": "Nearest free times",
        "first": "Today 10:00",
        "held": "Held for you until 09:10",
        "confirm": "Confirm",
        "done": "You're booked. See you Mon 7 Dec 10:00.",
        "mine": "My bookings",
        "line": "Mon 7 Dec 10:00 · Haircut",
        "move": "Move",
        "later": "11:00",
        "yes_move": "Yes, move",
        "moved": "Moved. See you Mon 7 Dec 11:00.",
        "cancel": "Cancel",
        "yes_cancel": "Yes, cancel",
        "cancelled": "Mon 7 Dec 11:00 is cancelled.",
        "undo": "Undo",
        "undone": "Your booking is back.",
        "home": "Home",
        "next": "Next: Mon 7 Dec 11:00, Haircut, ",
        "repeat": "Repeat Haircut · ",
    },
    "ru": {
        "welcome": "Barber House: на что вас записать?",
        "nearest": "Ближайшее свободное время",
        "first": "Сегодня, 10:00",
        "held": "Держим время до 09:10",
        "confirm": "Подтвердить",
        "done": "Вы записаны. Ждём вас: пн 7 дек, 10:00.",
        "mine": "Мои записи",
        "line": "пн 7 дек, 10:00 · Haircut",
        "move": "Перенести",
        "later": "11:00",
        "yes_move": "Да, перенести",
        "moved": "Перенесли. Ждём вас: пн 7 дек, 11:00.",
        "cancel": "Отменить",
        "yes_cancel": "Да, отменить",
        "cancelled": "Запись пн 7 дек, 11:00 отменена.",
        "undo": "Вернуть",
        "undone": "Запись снова действует.",
        "home": "На главную",
        "next": "Ближайшая запись: пн 7 дек, 11:00, Haircut, ",
        "repeat": "Повторить: Haircut · ",
    },
}


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_book_move_cancel_undo_repeat(open_chats: Callable[..., Any], locale: str) -> None:
    """Three taps to a confirmed booking, three to move it, two to cancel it, one to undo, two to repeat."""
    chats: BotChats = await open_chats(locale=locale)
    w = WORDS[locale]

    assert await chats.say(CLIENT, "/start") == w["welcome"]
    assert w["nearest"] in await chats.press(CLIENT, "Haircut")
    assert w["held"] in await chats.press(CLIENT, w["first"])
    assert (await chats.press(CLIENT, w["confirm"])).startswith(w["done"])

    await chats.press(CLIENT, w["home"])
    await chats.press(CLIENT, w["mine"])
    await chats.press(CLIENT, w["line"])

    await chats.press(CLIENT, w["move"])
    await chats.press_time(CLIENT, w["later"])
    assert (await chats.press(CLIENT, w["yes_move"])).startswith(w["moved"])

    await chats.press(CLIENT, w["cancel"])
    assert w["cancelled"] in await chats.press(CLIENT, w["yes_cancel"])
    assert w["undone"] in await chats.press(CLIENT, w["undo"])

    assert (await chats.say(CLIENT, "/start")).startswith(w["next"])
    assert w["held"].split(" ")[0] in await chats.press(CLIENT, w["repeat"])
    assert await chats.press(CLIENT, w["confirm"])
    bookings = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=("confirmed",))
    assert len(bookings.items) == 2
    assert len({one.start for one in bookings.items}) == 2
    assert chats.menu(CLIENT), "the chat holds one live menu"
    assert len(chats.live(CLIENT)) == 4, "above it the confirmations of both bookings, and the one before the move"


async def test_another_day_costs_two_more_taps_and_a_specialist_one(open_chats: Callable[..., Any]) -> None:
    """Five weeks from today are shown; only days with free times can be pressed."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    text = await chats.press(CLIENT, "Another day")
    assert "7 Dec – 10 Jan 2027" in text
    assert chats.week_rows(CLIENT) == [
        ["[Mo]", "[Tu]", "[We]", "[Th]", "[Fr]", "[Sa]", "[Su]"],
        ["7", "8", "9", "10", "[11]", "[12]", "[13]"],
        ["14", "15", "16", "17", "[18]", "[19]", "[20]"],
        ["21", "22", "23", "24", "[25]", "[26]", "[27]"],
        ["28", "29", "30", "31", "[1]", "[2]", "[3]"],
        ["4", "5", "6", "7", "[8]", "[9]", "[10]"],
    ]
    assert "Free times on Wed 9 Dec" in await chats.press(CLIENT, "9")
    await chats.press(CLIENT, "17:00")
    assert "Wed 9 Dec 17:00" in await chats.press(CLIENT, "Confirm")

    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Choose specialist")
    assert "Boris" in await chats.press(CLIENT, "Today 12:00")


async def test_five_weeks_begin_with_this_one_and_turn_by_five(open_chats: Callable[..., Any]) -> None:
    """The page of a day is the one that Another day leads back to; nothing turns behind the last free day."""
    chats: BotChats = await open_chats()
    chats.shift(9 * 86_400)  # Wednesday 16 December
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Another day")
    this, *_, fifth = chats.week_rows(CLIENT)[1:]
    assert this == ["", "", "16", "17", "[18]", "[19]", "[20]"], "days that are over are left out"
    assert fifth == ["11", "12", "13", "14", "[15]", "[16]", "[17]"]
    assert "‹" not in chats.labels(CLIENT)

    assert "18 Jan – 21 Feb 2027" in (await chats.press(CLIENT, "›"))
    assert chats.week_rows(CLIENT)[4] == ["8", "9", "10", "11", "[12]", "[13]", "[14]"], "until the horizon of 60 days"
    assert chats.week_rows(CLIENT)[5] == [f"[{day}]" for day in range(15, 22)]
    await chats.press(CLIENT, "10")
    assert "18 Jan – 21 Feb 2027" in await chats.press(CLIENT, "Another day")

    assert "No free time on these days" in await chats.press(CLIENT, "›")
    assert "›" not in chats.labels(CLIENT)
    await chats.press(CLIENT, "‹")
    await chats.press(CLIENT, "‹")
    assert "Free times on Wed 16 Dec" in await chats.press(CLIENT, "First free")


async def test_a_full_day_cannot_be_pressed(open_chats: Callable[..., Any]) -> None:
    """The wire has Telegram's own disabled buttons, which send nothing; a day that becomes full becomes one."""
    chats: BotChats = await open_chats()
    admin = await chats.admin()
    await chats.say(CLIENT, "/start p_2")  # Boris, on Mondays and Thursdays
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Another day")
    assert chats.week_rows(CLIENT)[1][3] == "10"
    await admin.add_closure(NewClosure(date="2026-12-10"), key="closed")
    await chats.press(CLIENT, "Back")
    await chats.press(CLIENT, "Another day")
    assert chats.week_rows(CLIENT)[1][3] == "[10]"
    rows = (chats.menu(CLIENT).markup or {})["inline_keyboard"]
    assert rows[1][3] == {"text": "10", "disabled": {}}


async def test_a_comment_is_the_one_thing_typed(open_chats: Callable[..., Any]) -> None:
    """It is shown literally, kept on the booking, and a sticker at that step is explained."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 10:00")
    assert "Write your comment" in await chats.press(CLIENT, "Comment")
    assert "Comment: <b>late</b> & tired" in await chats.say(CLIENT, "<b>late</b> & tired\u202e")
    # another time for the same service takes it along, another service does not
    await chats.press(CLIENT, "Change time")
    assert "Comment: <b>late</b> & tired" in await chats.press_time(CLIENT, "11:00")
    await chats.press(CLIENT, "Change time")
    assert "Comment: <b>late</b> & tired" in await chats.press(CLIENT, "Back")
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Colour")
    assert "late" not in await chats.press(CLIENT, "Tomorrow 10:00")
    await chats.press(CLIENT, "Cancel")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Comment")
    await chats.say(CLIENT, "<b>late</b> & tired")
    await chats.press(CLIENT, "Confirm")
    assert "Comment: <b>late</b> & tired" in chats.holding(CLIENT, "Move").content["text"]
    bookings = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings()
    assert [one.comment for one in bookings.items if one.status == "confirmed"] == ["<b>late</b> & tired"]
    assert "Send this to us?" in await chats.say(CLIENT, "and now?"), "nothing is waited for any more"


async def test_a_comment_that_redis_has_forgotten_is_told(open_chats: Callable[..., Any]) -> None:
    """Nothing is confirmed without it before the person has seen that."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Comment")
    await chats.say(CLIENT, "gate code 12")
    assert await chats.redis.delete(f"fsm:{{{chats.tenant.slug}}}:{CLIENT}:data") == 1
    text = await chats.press(CLIENT, "Confirm")
    assert "Your comment has been lost" in text
    assert "gate code 12" not in text
    api = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    assert [one.status for one in (await api.list_bookings()).items] == ["held"]
    await chats.press(CLIENT, "Comment")
    assert "Comment: gate code 12" in await chats.say(CLIENT, "gate code 12")
    await chats.redis.delete(f"fsm:{{{chats.tenant.slug}}}:{CLIENT}:data")
    assert "Your comment has been lost" in await chats.press(CLIENT, "Confirm")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")
    assert [one.status for one in (await api.list_bookings()).items] == ["confirmed"]


async def test_a_time_just_taken_shows_the_three_nearest(open_chats: Callable[..., Any]) -> None:
    """On the same screen; the second client's place is never doubled."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    await chats.say(1002, "/start")
    await chats.press(1002, "Haircut")
    await chats.press(1002, "Today 10:00")
    text = await chats.press(CLIENT, "Today 10:00")
    assert "This time has just been taken" in text
    times = [label for label in chats.labels(CLIENT) if label.startswith("Today")]
    assert times[0] == "Today 11:00"
    assert 1 <= len(times) <= 3
    await chats.press(CLIENT, times[0])
    assert "You're booked" in await chats.press(CLIENT, "Confirm")


async def test_a_hold_can_be_changed_dropped_and_continued(open_chats: Callable[..., Any]) -> None:
    """Change time gives the place back at once; a lapsed hold leads back to the times."""
    chats: BotChats = await open_chats()
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 10:00")
    assert "Today 10:00" in await chats.press(CLIENT, "Change time") or "Today 10:00 · Anna" in chats.labels(CLIENT)
    await chats.press(CLIENT, "Today 10:00")
    assert "What would you like to book?" in await chats.press(CLIENT, "Cancel")
    assert [one.status for one in (await me.list_bookings(status=("held",))).items] == []
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Today 10:00")
    await chats.say(CLIENT, "/cancel")
    await chats.press(CLIENT, "Continue: Mon 7 Dec 10:00")
    chats.shift(700)
    assert "no longer held" in await chats.press(CLIENT, "Confirm")
    assert (await me.list_bookings(status=("confirmed",))).items == []


async def test_deep_links_take_two_taps(open_chats: Callable[..., Any]) -> None:
    """`s_` shows times, `p_` shows each service of the specialist with its soonest time."""
    chats: BotChats = await open_chats()
    assert "Nearest free times" in await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")
    text = await chats.say(CLIENT, "/start p_1")
    assert "Book with Anna" in text
    assert "Haircut · RUB 1,500 · 45 min" in text
    await chats.press(CLIENT, "Today 11:00")
    assert "You're booked" in await chats.press(CLIENT, "Confirm")
    for bad in ("s_999", "p_999", "x_1", "s_1' OR 1", "i_AAAAAAAAAAAAAAAAAAAAAA", "s_" + "9" * 40):
        text = await chats.say(CLIENT, f"/start {bad}")
        assert any(word in text for word in ("does not work", "not offered", "not valid", "not available")), (bad, text)


async def test_the_calendar_file_follows_a_move(open_chats: Callable[..., Any]) -> None:
    """RFC 5545: the same UID, a larger SEQUENCE; and a file that takes a cancelled booking out again."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    await chats.press(CLIENT, "Calendar file")
    await chats.press(CLIENT, "Move")
    await chats.press_time(CLIENT, "11:00")
    await chats.press(CLIENT, "Yes, move")
    await chats.press(CLIENT, "Calendar file")
    await chats.press(CLIENT, "Cancel")
    await chats.press(CLIENT, "Yes, cancel")
    await chats.press(CLIENT, "Remove from calendar")
    files = [one.content["document"] for one in chats.live(CLIENT) if "document" in one.content]
    texts = [chats.file(one).decode() for one in files]
    fields = [dict(line.split(":", 1) for line in text.splitlines() if ":" in line) for text in texts]
    assert len({one["UID"] for one in fields}) == 1
    assert int(fields[0]["SEQUENCE"]) < int(fields[1]["SEQUENCE"]) < int(fields[2]["SEQUENCE"])
    assert [one["DTSTART"] for one in fields] == ["20261207T070000Z", "20261207T080000Z", "20261207T080000Z"]
    assert [one["METHOD"] for one in fields] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert [one["STATUS"] for one in fields] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for text in texts:
        (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert str(event["organizer"]) == f"mailto:{chats.tenant.slug}@slotgate.invalid"
        assert event["organizer"].params["cn"] == "Barber House"
        alarms = [alarm.decoded("trigger") for alarm in event.walk("VALARM")]
        assert alarms == ([] if event["status"] == "CANCELLED" else [timedelta(hours=-2)])


async def test_a_booking_moves_half_an_hour_over_its_own_place(open_chats: Callable[..., Any]) -> None:
    """What it occupies now is free for it; the time that it has is not offered as another."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press_time(CLIENT, "11:00")
    await chats.press(CLIENT, "Confirm")
    await chats.press(CLIENT, "Move")
    times = [label for label in chats.labels(CLIENT) if label.startswith("Today")]
    assert times == ["Today 10:00", "Today 12:00"]
    await chats.press(CLIENT, "Another day")
    await chats.press(CLIENT, "7")
    assert [label for label in chats.labels(CLIENT) if ":" in label] == [
        "10:00",
        "10:30",
        "11:30",
        "12:00",
        "12:30",
        "13:00",
    ]
    await chats.press(CLIENT, "11:30")
    assert "Moved. See you Mon 7 Dec 11:30." in await chats.press(CLIENT, "Yes, move")
