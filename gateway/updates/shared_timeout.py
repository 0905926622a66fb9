"""A time limit for many tasks at once: entering and leaving cost next to nothing, since one timer serves them all."""

import asyncio
from types import TracebackType


class SharedTimeout:
    """`with timeout:` raises TimeoutError inside a task after `seconds`, an eighth later at most.

    `asyncio.timeout` sets and cancels a timer each time. Here one timer serves all tasks, and runs only while there
    are any. A task may be inside once at a time.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._entered: dict[asyncio.Task[object], float] = {}
        self._timer_runs = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        self._entered[task] = loop.time()
        if not self._timer_runs:
            self._timer_runs = True
            loop.call_later(self.seconds / 8, self._cancel_late, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        # a task that is no longer in the dictionary was cancelled by the timer; a second cancellation goes on as it is
        if self._entered.pop(task, None) is None and task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from None

    def _cancel_late(self, loop: asyncio.AbstractEventLoop) -> None:
        late = loop.time() - self.seconds
        for task in [task for task, entered in self._entered.items() if entered <= late]:
            del self._entered[task]
            task.cancel()
        self._timer_runs = bool(self._entered)
        if self._timer_runs:
            loop.call_later(self.seconds / 8, self._cancel_late, loop)
