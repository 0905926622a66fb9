"""Forged presses: every button with ids of nobody, of others, and beyond all bounds. Explained, never an error."""

from collections.abc import Callable
from typing import Any

import msgspec

from bot.ui.callbacks import CALLBACKS, NOTICE, Ids, pack_button
from tests.support.bot_chats import CLIENT, SPECIALIST, BotChats

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


def _value(kind: object, number: int) -> object:
    return "A1" if kind is str else (number,) if kind == Ids else bool(number) if kind is bool else number
