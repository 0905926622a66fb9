"""The gateway's metrics for Prometheus. Labels are bounded: outcomes and kinds, never a tenant or a person.

Several workers share one port, and a scrape reaches any one of them, which answers for all (`backend.kit.worker_metrics`).
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from backend.kit.bounded_metrics import BoundedCounter
from backend.kit.process_metrics import EventLoopMonitor, ProcessFigures, build_info
from backend.kit.worker_metrics import render_metrics

OUTCOMES = (
    "done",
    "ignored",
    "repeated",
    "in_progress",
    "person_limited",
    "tenant_limited",
    "quarantined",
    "failed",
    "backend_down",
    "telegram_down",
    "telegram_limited",
    "overloaded",
    "draining",
    "loading",
    "unauthorized",
    "disabled",
    "too_large",
    "unsupported_type",
    "invalid",
    "slow",
)
_RESULTS = ("done", "refused", "unreachable")
_NOTICE_OUTCOMES = ("sent", "retry", "blocked", "failed", "unsure")
# what the backend and the proxy itself answer
_STATUSES = [
    str(status) for status in (200, 201, 202, 204, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 503)
]
# An update waits for one backend call and one of Telegram's; Telegram gives up after 60 s.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The figures of one worker, in a registry of its own: several gateways may live in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.loop = EventLoopMonitor(self.registry)
        self._updates = BoundedCounter(
            "slotgate_updates", "Updates by how they ended.", {"outcome": OUTCOMES}, self.registry
        )
        self.update_seconds = Histogram(
            "slotgate_update_seconds",
            "From the request to the answer, of updates that were worked on.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.redis_fallback = Counter(
            "slotgate_redis_fallback", "Decisions taken without Redis.", registry=self.registry
        )
        self.redis_up = Gauge(
            "slotgate_redis_up",
            "1 while Redis answers (all workers).",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.tenants = Gauge(
            "slotgate_tenants", "Tenants that are served.", registry=self.registry, multiprocess_mode="livemax"
        )
        self.in_flight = Gauge(
            "slotgate_updates_in_flight",
            "Updates being worked on, as of the last few seconds.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.waiting = Gauge(
            "slotgate_updates_waiting",
            "Updates that wait for a place, as of the last few seconds; their bodies are not read yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.quarantined = Counter("slotgate_quarantined", "Updates put into quarantine.", registry=self.registry)
        self.webhook_registrations = BoundedCounter(
            "slotgate_webhook_registrations", "Calls of setWebhook by result.", {"result": _RESULTS}, self.registry
        )
        self.notices = BoundedCounter(
            "slotgate_notices", "Notices by how they ended.", {"outcome": _NOTICE_OUTCOMES}, self.registry
        )
        self.public_requests = BoundedCounter(
            "slotgate_public_requests", "Requests of public clients by status.", {"status": _STATUSES}, self.registry
        )
        self.polls = BoundedCounter(
            "slotgate_polls", "Calls of getUpdates by result.", {"result": _RESULTS}, self.registry
        )

    def count_update(self, outcome: str) -> None:
        """Count an update by its outcome, one of OUTCOMES."""
        self._updates.inc(outcome)

    def render(self) -> bytes:
        """Return the text that Prometheus reads: of this worker if it is alone, else of all of them together."""
        return render_metrics(self.registry, _BuildInfo(), ProcessFigures())


class _BuildInfo(Collector):
    def collect(self) -> Iterable[Metric]:
        yield build_info()
