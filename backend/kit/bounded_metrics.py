"""Metrics whose labels have a fixed set of values; any other value is counted as `other`.

No input, and no mistake in our own code, can make more series of them, each of which costs memory here and at
Prometheus for good.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

OTHER = "other"
# A metric with so few series has them from the start, so that the first event of a kind is an increase of its own.
FEW = 32
C = TypeVar("C")


class _Children(Generic[C]):
    """The series of one metric by their label values, made when they are first used."""

    def __init__(self, allowed: Sequence[Sequence[str]], make: Callable[..., C]) -> None:
        self._allowed = [frozenset(values) for values in allowed]
        self._make = make
        self._known: dict[tuple[str, ...], C] = {}
        if prod(map(len, allowed)) <= FEW:
            for values in product(*allowed):
                self.of(values)

    def of(self, values: tuple[str, ...]) -> C:
        child = self._known.get(values)
        if child is None:
            bounded = tuple(
                value if value in allowed else OTHER for value, allowed in zip(values, self._allowed, strict=True)
            )
            child = self._known.get(bounded) or self._known.setdefault(bounded, self._make(*bounded))
        return child


class BoundedCounter:
    """A counter. `labels` maps each label to its values, in the order in which `inc` takes them."""

    def __init__(
        self, name: str, documentation: str, labels: Mapping[str, Sequence[str]], registry: CollectorRegistry
    ) -> None:
        counter = Counter(name, documentation, list(labels), registry=registry)
        self._children = _Children(list(labels.values()), counter.labels)

    def inc(self, *values: str, by: float = 1.0) -> None:
        """Count one more, or `by` more, with these label values."""
        self._children.of(values).inc(by)


class BoundedHistogram:
    """A histogram; as BoundedCounter."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Mapping[str, Sequence[str]],
        buckets: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        histogram = Histogram(name, documentation, list(labels), buckets=buckets, registry=registry)
        self._children = _Children(list(labels.values()), histogram.labels)

    def observe(self, amount: float, *values: str) -> None:
        """Count one more of this size, with these label values."""
        self._children.of(values).observe(amount)
