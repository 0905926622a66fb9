"""The backend's metrics.

Every label has few values: routes as they are declared, kinds, results; never a tenant, a person or anything that a
caller wrote.
"""

from collections.abc import Sequence
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backend.contract.errors import Code
from backend.contract.notices import Kind
from backend.kit.bounded_metrics import BoundedCounter, BoundedHistogram
from backend.kit.process_metrics import EventLoopMonitor

# A reading takes some 0.1 ms, a booking 1 ms, the slowest refusal 10 s.
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# From a message's due time to Telegram's answer: reminders are planned to the second, and are late after minutes.
_DELAY_BUCKETS = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0)

Transaction = Literal["read", "write"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_STATUS_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
# what becomes of a write to a booking: `done`, `replayed` (the same request came again) or why it was refused
RESULTS = ("done", "replayed", "internal", *(str(code) for code in Code))
RETRY_REASONS = ("deadlock", "serialization", "stale_plan", "connection")


class DatabaseMetrics:
    """How long transactions wait and take, and what leaves the database by itself."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.wait = BoundedHistogram(
            "slotgate_transaction_wait_seconds",
            "From the call to the first statement: the writer's queue, a free connection, the tenant's lock.",
            {"kind": get_args(Transaction)},
            _BUCKETS,
            registry,
        )
        self.seconds = BoundedHistogram(
            "slotgate_transaction_seconds",
            "From the first statement to the end; on SQLite a write is what is committed together.",
            {"kind": get_args(Transaction)},
            _BUCKETS,
            registry,
        )
        self.retries = BoundedCounter(
            "slotgate_transaction_retries",
            "Transactions begun again, by the reason.",
            {"reason": RETRY_REASONS},
            registry,
        )
        self.waiting = Gauge(
            "slotgate_transactions_waiting",
            "Transactions that wait for their turn.",
            ["kind"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.clients_unlinked = Counter(
            "slotgate_clients_unlinked",
            "Clients whose data left by themselves, as their business says.",
            registry=registry,
        )
        self.connections = Gauge(
            "slotgate_database_connections",
            "Connections to the database by what they are doing.",
            ["state"],
            registry=registry,
            multiprocess_mode="livesum",
        )


class Metrics:
    """The metrics of one worker, in a registry of its own: several applications may live in one test.

    `routes` are the path templates that a request may have.
    """

    def __init__(self, routes: Sequence[str]) -> None:
        self.registry = CollectorRegistry()
        self.database = DatabaseMetrics(self.registry)
        self.loop = EventLoopMonitor(self.registry)
        self._requests = BoundedHistogram(
            "slotgate_request_seconds",
            "Requests by route, method and class of status, from their arrival to the end of the answer.",
            {"route": routes, "method": METHODS, "status": _STATUS_CLASSES},
            _BUCKETS,
            self.registry,
        )
        self._actions = {route: action for route in routes if (action := _booking_action(route))}
        self._bookings = BoundedCounter(
            "slotgate_bookings",
            "Writes to bookings by action and result.",
            {"action": sorted(set(self._actions.values())), "result": RESULTS},
            self.registry,
        )
        self.free_times = Histogram(
            "slotgate_free_times_seconds",
            "What a list of free times costs: loading and searching, without waiting.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.notice_delay = BoundedHistogram(
            "slotgate_notice_delay_seconds",
            "From when a message was due to when it was sent.",
            {"kind": get_args(Kind)},
            _DELAY_BUCKETS,
            self.registry,
        )
        self.missed_reminders = Counter(
            "slotgate_reminders_missed",
            "Reminders that were not sent before their booking began.",
            registry=self.registry,
        )
        self.redis_up = Gauge(
            "slotgate_redis_up",
            "0 while Redis does not answer and the breaker is open (in any worker), else 1.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )

    def count_request(self, route: str, method: str, status: int, seconds: float, result: str) -> None:
        """Count a request. `status` 0 is one without an answer; `result` is an error's code, `replayed`, or empty."""
        self._requests.observe(seconds, route, method, _STATUS_CLASSES[status // 100])
        if method != "GET" and (action := self._actions.get(route)) is not None:
            self._bookings.inc(action, result or ("done" if 200 <= status < 300 else "internal"))


def _booking_action(route: str) -> str | None:
    """Return what a route does to bookings, None where it is about something else.

    `create` for `/v1/bookings`, `move` for `/v1/bookings/{booking_id}/move`, `hold`, `hold_confirm` …
    """
    words = [word for word in route.split("/") if word and not word.startswith("{")]
    if words[:2] == ["v1", "bookings"]:
        return "_".join(words[2:]) or ("change" if "{" in route else "create")
    if words[:2] == ["v1", "holds"]:
        return "_".join(["hold", *words[2:]])
    return None
