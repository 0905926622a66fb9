"""Buttons and handlers: each button leads somewhere, nothing is registered twice, and no filter runs in a thread."""

from collections import Counter

import pytest
from aiogram.fsm.state import StatesGroup

from bot.dispatcher import dispatcher
from bot.request import Request
from bot.router import Presses, Router
from bot.ui.callbacks import CALLBACKS, MAX_PREFIX, Callback
from bot.ui.keyboards import Screen


def test_every_callback_class_has_exactly_one_handler() -> None:
    """A second handler would have failed at the import of `bot.dispatcher` (see below)."""
    ours = {prefix: kind for prefix, kind in CALLBACKS.items() if kind.__module__.startswith("bot.")}
    handled = {prefix: handler.callback for prefix, handler in dispatcher.presses.handlers.items()}
    assert handled == ours


def test_no_filter_runs_in_a_thread() -> None:
    """aiogram runs a filter that is no coroutine in a thread, a bare `State` or `F.text` included."""
    slow = [
        f"{handler.callback.__module__}.{handler.callback.__name__}: {each.callback}"
        for router in dispatcher.chain_tail
        for observer in router.observers.values()
        for handler in observer.handlers
        for each in handler.filters or ()
        if not each.awaitable
    ]
    assert slow == [], "use an async Filter, StateFilter(…) for a state"


def test_states_have_names_of_their_own() -> None:
    """What stands in Redis is the group's name with the state's."""
    groups = [group for group in StatesGroup.__subclasses__() if group.__module__.startswith("bot.")]
    assert groups
    assert [name for name, count in Counter(group.__name__ for group in groups).items() if count > 1] == []


def test_two_classes_cannot_have_one_prefix() -> None:
    with pytest.raises(TypeError, match="same prefix 'home'"):

        class Second(Callback, prefix="home"):
            pass


@pytest.mark.parametrize("prefix", ["", "A", "a:b", "a~", "x" * (MAX_PREFIX + 1)])
def test_a_prefix_is_short_and_plain(prefix: str) -> None:
    with pytest.raises(TypeError, match="needs a prefix"):

        class Wrong(Callback, prefix=prefix):
            pass


def test_fields_are_of_the_types_that_travel() -> None:
    with pytest.raises(TypeError, match=r"\['amount'\]"):

        class Wrong(Callback, prefix="t.wrong"):
            amount: float


def test_two_handlers_cannot_take_one_button() -> None:
    class Pair(Callback, prefix="t.pair"):
        pass

    router = Router()
    try:

        @router.press(Pair)
        async def first(request: Request, callback: Pair) -> Screen | None:
            return None

        @router.press(Pair)
        async def second(request: Request, callback: Pair) -> Screen | None:
            return None

        with pytest.raises(ValueError, match="two handlers take Pair"):
            Presses([router])
    finally:
        del CALLBACKS["t.pair"]


def test_what_does_not_fit_is_refused_when_it_is_packed() -> None:
    near = CALLBACKS["c.near"]
    with pytest.raises(ValueError, match="longer than 64 bytes"):
        near(tuple([2**52] * 6), 0).pack()
    with pytest.raises(ValueError, match="negative"):
        near((-1,), 0).pack()
    with pytest.raises(ValueError, match="other characters"):
        CALLBACKS["c.setl"]("e n").pack()


def test_trailing_defaults_may_be_missing() -> None:
    """Buttons of before a field was added go on working."""
    services = CALLBACKS["c.all"]
    assert services.unpack("1c.all") == services(0)
    assert services.unpack("1c.all:2") == services(2)
    for wrong in ("1c.all:2:3", "1c.near:2", "2c.all", "1c.all:"):
        with pytest.raises(ValueError, match=r"not a|not a number|beyond"):
            services.unpack(wrong)
