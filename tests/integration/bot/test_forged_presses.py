"""Forged presses: every button with ids of nobody, of others, and beyond all bounds. Explained, never an error."""

from collections.abc import Callable
from typing import Any

import msgspec

from backend.bookings.transitions import complete_unmarked
from bot.ui.callbacks import CALLBACKS, NOTICE, Ids, pack_button
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST, BotChats

BIGGEST = 2**53 - 1


async def test_every_button_survives_forged_ids(open_chats: Callable[..., Any]) -> None:
    """As a client; the booking 1 belongs to another client, and stays as it is."""
    chats: BotChats = await open_chats()
    await chats.say(SPECIALIST, "/start s_1")
    await chats.press(SPECIALIST, "Today 10:00")
    await chats.press(SPECIALIST, "Confirm")
    owner = chats.backend.act_as(chats.tenant.slug, SPECIALIST, "t")
    before = (await owner.list_bookings()).items
    await chats.say(CLIENT, "/start")
    for _, kind in sorted(CALLBACKS.items()):
        fields = msgspec.structs.fields(kind)
        for number in (0, 1, BIGGEST):
            for mark in ("000", NOTICE):
                values = [
                    _value(field.type, number if at < 2 else min(number, 2**40)) for at, field in enumerate(fields)
                ]
                # without a remembered menu every fingerprint is taken
                await chats.redis.delete(f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}")
                newest = chats.live(CLIENT)[-1]
                await chats.forge(CLIENT, pack_button(kind(*values), mark), message=newest)
    assert (await owner.list_bookings()).items == before


async def test_no_old_button_changes_what_is_over(open_chats: Callable[..., Any]) -> None:
    """Days later, on messages of each kind: what was cancelled stays so, and no client changes what took place."""
    chats: BotChats = await open_chats()
    await chats.hire(SPECIALIST, 1)
    admin = await chats.admin()
    for time in ("10:00", "11:00"):
        await chats.say(CLIENT, "/start s_1")
        await chats.press_time(CLIENT, time)
        await chats.press(CLIENT, "Confirm")
    await chats.say(SPECIALIST, "/start")
    await chats.say(ADMIN, "/start")
    client = chats.backend.act_as(chats.tenant.slug, CLIENT, "t")
    cancelled, over = (await client.list_bookings(order="asc")).items
    await client.cancel_booking(cancelled.id, key="cancel")
    chats.clock.shift_s += 3 * 86_400

    # the backend's chore, which comes round a quarter of a minute later
    await complete_unmarked(chats.db, int(chats.clock()))
    before = (await admin.list_bookings()).items
    assert [booking.status for booking in before].count("completed") == 1
    about_bookings = [kind for kind in CALLBACKS.values() if kind.__struct_fields__[:1] == ("booking_id",)]
    assert len(about_bookings) > 40
    for person, bookings in ((CLIENT, (cancelled, over)), (SPECIALIST, (cancelled,)), (ADMIN, (cancelled,))):
        for kind in about_bookings:
            for booking in bookings:
                fields = msgspec.structs.fields(kind)[1:]
                values = [booking.id, *(_value(field.type, 1) for field in fields)]
                await chats.redis.delete(f"last_menu:{{{chats.tenant.slug}}}:{person}")
                newest = chats.live(person)[-1]
                await chats.forge(person, pack_button(kind(*values), NOTICE), message=newest)
    assert (await admin.list_bookings()).items == before


def _value(kind: object, number: int) -> object:
    return "A1" if kind is str else (number,) if kind == Ids else bool(number) if kind is bool else number
