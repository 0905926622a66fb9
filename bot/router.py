"""aiogram's Router with one more decorator, `press`, and the one look-up that finds the handler of a pressed button."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, NamedTuple, TypeVar

from aiogram import Router as AiogramRouter

from bot.request import Request
from bot.ui.callbacks import Callback, Pressed, prefix_of, unpack_button
from bot.ui.keyboards import Screen

C = TypeVar("C", bound=Callback)
S = TypeVar("S", bound=Screen | None)


class PressHandler(NamedTuple):
    """The handler of a callback class.

    `books` tells that it makes a booking (an outage has other words then), `for_staff` that its button is on staff's screens."""

    callback: type[Callback]
    handle: Callable[[Request, Any], Awaitable[Screen | None]]  # Any: the callback's own class, see Router.press
    books: bool
    for_staff: bool


class Router(AiogramRouter):
    """One per scenario file. `for_staff`: its buttons are on the screens of staff only."""

    def __init__(self, *, name: str | None = None, for_staff: bool = False) -> None:
        super().__init__(name=name)
        self.for_staff = for_staff
        self.presses: list[PressHandler] = []

    def press(
        self, callback: type[C], *, books: bool = False
    ) -> Callable[[Callable[[Request, C], Coroutine[Any, Any, S]]], Callable[[Request, C], Coroutine[Any, Any, S]]]:
        """Register `async def show_room(request: Request, callback: RoomCard) -> Screen | None` for `RoomCard`."""

        def register(
            handler: Callable[[Request, C], Coroutine[Any, Any, S]],
        ) -> Callable[[Request, C], Coroutine[Any, Any, S]]:
            self.presses.append(PressHandler(callback, handler, books, self.for_staff))
            return handler

        return register


class Presses:
    """The handlers of all routers, by the prefix of their callback."""

    def __init__(self, routers: Iterable[AiogramRouter]) -> None:
        self.handlers: dict[str, PressHandler] = {}
        for router in routers:
            for handler in router.presses if isinstance(router, Router) else ():
                prefix = handler.callback.__prefix__
                if prefix in self.handlers:
                    raise ValueError(f"two handlers take {handler.callback.__name__}")
                self.handlers[prefix] = handler

    def find(self, data: str) -> tuple[PressHandler, Pressed] | None:
        """Return the handler and the parsed button, or None for data that no current screen could have made."""
        parts = unpack_button(data)
        if parts is None:
            return None
        packed, origin, fingerprint = parts
        handler = self.handlers.get(prefix_of(packed))
        if handler is None:
            return None
        try:
            return handler, Pressed(handler.callback.unpack(packed), origin, fingerprint)
        except ValueError:
            return None

    async def open(self, request: Request, callback: Callback) -> Screen | None:
        """Return the screen of a callback, as a press on its button would."""
        return await self.handlers[callback.__prefix__].handle(request, callback)
