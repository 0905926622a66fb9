"""One pressed button inside the process: `uv run python -m tests.bench.presses [--rounds N]`.

No network: Redis, the Bot API and the backend answer at once. Each figure is the best of several rounds, in microseconds,
beside the same done with aiogram's own parts: `CallbackData` of pydantic, `Update` validated in full, and a filter for
each handler, as many of them as the bot has buttons, the pressed one in their middle.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any

import msgspec
from aiogram import Bot
from aiogram import Dispatcher as AiogramDispatcher
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update

from backend.contract.people import Person
from bot.client.callbacks import MoveDayTimes
from bot.context import Context, TenantBot
from bot.dispatcher import dispatcher
from bot.fsm import RedisStorage, TenantKeyBuilder
from bot.request import Request, Services
from bot.ui.callbacks import NOTICE, pack_button
from bot.ui.keyboards import Screen, button_grid, button_to
from bot.updates import press_of

TOKEN = "7001:" + "A" * 35
BUTTONS = 20


class TheirMoveDayTimes(CallbackData, prefix="m.day"):
    """The same fields, as aiogram has them."""

    booking_id: int
    specialist_id: int
    day: int
    page: int


FIELDS = {"booking_id": 123_456, "specialist_id": 42, "day": 740_000, "page": 0}
OURS, THEIRS = MoveDayTimes(**FIELDS), TheirMoveDayTimes(**FIELDS)


class Stubs:
    """Redis, the Bot API and the backend of this benchmark: they answer at once."""

    async def call(self, *_: Any) -> Any:
        return {"message_id": 1}

    def tell(self, *_: Any) -> None:
        pass

    def act_as(self, *_: Any) -> None:
        pass

    def now(self) -> float:
        return 1_796_623_200.0


class Redis(Stubs):
    """Knows of no menu, so that every button is of the current one."""

    async def call(self, *_: Any) -> Any:
        return None

    async def call_all(self, commands: Sequence[Sequence[bytes]]) -> list[Any]:
        return [None for _ in commands]


def updates_of(data: str) -> Callable[[], bytes]:
    """Return presses as Telegram sends them, with the menu below; each has an id of its own, by which aiogram caches."""
    keyboard = [[{"text": f"Label {n}", "callback_data": data} for n in range(4)] for _ in range(BUTTONS // 4)]
    person = {"id": 1001, "is_bot": False, "first_name": "Maria", "language_code": "en"}
    message = {
        "message_id": 5,
        "from": {"id": 7001, "is_bot": True, "first_name": "Barber House", "username": "barber_bot"},
        "chat": {"id": 1001, "type": "private", "first_name": "Maria"},
        "date": 1_796_623_000,
        "text": "Haircut · Anna\nThe nearest times:",
        "entities": [{"type": "bold", "offset": 0, "length": 7}],
        "reply_markup": {"inline_keyboard": keyboard},
    }
    press = {"id": "1", "from": person, "message": message, "chat_instance": "1", "data": data}
    head, tail = msgspec.json.encode({"update_id": 0, "callback_query": press}).split(b"0", 1)
    numbers = count(1)
    return lambda: b"%s%d%s" % (head, next(numbers), tail)


async def our_handler(_: Request, callback: MoveDayTimes) -> Screen:
    """Return a menu of 20 buttons."""
    buttons = [
        button_to(
            f"Label {n}",
            MoveDayTimes(
                booking_id=callback.booking_id, specialist_id=callback.specialist_id, day=callback.day + n, page=0
            ),
        )
        for n in range(BUTTONS)
    ]
    return Screen("Haircut · Anna\nThe nearest times:", button_grid(buttons, 4))


async def their_handler(query: CallbackQuery, callback_data: TheirMoveDayTimes) -> bytes:
    """Return the same as the call that would be made."""
    buttons = [
        InlineKeyboardButton(
            text=f"Label {n}",
            callback_data=TheirMoveDayTimes(
                booking_id=callback_data.booking_id,
                specialist_id=callback_data.specialist_id,
                day=callback_data.day + n,
                page=0,
            ).pack(),
        )
        for n in range(BUTTONS)
    ]
    # its InlineKeyboardBuilder copies the whole keyboard for each button, which takes 9 ms
    rows = [buttons[at : at + 4] for at in range(0, BUTTONS, 4)]
    markup = InlineKeyboardMarkup(inline_keyboard=rows).model_dump(exclude_none=True)
    call = {"chat_id": query.from_user.id, "text": "Haircut · Anna\nThe nearest times:", "reply_markup": markup}
    return msgspec.json.encode(call)


def their_dispatcher(handlers: int) -> AiogramDispatcher:
    """Return a dispatcher with so many handlers, each behind the filter of its class; ours is the middle one."""
    made = AiogramDispatcher()
    for number in range(handlers):
        other: type[CallbackData] = type(
            f"Other{number}", (CallbackData,), {"__annotations__": {"number": int}}, prefix=f"o{number}"
        )
        if number == handlers // 2:
            made.callback_query.register(their_handler, TheirMoveDayTimes.filter())
        made.callback_query.register(their_handler, other.filter())
    return made


def best(work: Callable[[], object], rounds: int, times: int = 300) -> float:
    """Return the microseconds of one call, in the best round."""
    return min(_round(work, times) for _ in range(rounds))


def _round(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e6


async def best_async(work: Callable[[], Awaitable[object]], rounds: int, times: int = 50) -> float:
    """Return the same of a coroutine function."""
    least = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            await work()
        least = min(least, (time.perf_counter() - began) / times * 1e6)
    return least


async def measure(rounds: int) -> dict[str, tuple[float, float]]:
    """Return figures by name: (ours, aiogram's)."""
    ours, theirs = pack_button(OURS, NOTICE), THEIRS.pack()
    packed = OURS.pack()
    tenant = TenantBot(slug="b", name="B", token=TOKEN, timezone="Europe/Moscow", locale="en", currency="RUB")
    person = Person(id=1, tg_id=1001, name="Maria", locale="en", roles=[])
    context = Context(tenant=tenant, person=person, request_id="r")
    # of each only what is asked here
    stubs: Any = Stubs()
    redis: Any = Redis()
    storage = RedisStorage(stubs, TenantKeyBuilder({7001: "b"}))
    services = Services(session=stubs, backend=stubs, redis=redis, storage=storage, person_changed=None)
    bot = Bot(TOKEN)
    handlers = dispatcher.presses.handlers
    handlers["m.day"] = handlers["m.day"]._replace(handle=our_handler)
    their = their_dispatcher(len(handlers))
    our_update, their_update = updates_of(pack_button(OURS, "000")), updates_of(theirs)

    async def our_press() -> object:
        press = press_of(our_update())
        assert press is not None
        return await dispatcher.feed_press(bot, press, services=services, context=context)

    async def their_press() -> object:
        update = Update.model_validate(msgspec.json.decode(their_update()), context={"bot": bot})
        return await their.feed_update(bot, update)

    assert await our_press()
    assert await their_press()
    return {
        "make and pack a button": (
            best(lambda: pack_button(MoveDayTimes(**FIELDS), NOTICE), rounds),
            best(lambda: TheirMoveDayTimes(**FIELDS).pack(), rounds),
        ),
        "unpack a button": (
            best(lambda: MoveDayTimes.unpack(packed), rounds),
            best(lambda: TheirMoveDayTimes.unpack(theirs), rounds),
        ),
        "find the handler of a press": (
            best(lambda: dispatcher.presses.find(ours), rounds),
            await best_async(lambda: _find(their, theirs, bot), rounds),
        ),
        "one press, update to menu": (
            await best_async(our_press, rounds),
            await best_async(their_press, rounds),
        ),
    }


async def _find(their: AiogramDispatcher, data: str, bot: Bot) -> object:
    query = CallbackQuery.model_construct(id="1", data=data)
    for handler in their.callback_query.handlers:
        found, _ = await handler.check(query, bot=bot)
        if found:
            return handler
    raise AssertionError


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.presses", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    figures = asyncio.run(measure(parser.parse_args().rounds))
    sys.stdout.write(f"{'microseconds':32}{'ours':>9}{'aiogram':>9}\n")
    for name, (ours, theirs) in figures.items():
        sys.stdout.write(f"{name:32}{ours:9.1f}{theirs:9.1f}\n")


if __name__ == "__main__":
    main()
