"""A client whose booking cannot take place: what the message offers, one press, old buttons, and what staff see meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.client.requests import Displacing
from backend.contract.bookings import NewBooking
from backend.contract.people import NewClient
from backend.contract.schedule import DateHours, NewTimeOff
from bot.ui.i18n import words_for
from gateway.sandbox.model import Message
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

OFF = NewTimeOff(start="2026-12-07T00:00", end="2026-12-08T00:00")
ASK = Displacing("need_new_times")
NO_SHIFTS = DateHours(shifts=[])
SAYS: dict[str, dict[str, str]] = {
    "en": {
        "away": "Anna is away on Mon 7 Dec.",
        "same": "Boris is free at the same time: 12:00, RUB 1,500.",
        "take": "Take it",
        "moved": "Moved. See you Mon 7 Dec 12:00.",
        "settled": "This is settled already.",
        "gone": "That time has just been taken.",
        "needs": "1 booking needs a new time",
    },
    "ru": {
        "away": "Anna: пн 7 дек не работает.",
        "same": "В то же время вас примет Boris: 12:00, 1 500 ₽.",
        "take": "Подходит",
        "moved": "Перенесли. Ждём вас: пн 7 дек, 12:00.",
        "settled": "Этот вопрос уже решён.",
        "gone": "Это время только что заняли.",
        "needs": "1 записи нужно новое время",
    },
}


async def _asked(chats: BotChats, say: dict[str, str], handled: tuple[int, int] = (1, 0)) -> Message:
    """Anna, with whom a client is booked at noon, takes the day off; return the message that asks the client."""
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    await chats.say(CLIENT, "/start")
    booking = NewBooking(service_ids=[1], specialist_id=1, start="2026-12-07T12:00:00+03:00")
    await chats.backend.act_as(chats.tenant.slug, CLIENT, "book").create_booking(booking, key="book")
    await chats.deliver()
    anna = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "off")
    changed = await anna.add_time_off(1, OFF, ASK, key="off")
    assert (changed.handled, changed.unreached) == handled
    await chats.deliver()
    return chats.holding(CLIENT, say["take"])


def _read(message: Message) -> str:
    return str(message.content["text"]).replace("\u00a0", " ")


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_one_press_takes_the_same_time_with_another(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    say = SAYS[locale]
    asked = await _asked(chats, say)
    assert say["away"] in _read(asked)
    assert say["same"] in _read(asked)
    # Take it, three other times, another time and cancel
    assert len(chats.labels_of(asked)) == 6
    # Anna sees it on her home, and it is gone once it is settled
    assert say["needs"] in await chats.say(SPECIALIST, "/start")
    await chats.press(CLIENT, say["take"], message=asked)
    await chats.deliver()
    assert say["moved"] in _read(asked)
    assert "Boris" in _read(asked)
    assert say["needs"] not in await chats.say(SPECIALIST, "/start")
    mine = chats.backend.act_as(chats.tenant.slug, CLIENT, "r")
    (booking,) = (await mine.list_bookings(status=("confirmed",))).items
    assert (booking.specialist_id, booking.task) == (2, None)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_old_buttons_say_what_is_true_now(open_chats: Callable[..., Any], locale: str) -> None:
    """The place went to somebody else: the next ones are offered there. The day off was taken back: it is settled."""
    chats: BotChats = await open_chats(locale=locale)
    say = SAYS[locale]
    asked = await _asked(chats, say)
    old = next(
        button["callback_data"]
        for row in (asked.markup or {})["inline_keyboard"]
        for button in row
        if button["text"] == say["take"]
    )
    admin = await chats.admin()
    await admin.set_date_hours(2, "2026-12-07", NO_SHIFTS, key="boris")
    await chats.press(CLIENT, say["take"], message=asked)
    assert say["gone"] in _read(asked)
    assert say["take"] not in chats.labels_of(asked)
    anna = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "back")
    schedule = await anna.get_schedule(1)
    await anna.remove_time_off(1, schedule.time_off[0].id, key="back")
    await chats.forge(CLIENT, old, message=asked)
    assert say["settled"] in _read(asked)
    await chats.say(ADMIN, "/start")
    mine = chats.backend.act_as(chats.tenant.slug, CLIENT, "r")
    (booking,) = (await mine.list_bookings(status=("confirmed",))).items
    assert (booking.specialist_id, booking.task) == (1, None)


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_what_needs_a_new_time_is_seen_by_client_and_staff(open_chats: Callable[..., Any], locale: str) -> None:
    """At home, in the list, on the card; placed with others, staff read whom no message reaches."""
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    admin = await chats.admin()
    walk_in = await admin.create_client(NewClient(name="Pavel", phone="+79000000015"), key="walk-in")
    booking = NewBooking(service_ids=[1], specialist_id=1, start="2026-12-07T13:00:00+03:00", client_id=walk_in.id)
    await admin.create_booking(booking, key="for-pavel")
    await _asked(chats, SAYS[locale], handled=(2, 1))
    home = await chats.say(CLIENT, "/start")
    assert t.html("own-task-open").split("<b>")[1].split("</b>")[0] in home
    assert t.label("button-new-times") in chats.labels(CLIENT)
    await chats.press(CLIENT, t.label("button-my-bookings"))
    label = next(label for label in chats.labels(CLIENT) if label.endswith(t.label("label-displaced", booking="")[1:]))
    card = await chats.press(CLIENT, label)
    assert t.label("status-confirmed") not in card
    offered = await chats.press(CLIENT, t.label("button-new-times"))
    assert "Haircut" in offered
    await chats.press(CLIENT, t.label("button-back"))
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, t.label("button-tasks", count=2))
    card = await chats.press(ADMIN, next(label for label in chats.labels(ADMIN) if "Pavel" in label))
    assert t.label("task-is-open").split(">")[1].split("<")[0] in card
    assert t.label("status-confirmed") not in card, "what needs a new time is not said to be settled"
    await chats.press(ADMIN, t.label("button-all-tasks"))
    preview = await chats.press(ADMIN, t.label("button-place-all"))
    done = await chats.press(ADMIN, t.label("button-place-yes"))
    for text in (preview, done):
        assert t.label("place-call") in text
        assert "Pavel · +7 900 000-00-15" in text
    assert t.label("place-told") in done


async def test_what_lost_its_time_takes_place_after_all(open_chats: Callable[..., Any]) -> None:
    """Anna comes all the same: the booking stays, and needs no new time."""
    chats: BotChats = await open_chats()
    await _asked(chats, SAYS["en"])
    await chats.say(ADMIN, "/start")
    label = next(label for label in chats.labels(ADMIN) if "new time" in label)
    await chats.press(ADMIN, label)
    await chats.press(ADMIN, "12:00")
    await chats.press(ADMIN, "It takes place after all")
    mine = chats.backend.act_as(chats.tenant.slug, CLIENT, "r")
    (booking,) = (await mine.list_bookings(status=("confirmed",))).items
    assert booking.task is None
