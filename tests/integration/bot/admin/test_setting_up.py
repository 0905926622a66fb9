"""An admin keeps the business in order: access given and taken, terms changed, closed days, rooms, policies, the log."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from backend.contract.catalog import UpdateService
from backend.contract.people import NewInvitation
from bot.ui.i18n import words_for
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats


async def _open(chats: BotChats, *labels: str) -> str:
    """From /start through the menu."""
    await chats.say(ADMIN, "/manage")
    text = ""
    for label in labels:
        text = await chats.press(ADMIN, label)
    return text


async def test_an_invitation_made_taken_and_taken_away(open_chats: Callable[..., Any]) -> None:
    """The code works once; revoked, the specialist is a client at the next press, and is told so."""
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.context(SPECIALIST)
    text = await _open(chats, "Staff", "Anna", "Invite")
    code = next(line.split(": ")[-1] for line in text.splitlines() if "code" in line)
    assert len(code.replace("-", "")) == 8
    assert "as Anna" in await chats.say(SPECIALIST, code)
    assert "Welcome to the team!" in await chats.press(SPECIALIST, "Accept")
    assert "not valid" in await chats.say(CLIENT, code)
    commands = chats.bot.commands[f"chat:{SPECIALIST}|"]
    assert "dayoff" in [one["command"] for one in commands]
    stale = await chats.context(SPECIALIST)

    assert "In the bot as" in await _open(chats, "Staff", "Anna")
    await chats.press(ADMIN, "Take access away")
    await chats.press(ADMIN, "Yes, take it away")
    assert f"chat:{SPECIALIST}|" not in chats.bot.commands
    text = await chats.press_as(stale, SPECIALIST, "My hours")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text


async def test_the_last_admin_stays(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await _open(chats, "Staff", "(admin)", "Take access away")
    assert "You are the only admin" in await chats.press(ADMIN, "Yes, take it away")


async def test_an_owner_who_works_alone_says_this_is_me(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await _open(chats, "Staff", "Anna")
    assert "In the bot as" in await chats.press(ADMIN, "This is me")


async def test_a_lost_role_half_way_is_explained(open_chats: Callable[..., Any]) -> None:
    """An admin's old keyboard, dialog and command after the role is gone."""
    chats: BotChats = await open_chats()
    admin = await chats.open_business()
    me = (await chats.context(ADMIN)).person
    second = await chats.context(SPECIALIST)
    invitation = await admin.create_invitation(NewInvitation(role="admin"))
    await chats.backend.act_as(chats.tenant.slug, SPECIALIST, "r").redeem_invitation(invitation.token, key="second")
    assert second.person.id != me.id
    await _open(chats, "Services", "Haircut", "Price")
    stale = await chats.context(ADMIN)
    other = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "r")
    await other.call("DELETE", f"/v1/staff/{me.id}/roles/admin", None, key="gone")
    text = await chats.press_as(stale, ADMIN, "2,000")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text
    assert "Please use the buttons" in await chats.say(ADMIN, "/manage")


async def test_terms_of_a_service_and_of_one_who_does_it(open_chats: Callable[..., Any]) -> None:
    """Taps and typed values; bookings ahead keep what they were booked with; one with bookings ahead stays on sale."""
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    await _open(chats, "Services", "Haircut", "Price")
    text = await chats.say(ADMIN, "1 750,50 ₽")
    assert "1 booking ahead keeps its old terms" in text
    assert "1,750.50" in text
    await chats.press(ADMIN, "Break after")
    assert "Break before: 0 min, after: 20 min" in await chats.press(ADMIN, "20 min")
    await chats.press(ADMIN, "Name")
    assert "Cut <b>&" in await chats.say(ADMIN, "Cut <b>&")
    await chats.press(ADMIN, "Who does it")
    await chats.press(ADMIN, "Boris")
    assert "▫ Boris" in chats.labels(ADMIN)
    await chats.press(ADMIN, "Done")
    text = await chats.press(ADMIN, "Take off sale")
    assert "1 booking is affected" in text
    assert "10:00 · " in text
    assert "Keep them, take no new ones" in chats.labels(ADMIN)
    await _open(chats, "Staff", "Anna", "Services", "1 h 30 min", "Length")
    assert "2 h" in await chats.press(ADMIN, "2 h")
    await chats.press(ADMIN, "Usual price and length")
    assert "2,500.50" in chats.text(ADMIN)
    await _open(chats, "Services", "Colour", "Take off sale", "Yes, take off sale")
    assert not any("Colour" in label for label in chats.labels(ADMIN))


async def test_a_closed_day_a_room_and_the_settings(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    assert "1 booking is affected" in await _open(chats, "Closed days", "Close a day", "7", "Just this day")
    assert "1 client was asked" in await chats.press(ADMIN, "Offer new times")
    assert "None." in await chats.press(ADMIN, "Mon 7 Dec · take back")

    await _open(chats, "Rooms", "Add")
    await chats.say(ADMIN, "Chair")
    await chats.press(ADMIN, "3")
    assert "Chair: 3" in chats.labels(ADMIN)
    await _open(chats, "Services", "Haircut", "Rooms")
    await chats.press(ADMIN, "Chair")
    assert "✓ Chair" in chats.labels(ADMIN)
    await _open(chats, "Rooms", "Chair")
    assert "A service still takes it" in await chats.press(ADMIN, "Remove")

    await _open(chats, "Settings", "Times every")
    assert "Times every: 15 min" in await chats.press(ADMIN, "15 min")
    await chats.press(ADMIN, "Quiet hours")
    assert "Quiet hours: 21:30–08:15" in await chats.say(ADMIN, "21:30 - 8:15")
    await chats.press(ADMIN, "Reminders")
    assert "Reminders: 3 days, 1 h" in await chats.say(ADMIN, "3 d, 60")
    await chats.press(ADMIN, "Phone number")
    assert "Phone number: required" in await chats.press(ADMIN, "required")
    await chats.press(ADMIN, "Times every")
    assert "could not read" in await chats.say(ADMIN, "3")
    policies = (await chats.backend.act_as(chats.tenant.slug, ADMIN, "r").get_tenant()).policies
    assert (policies.slot_step_min, policies.reminders_min, policies.phone_required) == (15, [4320, 60], True)


async def test_the_log_says_who_did_what(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.open_business()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Confirm")
    text = await _open(chats, "Change log")
    assert "Alex: confirmed a booking (Alex, Mon 7 Dec 10:00)" in text.replace("\u00a0", " ")
    assert "shared the link" in text


@pytest.mark.parametrize(
    ("locale", "staff", "services", "price"),
    [
        ("en", "Staff", "Services", "from RUB 1,500"),
        ("ru", "Сотрудники", "Услуги", "от 1 500 ₽"),
    ],
)
async def test_what_a_specialist_asks_is_at_least_what_the_business_asks(
    open_chats: Callable[..., Any], locale: str, staff: str, services: str, price: str
) -> None:
    chats: BotChats = await open_chats(locale=locale)
    admin = await chats.open_business()
    haircut = next(service for service in (await admin.list_services()).items if service.name == "Haircut")
    await admin.update_service(haircut.id, UpdateService(price_from=True), key="least")
    await _open(chats, staff, "Anna", services)
    label = next(label for label in chats.labels(ADMIN) if "45" in label)
    assert label.replace("\xa0", " ").startswith(price)
    assert price in (await chats.press(ADMIN, label)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "The server's file says EUR, your bookings are in RUB."),
        ("ru", "В файле на сервере указана валюта EUR, а записи — в RUB."),
    ],
)
async def test_settings_tell_of_another_currency_in_the_file(
    open_chats: Callable[..., Any], locale: str, said: str
) -> None:
    """The gateway says so with the business; where the two agree, nothing is said."""
    chats: BotChats = await open_chats(locale=locale)
    await chats.open_business()
    for told in ("EUR", ""):
        chats.tenant = msgspec.structs.replace(chats.tenant, file_currency=told)
        await chats.say(ADMIN, "/manage")
        text = await chats.press(ADMIN, words_for(locale).label("button-policies"))
        assert (said in text) is bool(told)
