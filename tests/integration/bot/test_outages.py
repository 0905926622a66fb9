"""What the person sees when something is away: the backend, Redis, Telegram."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from backend.client.api import BackendUnavailable
from backend.kit.http import Http
from bot.telegram import TelegramUnavailable
from gateway.sandbox.people import press_button, send_text
from tests.support.bot_stage import CLIENT, Stage


class _Gone:
    """Sends the bot's calls to a port where nobody listens, for a while."""

    def __init__(self, on: Stage) -> None:
        self._backend = on.backend

    def __enter__(self) -> None:
        self._real, self._backend._http = self._backend._http, Http("http://127.0.0.1:1", timeout_s=1, connect_s=1)

    def __exit__(self, *_: object) -> None:
        self._backend._http = self._real


async def test_a_booking_that_met_an_outage_is_tried_again_with_the_same_key(stages: Callable[..., Any]) -> None:
    """Nothing was saved; Try again makes one booking."""
    on: Stage = await stages()
    await on.say(CLIENT, "/start s_1")
    await on.press(CLIENT, "Today 10:00")
    press_button(on.sandbox, on.bot, CLIENT, on.menu(CLIENT).id, label="Confirm")
    [update] = await on.take()
    context = await on.context(CLIENT)
    with _Gone(on):
        await on.runtime.process_update(context, json.dumps(update).encode())
        assert on.text(CLIENT).startswith("Not booked yet. Nothing was saved.")
    assert "You're booked" in await on.press(CLIENT, "Try again")
    booked = await on.backend.act_as(on.tenant.slug, CLIENT, "t").list_bookings(status=("confirmed",))
    assert len(booked.items) == 1


async def test_a_message_that_met_an_outage_comes_again(stages: Callable[..., Any]) -> None:
    """It is raised, so that Telegram keeps it."""
    on: Stage = await stages()
    send_text(on.sandbox, on.bot, CLIENT, "/start")
    [update] = await on.take()
    context = await on.context(CLIENT)
    with _Gone(on), pytest.raises(BackendUnavailable):
        await on.runtime.process_update(context, json.dumps(update).encode())
    await on.runtime.process_update(context, json.dumps(update).encode())
    assert "What would you like to book?" in on.text(CLIENT)


async def test_without_redis_booking_goes_on(stages: Callable[..., Any]) -> None:
    """Only what is typed has to wait."""
    on: Stage = await stages()
    await on.say(CLIENT, "/start s_1")
    await on.link.close()
    await on.press(CLIENT, "Today 10:00")
    assert "Typing does not work" in await on.press(CLIENT, "Comment")
    await on.press(CLIENT, "Back")
    assert "You're booked" in await on.press(CLIENT, "Confirm")


async def test_telegrams_flood_limit_is_raised_with_its_wait(stages: Callable[..., Any]) -> None:
    """The gateway asks Telegram to come again."""
    on: Stage = await stages()
    send_text(on.sandbox, on.bot, CLIENT, "/start")
    [update] = await on.take()
    context = await on.context(CLIENT)
    on.sandbox.transient[on.tenant.token].flood_until = time.monotonic() + 30
    with pytest.raises(TelegramUnavailable) as raised:
        await on.runtime.process_update(context, json.dumps(update).encode())
    assert 1 <= raised.value.retry_after <= 31
    assert on.tenant.token not in str(raised.value)


async def test_who_has_blocked_the_bot_is_left_alone(stages: Callable[..., Any]) -> None:
    """A refusal to deliver is no failure of the update."""
    on: Stage = await stages()
    send_text(on.sandbox, on.bot, CLIENT, "/start")
    [update] = await on.take()
    on.sandbox.chat(on.bot, CLIENT).blocked = True
    assert await on.runtime.process_update(await on.context(CLIENT), json.dumps(update).encode()) is None
