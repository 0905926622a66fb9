"""The parent of a service's workers: gunicorn's arbiter, used as a library, for the gateway and for the backend.

The parent imports the application once; workers are forked from it, so that a new one needs no import and shares the
parent's memory. What must not be shared (loops, connections, pools, threads) is opened in the worker. What is overridden
of gunicorn: `gateway/decisions/private-parts.md`; why gunicorn: `gateway/decisions/servers.md`.
"""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import time
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, NoReturn, cast

import anyio.lowlevel
import uvloop
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from backend.kit.listener import is_listening, prepare_to_listen, refuse_connections
from backend.kit.logging import describe_fault, flush_lines, log
from backend.kit.parent_death import arm_parent_death
from backend.kit.process_states import ProcessState, describe_exit
from backend.kit.restarts import RestartPauses
from backend.kit.systemd import Systemd

# A worker whose loop has not turned for so long is hung (an overloaded one turns), and is replaced.
HUNG_S = 20
BEAT_S = 2.0
# Requests under way end within ten seconds; what still runs a little later is killed.
GRACE_S = 12
_TICK_S = 1.0
# in thousandths of the machine's memory
OOM_STEP = 100

# Makes the application, in a worker. It is told whether the service takes connections already: of other workers, or of
# one before it that has died.
CreateApplication = Callable[[bool], object]
# Called in the parent: imports all that the workers share.
LoadApplication = Callable[[], CreateApplication]


class AsyncWorker(Worker):
    """A worker process with a uvloop of its own; a subclass says which server runs in it."""

    def init_process(self) -> NoReturn:
        """Run the worker to its end. Never returns: what the parent's frames clean up is not a worker's to remove."""
        code = 1
        try:
            self.notify()  # the time until its first beat counts as well
            arm_parent_death()
            _die_before_the_parent()
            if os.getppid() != self.ppid:
                sys.exit(0)  # the parent died before the call
            # a crash must not write the secrets of its memory to a file
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
            super().init_process()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException as error:  # noqa: BLE001  the last frame of the process: it is logged, and the code tells
            log.error("worker_failed", error=describe_fault(error))
        finally:
            flush_lines()
            os._exit(code)

    def init_signals(self) -> None:
        """End at once until the server sets its own handlers; nothing of the parent's handlers is left."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: sys.exit(0))

    def run(self) -> None:
        """Serve until SIGTERM."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._run())

    @abstractmethod
    async def serve(self, create_app: Callable[[], object], listener: socket.socket) -> None:
        """Make the application and serve it until SIGTERM. An exception, or an exit code, is logged and retried."""

    async def _run(self) -> None:
        beat = asyncio.create_task(self._beat(), name="beat")
        # what gunicorn takes for an application is what makes one; and the socket is the one that we have given it
        create_app, listener = cast(CreateApplication, self.wsgi), self.sockets[0]
        takes_connections = is_listening(listener)
        prepare_to_listen(listener)
        await self.serve(partial(create_app, takes_connections), listener)
        beat.cancel()

    async def _beat(self) -> None:
        """Show the parent that the loop turns; end with the parent where no signal says that it died."""
        while True:
            self.notify()
            if os.getppid() != self.ppid:
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(BEAT_S)


def run_workers(
    name: str, worker_class: type[AsyncWorker], load: LoadApplication, listener: socket.socket, workers: int
) -> NoReturn:
    """Serve with so many workers until SIGTERM, SIGINT or SIGHUP, then end with exit code 0."""
    WorkerManager(_Application(worker_class, load, workers), name, listener).run()
    sys.exit(0)


class WorkerManager(Arbiter):
    """Starts workers, and starts them again when they end or hang. It ends for no reason of theirs."""

    SIGNALS: ClassVar = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]
    # No exit code: gunicorn would end when a worker has ended with it.
    WORKER_BOOT_ERROR = APP_LOAD_ERROR = 257

    def __init__(self, application: BaseApplication, name: str, listener: socket.socket) -> None:
        self._systemd = Systemd()
        self._state = ProcessState(name=f"{name} worker", wanted=application.cfg.workers)
        self._pauses = RestartPauses()
        self._next_start = 0.0
        self._started: dict[int, float] = {}
        self._listener: socket.socket | None = listener  # None once it ends
        super().__init__(application)
        # gunicorn's own class of sockets listens as soon as it is made
        self.LISTENERS = [listener]  # type: ignore[misc, list-item]  # its stub takes a constant of its own class

    def handle_int(self) -> NoReturn:
        """End, with requests under way finished: also for Ctrl-C, and when the terminal is closed."""
        raise StopIteration

    handle_hup = handle_quit = handle_int

    def wait_for_signals(self, timeout: float | None = _TICK_S) -> list[int]:
        """Wait for a signal, no longer than until the next start."""
        left_s = self._next_start - time.monotonic()
        return super().wait_for_signals(min(_TICK_S, left_s) if left_s > 0 else timeout)

    def manage_workers(self) -> None:
        """Start the workers that are missing, unless there is a pause; called at least once a second."""
        self._systemd.report_alive()
        if time.monotonic() >= self._next_start:
            super().manage_workers()
        elif not self.WORKERS and self._listener is not None:
            # nobody would take a connection for a while
            refuse_connections(self._listener)
        if self._listener is not None and is_listening(self._listener):
            self._systemd.report_ready("serving")
        self._state.running = len(self.WORKERS)
        self._state.save()

    def spawn_worker(self) -> int:
        """Fork one worker. Returns its process id, in the parent alone."""
        pid: int = super().spawn_worker()
        self._started[pid] = time.monotonic()
        return pid

    def murder_workers(self) -> None:
        """Kill the workers that are hung."""
        for pid, worker in list(self.WORKERS.items()):
            if not worker.aborted and time.monotonic() - worker.tmp.last_update() > self.timeout:
                log.error("worker_hung", worker=self._state.name, pid=pid, seconds=self.timeout)
                # SIGKILL alone reaches a process that is stopped
                worker.aborted = True
                self.kill_worker(pid, signal.SIGKILL)

    def reap_workers(self) -> None:
        """Take note of the workers that have ended."""
        for pid in list(self.WORKERS):
            if (end := _peek_end(pid)) is not None and self._listener is not None:
                self._note_end(pid, end)
        super().reap_workers()

    def stop(self, graceful: bool = True) -> None:
        """Refuse connections, and let the workers finish what they have begun."""
        self._listener = None
        self._systemd.report_stopping()
        super().stop(graceful)

    def _note_end(self, pid: int, code: int) -> None:
        lived_s = time.monotonic() - self._started.pop(pid, 0.0)
        pause_s = self._pauses.pause_after(lived_s, killed=code <= 0)
        self._next_start = max(self._next_start, time.monotonic() + pause_s)
        self._state.note_end(describe_exit(code), pause_s)
        self._state.save()  # before the line: who has read the line finds it in readiness as well
        write = log.error if code else log.info  # 0: somebody has asked it to end
        write("worker_died", worker=self._state.name, pid=pid, exit_code=code, restart_in_s=pause_s)


def _die_before_the_parent() -> None:
    """Have a machine that is out of memory end this worker, which is back at once, rather than its parent."""
    path = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError, ValueError):  # Linux alone has it
        path.write_text(str(min(int(path.read_text()) + OOM_STEP, 1000)))


class _Application(BaseApplication):
    """What gunicorn asks for: its settings, and the application."""

    def __init__(self, worker_class: type[AsyncWorker], load: LoadApplication, workers: int) -> None:
        self._settings: dict[str, object] = {
            "worker_class": worker_class,
            "workers": workers,
            "preload_app": True,
            "timeout": HUNG_S,
            "graceful_timeout": GRACE_S,
            "logger_class": _Log,
            # a second way to control it, from outside
            "control_socket_disable": True,
        }
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> CreateApplication:  # type: ignore[override]  # for our workers alone, which know what it is
        # what is imported stays: to look for garbage in it would take a tenth of the start
        gc.disable()
        create_app = self._load()
        # imports what Litestar runs on, which it would import in each worker as that starts
        asyncio.run(anyio.lowlevel.checkpoint())
        gc.collect()
        # no worker's collector writes to these pages, which would copy them
        gc.freeze()
        gc.enable()
        return create_app


class _Log(Logger):
    """gunicorn's errors go where all lines go; how workers end is logged by WorkerManager."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel("ERROR")
        self.error_log.addFilter(lambda record: not str(record.msg).startswith("Worker (pid:"))


def _peek_end(pid: int) -> int | None:
    """Return a child's exit code, or its signal as a negative number, and leave it to be reaped; None while it runs."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return None
    try:
        end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    if end is None:
        return None
    return end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
