"""Keeps one child of `up` or `demo` running: started again when it ends or hangs, with growing pauses if it cannot start.

What ends `up` is a wrong configuration alone, found before everything has worked once.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable

from backend.kit.listener import refuse_connections
from backend.kit.logging import describe_fault, log
from backend.kit.process_states import ProcessState, describe_exit, seconds_since_sign
from backend.kit.restarts import RestartPauses
from gateway.errors import Misconfigured
from gateway.supervisor.processes import Child

# Without a sign of life for so long, a child is taken for hung: before its first one, and afterwards. Importing the bot's
# library takes a minute where the machine has much else to do.
START_S = 180.0
HUNG_S = 25.0
_LOOK_S = 2.0


class Keeper:
    """One child and what starts it. `listener`: its port, which is kept while it is down."""

    def __init__(
        self,
        name: str,
        start: Callable[[], Awaitable[Child]],
        *,
        listener: socket.socket | None = None,
        check: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`check` asks a child that gives no signs by itself; without it, the child's own workers' state is looked at."""
        self.child: Child | None = None
        self.listener = listener
        self._name = name
        self._start = start
        self._check = check
        self._state = ProcessState(name=name)
        self._pauses = RestartPauses()
        self._task: asyncio.Task[None] | None = None
        self._sound_once = False
        self._refusal: Misconfigured | None = None
        self._refused = asyncio.Event()

    def note_ready(self) -> None:
        """Take note that everything has worked: from now on a configuration that is refused may become right again."""
        self._sound_once = True

    async def start(self) -> None:
        """Start the child, and keep it running from now on."""
        await self._start_child()
        self._task = asyncio.create_task(self._keep(), name=f"keep {self._name}")

    def adopt(self, child: Child) -> None:
        """Keep a child running that has been started already."""
        self._note_start(child)
        self._task = asyncio.create_task(self._keep(), name=f"keep {self._name}")

    async def wait(self) -> None:
        """Wait until it cannot be kept running. Raises Misconfigured."""
        await self._refused.wait()
        self.require_usable()

    def require_usable(self) -> None:
        """Raise Misconfigured if the child has refused its configuration."""
        if self._refusal is not None:
            raise self._refusal

    async def stop(self, grace_s: float) -> None:
        """Stop the child, and do not start it again."""
        await self._end_task()
        if self.listener is not None:
            self.listener.close()
        if self.child is not None:
            await self.child.stop(grace_s)

    async def restart(self, grace_s: float) -> None:
        """Stop the child and start another; its port stays open, so that who connects meanwhile waits."""
        await self._end_task()
        if self.child is not None:
            await self.child.stop(grace_s)
        await self.start()

    async def _end_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _start_child(self) -> None:
        self._note_start(await self._start())

    def _note_start(self, child: Child) -> None:
        self.child = child
        self._state.running = 1
        self._state.retry_at = None
        self._state.save()

    async def _keep(self) -> None:
        while True:
            try:
                await self._keep_once()
            except Misconfigured as error:
                self._refusal = error
                self._refused.set()
                return
            except Exception as error:  # noqa: BLE001  the last to look after the child: it is logged, and goes on
                log.error("keeper_failed", process=self._name, error=describe_fault(error))
                await asyncio.sleep(_LOOK_S)

    async def _keep_once(self) -> None:
        """Wait for the child's end and start it again."""
        assert self.child is not None
        started = time.monotonic()
        await self._wait_for_end(self.child)
        pause_s = self._clean_up(self.child, time.monotonic() - started)
        while True:
            await asyncio.sleep(pause_s)
            try:
                return await self._start_child()
            except OSError as error:
                pause_s = self._pauses.pause_after(0.0, killed=False)
                self._note_end(f"cannot start: {error.strerror}", pause_s)

    async def _wait_for_end(self, child: Child) -> None:
        """Wait until the child ends; kill one that gives no sign of life."""
        last_sign, limit_s = time.monotonic(), START_S
        while child.alive:
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(child.process.wait(), _LOOK_S)
            if await self._gives_sign():
                last_sign, limit_s = time.monotonic(), HUNG_S
            elif time.monotonic() - last_sign > limit_s and child.alive:
                log.error("process_hung", process=self._name, pid=child.process.pid, seconds=limit_s)
                child.kill()
                await child.process.wait()

    async def _gives_sign(self) -> bool:
        if self._check is not None:
            return await self._check()
        return seconds_since_sign(f"{self._name} worker") < 2 * _LOOK_S

    def _clean_up(self, child: Child, lived_s: float) -> float:
        """Kill what the child has left behind, and return for how many seconds to wait before the next start."""
        child.kill()
        code = child.process.returncode or 0
        if code == Misconfigured.exit_code and not self._sound_once:
            raise Misconfigured(child.describe_end())
        pause_s = self._pauses.pause_after(lived_s, killed=code <= 0)
        if pause_s and self.listener is not None:
            refuse_connections(self.listener)
        self._note_end(describe_exit(code), pause_s, child.last_log_line() if code > 0 else "")
        return pause_s

    def _note_end(self, end: str, pause_s: float, reason: str = "") -> None:
        self._state.running = 0
        self._state.note_end(end, pause_s)
        self._state.save()
        more = {"reason": reason} if reason else {}
        log.error("process_ended", process=self._name, end=end, restart_in_s=pause_s, **more)
