"""The metrics of several worker processes as one: whichever worker is scraped answers for all of them.

prometheus_client keeps each worker's values in files of a shared directory and adds them up. It names the files after
process ids, so that each worker that was ever replaced would leave some behind. Here a worker takes the lowest number
that no living worker has: its successor goes on with the same files. The number is held by a lock on a file, which the
kernel gives back however the worker ends; the file says which process holds it.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import prometheus_client.values
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from backend.kit import process_states

# prometheus_client's own variable
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
# the process that started the workers, where there is one
SERVER_PID = "SLOTGATE_SERVER_PID"
# Litestar adds the charset; given twice, Prometheus refuses the whole page
CONTENT_TYPE = "text/plain; version=0.0.4"


class _Joined:
    """One of several workers, as this process is: its number, and the open file whose lock holds it."""

    number = 0
    lock: int | None = None


@contextlib.contextmanager
def share_metrics(workers: int) -> Iterator[None]:
    """Let the workers that are started inside share their metrics. For the process that starts them."""
    os.environ[SERVER_PID] = str(os.getpid())
    with contextlib.ExitStack() as stack:
        stack.callback(os.environ.pop, SERVER_PID, None)
        if workers > 1:
            # below what is removed at the next start, should this process be killed
            below = os.environ.get(process_states.DIRECTORY)
            os.environ[DIRECTORY] = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="slotgate-metrics-", dir=below)
            )
            stack.callback(os.environ.pop, DIRECTORY, None)
        yield


def join_workers() -> None:
    """Take a number among the workers that share their metrics. In a worker, before its first metric is made."""
    directory = os.environ.get(DIRECTORY)
    if not directory or _Joined.lock is not None:
        return
    for number in count():
        lock = _lock(_lock_file(Path(directory), number))
        if lock is not None:
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            _Joined.number, _Joined.lock = number, lock
            break
    # read when a metric is made; with the default, the files would be named after process ids
    values: Any = prometheus_client.values  # the library has no types here
    values.ValueClass = values.MultiProcessValue(worker_number)


def worker_number() -> int:
    """Return this worker's number, from 0; the same for its successor."""
    return _Joined.number


def worker_pids() -> dict[int, int]:
    """Return the process ids of the living workers by their numbers. Gauges of the dead are forgotten."""
    directory = os.environ.get(DIRECTORY)
    if not directory:
        return {0: os.getpid()}
    pids: dict[int, int] = {}
    for file in Path(directory).glob("worker-*.lock"):
        number = int(file.stem.removeprefix("worker-"))
        lock = _lock(file)
        if lock is None:
            with contextlib.suppress(ValueError):  # it has just taken its number
                pids[number] = int(file.read_text())
            continue
        # while the lock is ours, no successor writes into these files
        for gauges in Path(directory).glob(f"gauge_live*_{number}.db"):
            gauges.unlink(missing_ok=True)
        os.close(lock)
    return dict(sorted(pids.items()))


def server_pid() -> int | None:
    """Return the id of the process that started the workers, None where this one serves by itself."""
    pid = os.environ.get(SERVER_PID, "")
    return int(pid) if pid.isdigit() and int(pid) != os.getpid() else None


def render_metrics(own: CollectorRegistry, *shared: Collector) -> bytes:
    """Return the page that Prometheus reads: `own` of this worker, or of all of them together, and the `shared` ones.

    `shared` says the same whichever worker is asked (the database's state, say).
    """
    directory = os.environ.get(DIRECTORY)
    page = CollectorRegistry()
    for collector in shared:
        page.register(collector)
    if not directory:
        return generate_latest(own) + generate_latest(page)
    worker_pids()
    MultiProcessCollector(page, directory)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(page)


def _lock_file(directory: Path, number: int) -> Path:
    return directory / f"worker-{number}.lock"


def _lock(file: Path) -> int | None:
    """Return the open file with a lock on it, None where a living process holds that lock."""
    opened = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    return opened
