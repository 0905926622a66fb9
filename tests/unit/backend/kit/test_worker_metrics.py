"""Several workers, one page: the sum, whichever is asked, also after some were killed, and nothing that piles up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.kit.worker_metrics import DIRECTORY, SERVER_PID, share_metrics
from tests.support.exposition import Exposition

ROOT = Path(__file__).parents[4]
WORKER = """
import sys
from prometheus_client import CollectorRegistry, Counter, Gauge
from backend.kit.process_metrics import ProcessFigures
from backend.kit.worker_metrics import join_workers, render_metrics, worker_number
join_workers()
registry = CollectorRegistry()
done = Counter("done", "Done.", registry=registry)
busy = Gauge("busy", "Busy.", registry=registry, multiprocess_mode="livesum")
print(worker_number(), flush=True)
for line in sys.stdin:
    if line == "page\\n":
        page = render_metrics(registry, ProcessFigures())
        print(len(page), flush=True)
        sys.stdout.buffer.write(page)
        sys.stdout.flush()
    else:
        done.inc(int(line))
        busy.set(int(line))
        print("counted", flush=True)
"""


class Worker:
    """A process that counts and shows, as it is told."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, stdin=pipe, stdout=pipe)
        self.number = int(self._line())

    def count(self, number: int) -> None:
        self._tell(str(number))
        assert self._line() == "counted"

    def page(self) -> Exposition:
        self._tell("page")
        assert self.process.stdout is not None
        return Exposition(self.process.stdout.read(int(self._line())))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()


def test_whichever_worker_is_asked_tells_the_sum_also_of_the_killed() -> None:
    with share_metrics(2):
        first, second = Worker(), Worker()
        assert (first.number, second.number) == (0, 1)
        first.count(3)
        second.count(4)
        for page in (first.page(), second.page()):
            assert (page.value("done_total"), page.value("busy")) == (7, 7)
            assert page.label_values("worker") == {"0", "1", "server"}
            assert page.value("process_resident_memory_bytes", worker="1") > 1e7
        first.kill()
        page = second.page()
        # what it had counted still counts; what it was doing does not
        assert (page.value("done_total"), page.value("busy")) == (7, 4)
        assert page.label_values("worker") == {"1", "server"}
        successor = Worker()
        assert successor.number == 0
        successor.count(1)
        assert (page := second.page()).value("done_total") == 8
        assert page.value("busy") == 5
        successor.kill()
        second.kill()


def test_workers_that_are_replaced_leave_nothing_behind() -> None:
    with share_metrics(2):
        directory = Path(os.environ[DIRECTORY])
        steady = Worker()
        names: set[str] = set()
        for round_ in range(8):
            worker = Worker()
            worker.count(1)
            worker.kill()
            if round_ == 0:
                steady.page()
                names = {file.name for file in directory.iterdir()}
        assert steady.page().value("done_total") == 8
        assert {file.name for file in directory.iterdir()} == names
        steady.kill()
    assert not directory.exists()


def test_a_worker_alone_keeps_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DIRECTORY, raising=False)
    with share_metrics(1):
        assert DIRECTORY not in os.environ
        worker = Worker()
        worker.count(5)
        page = worker.page()
        assert page.value("done_total") == 5
        assert page.label_values("worker") == {"0", "server"}
        worker.kill()
    assert SERVER_PID not in os.environ
