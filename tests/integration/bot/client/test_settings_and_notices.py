"""What is the client's own: language, phone, data; and the messages that come by themselves."""

from collections.abc import Callable
from typing import Any

import msgspec

from backend.contract.people import UpdateClient
from backend.contract.tenancy import UpdateTenant
from gateway.sandbox.people import set_blocked
from tests.support.bot_chats import CLIENT, SPECIALIST, BotChats


async def _book(chats: BotChats, person: int = CLIENT) -> None:
    await chats.say(person, "/start s_1")
    await chats.press(person, "Today 12:00")
    await chats.press(person, "Confirm")


async def test_the_language_is_switched_in_place(open_chats: Callable[..., Any]) -> None:
    """Each language is offered in its own words."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    await chats.press(CLIENT, "Language")
    assert chats.labels(CLIENT)[:2] == ["English", "Русский"]
    assert "на что вас записать?" in await chats.press(CLIENT, "Русский")
    assert "на что вас записать?" in await chats.say(CLIENT, "/start")


async def test_blocking_the_bot_is_known_at_once(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    admin = await chats.admin()
    assert "my_chat_member" in chats.runtime.allowed_updates()
    await chats.say(CLIENT, "/start")
    for blocked in (True, False):
        set_blocked(chats.sandbox, chats.bot, CLIENT, blocked=blocked)
        await chats.pump()
        listed = (await admin.list_clients()).items
        assert [one.unreachable for one in listed if one.tg_id == CLIENT] == [blocked]


async def test_data_is_shown_exported_and_erased(open_chats: Callable[..., Any]) -> None:
    """What is in the way of erasing, what goes and what stays is said at the first step."""
    chats: BotChats = await open_chats()
    await _book(chats)
    await chats.press(CLIENT, "Home")
    text = await chats.press(CLIENT, "My data")
    assert "Bookings: 1" in text
    assert "noted about you" not in text
    admin = await chats.admin()
    (client,) = (await admin.list_clients()).items
    await admin.update_client(client.id, UpdateClient(note="late twice"), key="note")
    await chats.press(CLIENT, "Home")
    text = await chats.press(CLIENT, "My data")
    assert "What the business has noted about you is in the file." in text
    assert "late twice" not in text
    await chats.press(CLIENT, "Export (JSON)")
    await chats.press(CLIENT, "Export (calendar)")
    names = [one.content["document"]["file_name"] for one in chats.live(CLIENT) if "document" in one.content]
    assert names == ["my-data.json", "my-bookings.ics"]
    text = await chats.press(CLIENT, "Erase my data")
    assert "cancel your upcoming bookings" in text
    assert "Mon 7 Dec 12:00 · Haircut" in text.replace("\u00a0", " ")
    assert "Stays: past bookings with their amounts" in text
    assert "Yes, erase everything" not in chats.labels(CLIENT)
    await chats.press(CLIENT, "My bookings")
    await chats.press(CLIENT, "Haircut")
    await chats.press(CLIENT, "Cancel")
    await chats.press(CLIENT, "Yes, cancel")
    await chats.press(CLIENT, "Home")
    await chats.press(CLIENT, "My data")
    await chats.press(CLIENT, "Erase my data")
    assert await chats.press(CLIENT, "Yes, erase everything") == "Your data has been erased."
    assert "Welcome to" in await chats.say(CLIENT, "/start")


async def test_a_phone_is_taken_from_ones_own_contact_only(open_chats: Callable[..., Any]) -> None:
    """Asked on confirming, where the business wants it."""
    chats: BotChats = await open_chats()
    await _policies(chats, ask_phone=True, phone_required=True)
    await _book(chats)
    assert "needed to confirm" in chats.text(CLIENT)
    await chats.share(CLIENT, of=SPECIALIST)
    assert "somebody else's contact" in chats.text(CLIENT)
    await chats.press(CLIENT, "Continue")
    await chats.press(CLIENT, "Confirm")
    await chats.share(CLIENT)
    assert "You're booked" in chats.text(CLIENT)
    assert (await chats.context(CLIENT)).person.phone == "+12025550101"


async def test_a_reminder_is_answered_in_place(open_chats: Callable[..., Any]) -> None:
    """I'll come; Can't come leads to the cancellation; the reminder is never the menu."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Another day")
    await chats.press(CLIENT, "9")
    await chats.press(CLIENT, "12:00")
    await chats.press(CLIENT, "Confirm")
    assert await chats.deliver() == [], "the Done screen has said it"
    chats.shift(27 * 3600)
    assert await chats.deliver() == ["sent"]
    reminder = chats.holding(CLIENT, "I'll come")
    assert reminder.content["text"] == "Tomorrow 12:00: Haircut, Anna. Coming?"
    menu = chats.menu(CLIENT).id
    await chats.press(CLIENT, "I'll come", message=reminder)
    assert reminder.content["text"].endswith("Thank you, see you then!")
    assert chats.menu(CLIENT).id == menu
    assert (await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings()).items[0].coming
    assert "Cancel Wed 9 Dec 12:00?" in await chats.press(CLIENT, "Can't come", message=reminder)
    await chats.press(CLIENT, "Yes, cancel")


async def test_a_blocked_client_is_reported(open_chats: Callable[..., Any]) -> None:
    """And a flooded bot asks for patience."""
    chats: BotChats = await open_chats()
    await _book(chats)
    set_blocked(chats.sandbox, chats.bot, CLIENT, blocked=True)
    (booking,) = (await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings()).items
    await (await chats.admin()).cancel_booking(booking.id, key="cancel")
    assert set(await chats.deliver()) == {"blocked"}


async def _policies(chats: BotChats, **values: bool) -> None:
    admin = await chats.admin()
    tenant = await admin.get_tenant()
    policies = msgspec.structs.replace(tenant.policies, **values)
    await admin.update_tenant(UpdateTenant(policies=policies), key="policies")


async def test_a_number_that_is_not_given_leaves_nothing_behind(open_chats: Callable[..., Any]) -> None:
    """Skip and Back take the prompt and Telegram's keyboard away; the comment stays with the booking."""
    chats: BotChats = await open_chats()
    await _policies(chats, ask_phone=True)
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 10:00")
    await chats.press(CLIENT, "Comment")
    await chats.say(CLIENT, "in a hurry")
    for way in ("Back", "Skip"):
        await chats.press(CLIENT, "Confirm")
        assert chats.sandbox.chat(chats.bot, CLIENT).keyboard
        assert len(chats.live(CLIENT)) == 2
        assert "A typed number is not taken" in await chats.say(CLIENT, "+44 7700 900123")
        assert chats.labels(CLIENT) == ["Skip", "Back"]
        await chats.press(CLIENT, way)
        assert chats.sandbox.chat(chats.bot, CLIENT).keyboard is None
        # in the end the confirmation, and the menu below it
        assert len(chats.live(CLIENT)) == (1 if way == "Back" else 2)
    assert "You're booked" in chats.text(CLIENT)
    assert "in a hurry" in chats.holding(CLIENT, "Move").content["text"]


async def test_cancelling_late_is_said_before_and_after(open_chats: Callable[..., Any]) -> None:
    """What will be refused is not offered: once it has begun, the way on is the telephone."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press_time(CLIENT, "10:30")
    await chats.press(CLIENT, "Confirm")
    await chats.press(CLIENT, "Home")
    assert "Free to cancel until Mon 7 Dec 09:30." in await chats.press(CLIENT, "My next booking")
    chats.shift(3600)
    await chats.press(CLIENT, "Home")
    assert "Free to cancel" not in await chats.press(CLIENT, "My next booking")
    assert "Cancelling was free until Mon 7 Dec 09:30." in await chats.press(CLIENT, "Cancel")
    assert chats.labels(CLIENT) == ["Yes, cancel", "Ask for another time", "Keep"]
    assert "The business has been told" in await chats.press(CLIENT, "Yes, cancel")
    await chats.press(CLIENT, "Undo")
    chats.shift(3600)
    assert "too late" in await chats.press(CLIENT, "Cancel")
    assert chats.labels(CLIENT) == ["Address and contacts", "Home"]
