"""Time limits for what nearly always ends in time: entering and leaving cost next to nothing, a watchman looks now and then."""

import asyncio
from types import TracebackType


class Deadlines:
    """`with deadlines:` raises TimeoutError inside a task once `most_s` are over, an eighth later at most.

    `asyncio.timeout` sets and cancels a timer each time; here one timer serves all tasks, and runs only while there
    are any. One task is in it once at a time."""

    def __init__(self, most_s: float) -> None:
        self.most_s = most_s
        self._began: dict[asyncio.Task[object], float] = {}
        self._watching = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        self._began[task] = loop.time()
        if not self._watching:
            self._watching = True
            loop.call_later(self.most_s / 8, self._watch, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        # the watchman's own cancelling; anybody else's on top of it goes on as it is
        if self._began.pop(task, None) is None and task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from None

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        late = loop.time() - self.most_s
        for task in [task for task, began in self._began.items() if began <= late]:
            del self._began[task]
            task.cancel()
        self._watching = bool(self._began)
        if self._watching:
            loop.call_later(self.most_s / 8, self._watch, loop)
