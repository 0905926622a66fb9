"""What each process of a service says of itself: processor, memory, open files, start, how late its event loop is.

Processes are told apart by the number of their worker (`0`, `1`, …), which a successor inherits, or `server`: the one
that starts them. Processor, memory and files are read from /proc, so on Linux alone.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from backend.contract.versions import describe_program
from backend.kit.process_states import read_process_states
from backend.kit.worker_metrics import server_pid, worker_number, worker_pids

TICK_S = 0.5
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ProcessFigures(Collector):
    """The standard `process_*` metrics of all processes of this service, with the label `worker`."""

    def collect(self) -> Iterable[Metric]:
        """Read them off /proc."""
        pids = {str(number): pid for number, pid in worker_pids().items()}
        if (server := server_pid()) is not None:
            pids["server"] = server
        families: dict[str, Metric] = {}
        for worker, pid in pids.items():
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                family = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    family.add_sample(sample.name, {"worker": worker}, sample.value)
        return [*families.values(), *_describe_supervised()]


def _describe_supervised() -> Iterable[Metric]:
    """Return what the supervisors of this machine know: how many processes run, how often they were started again."""
    running = GaugeMetricFamily("slotgate_process_running", "Processes that run.", labels=["process"])
    wanted = GaugeMetricFamily("slotgate_process_wanted", "Processes that should run.", labels=["process"])
    restarts = CounterMetricFamily("slotgate_process_restarts", "Ends that nobody had asked for.", labels=["process"])
    for state in read_process_states():
        running.add_metric([state.name], state.running)
        wanted.add_metric([state.name], state.wanted)
        restarts.add_metric([state.name], state.restarts)
    return running, wanted, restarts


class EventLoopMonitor:
    """Measures how late the event loop wakes up, twice a second. A loop that hangs stops its heartbeat."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = Histogram(
            "slotgate_event_loop_lag_seconds",
            "How late the event loop wakes up: what everything in this process waits for.",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        self._heartbeat = Gauge(
            "slotgate_worker_heartbeat_timestamp_seconds",
            "When the worker's event loop last turned.",
            ["worker"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    async def run(self, on_tick: Callable[[], None]) -> None:
        """Measure until cancelled; `on_tick` sets the gauges that are read off a state."""
        loop = asyncio.get_running_loop()
        heartbeat = self._heartbeat.labels(str(worker_number()))
        while True:
            due = loop.time() + TICK_S
            heartbeat.set_to_current_time()
            on_tick()
            await asyncio.sleep(due - loop.time())
            self._lag.observe(max(0.0, loop.time() - due))


def build_info() -> Metric:
    """Return `slotgate_build_info`: 1, with what the program says of itself as labels."""
    labels = describe_program()
    family = GaugeMetricFamily("slotgate_build_info", "What runs here; the value is 1.", labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family
