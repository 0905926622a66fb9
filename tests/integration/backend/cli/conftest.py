"""Commands of the backend, run on the test's own database."""

from collections.abc import Callable

import msgspec
import pytest

from backend.__main__ import main
from tests.support.servers import INTERNAL_KEY, apart

TENANT = {"name": "Barber", "timezone": "Europe/Moscow", "locale": "ru", "currency": "RUB"}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the test's database; return exit code, stdout, stderr."""
    monkeypatch.setenv("SLOTGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", INTERNAL_KEY)
    monkeypatch.setenv("SLOTGATE_TENANT_JSON", msgspec.json.encode(TENANT).decode())
    # as in a process of its own, where nothing has served before
    monkeypatch.setattr("backend.kit.logging._sink.configured", False)

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = apart(lambda: main(list(arguments)))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert INTERNAL_KEY not in out + err
        return code, out, err

    return call
