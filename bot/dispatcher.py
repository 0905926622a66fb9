"""aiogram's Dispatcher with every router in it; a press finds its handler by one look-up instead of filter after filter."""

import logging
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from aiogram import Bot
from aiogram import Dispatcher as AiogramDispatcher
from aiogram import Router as AiogramRouter
from aiogram.dispatcher.event.bases import MiddlewareType
from aiogram.types import ChatMemberUpdated, Update

from backend.client.api import BackendRefused
from backend.contract.people import UpdateMe
from bot import admin, client, commands, fallback, home, notices, specialist
from bot.client import contact
from bot.context import Context
from bot.middlewares import (
    AnswerPress,
    BuildRequest,
    ExplainRefusals,
    FindPress,
    Next,
    ReadState,
    ShowScreen,
    ShowWaiting,
    UpdateCommands,
    answer_json,
)
from bot.request import Services
from bot.router import Presses, PressHandler
from bot.ui.keyboards import Screen
from bot.updates import Press

log = logging.getLogger("slotgate.bot")

_GONE = ("kicked", "left")


class Dispatcher(AiogramDispatcher):
    """One per process; what differs between runtimes comes with each update as `services`."""

    def __init__(self) -> None:
        # ReadState puts the FSM's state in place: with the storage of the runtime, and only where a message needs it
        super().__init__(disable_fsm=True)
        around = [ShowScreen(), ExplainRefusals()]
        for middleware in (BuildRequest(), ReadState(), ShowWaiting(), UpdateCommands(), *around):
            self.message.outer_middleware(middleware)
        self._around_press = [FindPress(), BuildRequest(), ShowWaiting(), AnswerPress(), UpdateCommands(), *around]
        self._registered: list[MiddlewareType[Any]] | None = None
        self._chain: Next
        self.my_chat_member.register(update_reachable)
        self.include_routers(commands.router, contact.router, home.router, *scenario_routers(), fallback.router)
        self.presses = Presses(self.chain_tail)
        self["presses"] = self.presses

    def used_update_types(self) -> list[str]:
        """Return the update types that `setWebhook` and `getUpdates` must ask for."""
        return sorted({"callback_query", *self.resolve_used_update_types()})

    async def feed_press(self, bot: Bot, press: Press, **data: Any) -> bytes | None:
        """Handle a pressed button. Return answerCallbackQuery as JSON, or None where it has been sent already."""
        if press.message is None or press.message.chat.type != "private":
            return answer_json(press.id)
        answer = await self._press_chain()(press, {**self.workflow_data, **data, "bot": bot})
        return answer if isinstance(answer, bytes) else None

    def _press_chain(self) -> Next:
        """Return the handling of a press inside its middlewares; made anew only where others are registered."""
        outer = self.callback_query.outer_middleware
        if self._registered != (registered := list(outer)):
            self._registered = registered
            self._chain = outer.wrap_middlewares([*registered, *self._around_press], _handle_press)
        return self._chain


async def _handle_press(press: Press, **data: Any) -> Screen | None:  # noqa: ARG001  aiogram gives the event first
    entry: PressHandler = data["press_handler"]
    screen: Screen | None = await entry.handle(data["request"], data["pressed"].callback)
    return screen


async def update_reachable(
    event: ChatMemberUpdated, event_update: Update, bot: Bot, context: Context, services: Services
) -> None:
    """Tell the backend that somebody has blocked the bot, or no longer does: notices stop or go on."""
    reachable = event.new_chat_member.status not in _GONE
    try:
        await services.caller(context, event.from_user.id).update_me(
            UpdateMe(reachable=reachable), key=f"{bot.id}:{event_update.update_id}:member"
        )
    except BackendRefused as refusal:
        log.info("tenant=%s membership not kept: %s", context.tenant.slug, refusal.code)


def scenario_routers() -> list[AiogramRouter]:
    """Return the `router` of every scenario file: a new file needs no entry anywhere."""
    routers: list[AiogramRouter] = []
    for package in (notices, client, specialist, admin):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            router = getattr(import_module(module.name), "router", None)
            if isinstance(router, AiogramRouter) and router is not contact.router:
                routers.append(router)
    return routers


# Routers can be included only once, so there is one dispatcher for all runtimes of a process.
dispatcher = Dispatcher()
