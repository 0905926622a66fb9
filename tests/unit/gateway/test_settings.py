"""The settings: what wins over what, and one sentence for each value that cannot be used."""

from pathlib import Path

import pytest

from gateway.errors import Misconfigured
from gateway.settings import Settings


def test_flags_win_over_the_environment_and_that_over_defaults() -> None:
    env = {"SLOTGATE_PORT": "9000", "SLOTGATE_DATA_DIR": "/srv/data", "SLOTGATE_WORKERS": ""}
    settings = Settings.from_env({"port": 9100, "host": None}, env=env)
    assert (settings.port, settings.host, settings.workers) == (9100, "127.0.0.1", 1)
    assert settings.data_dir == Path("/srv/data")
    assert settings.database == "sqlite+aiosqlite:////srv/data/sqlite/booking.db"


def test_the_defaults_are_the_contracts() -> None:
    settings = Settings.from_env(env={})
    assert settings.tenants_dir == Path("tenants")
    assert settings.database == "sqlite+aiosqlite:///data/sqlite/booking.db"
    assert settings.backend_url == "http://127.0.0.1:8001"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert not settings.literals_allowed


def test_a_child_reads_what_its_parent_decided() -> None:
    settings = Settings.from_env(
        {"polling": True, "internal_key": "k" * 32, "redis_url": "redis://127.0.0.1:1/0", "data_dir": Path("/d")},
        env={},
    )
    child = Settings.from_env(env=settings.to_env())
    assert child.database_url == settings.database
    assert child.to_env() == settings.to_env()


def test_the_key_is_in_no_repr_and_its_absence_is_explained() -> None:
    assert "hush-hush" not in repr(Settings.from_env({"internal_key": "hush-hush" * 4}, env={}))
    with pytest.raises(Misconfigured, match="SLOTGATE_INTERNAL_KEY is not set"):
        Settings.from_env(env={}).require_key()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8002", True),
        ("http://localhost:8002", True),
        ("http://[::1]:8002", True),
        ("https://api.telegram.org", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1:8081", False),
    ],
)
def test_literal_tokens_belong_to_a_telegram_on_this_machine(url: str, allowed: bool) -> None:
    assert Settings.from_env(env={"SLOTGATE_TELEGRAM_API_URL": url}).literals_allowed is allowed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTGATE_PORT", "eighty"),
        ("SLOTGATE_PORT", "70000"),
        ("SLOTGATE_PORT", "8_000"),
        ("SLOTGATE_WORKERS", "0"),
        ("SLOTGATE_POLLING", "perhaps"),
        ("SLOTGATE_LOG_FORMAT", "xml"),
        ("SLOTGATE_REDIS_URL", "http://127.0.0.1"),
        ("SLOTGATE_PUBLIC_URL", "no-scheme.test"),
        ("SLOTGATE_PUBLIC_URL", "https://user:word@bots.example"),
        ("SLOTGATE_BACKEND_URL", "http://127.0.0.1:99999"),
        ("SLOTGATE_TELEGRAM_API_URL", "ftp://api"),
        ("SLOTGATE_INTERNAL_KEY", "with a space"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name) as caught:
        Settings.from_env(env={name: value})
    assert value not in str(caught.value)
