"""Child processes that never outlive their parent: started, watched, stopped, and killed where they will not stop."""

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import randbelow

from gateway.errors import Misconfigured

_PR_SET_PDEATHSIG = 1
LOG_KEPT = 10 << 20  # bytes
# the servers' own last words (granian's, uvicorn's, ours): that a worker has ended, not why
_THAT_IT_ENDED = ("Unexpected exit from worker", "Worker crash loop detected", "uvicorn.error", "worker_died")
# loaded before any fork: between fork and exec nothing but the one call may happen
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Child:
    """One child, leader of a process group of its own: a terminal's Ctrl-C reaches the parent only, which decides."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path | None, begun_at: int = 0) -> None:
        self.name = name
        self.process = process
        self.log = log
        self._begun_at = begun_at  # in the log, which keeps what earlier runs said

    @classmethod
    async def start(cls, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path | None = None) -> "Child":
        """Run `argv`. Its output goes to the end of `log`, else to our stderr: stdout carries data only."""
        output: int = sys.stderr.fileno()
        opened = None
        begun_at = 0
        if log is not None:
            _make_room(log)
            opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            begun_at = os.fstat(opened).st_size
            output = opened
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=dict(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        finally:
            if opened is not None:
                os.close(opened)
        return cls(name, process, log, begun_at)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def stop(self, grace_s: float) -> None:
        """SIGTERM, up to `grace_s` seconds to finish, then SIGKILL; what it started itself goes with it."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(self.process.wait(), grace_s)
        self.kill()
        await self.process.wait()

    def kill(self) -> None:
        """End the whole group at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self, about: str = "") -> str:
        """The last line of this run's log that says something (and has `about` in it), to say why it ended."""
        if self.log is None:
            return ""
        try:
            with self.log.open("rb") as file:
                file.seek(self._begun_at)
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        for line in map(str.strip, reversed(lines)):
            if line and about in line and not any(said in line for said in _THAT_IT_ENDED):
                return line[:300]
        return ""

    def end(self) -> str:
        """How it ended, for people; once it has. Whoever was killed had no time to say why: no line of the log says."""
        code = self.process.returncode or 0
        if code < 0:
            return f"The {self.name} was ended from outside ({signal.Signals(-code).name})."
        words = self.last_words()
        return f"The {self.name} ended (exit code {code}){': ' + words if words else '.'}"


def _make_room(log: Path) -> None:
    """A log that has grown large begins anew; the one before it is kept beside it."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_KEPT:
            log.replace(log.with_name(log.name + ".1"))


async def run(name: str, argv: Sequence[str], env: Mapping[str, str], log: Path | None = None) -> tuple[int, str]:
    """Run a command to its end, its output in `log`, else on our stderr; a cancelled caller takes it along.

    Returns the exit code and the log's last line.
    """
    child = await Child.start(name, argv, env, log)
    try:
        return await child.process.wait(), child.last_words()
    finally:
        child.kill()


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises Misconfigured for an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as the servers themselves do it: connections of the last run that are still closing are no obstacle
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except socket.gaierror:
            raise Misconfigured(f"The address {host} is not known.") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise Misconfigured(f"The address {host} is not one of this machine.") from None
            return False
    return True


def require_port(host: str, port: int, what: str, remedy: str) -> None:
    """Refuse to start on a port that somebody else has. Raises Misconfigured."""
    if port and not port_is_free(host, port):
        raise Misconfigured(f"Port {port} on {host}, where the {what} would listen, is taken; {remedy}.")


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody uses, below those that the system gives to connections: a server that takes seconds to start
    still finds it free."""
    for _ in range(50):
        if port_is_free(host, port := 10_000 + randbelow(22_000)):
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class DataLock:
    """The data directory belongs to one running installation. Held on the directory itself, so no file is left behind."""

    def __init__(self, directory: Path) -> None:
        import fcntl

        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise Misconfigured(f"The data directory {directory} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._fd)
            raise Misconfigured(f"Slotgate is already running on the data directory {directory}.") from None

    def release(self) -> None:
        os.close(self._fd)


def arm_parent_death(signum: int = signal.SIGTERM) -> None:
    """Ask the kernel to signal this process when its parent dies (Linux; elsewhere a no-op)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)


def _die_with(parent: int) -> Callable[[], None] | None:
    def armed() -> None:
        arm_parent_death()
        # the parent may have died before the call: then nobody would ever signal us
        if os.getppid() != parent:
            os._exit(1)

    return armed if _LIBC is not None else None
