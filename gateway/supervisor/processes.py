"""Child processes that never outlive their parent: started, watched, stopped, and killed if they do not stop."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from backend.kit import parent_death
from backend.kit.listener import INHERITED

LOG_KEPT = 10 << 20  # bytes
# in the servers' lines (granian's, uvicorn's, ours) that say that a worker has ended, and not why
_WITHOUT_REASON = ("Unexpected exit from worker", "Worker crash loop detected", "uvicorn.error", "worker_died")


class Child:
    """A child process, leader of a process group of its own: a terminal's Ctrl-C reaches the parent only."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path | None, log_start: int = 0) -> None:
        self.name = name
        self.process = process
        self.log = log
        self._log_start = log_start  # the offset of this run in the log, which earlier runs have written to
        self.start_again: Callable[[], Awaitable[Child]]

    @classmethod
    async def start(
        cls,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path | None = None,
        listener: socket.socket | None = None,
    ) -> "Child":
        """Start `argv`. Its output goes to the end of `log`, else to our stderr, since our stdout carries data only.

        `listener`: a port that we keep, and on which the child serves.
        """
        output: int = sys.stderr.fileno()
        log_fd = None
        log_start = 0
        if log is not None:
            _rotate(log)
            log_fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            log_start = os.fstat(log_fd).st_size
            output = log_fd
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=dict(env) if listener is None else {**env, INHERITED: str(listener.fileno())},
                pass_fds=() if listener is None else (listener.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        finally:
            if log_fd is not None:
                os.close(log_fd)
        started = cls(name, process, log, log_start)
        started.start_again = partial(cls.start, name, argv, env, log, listener)
        return started

    @property
    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process.returncode is None

    async def stop(self, grace_s: float) -> None:
        """Send SIGTERM, wait up to `grace_s` seconds, then kill the process and those that it has started."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)
        self.kill()
        await self.process.wait()

    def kill(self) -> None:
        """Kill the whole process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def last_log_line(self, containing: str = "") -> str:
        """Return the last line of this run's log that may tell why it ended and contains the text, or ""."""
        if self.log is None:
            return ""
        try:
            with self.log.open("rb") as file:
                file.seek(self._log_start)
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        for line in map(str.strip, reversed(lines)):
            if line and containing in line and not any(words in line for words in _WITHOUT_REASON):
                return line[:300]
        return ""

    def describe_end(self) -> str:
        """Return a sentence on how the process ended, once it has. A killed one had no time to write the reason."""
        code = self.process.returncode or 0
        if code < 0:
            return f"The {self.name} was ended from outside ({signal.Signals(-code).name})."
        reason = self.last_log_line()
        return f"The {self.name} ended (exit code {code}){': ' + reason if reason else '.'}"


def _rotate(log: Path) -> None:
    """Move a log that has grown large to `<name>.1`, in the place of an earlier one."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_KEPT:
            log.replace(log.with_name(log.name + ".1"))


async def run_command(
    name: str, argv: Sequence[str], env: Mapping[str, str], log: Path | None = None
) -> tuple[int, str]:
    """Run a command to its end, with its output in `log`, else on our stderr. Cancellation kills it.

    Returns the exit code and the log's last line.
    """
    child = await Child.start(name, argv, env, log)
    try:
        return await child.process.wait(), child.last_log_line()
    finally:
        child.kill()


def _die_with(parent: int) -> Callable[[], None] | None:
    """Return what a child calls between fork and exec, so that it ends with its parent."""

    def arm() -> None:
        parent_death.arm_parent_death()
        # the parent may have died before the call: no signal would come then
        if os.getppid() != parent:
            os._exit(1)

    return arm if parent_death.SUPPORTED else None
