"""Waiting for what is to come true, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

# The timers of the loop know whole milliseconds: a pause may end so much before its time.
TICK_S = 0.002


async def until(condition: Callable[[], Any], seconds: float = 20.0, *, pause_s: float = 0.02) -> Any:
    """Poll until the condition (plain or async) is true, and return its value. `pause_s`: longer where it costs much."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(pause_s)
