"""The backend's settings: environment, overridden by flags, checked once."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backend.kit.addresses import BadAddress, database_address, redis_address, sqlite_address
from backend.kit.internal_key import describe_bad_key
from backend.kit.logging import LogFormat, default_log_format

DEFAULT_BACKEND_URL = "http://127.0.0.1:8001"


class SettingsError(Exception):
    """A setting that cannot be used, told in one sentence. `exit_code` is the command line's."""

    exit_code = 3


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the backend reads from outside. `internal_key` is a secret and never shown."""

    database_url: str
    internal_key: str
    redis_url: str | None = None
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8001
    log_format: LogFormat = "json"
    adjustable_clock: bool = False

    def __repr__(self) -> str:
        return f"Settings({self.host}:{self.port})"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **flags: object) -> "Settings":
        """Read the settings: flags win over the environment, the environment over defaults. Raises SettingsError."""
        env = os.environ if env is None else env
        key = env.get("SLOTGATE_INTERNAL_KEY", "")
        if problem := describe_bad_key(key):
            raise SettingsError(problem)
        host, port = _address(env.get("SLOTGATE_BACKEND_URL") or DEFAULT_BACKEND_URL)
        values: dict[str, object] = {
            "database_url": database_url(env),
            "internal_key": key,
            "redis_url": _redis_url(env),
            "data_dir": data_dir(env),
            "host": host,
            "port": port,
            "log_format": env.get("SLOTGATE_LOG_FORMAT") or default_log_format(),
            "adjustable_clock": env.get("SLOTGATE_ADJUSTABLE_CLOCK") == "1",
        }
        values |= {name: value for name, value in flags.items() if value is not None}
        if values["log_format"] not in ("json", "console"):
            raise SettingsError("SLOTGATE_LOG_FORMAT must be json or console.")
        return msgspec.convert(values, cls)


def database_url(env: Mapping[str, str] | None = None) -> str:
    """Return SLOTGATE_DATABASE_URL, else the SQLite file under SLOTGATE_DATA_DIR (`data`). Raises SettingsError."""
    env = os.environ if env is None else env
    url = env.get("SLOTGATE_DATABASE_URL")
    try:
        return database_address(url) if url else sqlite_address(data_dir(env))
    except BadAddress as problem:
        name = "SLOTGATE_DATABASE_URL" if url else "SLOTGATE_DATA_DIR"
        raise SettingsError(f"{name} {problem}.") from None


def _redis_url(env: Mapping[str, str]) -> str | None:
    url = env.get("SLOTGATE_REDIS_URL")
    try:
        return redis_address(url) if url else None
    except BadAddress as problem:
        raise SettingsError(f"SLOTGATE_REDIS_URL {problem}.") from None


def data_dir(env: Mapping[str, str] | None = None) -> Path:
    """SLOTGATE_DATA_DIR (`data`)."""
    return Path((os.environ if env is None else env).get("SLOTGATE_DATA_DIR") or "data")


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = None
        parts = urlsplit("")
    if parts.scheme != "http" or not parts.hostname or port is None:
        raise SettingsError("SLOTGATE_BACKEND_URL must look like http://127.0.0.1:8001.")
    return parts.hostname, port
