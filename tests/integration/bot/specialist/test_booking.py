"""A specialist books a client into their own free time: from a gap of the day, a walk-in or somebody they know."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.client.api import BackendRefused
from backend.contract.bookings import NewBooking
from backend.contract.people import NewClient, UpdateMe
from bot.admin.callbacks.bookings import BookFor, BookForSpecialists, BookForTimes, DayGap
from bot.ui.callbacks import Callback, pack_button
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

NINE_UTC = "2026-12-07T09:00:00Z"  # noon of the business's Monday, when both specialists work


async def _hired(open_chats: Callable[..., Any], locale: str = "en") -> BotChats:
    chats: BotChats = await open_chats(locale=locale)
    await chats.hire(SPECIALIST, 1)
    await chats.open_business()
    await chats.say(SPECIALIST, "/start")
    return chats


async def _open(chats: BotChats, callback: Callback) -> None:
    """Press a button with this callback, as if the menu had it."""
    rows = (chats.menu(SPECIALIST).markup or {})["inline_keyboard"]
    data = next(button["callback_data"] for row in rows for button in row if "callback_data" in button)
    await chats.forge(SPECIALIST, pack_button(callback, data.rpartition("~")[2]))


@pytest.mark.parametrize("locale", ["en", "ru"])
async def test_a_walk_in_is_booked_into_a_gap_and_is_a_client_from_then_on(
    open_chats: Callable[..., Any], locale: str
) -> None:
    """Five taps and one typed line; the next time the client is there to tap, and the admin sees both bookings."""
    chats, t = await _hired(open_chats, locale), words_for(locale)
    assert t.label("day-free", span="4 h" if locale == "en" else "4 ч").replace("\u00a0", " ") in chats.text(SPECIALIST)
    await chats.press(SPECIALIST, t.label("gap", start="10:00", end="14:00"))
    await chats.press(SPECIALIST, "Haircut")
    assert not [label for label in chats.labels(SPECIALIST) if "exactly" in label or "Ровно" in label]
    await chats.press(SPECIALIST, "10:30")
    await chats.press(SPECIALIST, t.label("button-new-client"))
    text = await chats.say(SPECIALIST, "Maria Petrova, +7 900 123-45-67")
    assert "Maria Petrova" in text
    assert "Anna" in text
    await chats.press(SPECIALIST, t.label("button-book"))
    assert str(t.html("book-for-done")).replace("<b>", "").replace("</b>", "") in chats.text(SPECIALIST)

    await chats.say(SPECIALIST, "/start")
    await chats.press(SPECIALIST, t.label("gap", start="11:30", end="14:00"))
    await chats.press(SPECIALIST, "Haircut")
    await chats.press(SPECIALIST, "12:00")
    await chats.press(SPECIALIST, "Maria Petrova")
    await chats.press(SPECIALIST, t.label("button-book"))
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "t")
    made = (await admin.list_bookings()).items
    assert [(each.start, each.specialist_id, each.status) for each in made] == [
        ("2026-12-07T07:30:00Z", 1, "confirmed"),
        (NINE_UTC, 1, "confirmed"),
    ]
    assert len({each.client_id for each in made}) == 1
    assert made[0].client_phone is not None


async def test_book_for_a_client_offers_ones_own_services_and_time_alone(open_chats: Callable[..., Any]) -> None:
    """No other specialist can be chosen, from whichever screen; Cancel and Back lead to the day."""
    chats = await _hired(open_chats)
    await chats.press(SPECIALIST, "Book for a client")
    assert [label for label in chats.labels(SPECIALIST) if "Haircut" in label]
    await chats.press(SPECIALIST, "Haircut")
    assert "Haircut · Anna" in chats.text(SPECIALIST)
    assert not [label for label in chats.labels(SPECIALIST) if "pecialist" in label]
    await chats.press(SPECIALIST, "Another day")
    assert chats.week_rows(SPECIALIST)[1] == ["7", "8", "9", "[10]", "[11]", "[12]", "[13]"]
    for forged in (
        BookForSpecialists(subject=(0, 1), specialist_id=2),
        BookForTimes(subject=(0, 1), specialist_id=2),
        BookForTimes(subject=(0, 1), specialist_id=0),
    ):
        await _open(chats, forged)
        assert "Haircut · Anna" in chats.text(SPECIALIST)
    await chats.press(SPECIALIST, "Back")
    await chats.press(SPECIALIST, "Back")
    assert "Today: no bookings" in chats.text(SPECIALIST)


async def test_the_backend_refuses_a_specialist_the_time_of_others(open_chats: Callable[..., Any]) -> None:
    """Another's calendar, another's gap, and what is off the grid; a forged press books into their own time or not at all."""
    chats = await _hired(open_chats)
    known = (await chats.context(CLIENT)).person.id
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    await client.update_me(UpdateMe(phone="+7 900 555-44-33"), key="phone")
    me = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "t")
    await me.find_client("8 900 555 44 33", key="find")
    for wanted in (
        NewBooking(service_ids=[1], start=NINE_UTC, specialist_id=2, client_id=known),
        NewBooking(service_ids=[1], start="2026-12-07T09:07:00Z", specialist_id=1, client_id=known, force=True),
    ):
        with pytest.raises(BackendRefused) as refused:
            await me.create_booking(wanted, key=wanted.start)
        assert refused.value.code == "forbidden"
    with pytest.raises(BackendRefused) as refused:
        await me.get_gap_offers(2, NINE_UTC, "2026-12-07T10:00:00Z")
    assert refused.value.code == "forbidden"
    noon = 1_796_634_000 // 60
    await _open(chats, DayGap(specialist_id=2, start=noon, end=noon + 60))
    await chats.say(SPECIALIST, "/start")
    await _open(chats, BookFor(subject=(known, 1), specialist_id=2, start=noon))
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "t")
    assert [(each.specialist_id, each.start) for each in (await admin.list_bookings()).items] == [(1, NINE_UTC)]


async def test_somebody_elses_client_is_known_by_name_alone(open_chats: Callable[..., Any]) -> None:
    """A specialist who books reads the name; the phone is told by the booking, as far as specialists see contacts."""
    chats = await _hired(open_chats)
    admin = await chats.admin()
    other = await admin.create_client(NewClient(name="Zoe Brown", phone="+7 900 555-44-33"), key="zoe")
    me = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "t")
    # an id alone is not enough: a specialist who books for them knows their number
    with pytest.raises(BackendRefused) as refused:
        await me.choose_services(service_ids=(1,), specialist_id=1, client_id=other.id)
    assert refused.value.code == "not_found"
    (found,) = (await me.find_client("8 900 555-44-33", key="find")).items
    assert (found.id, found.is_own, found.phone) == (other.id, False, None)
    choice = (await me.choose_services(service_ids=(1,), specialist_id=1, client_id=other.id)).choice
    assert choice.client is not None
    assert (choice.client.name, choice.client.phone) == ("Zoe Brown", None)
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    await chats.context(CLIENT)
    with pytest.raises(BackendRefused) as refused:
        await client.choose_services(service_ids=(1,), client_id=other.id)
    assert refused.value.code == "not_found"
