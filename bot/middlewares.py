"""aiogram middlewares around every handler: the request, the waiting indicator, the commands, the menu, refusals.

A press passes through the same ones as a message. Its event is `bot.updates.Press`, which has the names of aiogram's
`CallbackQuery` as far as the bot needs them; a message is aiogram's own.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiogram import BaseMiddleware, Bot
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import Message, TelegramObject
from typing_extensions import override

from backend.client.api import BackendRefused, BackendUnavailable
from backend.kit.redis import RedisFailure
from bot import fallback
from bot.command_menu import update_command_menu
from bot.fsm import DraftLost, UpdateState
from bot.request import Request, RoleLost, Services
from bot.router import Presses, PressHandler
from bot.telegram import TelegramRefused
from bot.ui.callbacks import NOTICE
from bot.ui.keyboards import Screen
from bot.ui.screen import DOUBLE_TAP_S, LastMenu, is_behind, load_last_menu, remove_menu, show_menu
from bot.ui.waiting import WaitingIndicator
from bot.updates import Press, PressedMessage

# Any: aiogram's middlewares know neither the event's type nor what handlers take and return
Data = dict[str, Any]
Next = Callable[[Any, Data], Awaitable[Any]]

log = logging.getLogger("slotgate.bot")
_encoder = msgspec.json.Encoder()


class FindPress(BaseMiddleware):
    """Looks up the handler of a pressed button: `press_handler` and `pressed`, neither for data that no screen makes."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Any:
        assert isinstance(event, Press)
        presses: Presses = data["presses"]
        data["press_handler"], data["pressed"] = presses.find(event.data or "") or (None, None)
        return await handler(event, data)


class BuildRequest(BaseMiddleware):
    """Makes the `request` and its FSM `state`. What is not from a person in a private chat goes no further."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Any:
        assert isinstance(event, Press | Message)
        if isinstance(event, Message) and (
            event.chat.type != "private" or event.from_user is None or event.from_user.is_bot
        ):
            return None
        services: Services = data["services"]
        bot: Bot = data["bot"]
        assert event.from_user is not None
        key = StorageKey(bot_id=bot.id, chat_id=event.from_user.id, user_id=event.from_user.id)
        data["state"] = UpdateState(services.storage, key)
        update_id = event.update_id if isinstance(event, Press) else data["event_update"].update_id
        data["request"] = Request(services, data["context"], bot, data["state"], update_id, event, data.get("pressed"))
        return await handler(event, data)


class ReadState(BaseMiddleware):
    """Reads the FSM's state for the filters, as aiogram's own middleware does; presses have no need of it."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Any:
        state: FSMContext = data["state"]
        data["raw_state"] = await state.get_state()
        return await handler(event, data)


class ShowWaiting(BaseMiddleware):
    """Shows that the bot is at work once it takes longer. A press that has been answered meanwhile has no other answer."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Any:
        query_id = event.id if isinstance(event, Press) else None
        async with WaitingIndicator(data["request"], query_id) as waiting:
            result = await handler(event, data)
        return None if waiting.answered else result


class AnswerPress(BaseMiddleware):
    """Turns the screen that was shown into answerCallbackQuery as JSON, with the screen's toast."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> bytes:
        assert isinstance(event, Press)
        screen: Screen | None = await handler(event, data)
        if screen is None:
            return answer_json(event.id, data["request"].toast)
        return answer_json(event.id, screen.toast, alert=screen.alert)


class UpdateCommands(BaseMiddleware):
    """Keeps the chat's menu of commands up to date."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Any:
        result = await handler(event, data)
        await update_command_menu(data["request"])
        return result


class ShowScreen(BaseMiddleware):
    """Shows the screen that a handler returns as the chat's menu: below a message, in place of the pressed one."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Screen | None:
        request: Request = data["request"]
        last = await load_last_menu(request)
        try:
            if isinstance(event, Press) and event.message is not None:
                return await self._show_pressed(handler, event, event.message, data, last)
            screen: Screen | None = await handler(event, data)
            if screen is not None:
                await show_menu(request, screen, last, below=True)
        except TelegramRefused as refusal:
            # nothing can be shown to somebody who has blocked the bot meanwhile; any other refusal is a failure
            if not refusal.blocked:
                raise
            log.info("tenant=%s the person has blocked the bot", request.tenant.slug)
            return None
        return screen

    async def _show_pressed(
        self, handler: Next, event: Press, source: PressedMessage, data: Data, last: LastMenu | None
    ) -> Screen | None:
        """Handle a button of the current menu or of a notice; one of an outdated menu leads to the home screen."""
        request: Request = data["request"]
        pressed = request.pressed
        sent_at = float(source.date)
        if (
            pressed is not None
            and last is not None
            and pressed.fingerprint != NOTICE
            and is_behind(request, last, source)
        ):
            left, outdated = last.left, last.outdated
            if last.message_id != source.message_id:
                # it should be gone already, but what has been forgotten may be just that
                outdated = (*outdated, (last.message_id, last.sent_at))
            last = LastMenu(source.message_id, pressed.fingerprint, sent_at, left=left, outdated=outdated)
        current = last is None or last.message_id == source.message_id
        stays = last is not None and source.message_id in last.left
        screen: Screen | None
        if pressed is not None and pressed.fingerprint == NOTICE:
            below = True
            screen = await handler(event, data)
        elif pressed is not None and current and (last is None or last.fingerprint == pressed.fingerprint):
            below = False
            screen = await handler(event, data)
            last = last or LastMenu(source.message_id, "", sent_at)
        elif pressed is not None and last is not None and (current or stays) and _is_double_tap(last):
            return None
        else:
            entry: PressHandler | None = data.get("press_handler")
            home = await fallback.safe_home_screen(request, for_staff=entry is None or entry.for_staff)
            screen = home._replace(toast=request.t.label("menu-refreshed"))
            below = not current
            if below and not stays:
                await remove_menu(request, source.message_id, sent_at)
            last = last or LastMenu(source.message_id, "", sent_at)
        if screen is not None:
            await show_menu(request, screen, last, below=below)
        return screen


class ExplainRefusals(BaseMiddleware):
    """Turns refusals, lost roles and lost drafts into screens; of a press also an outage of the backend.

    An outage during a message is raised: Telegram keeps the message and sends it again."""

    @override
    async def __call__(self, handler: Next, event: TelegramObject | Press, data: Data) -> Screen | None:
        request: Request = data["request"]
        entry: PressHandler | None = data.get("press_handler")
        try:
            screen: Screen | None = await handler(event, data)
        except BackendRefused as refusal:
            return await fallback.refused_screen(request, refusal, for_staff=entry is None or entry.for_staff)
        except RoleLost:
            return await fallback.lost_role_screen(request)
        except (DraftLost, RedisFailure):
            return await fallback.sentence_screen(request, "start-over")
        except BackendUnavailable as outage:
            if entry is None:
                raise
            log.warning("tenant=%s request=%s %s", request.tenant.slug, request.context.request_id, outage)
            return fallback.unavailable_screen(request, books=entry.books)
        return screen


def answer_json(query_id: str, toast: str = "", *, alert: bool = False) -> bytes:
    """Return answerCallbackQuery as JSON for the webhook's answer."""
    answer: dict[str, object] = {"method": "answerCallbackQuery", "callback_query_id": query_id}
    if toast:
        answer["text"] = toast[:200]
        answer["show_alert"] = alert
    return _encoder.encode(answer)


def _is_double_tap(last: LastMenu) -> bool:
    """Return whether the menu has changed a moment ago, so that this press is the second half of a double tap."""
    return time.time() - last.changed_at < DOUBLE_TAP_S
