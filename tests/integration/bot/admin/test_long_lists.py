"""Long lists in the bot: everything is reachable, page by page, or the screen says how many more there are."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from backend.contract.bookings import NewBooking
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats
from tests.support.local_backend import MONDAY

PEOPLE, SERVICES, CLOSURES, ROOMS = 60, 45, 25, 35


def business() -> str:
    services = [f"Service {n:02}" for n in range(SERVICES)]
    first = date(2026, 12, 8)
    # every second day: days in a row are one closure of the list
    closures = [str(first + timedelta(days=2 * n)) for n in range(CLOSURES)]
    dates = ", ".join(f'"{first + timedelta(days=100 + n)}": []' for n in range(25))
    off = ", ".join(
        f'"{first + timedelta(days=40 + n)}T10:00/{first + timedelta(days=40 + n)}T11:00"' for n in range(15)
    )
    quoted = ", ".join(f'"{day}"' for day in closures)
    hours = 'hours: {mon: ["09:00-23:00"]}'
    return "\n".join(
        [
            "address: Lenina 5",
            "policies: {slot_step: 15m, min_notice: 0m, max_active_per_client: 1000}",
            f"rooms: [{', '.join(f'{{name: Room {n:02}}}' for n in range(ROOMS))}]",
            "services:",
            *(f'  - {{name: {name}, price: "10.00", duration: 15m}}' for name in services),
            "specialists:",
            f"  - {{name: Person 00, services: [{', '.join(services)}], {hours}, dates: {{{dates}}}, time_off: [{off}]}}",
            *(f"  - {{name: Person {n:02}, services: [Service 00], {hours}}}" for n in range(1, PEOPLE)),
            f"closures: [{quoted}]",
        ]
    )


async def turn(chats: BotChats, person: int, keep: Callable[[str], bool]) -> list[str]:
    """The labels that all pages of the list have."""
    found = [label for label in chats.labels(person) if keep(label)]
    while "›" in chats.labels(person):
        # the last › is that of the list: a month or a day may have one below it
        await chats.press(person, "›")
        found += [label for label in chats.labels(person) if keep(label)]
    return found


async def test_every_one_of_a_long_list_is_reachable(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business())
    await chats.open_business()

    async def listed(beginning: str, *labels: str) -> int:
        await chats.say(ADMIN, "/manage")
        for label in labels:
            await chats.press(ADMIN, label)
        return len(set(await turn(chats, ADMIN, lambda label: beginning in label)))

    assert await listed("Person", "Staff") == PEOPLE
    assert await listed("Person", "Schedules") == PEOPLE
    assert await listed("take back", "Closed days") == CLOSURES
    assert await listed("Service", "Staff", "Person 00", "Services") == SERVICES
    assert await listed("Room", "Services", "Service 00", "Rooms") == ROOMS + 1  # and the button to all rooms
    assert await listed("Person", "Services", "Service 00", "Who does") == PEOPLE
    await chats.press(ADMIN, "Done")
    assert f"Person 11 … and {PEOPLE - 12} more" in chats.text(ADMIN)
    assert await listed("Person", "Bookings", "Everyone") == PEOPLE
    assert await listed("take back", "Schedules", "Day off") == 15


async def test_the_last_closure_can_be_taken_back(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business())
    admin = await chats.open_business()
    await chats.say(ADMIN, "/manage")
    await chats.press(ADMIN, "Closed days")
    await chats.press(ADMIN, "›")
    last = [label for label in chats.labels(ADMIN) if "take back" in label][-1]
    await chats.press(ADMIN, last)
    assert len((await admin.list_closures()).dates) == CLOSURES - 1


async def test_a_client_reaches_every_specialist_and_every_service_of_one(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business())
    await chats.open_business()
    await chats.say(CLIENT, "/start p_1")
    assert len(set(await turn(chats, CLIENT, lambda label: label.startswith("Service")))) == SERVICES
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "specialist")
    assert len(set(await turn(chats, CLIENT, lambda label: label.startswith("Person")))) == PEOPLE


async def test_a_long_day_shows_every_booking_page_by_page(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats(business=business())
    await chats.open_business()
    await chats.hire(SPECIALIST, 1)
    await chats.context(CLIENT)
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-9")
    for n in range(45):
        start = datetime.fromtimestamp(MONDAY + 900 * (n + 1), UTC).isoformat()
        await client.create_booking(NewBooking(service_ids=[1], start=start, specialist_id=1), key=f"b{n}")
    await chats.say(SPECIALIST, "/start")
    shown = await turn_pages(chats, SPECIALIST, lambda label: "Service 00" in label)
    assert len(set(shown)) == 45
    await chats.say(ADMIN, "/start")
    await chats.press(ADMIN, "Person 00")
    shown = await turn_pages(chats, ADMIN, lambda label: "Service 00" in label)
    assert len(set(shown)) == 45


async def turn_pages(chats: BotChats, person: int, keep: Callable[[str], bool]) -> list[str]:
    """As `turn`, on a day, which has a row of its own that turns to other days: the first › is that of the page."""
    found: list[str] = []
    for _ in range(10):
        labels = chats.labels(person)
        found += [label for label in labels if keep(label)]
        if labels.count("›") < 2:
            return found
        await chats.press(person, "›")
    raise AssertionError("more pages than there can be")
