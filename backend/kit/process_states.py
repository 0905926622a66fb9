"""What each supervisor knows of its processes, for the readiness routes and the figures of all services of a machine.

Every supervisor (`up`, the parent of the gateway's workers, that of the backend's) keeps one small file in a directory
that all of them share; the time at which it was written last shows that the supervisor itself is not hung.
"""

import contextlib
import math
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

# set by the process that starts first: `up` or `demo`, else the service itself
DIRECTORY = "SLOTGATE_RUN_DIR"


class ProcessState(msgspec.Struct, kw_only=True):
    """A process, or the workers of a service, which are counted together."""

    name: str
    wanted: int = 1
    running: int = 0
    restarts: int = 0
    last_end: str | None = None
    retry_at: float | None = None  # epoch seconds

    @property
    def file(self) -> Path | None:
        """Where it is kept; None without a directory."""
        directory = os.environ.get(DIRECTORY)
        return Path(directory) / f"{self.name.replace(' ', '-')}.json" if directory else None

    def save(self) -> None:
        """Write it for the others to read. A full disk is no reason to stop supervising."""
        if (file := self.file) is not None:
            with contextlib.suppress(OSError):
                fresh = file.with_suffix(".new")
                fresh.write_bytes(msgspec.json.encode(self))
                fresh.replace(file)

    def note_end(self, end: str, pause_s: float) -> None:
        """Keep how it ended, and when it is started again."""
        self.restarts += 1
        self.last_end = end
        self.retry_at = time.time() + pause_s if pause_s else None

    def describe(self) -> dict[str, object]:
        """Return it as the readiness routes show it."""
        shown: dict[str, object] = {"running": self.running, "wanted": self.wanted, "restarts": self.restarts}
        if self.last_end is not None:
            shown["last_end"] = self.last_end
        if self.retry_at is not None and (left_s := self.retry_at - time.time()) > 0:
            shown["retry_in_s"] = round(left_s, 1)
        return shown


@contextlib.contextmanager
def run_directory(own: Path | None = None) -> Iterator[None]:
    """Provide the directory while a service runs: `own`, emptied, else one for this run.

    None where the process that has started the service provides it.
    """
    if own is None and os.environ.get(DIRECTORY):
        yield
        return
    if own is not None:
        # a run that was killed has left it
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(mode=0o700)
    directory = str(own or tempfile.mkdtemp(prefix="slotgate-run-"))
    os.environ[DIRECTORY] = directory
    try:
        yield
    finally:
        del os.environ[DIRECTORY]
        shutil.rmtree(directory, ignore_errors=True)


def seconds_since_sign(name: str) -> float:
    """Return how long ago the supervisor of these processes wrote their state; infinite if it never did."""
    file = ProcessState(name=name).file
    try:
        return math.inf if file is None else time.time() - file.stat().st_mtime
    except OSError:
        return math.inf


def read_process_states() -> list[ProcessState]:
    """Return what the supervisors of this machine know of their processes, by name."""
    directory = os.environ.get(DIRECTORY)
    states: list[ProcessState] = []
    for file in sorted(Path(directory).glob("*.json")) if directory else ():
        with contextlib.suppress(OSError, msgspec.DecodeError):
            states.append(msgspec.json.decode(file.read_bytes(), type=ProcessState))
    return states


def describe_processes() -> dict[str, dict[str, object]]:
    """Return the state of each process by its name, as the readiness routes show it."""
    return {state.name: state.describe() for state in read_process_states()}


def describe_exit(code: int) -> str:
    """Return how a process ended, given its exit code, or a signal's number as a negative one."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal has no name
        return f"killed by signal {-code}"
