"""What a day says of each booking at the end of its label, and in words above the list."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from backend.contract.bookings import Booking
from bot.request import Request
from bot.specialist.marks import booking_mark
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

NOON, ONE = "2026-12-07T09:00:00Z", "2026-12-07T10:00:00Z"


def _booking(**changed: Any) -> Booking:
    values = {
        "id": 1, "status": "confirmed", "start": NOON, "end": ONE, "local_start": NOON, "timezone": "Europe/Moscow",
        "specialist_id": 1, "service_ids": [1], "places": 1, "price": "0", "price_from": False, "currency": "RUB",
        "client_id": 1, "items": [], "comment": "", "hold_until": None, "can_cancel_until": None, "undo_until": None,
        "coming": False, "sequence": 0, "created_at": NOON,
    }  # fmt: skip
    return msgspec.convert(values | changed, Booking)


@pytest.mark.parametrize(
    ("changed", "now", "mark"),
    [
        ({}, "2026-12-07T08:00:00Z", "…"),
        ({"id": 2}, "2026-12-07T08:00:00Z", ""),
        ({"coming": True}, "2026-12-07T08:00:00Z", "+"),
        ({}, NOON, ""),
        ({}, ONE, "!"),
        ({"status": "arrived"}, ONE, "✓"),
        ({"status": "completed"}, ONE, "✓"),
        ({"status": "completed", "unconfirmed": True}, ONE, "!"),
        ({"status": "no_show"}, ONE, "✗"),
        ({"status": "pending"}, "2026-12-07T08:00:00Z", "?"),
        ({"status": "held"}, "2026-12-07T08:00:00Z", ""),
        ({"task": "open"}, "2026-12-07T08:00:00Z", "↻"),
        ({"task": "placed"}, "2026-12-07T08:00:00Z", "…"),
    ],
)
def test_a_booking_has_the_mark_of_what_is_to_be_done(changed: dict[str, Any], now: str, mark: str) -> None:
    """The client of booking 1 has been reminded and has not answered."""
    request = cast("Request", SimpleNamespace(times=SimpleNamespace(now=datetime.fromisoformat(now).astimezone(UTC))))
    assert booking_mark(request, _booking(**changed), [1]) == mark


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_day_says_who_answered_and_what_has_no_mark(open_chats: Callable[..., Any], locale: str) -> None:
    chats: BotChats = await open_chats(locale=locale)
    t = words_for(locale)
    await chats.hire(SPECIALIST, 1)
    await chats.say(CLIENT, "/start p_1")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "12:00")
    await chats.press(CLIENT, t.label("button-confirm"))

    async def day_of(person: int) -> str:
        await chats.say(person, "/today")
        (label,) = [label for label in chats.labels(person) if label.startswith("12:00 ")]
        return label

    name = {"en": "Alex", "ru": "Алексей"}[locale]
    assert (await day_of(SPECIALIST)).endswith(name), "nobody has been asked yet"
    chats.shift(3600 + 60)
    await chats.deliver()
    for person in (SPECIALIST, ADMIN):
        assert (await day_of(person)).endswith(" …")
        assert f"… {t.label('clients-silent', count=1)}" in chats.text(person)
    await chats.press(CLIENT, t.label("button-coming"))
    for person in (SPECIALIST, ADMIN):
        assert (await day_of(person)).endswith(" +")
        assert f"+ {t.label('clients-coming', count=1)}" in chats.text(person)
    chats.shift(3 * 3600)
    for person in (SPECIALIST, ADMIN):
        assert (await day_of(person)).endswith(" !")
        assert f"! {t.label('waiting-unmarked', count=1)}" in chats.text(person)
    # what staff mark, the client reads as said to themselves
    await chats.press(SPECIALIST, await day_of(SPECIALIST))
    await chats.press(SPECIALIST, t.label("button-no-show"))
    assert t.label("status-no-show") in chats.text(SPECIALIST)
    await chats.say(CLIENT, "/mybookings")
    await chats.press(CLIENT, t.label("button-past"))
    own = await chats.press(CLIENT, chats.labels(CLIENT)[0])
    assert t.label("own-status-no-show") in own
