"""Buttons that no other journey comes by: what they show and what becomes of it."""

from collections.abc import Callable
from typing import Any

from backend.contract.bookings import NewBooking
from backend.contract.people import NewClient
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

NAMES = [f"Service {n:02}" for n in range(30)]
MANY_SERVICES = "\n".join(
    [
        "services:",
        *(f"  - {{name: {name}, duration: 30m}}" for name in NAMES),
        "specialists:",
        f"  - {{name: Anna, services: [{', '.join(NAMES)}], hours: {{mon: ['10:00-14:00']}}}}",
        f"  - {{name: Boris, services: [{NAMES[7]}], hours: {{mon: ['10:00-14:00']}}}}",
    ]
)


async def _walk(chats: BotChats, person: int, *labels: str) -> str:
    text = ""
    for label in labels:
        text = await chats.press(person, label)
    return text


async def _manage(open_chats: Callable[..., Any], **options: Any) -> tuple[BotChats, Any]:
    chats: BotChats = await open_chats(**options)
    admin = await chats.open_business()
    await chats.say(ADMIN, "/manage")
    return chats, admin


async def test_everybody_does_a_service_again(open_chats: Callable[..., Any]) -> None:
    chats, admin = await _manage(open_chats)
    await _walk(chats, ADMIN, "Services", "Haircut", "Who does it", "Boris")
    assert "▫ Boris" in chats.labels(ADMIN)
    await chats.press(ADMIN, "Everyone")
    service = next(service for service in (await admin.list_services()).items if service.name == "Haircut")
    assert sorted(service.specialist_ids) == [1, 2]


async def test_a_room_gets_another_name(open_chats: Callable[..., Any]) -> None:
    chats, _ = await _manage(open_chats)
    await _walk(chats, ADMIN, "Rooms", "Add")
    await chats.say(ADMIN, "Chair")
    await _walk(chats, ADMIN, "2", "Chair", "Name")
    await chats.say(ADMIN, "Big chair")
    await chats.press(ADMIN, "Back")
    assert "Big chair: 2" in chats.labels(ADMIN)


async def test_a_specialist_without_bookings_is_removed_at_once(open_chats: Callable[..., Any]) -> None:
    chats, _ = await _manage(open_chats)
    await _walk(chats, ADMIN, "Staff", "Boris", "Invite", "Withdraw the invitation")
    assert "Invite" in chats.labels(ADMIN)
    assert "Boris" in await chats.press(ADMIN, "Remove")
    await chats.press(ADMIN, "Yes, remove")
    assert not [label for label in chats.labels(ADMIN) if "Boris" in label]


async def test_a_tag_that_others_have_is_one_tap(open_chats: Callable[..., Any]) -> None:
    chats, admin = await _manage(open_chats)
    for name in ("Maria", "Pavel"):
        await admin.create_client(NewClient(name=name), key=name)
    await _walk(chats, ADMIN, "Clients", "Maria", "Tags", "New tag")
    await chats.say(ADMIN, "VIP")
    await chats.say(ADMIN, "/manage")
    await _walk(chats, ADMIN, "Clients", "Pavel", "Tags", "VIP")
    assert "✓ VIP" in chats.labels(ADMIN)


async def test_basics_are_asked_for_from_the_first_steps(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business="", left_out=("name", "timezone", "currency"))
    await chats.admin()
    await chats.say(ADMIN, "/start")
    assert "What is your business called?" in await chats.press(ADMIN, "Name of the business")
    await chats.press(ADMIN, "First steps")
    assert "Where is it?" in await chats.press(ADMIN, "Time zone")


async def test_a_service_to_book_is_found_by_its_name(open_chats: Callable[..., Any]) -> None:
    chats, _ = await _manage(open_chats, business=MANY_SERVICES)
    await chats.say(ADMIN, "/today")
    await _walk(chats, ADMIN, "Book for a client", "Find a service")
    await chats.say(ADMIN, "service 07")
    assert "Service 07 · 30 min\nNearest free times" in await chats.press(ADMIN, "Service 07")


async def test_a_client_with_two_bookings_at_one_time(open_chats: Callable[..., Any]) -> None:
    """A mother and her child: the admin books all the same, and moves all the same."""
    chats, admin = await _manage(open_chats)
    maria = await admin.create_client(NewClient(name="Maria"), key="maria")
    noon = NewBooking([1], "2026-12-07T12:00:00+03:00", specialist_id=1, client_id=maria.id)
    await admin.create_booking(noon, key="noon")
    await chats.say(ADMIN, "/today")
    await _walk(chats, ADMIN, "Book for a client", "Haircut", "Choose specialist", "Boris", "Today 12:00")
    await chats.say(ADMIN, "Maria")
    assert "another booking" in await _walk(chats, ADMIN, "Maria", "Book")
    assert "Booked." in await chats.press(ADMIN, "Book all the same")
    assert "another booking" in await _walk(chats, ADMIN, "Move", "Today 12:30", "Yes, move")
    assert "Moved to Mon 7 Dec 12:30" in await chats.press(ADMIN, "Book all the same")
    starts = [booking.start[11:16] for booking in (await admin.list_bookings()).items]
    assert sorted(starts) == ["09:00", "09:30"]


async def test_a_broadcast_is_stopped_from_its_card(open_chats: Callable[..., Any]) -> None:
    chats, _ = await _manage(open_chats)
    await chats.say(CLIENT, "/start")
    await _walk(chats, ADMIN, "Broadcast", "Write a message")
    await chats.say(ADMIN, "Sunday: open")
    await _walk(chats, ADMIN, "Send to", "Send to", "How far it is")
    assert "Stopped. It has reached 0 of" in await chats.press(ADMIN, "Stop", message=chats.menu(ADMIN))


async def test_hours_of_a_date_and_of_all_workdays_in_one_tap(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    await chats.say(SPECIALIST, "/start")
    await _walk(chats, SPECIALIST, "My hours", "Mon", "10:00–19:00")
    assert "Mon–Fri: 10:00–19:00" in await _walk(chats, SPECIALIST, "Mon", "Same Mon–Fri")
    await _walk(chats, SPECIALIST, "Single dates", "Pick a date", "12", "10:00–19:00")
    assert "Sat 12 Dec: 10:00–19:00" in chats.labels(SPECIALIST)
