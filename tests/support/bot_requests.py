"""What a press or a text costs the bot: requests to the backend, and calls of the Bot API."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from aiogram import Bot

from backend.kit.http import Reply
from bot.ui.callbacks import CALLBACKS, Callback, pack_button
from tests.support.bot_chats import BotChats


class Cost(NamedTuple):
    """`reads` and `writes` of the backend; `calls` of the Bot API, the answer to a press included, and `added` messages."""

    reads: int
    writes: int
    calls: int
    added: int

    def is_too_much(self) -> bool:
        """Return whether it is more than a read, or a write with one read, or two calls (three with a new message)."""
        return self.reads > 1 or self.writes > 1 or self.calls > (3 if self.added else 2)


class RequestMeter:
    """Presses and types as somebody, and counts what each costs."""

    def __init__(self, chats: BotChats, person: int) -> None:
        self.chats, self.person = chats, person
        self.requests: list[str] = []
        self.calls: list[str] = []

    async def press(self, callback: Callback) -> Cost:
        """Press a button of the menu that need not be there."""
        mark = self._menu_mark()
        with self._counted():
            await self.chats.forge(self.person, pack_button(callback, mark))
        return self._cost(answers=1)

    async def say(self, text: str) -> Cost:
        """Type a text."""
        with self._counted():
            await self.chats.say(self.person, text)
        return self._cost()

    async def costs_of(self, steps: Sequence[Callback | str]) -> dict[str, Cost]:
        """Press and type one after the other; return the highest cost of each callback, and of each text by what asked it."""
        costs: dict[str, Cost] = {}
        asked = ""
        for step in steps:
            if isinstance(step, str):
                name, cost = f"text after {asked}", await self.say(step)
            else:
                name = asked = type(step).__name__
                cost = await self.press(step)
            costs[name] = Cost(*map(max, cost, costs.get(name, cost)))
        return costs

    def _menu_mark(self) -> str:
        """Return the fingerprint of the menu, which every button of it carries."""
        rows = (self.chats.menu(self.person).markup or {})["inline_keyboard"]
        data = next(button["callback_data"] for row in rows for button in row if "callback_data" in button)
        return str(data).partition("~")[2]

    def _cost(self, answers: int = 0) -> Cost:
        reads = sum(request.startswith("GET ") for request in self.requests)
        added = sum(call in ("sendMessage", "sendPhoto", "sendDocument") for call in self.calls)
        return Cost(reads, len(self.requests) - reads, len(self.calls) + answers, added)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        backend, session = self.chats.backend, self.chats.runtime._session
        request, call = backend.request, session.call
        self.requests, self.calls = [], []

        async def count_request(method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
            # a gateway has the person in its cache
            if path != "/v1/people/identify":
                self.requests.append(f"{method} {path}")
            return await request(method, path, headers, body)

        async def count_call(
            bot: Bot, method: str, params: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None = None
        ) -> Any:
            if method != "getMe":  # asked once in the life of a worker
                self.calls.append(method)
            return await call(bot, method, params, files)

        backend.request = count_request  # type: ignore[method-assign]  # only here is it looked at from outside
        session.call = count_call  # type: ignore[method-assign]  # only here is it looked at from outside
        try:
            yield
        finally:
            del backend.request, session.call


def check_costs(costs: Mapping[str, Cost], module: str, needs_more: Collection[str]) -> None:
    """Fail where others than `needs_more` cost too much, or where a callback of the module has not been pressed."""
    too_much = sorted(name for name, cost in costs.items() if cost.is_too_much())
    assert too_much == sorted(needs_more), "\n".join(f"{name}: {costs[name]}" for name in too_much)
    own = {kind.__name__ for kind in CALLBACKS.values() if kind.__module__.startswith(module)}
    assert own <= costs.keys(), f"not pressed: {sorted(own - costs.keys())}"
