"""An admin keeps the business in order: access given and taken, terms changed, closed days, rooms, policies, the log."""

from collections.abc import Callable
from typing import Any

from backend.contract.people import NewInvitation
from tests.support.bot_stage import ADMIN, CLIENT, SPECIALIST, Stage


async def _open(on: Stage, *labels: str) -> str:
    """From /start through the menu."""
    await on.say(ADMIN, "/manage")
    text = ""
    for label in labels:
        text = await on.press(ADMIN, label)
    return text


async def test_an_invitation_made_taken_and_taken_away(stages: Callable[..., Any]) -> None:
    """The code works once; revoked, the specialist is a client at the next press, and is told so."""
    on: Stage = await stages()
    await on.opened()
    await on.context(SPECIALIST)
    text = await _open(on, "Staff", "Anna", "Invite")
    code = next(line.split(": ")[-1] for line in text.splitlines() if "code" in line)
    assert len(code.replace("-", "")) == 8
    assert "as Anna" in await on.say(SPECIALIST, code)
    assert "Welcome to the team!" in await on.press(SPECIALIST, "Accept")
    assert "not valid" in await on.say(CLIENT, code)
    commands = on.bot.commands[f"chat:{SPECIALIST}|"]
    assert "dayoff" in [one["command"] for one in commands]
    stale = await on.context(SPECIALIST)

    assert "In the bot as" in await _open(on, "Staff", "Anna")
    await on.press(ADMIN, "Take access away")
    await on.press(ADMIN, "Yes, take it away")
    assert f"chat:{SPECIALIST}|" not in on.bot.commands
    text = await on.press_as(stale, SPECIALIST, "My hours")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text


async def test_the_last_admin_stays(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.opened()
    await _open(on, "Staff", "(admin)", "Take access away")
    assert "You are the only admin" in await on.press(ADMIN, "Yes, take it away")


async def test_an_owner_who_works_alone_says_this_is_me(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.opened()
    await _open(on, "Staff", "Anna")
    assert "In the bot as" in await on.press(ADMIN, "This is me")


async def test_a_lost_role_half_way_is_explained(stages: Callable[..., Any]) -> None:
    """An admin's old keyboard, dialog and command after the role is gone."""
    on: Stage = await stages()
    admin = await on.opened()
    me = (await on.context(ADMIN)).person
    second = await on.context(SPECIALIST)
    invitation = await admin.create_invitation(NewInvitation(role="admin"))
    await on.backend.act_as(on.tenant.slug, SPECIALIST, "r").redeem_invitation(invitation.token, key="second")
    assert second.person.id != me.id
    await _open(on, "Services", "Haircut", "Price")
    stale = await on.context(ADMIN)
    other = on.backend.act_as(on.tenant.slug, SPECIALIST, "r")
    await other.call("DELETE", f"/v1/staff/{me.id}/roles/admin", None, key="gone")
    text = await on.press_as(stale, ADMIN, "2,000")
    assert "not on the staff here any more" in text
    assert "What would you like to book?" in text
    assert "Please use the buttons" in await on.say(ADMIN, "/manage")


async def test_terms_of_a_service_and_of_one_who_does_it(stages: Callable[..., Any]) -> None:
    """Taps and typed values; visits ahead keep what they were booked with; one with visits ahead stays on sale."""
    on: Stage = await stages()
    await on.opened()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Confirm")
    await _open(on, "Services", "Haircut", "Price")
    text = await on.say(ADMIN, "1 750,50 ₽")
    assert "1 booking ahead keeps its old terms" in text
    assert "1,750.50" in text
    await on.press(ADMIN, "Break after")
    assert "Break before: 0 min, after: 20 min" in await on.press(ADMIN, "20 min")
    await on.press(ADMIN, "Name")
    assert "Cut <b>&" in await on.say(ADMIN, "Cut <b>&")
    await on.press(ADMIN, "Who does it")
    await on.press(ADMIN, "Boris")
    assert "▫ Boris" in on.labels(ADMIN)
    await on.press(ADMIN, "Done")
    text = await on.press(ADMIN, "Take off sale")
    assert "1 booking is still ahead" in text
    assert any("10:00 · Haircut" in label or "10:00 · Cut" in label for label in on.labels(ADMIN))
    await _open(on, "Staff", "Anna", "Services", "1 h 30 min", "Length")
    assert "2 h" in await on.press(ADMIN, "2 h")
    await on.press(ADMIN, "Usual price and length")
    assert "2,500.50" in on.text(ADMIN)
    await _open(on, "Services", "Colour", "Take off sale", "Yes, take off sale")
    assert not any("Colour" in label for label in on.labels(ADMIN))


async def test_a_closed_day_a_room_and_the_settings(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.opened()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Confirm")
    assert "1 booking is affected" in await _open(on, "Closed days", "Close a day", "7")
    assert "1 client was asked" in await on.press(ADMIN, "Offer new times")
    assert "None." in await on.press(ADMIN, "Mon 7 Dec · take back")

    await _open(on, "Rooms", "Add")
    await on.say(ADMIN, "Chair")
    await on.press(ADMIN, "3")
    assert "Chair: 3" in on.labels(ADMIN)
    await _open(on, "Services", "Haircut", "Rooms")
    await on.press(ADMIN, "Chair")
    assert "✓ Chair" in on.labels(ADMIN)
    await _open(on, "Rooms", "Chair")
    assert "still needed" in await on.press(ADMIN, "Remove")

    await _open(on, "Settings", "Times every")
    assert "Times every: 15 min" in await on.press(ADMIN, "15 min")
    await on.press(ADMIN, "Quiet hours")
    assert "Quiet hours: 21:30–08:15" in await on.say(ADMIN, "21:30 - 8:15")
    await on.press(ADMIN, "Reminders")
    assert "Reminders: 3 days, 1 h" in await on.say(ADMIN, "3 d, 60")
    await on.press(ADMIN, "Phone number")
    assert "Phone number: required" in await on.press(ADMIN, "required")
    await on.press(ADMIN, "Times every")
    assert "could not read" in await on.say(ADMIN, "3")
    policies = (await on.backend.act_as(on.tenant.slug, ADMIN, "r").get_tenant()).policies
    assert (policies.slot_step_min, policies.reminders_min, policies.phone_required) == (15, [4320, 60], True)


async def test_the_log_says_who_did_what(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    await on.opened()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Confirm")
    text = await _open(on, "Change log")
    assert "a client: confirmed a booking #1" in text
    assert "shared the link" in text
