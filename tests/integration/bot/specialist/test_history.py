"""The history on the staff's card: who did what when, in words; clients have no way to it."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import Move
from tests.support.bot_chats import CLIENT, SPECIALIST, BotChats

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "ten": "Today 10:00",
        "confirm": "Confirm",
        "history": "History",
        "back": "Back",
        "booked": "Mon 7 Dec 09:00 · Alex: booked",
        "moved": "Mon 7 Dec 09:02 · Maria: moved from Mon 7 Dec 10:00 to Mon 7 Dec 12:00, from Anna to Boris",
        "cancelled": "Mon 7 Dec 09:04 · Maria: cancelled: <i>flood</i> & fire",
    },
    "ru": {
        "ten": "Сегодня, 10:00",
        "confirm": "Подтвердить",
        "history": "История",
        "back": "Назад",
        "booked": "пн 7 дек, 09:00 · Alex: запись создана",
        "moved": "пн 7 дек, 09:02 · Maria: перенос с пн 7 дек, 10:00 на пн 7 дек, 12:00, мастер: Anna → Boris",
        "cancelled": "пн 7 дек, 09:04 · Maria: отмена: <i>flood</i> & fire",
    },
}


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_who_did_what_when(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    w = WORDS[locale]
    names = {person: chats.bot.people[person].first_name for person in (CLIENT, 1003)}
    await chats.hire(SPECIALIST, 1)
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, w["ten"])
    await chats.press(CLIENT, w["confirm"])
    admin = await chats.admin()
    (booking,) = (await admin.list_bookings()).items
    chats.shift(120)
    await admin.move_booking(booking.id, Move(start="2026-12-07T12:00:00+03:00", specialist_id=2), key="move")
    chats.shift(120)
    await admin.cancel_booking(booking.id, "<i>flood</i> & fire", key="cancel")

    def said(text: str) -> str:
        return text.replace("Alex", names[CLIENT]).replace("Maria", names[1003])

    await chats.say(1003, "/start")
    mark = str(chats.menu(1003).markup).rsplit("~", 1)[1][:3]
    await chats.forge(1003, f"1s.card:{booking.id}~{mark}")
    text = await chats.press(1003, w["history"])
    assert text.split("\n")[1:] == [said(w["booked"]), said(w["moved"]), said(w["cancelled"])]
    await chats.press(1003, w["back"])

    # the specialist of before has no part in it any more, the client never had
    for person in (SPECIALIST, CLIENT):
        await chats.say(person, "/start")
        mark = str(chats.menu(person).markup).rsplit("~", 1)[1][:3]
        await chats.forge(person, f"1s.hist:{booking.id}~{mark}")
        assert names[1003] not in chats.text(person)
        assert "flood" not in chats.text(person)
