"""The confirmation is a message of its own that stays in the chat, and no message tells what holds no longer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import Move
from gateway.sandbox.model import Message
from gateway.sandbox.people import press_button
from tests.support.bot_chats import CLIENT, BotChats


async def _confirmed(chats: BotChats, clock: str = "12:00") -> Message:
    """Book a time, and return the message with the confirmation."""
    await chats.say(CLIENT, "/start s_1")
    await chats.press_time(CLIENT, clock)
    confirm = chats.menu(CLIENT)
    await chats.press(CLIENT, "Confirm")
    await chats.deliver()
    return confirm


def _text(message: Message) -> str:
    return str(message.content["text"]).replace("\u00a0", " ")


async def test_the_confirmation_stays_and_the_menu_goes_below(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    confirmation = await _confirmed(chats)
    assert not confirmation.deleted
    assert "You're booked. See you Mon 7 Dec 12:00" in _text(confirmation)
    assert "Lenina 5" in _text(confirmation)
    assert chats.labels_of(confirmation) == ["Calendar file", "Route", "Copy address", "Move", "Cancel"]
    assert chats.menu(CLIENT).id > confirmation.id
    assert chats.labels(CLIENT) == ["Book another", "My bookings", "Home"]
    assert len(chats.live(CLIENT)) == 2
    # what is pressed on it opens in the menu, and it stays as it is
    before = (confirmation.content["text"], confirmation.markup)
    assert "Cancel Mon 7 Dec 12:00?" in await chats.press(CLIENT, "Cancel", message=confirmation)
    await chats.say(CLIENT, "/start")
    assert (confirmation.content["text"], confirmation.markup, confirmation.deleted) == (*before, False)


async def test_a_move_leaves_one_confirmation_that_holds(open_chats: Callable[..., Any]) -> None:
    """The first one says where the booking has gone, without buttons that change it."""
    chats: BotChats = await open_chats()
    first = await _confirmed(chats)
    await chats.press(CLIENT, "Move", message=first)
    await chats.press_time(CLIENT, "13:00")
    second = chats.menu(CLIENT)
    await chats.press(CLIENT, "Yes, move")
    await chats.deliver()
    assert "Moved. See you Mon 7 Dec 13:00" in _text(second)
    assert "Move" in chats.labels_of(second)
    assert "12:00" not in _text(first)
    assert "13:00" in _text(first)
    assert chats.labels_of(first) == ["Open my booking"]


async def test_cancel_and_undo_are_seen_on_the_confirmation(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    confirmation = await _confirmed(chats)
    await chats.press(CLIENT, "Cancel", message=confirmation)
    await chats.press(CLIENT, "Yes, cancel")
    await chats.deliver()
    assert _text(confirmation) == "Mon 7 Dec 12:00: Haircut. Cancelled."
    assert chats.labels_of(confirmation) == ["Book again"]
    await chats.press(CLIENT, "Undo", message=chats.menu(CLIENT))
    await chats.deliver()
    assert "You're booked" in _text(confirmation)
    assert "Move" in chats.labels_of(confirmation)


@pytest.mark.parametrize("change", ["cancel", "move"])
async def test_what_staff_change_is_told_and_mended(open_chats: Callable[..., Any], change: str) -> None:
    """The client gets a message that they notice; the confirmation and the reminder say no more than that one."""
    chats: BotChats = await open_chats()
    confirmation = await _confirmed(chats, "13:00")
    chats.shift(2 * 3600 + 60)
    await chats.deliver()
    reminder = chats.holding(CLIENT, "I'll come")
    admin = await chats.admin()
    (booking,) = (await admin.list_bookings()).items
    if change == "cancel":
        await admin.cancel_booking(booking.id, key="change")
    else:
        await admin.move_booking(booking.id, Move(start="2026-12-08T09:00:00Z", specialist_id=1), key="change")
    await chats.deliver()
    told = chats.live(CLIENT)[-1]
    for message in (confirmation, reminder):
        assert "Coming?" not in _text(message)
        assert "I'll come" not in chats.labels_of(message)
        assert "Move" not in chats.labels_of(message)
        assert ("Cancelled." if change == "cancel" else "Tue 8 Dec 12:00") in _text(message)
    assert ("is cancelled" if change == "cancel" else "has been moved") in _text(told)


async def test_back_leads_to_what_is_held_however_far_one_looks_around(open_chats: Callable[..., Any]) -> None:
    """Change time keeps the hold until another time is taken."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 12:00")
    await chats.press(CLIENT, "Change time")
    await chats.press(CLIENT, "Another day")
    await chats.press(CLIENT, "9")
    for _ in range(3):
        if "Held for you until" in await chats.press(CLIENT, "Back"):
            break
    assert "Mon 7 Dec 12:00" in chats.text(CLIENT)
    assert "You're booked. See you Mon 7 Dec 12:00" in await chats.press(CLIENT, "Confirm")


async def test_a_second_tap_on_confirm_takes_nothing_away(open_chats: Callable[..., Any]) -> None:
    """Neither at once nor later, with the button as an outdated screen still shows it."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 12:00")
    confirm = chats.menu(CLIENT)
    data = confirm.markup["inline_keyboard"][0][0]["callback_data"] if confirm.markup else ""
    for _ in range(2):
        press_button(chats.sandbox, chats.bot, CLIENT, confirm.id, data=data, forged=True)
    await chats.pump()
    assert "You're booked" in _text(confirm)
    assert not confirm.deleted
    # later, when it is no second half of a double tap any more
    key = f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}"
    remembered = await chats.redis.get(key)
    assert remembered is not None
    await chats.redis.set(key, json.dumps(json.loads(remembered) | {"changed_at": 0}))
    await chats.forge(CLIENT, data, message=confirm)
    assert not confirm.deleted
    assert "You're booked" in _text(confirm)
    chats.menu(CLIENT)
    assert len((await (await chats.admin()).list_bookings()).items) == 1


async def test_a_confirmation_that_is_gone_is_sent_anew(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    await chats.press(CLIENT, "Today 12:00")
    confirm = chats.menu(CLIENT)
    press_button(chats.sandbox, chats.bot, CLIENT, confirm.id, label="Confirm")
    confirm.deleted = True
    await chats.pump()
    sent = [message for message in chats.live(CLIENT) if message is not chats.menu(CLIENT)]
    assert ["You're booked" in _text(message) for message in sent] == [True]
    await chats.press(CLIENT, "Cancel", message=sent[0])
    await chats.press(CLIENT, "Yes, cancel")
    await chats.deliver()
    assert _text(sent[0]) == "Mon 7 Dec 12:00: Haircut. Cancelled.", "the new one is the one that is edited"


async def test_a_kill_between_the_change_and_its_message_leaves_no_lie(open_chats: Callable[..., Any]) -> None:
    """The worker is gone after the backend has moved it: the press comes again, and the outbox mends the first one."""
    chats: BotChats = await open_chats()
    first = await _confirmed(chats)
    await chats.press(CLIENT, "Move", message=first)
    await chats.press_time(CLIENT, "13:00")
    asked = chats.menu(CLIENT)
    press_button(chats.sandbox, chats.bot, CLIENT, asked.id, label="Yes, move")
    (update,) = await chats.take()
    chats.sandbox.transient[chats.bot.token].outage = True
    with pytest.raises(Exception, match="502"):
        await chats.handle(update)
    chats.sandbox.transient[chats.bot.token].outage = False
    await chats.handle(update)
    await chats.deliver()
    assert "Moved. See you Mon 7 Dec 13:00" in _text(asked)
    assert "12:00" not in _text(first)
    chats.menu(CLIENT)
