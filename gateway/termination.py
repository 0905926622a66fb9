"""Tells the application of SIGTERM when it comes, not when the last request is over.

granian finishes what is in flight before it ends the lifespan, so without this a request that takes long could never
learn that it must come to an end. Nothing public announces the signal to a worker; this wraps the one function that
installs the worker's handlers (granian is pinned; a test stops a real worker)."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def on_termination(notify: Callable[[], None]) -> None:
    """Has `notify` called in the worker's loop at SIGINT and SIGTERM, before the server's own handling."""
    from granian import _signals

    install = _signals.set_loop_signals

    def set_loop_signals(loop: asyncio.AbstractEventLoop) -> Any:
        event = install(loop)  # type: ignore[no-untyped-call]

        def handle() -> None:
            notify()
            event.set()

        for number in SIGNALS:
            loop.add_signal_handler(number, handle)
        return event

    _signals.set_loop_signals = set_loop_signals
