"""The gateway's figures for Prometheus. Labels are bounded: outcomes and kinds, never a tenant or a person.

Several workers share one port, and a scrape reaches any one of them: each keeps its figures in a directory that all of
them read, so that the one that answers gives the sum (`multiprocess`).
"""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.observability.multiprocess import DIRECTORY

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
# An update waits for one backend call and one of Telegram's; Telegram gives up after 60 s.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The figures of one worker, in a registry of its own: several gateways may live in one test."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        updates = Counter("slotgate_updates", "Updates by how they ended.", ["outcome"], registry=self.registry)
        self._updates = {outcome: updates.labels(outcome) for outcome in OUTCOMES}
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
        self.quarantined = Counter("slotgate_quarantined", "Updates put into quarantine.", registry=self.registry)
        self.webhook_registrations = Counter(
            "slotgate_webhook_registrations", "Calls of setWebhook by result.", ["result"], registry=self.registry
        )
        self.notices = Counter("slotgate_notices", "Notices by how they ended.", ["outcome"], registry=self.registry)
        self.public_requests = Counter(
            "slotgate_public_requests", "Requests of public clients by status.", ["status"], registry=self.registry
        )
        self.polls = Counter("slotgate_polls", "Calls of getUpdates by result.", ["result"], registry=self.registry)

    def count_update(self, outcome: str) -> None:
        """Count an update by its outcome, one of OUTCOMES."""
        self._updates[outcome].inc()

    def render(self) -> bytes:
        """Return the text that Prometheus reads: of this worker if it is alone, else of all of them together."""
        directory = os.environ.get(DIRECTORY)
        if not directory:
            return generate_latest(self.registry)
        _remove_gauges_of_dead_workers(Path(directory))
        sums = CollectorRegistry()
        MultiProcessCollector(sums, directory)  # type: ignore[no-untyped-call]  # the library has no types here
        return generate_latest(sums)


def _remove_gauges_of_dead_workers(directory: Path) -> None:
    """Forget what a worker that has died was doing; what it had counted still counts."""
    for file in directory.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
        except PermissionError:
            continue
