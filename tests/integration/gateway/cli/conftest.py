"""The doctor does not take the time that it takes on a living installation."""

import pytest

from gateway.cli import running_services


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch the event loops for a moment; `tests/e2e/test_prometheus.py` calls the doctor as it is."""
    monkeypatch.setattr(running_services, "MEASURED_S", 0.1)
