"""Transition only: what files need that still use `@route`, `@step` and one draft. Goes with the last of them."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import Message
from msgspec.structs import astuple

import bot.client.callbacks
import bot.specialist.callbacks
from backend.kit.redis import RedisFailure
from bot.admin.callbacks import bookings, business, catalog, clients, staff
from bot.ui.callbacks import CALLBACKS, Callback
from bot.ui.keyboards import Button, Row, Screen, Style, page_of
from bot.ui.text import Html

LOADED = (bookings, business, catalog, clients, staff, bot.client.callbacks, bot.specialist.callbacks)
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
OLD: list[tuple[type[Callback], Any, bool, bool]] = []
STEPS: dict[str, Any] = {}


def old_route(name: str, *, books: bool = False) -> Callable[[F], F]:
    def register(handler: F) -> F:
        async def adapter(request: Any, callback: Callback) -> Any:
            return await handler(request, *(int(v) if isinstance(v, bool) else v for v in astuple(callback)))

        parameters = len(inspect.signature(handler).parameters) - 1
        assert parameters == len(CALLBACKS[name].__struct_fields__), name
        staff_ = handler.__module__.startswith(("bot.admin.", "bot.specialist."))
        OLD.append((CALLBACKS[name], adapter, books, staff_))
        return handler

    return register


def old_step(name: str) -> Callable[[F], F]:
    def register(handler: F) -> F:
        STEPS[name] = handler
        return handler

    return register


def old_go(label: str, target: str | Callback, *args: Any, style: Style | None = None) -> Button:
    return Button(label, CALLBACKS[target](*args) if isinstance(target, str) else target, style)


def old_paged(found: list[T], page: int, size: int, to: Callable[[str, int], Button]) -> tuple[list[T], Row]:
    shown, turning = page_of(found, page, size, lambda at: CALLBACKS["a.cls"](at))
    return shown, [to(button.label, button.callback.page) for button in turning]  # type: ignore[union-attr]  # transition


async def old_ask(
    request: Any, step_: str, question: Html | str, back: Button, presets: list[Row] | None = None, /, **draft: Any
) -> Screen:
    rows = [*(presets or []), [back]]
    if not await request.dialog.begin(step_, **draft) and not presets:
        return Screen(request.t.html("start-over"), rows)
    return Screen(question, rows)


class OldStep(Filter):
    async def __call__(self, _: Message, raw_state: str | None = None) -> bool:
        return raw_state is not None and raw_state.startswith("old:") and raw_state[4:] in STEPS


async def old_typed(message: Message, request: Any, raw_state: str) -> Screen | None:
    handler: Callable[..., Awaitable[Screen | None]] = STEPS[raw_state[4:]]
    return await handler(request, message.text or "", await request.dialog.read())


class Dialog:
    def __init__(self, state: FSMContext) -> None:
        self._state = state

    async def read(self) -> dict[str, Any]:
        return await self._state.get_data()

    async def begin(self, name: str, /, **draft: Any) -> bool:
        return await self.keep({"step": name, **draft})

    async def keep(self, draft: dict[str, Any]) -> bool:
        try:
            await self._state.set_state(f"old:{draft['step']}" if "step" in draft else None)
            await self._state.set_data(draft)
        except RedisFailure:
            return False
        return True

    async def pause(self) -> None:
        draft = await self.read()
        if draft.pop("step", None) is not None:
            await self.keep(draft)

    async def end(self) -> None:
        await self.keep({})
