"""A Redis that is killed forgets its last second: a press is done, or comes again, or the person is told. Never nothing."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from backend.kit.redis import RedisDown
from gateway.sandbox.people import press_button
from tests.support.bot_chats import CLIENT, BotChats


def _key(chats: BotChats) -> str:
    return f"last_menu:{{{chats.tenant.slug}}}:{CLIENT}"


async def _forget(chats: BotChats, remembered: bytes | str | None) -> None:
    """Put back what was remembered earlier, as a killed server does when it starts again; then connect anew."""
    await chats.redis.delete(_key(chats))
    if remembered is not None:
        await chats.redis.set(_key(chats), remembered)
    chats.link.connected_at = time.time()


async def _booked(chats: BotChats) -> int:
    found = await chats.backend.act_as(chats.tenant.slug, CLIENT, "t").list_bookings(status=("confirmed",))
    return len(found.items)


@pytest.mark.parametrize("seconds", [0, 2])
async def test_a_confirm_after_the_card_was_forgotten(open_chats: Callable[..., Any], seconds: int) -> None:
    """The menu that is remembered is the one before, and was shown a moment ago: as with a double tap."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    remembered = await chats.redis.get(_key(chats))
    chats.sandbox.shift_clock(seconds)
    await chats.press(CLIENT, "Today 10:00")
    await _forget(chats, remembered)
    assert "You're booked" in await chats.press(CLIENT, "Confirm")
    assert await _booked(chats) == 1


async def test_a_link_that_was_cut_alone_is_told_by_telegrams_time(open_chats: Callable[..., Any]) -> None:
    """One worker could not remember the menu that it has shown; another, which was never cut off, gets the press."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    remembered = await chats.redis.get(_key(chats))
    assert remembered is not None
    chats.sandbox.shift_clock(1)
    await chats.press(CLIENT, "Today 10:00")
    await chats.redis.set(_key(chats), remembered)
    assert "You're booked" in await chats.press(CLIENT, "Confirm")


async def test_a_press_on_a_menu_below_the_one_that_is_remembered(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start")
    remembered = await chats.redis.get(_key(chats))
    await chats.say(CLIENT, "/start s_1")
    await _forget(chats, remembered)
    assert "Held for you" in await chats.press(CLIENT, "Today 10:00")


async def test_a_screen_that_is_thought_to_be_there_is_shown(open_chats: Callable[..., Any]) -> None:
    """The way back leads to the very screen that is remembered."""
    chats: BotChats = await open_chats()
    before = await chats.say(CLIENT, "/start")
    remembered = await chats.redis.get(_key(chats))
    after = await chats.press(CLIENT, "Haircut")
    await _forget(chats, remembered)
    assert before != after
    assert await chats.press(CLIENT, "Back") == before


async def test_a_double_tap_is_one_all_the_same(open_chats: Callable[..., Any]) -> None:
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    menu = chats.menu(CLIENT)
    for _ in range(2):
        press_button(chats.sandbox, chats.bot, CLIENT, menu.id, label="Today 10:00")
    first, second = await chats.take()
    chats.sandbox.shift_clock(1)
    await chats.handle(first)
    text = chats.text(CLIENT)
    await chats.handle(second)
    assert chats.text(CLIENT) == text


@pytest.mark.parametrize("at_confirm", [False, True], ids=["card", "confirm"])
@pytest.mark.parametrize("step", range(6))
async def test_redis_killed_at_every_step(
    open_chats: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, step: int, at_confirm: bool
) -> None:
    """Before its n-th command, while the card is shown or while it is confirmed; what is raised comes again."""
    chats: BotChats = await open_chats()
    await chats.say(CLIENT, "/start s_1")
    remembered = await chats.redis.get(_key(chats))
    for label, killed in (("Today 10:00", not at_confirm), ("Confirm", at_confirm)):
        with monkeypatch.context() as patch:
            count = _kill_before(chats, patch, step if killed else None, remembered)
            await _press(chats, label)
            assert not killed or count() <= 6, "there are more steps to try"
    assert await _booked(chats) == 1
    assert "You're booked" in chats.text(CLIENT)


async def _press(chats: BotChats, label: str) -> None:
    """Press, and hand the update to the bot until that raises nothing."""
    press_button(chats.sandbox, chats.bot, CLIENT, chats.holding(CLIENT, label).id, label=label)
    [update] = await chats.take()
    for _ in range(3):
        try:
            await chats.handle(update)
        except RedisDown:
            continue
        return


def _kill_before(
    chats: BotChats, patch: pytest.MonkeyPatch, step: int | None, remembered: bytes | str | None
) -> Callable[[], int]:
    """Have the n-th command fail, with all that follow within the update; what was written meanwhile is forgotten."""
    call, tell, said = chats.link.call, chats.link.tell, 0

    def is_down() -> bool:
        nonlocal said
        said += 1
        return step is not None and said > step

    async def call_or_fail(*parts: bytes) -> Any:
        if is_down():
            await _forget(chats, remembered)
            raise RedisDown("killed")
        return await call(*parts)

    def tell_or_lose(*parts: bytes) -> None:
        if is_down():
            chats.link.connected_at = time.time()
        else:
            tell(*parts)

    patch.setattr(chats.link, "call", call_or_fail)
    patch.setattr(chats.link, "tell", tell_or_lose)
    return lambda: said
