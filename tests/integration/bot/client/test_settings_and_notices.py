"""What is the client's own: language, phone, data; and the messages that come by themselves."""

from collections.abc import Callable
from typing import Any

import msgspec

from backend.contract.tenancy import UpdateTenant
from gateway.sandbox.people import set_blocked
from tests.support.bot_stage import CLIENT, SPECIALIST, Stage


async def _book(on: Stage, person: int = CLIENT) -> None:
    await on.say(person, "/start s_1")
    await on.press(person, "Today 12:00")
    await on.press(person, "Confirm")


async def test_the_language_is_switched_in_place(stages: Callable[..., Any]) -> None:
    """Each language is offered in its own words."""
    on: Stage = await stages()
    await on.say(CLIENT, "/start")
    await on.press(CLIENT, "Language")
    assert on.labels(CLIENT)[:2] == ["English", "Русский"]
    assert "на что записать вас?" in await on.press(CLIENT, "Русский")
    assert "на что записать вас?" in await on.say(CLIENT, "/start")


async def test_blocking_the_bot_is_known_at_once(stages: Callable[..., Any]) -> None:
    on: Stage = await stages()
    admin = await on.admin()
    assert "my_chat_member" in on.runtime.allowed_updates()
    await on.say(CLIENT, "/start")
    for blocked in (True, False):
        set_blocked(on.sandbox, on.bot, CLIENT, blocked=blocked)
        await on.pump()
        listed = (await admin.list_clients()).items
        assert [one.unreachable for one in listed if one.tg_id == CLIENT] == [blocked]


async def test_data_is_shown_exported_and_erased(stages: Callable[..., Any]) -> None:
    """Erasing is refused while a visit is to come, and says so."""
    on: Stage = await stages()
    await _book(on)
    await on.press(CLIENT, "Home")
    assert "Visits: 1" in await on.press(CLIENT, "My data")
    await on.press(CLIENT, "Export (JSON)")
    await on.press(CLIENT, "Export (calendar)")
    names = [one.content["document"]["file_name"] for one in on.live(CLIENT) if "document" in one.content]
    assert names == ["my-data.json", "my-visits.ics"]
    await on.press(CLIENT, "Erase my data")
    assert "Please cancel your upcoming visits first" in await on.press(CLIENT, "Yes, erase everything")
    await on.press(CLIENT, "My next visit")
    await on.press(CLIENT, "Cancel")
    await on.press(CLIENT, "Yes, cancel")
    await on.press(CLIENT, "Home")
    await on.press(CLIENT, "My data")
    await on.press(CLIENT, "Erase my data")
    assert await on.press(CLIENT, "Yes, erase everything") == "Your data has been erased."
    assert "Welcome to" in await on.say(CLIENT, "/start")


async def test_a_phone_is_taken_from_ones_own_contact_only(stages: Callable[..., Any]) -> None:
    """Asked on confirming, where the business wants it."""
    on: Stage = await stages()
    await _policies(on, ask_phone=True, phone_required=True)
    await _book(on)
    assert "needed to confirm" in on.text(CLIENT)
    await on.share(CLIENT, of=SPECIALIST)
    assert "somebody else's contact" in on.text(CLIENT)
    await on.press(CLIENT, "Continue")
    await on.press(CLIENT, "Confirm")
    await on.share(CLIENT)
    assert "You're booked" in on.text(CLIENT)
    assert (await on.context(CLIENT)).person.phone == "+12025550101"


async def test_a_reminder_is_answered_in_place(stages: Callable[..., Any]) -> None:
    """I'll come; Can't come leads to the cancellation; the reminder is never the menu."""
    on: Stage = await stages()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Another day")
    await on.press(CLIENT, "9")
    await on.press(CLIENT, "12:00")
    await on.press(CLIENT, "Confirm")
    assert await on.deliver() == [], "the Done screen has said it"
    on.shift(27 * 3600)
    assert await on.deliver() == ["sent"]
    reminder = on.holding(CLIENT, "I'll come")
    assert reminder.content["text"] == "Tomorrow 12:00: Haircut, Anna. Coming?"
    menu = on.menu(CLIENT).id
    await on.press(CLIENT, "I'll come", message=reminder)
    assert reminder.content["text"].endswith("Thank you, see you then!")
    assert on.menu(CLIENT).id == menu
    assert (await on.backend.act_as(on.tenant.slug, CLIENT, "t").list_bookings()).items[0].coming
    assert "Cancel Wed 9 Dec 12:00?" in await on.press(CLIENT, "Can't come", message=reminder)
    await on.press(CLIENT, "Yes, cancel")


async def test_a_blocked_client_is_reported(stages: Callable[..., Any]) -> None:
    """And a flooded bot asks for patience."""
    on: Stage = await stages()
    await _book(on)
    set_blocked(on.sandbox, on.bot, CLIENT, blocked=True)
    (visit,) = (await on.backend.act_as(on.tenant.slug, CLIENT, "t").list_bookings()).items
    await (await on.admin()).cancel_booking(visit.id, key="cancel")
    assert await on.deliver() == ["blocked"]


async def _policies(on: Stage, **values: bool) -> None:
    admin = await on.admin()
    tenant = await admin.get_tenant()
    policies = msgspec.structs.replace(tenant.policies, **values)
    await admin.update_tenant(UpdateTenant(policies=policies), key="policies")


async def test_a_number_that_is_not_given_leaves_nothing_behind(stages: Callable[..., Any]) -> None:
    """Skip and Back take the prompt and Telegram's keyboard away; the comment stays with the visit."""
    on: Stage = await stages()
    await _policies(on, ask_phone=True)
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    await on.press(CLIENT, "Comment")
    await on.say(CLIENT, "in a hurry")
    for way in ("Back", "Skip"):
        await on.press(CLIENT, "Confirm")
        assert on.sandbox.chat(on.bot, CLIENT).keyboard
        assert len(on.live(CLIENT)) == 2
        assert "A typed number is not taken" in await on.say(CLIENT, "+44 7700 900123")
        assert on.labels(CLIENT) == ["Skip", "Back"]
        await on.press(CLIENT, way)
        assert on.sandbox.chat(on.bot, CLIENT).keyboard is None
        assert len(on.live(CLIENT)) == 1
    assert "You're booked" in on.text(CLIENT)
    assert "in a hurry" in on.text(CLIENT)


async def test_cancelling_late_is_said_before_and_after(stages: Callable[..., Any]) -> None:
    """What will be refused is not offered: once it has begun, the way on is the telephone."""
    on: Stage = await stages()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:30")
    await on.press(CLIENT, "Confirm")
    await on.press(CLIENT, "Home")
    assert "Free to cancel until Mon 7 Dec 09:30." in await on.press(CLIENT, "My next visit")
    on.shift(3600)
    await on.press(CLIENT, "Home")
    assert "Free to cancel" not in await on.press(CLIENT, "My next visit")
    assert "Cancelling was free until Mon 7 Dec 09:30." in await on.press(CLIENT, "Cancel")
    assert on.labels(CLIENT) == ["Yes, cancel", "Move instead", "Keep"]
    assert "The business has been told" in await on.press(CLIENT, "Yes, cancel")
    await on.press(CLIENT, "Undo")
    on.shift(3600)
    assert "too late" in await on.press(CLIENT, "Cancel")
    assert on.labels(CLIENT) == ["Address and contacts", "Home"]
    assert "+7 495 000-00-00" in await on.press(CLIENT, "Address and contacts")
