"""Forged presses: every route with ids of nobody, of others, and beyond all bounds. Explained, never an error."""

from collections.abc import Callable
from typing import Any

from bot.ui.callbacks import NOTICE, ROUTES, encode
from tests.support.bot_stage import CLIENT, SPECIALIST, Stage

BIGGEST = 2**53 - 1


async def test_every_route_survives_forged_ids(stages: Callable[..., Any]) -> None:
    """As a client; the visit 1 is somebody else's, and stays as it is."""
    on: Stage = await stages()
    await on.say(SPECIALIST, "/start s_1")
    await on.press(SPECIALIST, "Today 10:00")
    await on.press(SPECIALIST, "Confirm")
    owner = on.backend.act_as(on.tenant.slug, SPECIALIST, "t")
    before = (await owner.list_bookings()).items
    await on.say(CLIENT, "/start")
    for name, route in sorted(ROUTES.items()):
        for number in (0, 1, BIGGEST):
            for mark in ("000", NOTICE):
                wide = [number if place < 2 else min(number, 2**40) for place in range(len(route.kinds))]
                args = tuple("A1" if kind is str else one for kind, one in zip(route.kinds, wide, strict=True))
                # without a remembered menu every fingerprint is taken
                await on.redis.delete(f"last_menu:{{{on.tenant.slug}}}:{CLIENT}")
                newest = on.live(CLIENT)[-1]
                await on.forge(CLIENT, encode(name, args, mark), message=newest)
    assert (await owner.list_bookings()).items == before
