"""Settings: flags over environment over defaults, each mistake in one sentence, the key never shown."""

import pytest

from backend.settings import Settings, SettingsError, database_url

KEY = "a-key-that-must-not-be-shown-to-anybody"


def test_defaults() -> None:
    found = Settings.from_env({"SLOTGATE_INTERNAL_KEY": KEY})
    assert (found.host, found.port, found.redis_url) == ("127.0.0.1", 8001, None)
    assert found.database_url == "sqlite+aiosqlite:///data/sqlite/booking.db"
    assert not found.adjustable_clock


def test_flags_win_over_the_environment() -> None:
    env = {"SLOTGATE_INTERNAL_KEY": KEY, "SLOTGATE_BACKEND_URL": "http://10.0.0.1:9001"}
    assert Settings.from_env(env).port == 9001
    assert Settings.from_env(env, port=1234, host=None).port == 1234
    assert Settings.from_env(env, host="::1").host == "::1"


def test_the_data_directory_holds_the_database() -> None:
    assert database_url({"SLOTGATE_DATA_DIR": "/srv/x"}) == "sqlite+aiosqlite:////srv/x/sqlite/booking.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTGATE_INTERNAL_KEY", ""),
        ("SLOTGATE_DATABASE_URL", "mysql://x"),
        ("SLOTGATE_BACKEND_URL", "localhost:8001"),
        ("SLOTGATE_BACKEND_URL", "http://localhost"),
        ("SLOTGATE_BACKEND_URL", "http://localhost:99999"),
        ("SLOTGATE_LOG_FORMAT", "xml"),
    ],
)
def test_a_mistake_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({"SLOTGATE_INTERNAL_KEY": KEY} | {name: value})


def test_the_key_is_in_no_repr() -> None:
    assert KEY not in repr(Settings.from_env({"SLOTGATE_INTERNAL_KEY": KEY}))
