"""The settings of all parts of the gateway and of the command line. Flags win over the environment, that over defaults."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backend.kit.addresses import BadAddress, database_address, redis_address, sqlite_address
from backend.kit.internal_key import describe_bad_key
from backend.kit.logging import LogFormat, default_log_format
from gateway.errors import Misconfigured
from gateway.telegram_address import choose_proxy, describe_unreachable

TELEGRAM_API_URL = "https://api.telegram.org"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
WEBHOOK_PATH = "/tg/webhook/"  # followed by the tenant's slug
_FOLDERS = ("tenants_dir", "data_dir")
_ADDRESSES = {"redis_url": redis_address, "database_url": database_address}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, checked. `redis_url` None means the embedded server, which only `up` and `demo` start.

    `public_url` is the address that Telegram reaches: the base of the webhooks, unless `polling` takes their place.
    `telegram_proxy` is how Telegram is reached where it is blocked: our own setting, else HTTPS_PROXY and its like.
    `trusted_proxies` are the networks whose X-Real-IP is believed.
    """

    tenants_dir: Path = Path("tenants")
    data_dir: Path = Path("data")
    database_url: str | None = None
    redis_url: str | None = None
    telegram_api_url: str = TELEGRAM_API_URL
    telegram_proxy: str | None = None
    public_url: str | None = None
    backend_url: str = "http://127.0.0.1:8001"
    internal_key: str = ""
    log_format: LogFormat = "json"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    polling: bool = False
    adjustable_clock: bool = False
    trusted_proxies: tuple[Network, ...] = LOOPBACK

    def __repr__(self) -> str:
        return f"Settings(tenants_dir={str(self.tenants_dir)!r}, data_dir={str(self.data_dir)!r})"

    @property
    def literals_allowed(self) -> bool:
        """Whether a tenant file may hold a token itself: only if Telegram is the sandbox on this machine."""
        return is_loopback(urlsplit(self.telegram_api_url).hostname or "")

    @property
    def database(self) -> str:
        """The database's address: the one that was set, else SQLite inside the data directory."""
        return self.database_url or sqlite_address(self.data_dir)

    def webhook_url(self, slug: str) -> str | None:
        """Return where Telegram is to send a tenant's updates, None if they are polled or there is no public address."""
        if self.polling or self.public_url is None:
            return None
        return f"{self.public_url.rstrip('/')}{WEBHOOK_PATH}{slug}"

    def require_key(self) -> str:
        """Return the internal key. Raises Misconfigured, with a sentence that says where to get one."""
        if problem := describe_bad_key(self.internal_key):
            raise Misconfigured(problem)
        return self.internal_key

    @classmethod
    def from_env(
        cls, overrides: Mapping[str, object] | None = None, env: Mapping[str, str] | None = None
    ) -> "Settings":
        """Read SLOTGATE_* from `env` (the process's own by default); an override that is None leaves its setting alone.

        Raises Misconfigured for a value that cannot be used; an empty variable counts as unset.
        """
        source = os.environ if env is None else env
        values: dict[str, Any] = {}  # Any: of each field's own type, as the command line and `_parse` make them
        for field in cls.__struct_fields__:
            raw = source.get(variable_name(field), "")
            if raw.strip():
                # a folder may have spaces at the ends of its name
                values[field] = Path(raw) if field in _FOLDERS else _parse(field, raw.strip())
        values.update({field: value for field, value in (overrides or {}).items() if value is not None})
        settings = cls(**{"log_format": default_log_format(), **values})
        settings._check()
        try:
            proxy = choose_proxy(settings.telegram_api_url, settings.telegram_proxy, source)
        except BadAddress as problem:
            raise Misconfigured(f"{problem}.") from None
        return msgspec.structs.replace(settings, telegram_proxy=proxy)

    def to_env(self) -> dict[str, str]:
        """Return the same settings as variables, for a child process; secrets travel this way and never as arguments."""
        variables = {}
        for field in self.__struct_fields__:
            value = self.database if field == "database_url" else getattr(self, field)
            if isinstance(value, bool):
                value = "1" if value else "0"
            if isinstance(value, tuple):
                value = ",".join(map(str, value))
            if value not in (None, ""):
                variables[variable_name(field)] = str(value)
        return variables

    def _check(self) -> None:
        for field in ("telegram_api_url", "public_url", "backend_url"):
            value = getattr(self, field)
            if value is not None:
                _check_http(variable_name(field), value)
        registers = self.public_url if self.telegram_api_url == TELEGRAM_API_URL and not self.polling else None
        if registers is not None and (problem := describe_unreachable(registers)):
            raise Misconfigured(f"{variable_name('public_url')} {problem}.")
        try:
            self.database.encode()
        except (BadAddress, UnicodeEncodeError):
            raise Misconfigured(f"{variable_name('data_dir')} has a name that is not UTF-8.") from None
        if self.log_format not in ("json", "console"):
            raise Misconfigured(f"{variable_name('log_format')} must be json or console.")
        if not 0 <= self.port <= 65535:
            raise Misconfigured(f"{variable_name('port')} must be between 0 and 65535.")
        if not 1 <= self.workers <= 64:
            raise Misconfigured(f"{variable_name('workers')} must be between 1 and 64.")
        if self.internal_key and (problem := describe_bad_key(self.internal_key)):
            raise Misconfigured(problem)


def variable_name(field: str) -> str:
    """Return the environment variable of a setting."""
    return f"SLOTGATE_{field.upper()}"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse(field: str, raw: str) -> object:
    if field in ("port", "workers"):
        # int() alone would take " 8_000 " and other scripts' digits
        if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
            raise Misconfigured(f"{variable_name(field)} must be a whole number.")
        return int(raw)
    if field in ("polling", "adjustable_clock"):
        if raw.lower() not in ("0", "1", "true", "false"):
            raise Misconfigured(f"{variable_name(field)} must be 1 or 0.")
        return raw.lower() in ("1", "true")
    if field == "trusted_proxies":
        return _parse_networks(variable_name(field), raw)
    if field in _ADDRESSES:
        try:
            return _ADDRESSES[field](raw)
        except BadAddress as problem:
            raise Misconfigured(f"{variable_name(field)} {problem}.") from None
    return raw.rstrip("/") if field in ("telegram_api_url", "public_url", "backend_url") else raw


def _parse_networks(name: str, raw: str) -> tuple[Network, ...]:
    networks: list[Network] = []
    for part in raw.split(","):
        try:
            network = ipaddress.ip_network(part.strip())
        except ValueError:
            raise Misconfigured(
                f"{name} must be addresses or networks such as 10.0.3.0/24, separated by commas; {part.strip()!r} is neither."
            ) from None
        if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
            # the same network as a server that listens on IPv6 shows its peers
            host = network.network_address.ipv4_mapped
            network = ipaddress.IPv4Network((int(host or 0), network.prefixlen - _MAPPED.prefixlen))
        networks.append(network)
    return tuple(networks)


def _check_http(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = None
    # credentials in an address would end up in logs
    if not usable or parts is None or "@" in parts.netloc or parts.query or parts.fragment:
        raise Misconfigured(f"{name} must be an address such as https://bots.example, without credentials or a query.")
