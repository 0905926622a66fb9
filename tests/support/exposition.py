"""A page of metrics as Prometheus reads it."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families


class Exposition:
    """The samples of one page. Raises ValueError where Prometheus could not read it."""

    def __init__(self, page: bytes) -> None:
        self.samples = [
            (sample.name, dict(sample.labels), sample.value)
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of that name with those labels; 0 where there is none."""
        return sum(value for found, having, value in self.samples if found == name and _includes(having, labels))

    def has(self, name: str, **labels: str) -> bool:
        """Whether there is a sample of that name with those labels."""
        return any(found == name and _includes(having, labels) for found, having, _ in self.samples)

    def label_values(self, label: str) -> set[str]:
        """Return every value of a label."""
        return {having[label] for _, having, _ in self.samples if label in having}


def _includes(having: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(having.get(label) == value for label, value in wanted.items())
