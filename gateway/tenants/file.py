"""One tenant file: its shape, its secrets, and every problem in it at once."""

import hashlib
import hmac
import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml

from backend.contract.people import LOCALES, Locale
from backend.kit.strict_yaml import Problem, Reader, join, shown
from gateway.settings import is_loopback
from gateway.tenants.secret_file import read_secret_file

SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{1,31}\Z")
PERIODS = {"second": 1, "minute": 60, "hour": 3600}
MAX_RATE = 1_000_000
MAX_ORIGINS = 32
_RATE = re.compile(r"\A([0-9]{1,7})/(second|minute|hour)(?: burst ([0-9]{1,7}))?\Z")
# Telegram's own are longer; the sandbox's and other Bot API servers' may be short
_TOKEN = re.compile(r"\A[0-9]{1,20}:[A-Za-z0-9_-]{3,256}\Z")
_SECRET = re.compile(r"\A[A-Za-z0-9_-]{1,256}\Z")
_VARIABLE = re.compile(r"\A[A-Za-z_][A-Za-z0-9_]*\Z")


class Rate(msgspec.Struct, frozen=True, gc=False):
    """`count` per `period_s` seconds on average, at most `burst` at once (`burst` is `count` where the file says none)."""

    count: int
    period_s: int
    burst: int


class RateLimits(msgspec.Struct, frozen=True, gc=False):
    """What is admitted: per Telegram person, per business, and per public client."""

    per_user: Rate = Rate(30, 60, 30)
    per_tenant: Rate = Rate(1200, 60, 1200)
    public: Rate = Rate(60, 60, 60)


class PublicApi(msgspec.Struct, frozen=True, gc=False):
    """Whether web pages may come in at all, and from which origins a browser may read the answers."""

    enabled: bool = False
    origins: tuple[str, ...] = ()


_DEFAULT_RATES = RateLimits()
_DEFAULT_PUBLIC = PublicApi()
_Value = TypeVar("_Value", bound=Hashable)


@lru_cache(maxsize=1024)
def _first_equal(value: Any) -> Any:
    return value


def _shared(value: _Value) -> _Value:
    """One object for all tenants that say the same, which is most of ten thousand."""
    first: _Value = _first_equal(value)
    return first


class Tenant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A business as its file describes it. `bot_token` and `webhook_secret` are secrets and never appear in a repr.

    `fingerprint` changes whenever anything here does, the secrets included, and tells nothing about them.
    """

    slug: str
    name: str
    bot_token: str
    webhook_secret: str
    timezone: str
    locale: Locale
    currency: str
    enabled: bool
    rate_limits: RateLimits
    public: PublicApi
    fingerprint: str

    @property
    def bot_id(self) -> int:
        """The bot's Telegram id, which stays the same when its token is renewed."""
        return int(self.bot_token.partition(":")[0])

    def __repr__(self) -> str:
        return f"Tenant({self.slug!r}, fingerprint={self.fingerprint!r})"


class Parsed(msgspec.Struct):
    """What came out of one file: a tenant, or the problems that stand in its way. `secret_files` are those it refers to."""

    tenant: Tenant | None
    problems: list[Problem]
    secret_files: tuple[Path, ...] = ()


def parse(path: Path, data: bytes, *, env: Mapping[str, str], internal_key: str, literals_allowed: bool) -> Parsed:
    """Read one tenant file from its bytes; `path` gives the slug and the place that `file:` secrets are relative to."""
    reader = _TenantReader(path, env, literals_allowed)
    tenant = reader.read(data, internal_key)
    problems = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
    return Parsed(None if problems else tenant, problems, tuple(reader.secret_files))


def slug_problem(path: Path) -> Problem | None:
    """What is wrong with the file's name, if anything."""
    if path.suffix == ".yml":
        return Problem(str(path), 1, 1, "", f"rename this file to {path.stem}.yaml: only .yaml files are tenants")
    if SLUG.match(path.stem):
        return None
    message = (
        f"the file's name is the tenant's slug, and {shown(path.stem)} is none: "
        "2 to 32 of a-z, 0-9 and -, beginning with a letter or digit"
    )
    return Problem(str(path), 1, 1, "", message)


def derived_webhook_secret(internal_key: str, slug: str) -> str:
    """The secret of a tenant that names none: the same on every gateway, and within Telegram's alphabet."""
    return hmac.new(internal_key.encode(), b"webhook:" + slug.encode(), hashlib.sha256).hexdigest()


@cache
def zones() -> frozenset[str]:
    """Every zone of the pinned tzdata package: the system's own files are never asked."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 codes that are or were money somewhere."""
    from babel.core import get_global  # only files with a currency pay for the import

    return frozenset(get_global("all_currencies"))


class _TenantReader(Reader):
    def __init__(self, path: Path, env: Mapping[str, str], literals_allowed: bool) -> None:
        super().__init__(str(path))
        self.path = path
        self.env = env
        self.literals_allowed = literals_allowed
        self.secret_files: list[Path] = []

    def read(self, data: bytes, internal_key: str) -> Tenant | None:
        named = slug_problem(self.path)
        if named is not None:
            self.problems.append(named)
        root = self.compose(data)
        if root is None:
            return None
        slug = self.path.stem
        required = ("name", "bot_token", "timezone", "locale", "currency")
        optional = ("webhook_secret", "enabled", "rate_limits", "public")
        nodes = self.mapping(root, "", required + optional, required)

        def value(key: str, read: Callable[[yaml.Node, str], Any], default: Any = None) -> Any:
            return read(nodes[key], key) if key in nodes else default

        # every section is read even when an earlier one failed, so that all problems come at once
        values = {
            "name": value("name", self._name),
            "bot_token": value("bot_token", self._token),
            "webhook_secret": value("webhook_secret", self._secret, derived_webhook_secret(internal_key, slug)),
            "timezone": value("timezone", lambda n, p: self.choice(n, p, zones(), "a zone such as Europe/Moscow")),
            "locale": value("locale", lambda n, p: self.choice(n, p, LOCALES, " or ".join(LOCALES))),
            "currency": value("currency", lambda n, p: self.choice(n, p, currencies(), "an ISO code such as RUB")),
            "enabled": value("enabled", self.boolean, default=True),
            "rate_limits": value("rate_limits", self._rate_limits, _DEFAULT_RATES),
            "public": value("public", self._public, _DEFAULT_PUBLIC),
        }
        if self.problems:
            return None
        print_of = hmac.new(internal_key.encode(), msgspec.json.encode([slug, values], order="deterministic"), "sha256")
        return Tenant(slug=slug, fingerprint=print_of.hexdigest()[:16], **values)

    def _name(self, node: yaml.Node, path: str) -> str | None:
        name = self.text(node, path)
        if name is None:
            return None
        if not 1 <= len(name) <= 64 or name != name.strip():
            self.report(node, path, "must be 1 to 64 characters, without spaces at its ends")
        elif not name.isprintable():
            self.report(node, path, "must not contain control or invisible characters")
        return name

    def _token(self, node: yaml.Node, path: str) -> str | None:
        token = self._resolve(node, path)
        if token is not None and not _TOKEN.match(token):
            self.report(node, path, "is not a bot token; @BotFather gives one such as 123456789:AA…")
        return token

    def _secret(self, node: yaml.Node, path: str) -> str | None:
        secret = self._resolve(node, path)
        if secret is not None and not _SECRET.match(secret):
            self.report(node, path, "must be 1 to 256 of A-Z, a-z, 0-9, _ and -: Telegram takes no other")
        return secret

    def _resolve(self, node: yaml.Node, path: str) -> str | None:
        """The secret that `env:NAME` or `file:PATH` stands for. No message ever carries a value."""
        # a bare 12:34 is a number to YAML, but the answer must not depend on what a secret looks like
        written = node.value if isinstance(node, yaml.ScalarNode) else None
        if not isinstance(written, str) or not written:
            self.report(node, path, "must be env:NAME or file:PATH")
            return None
        scheme, _, rest = written.partition(":")
        if scheme == "env":
            return self._from_env(node, path, rest)
        if scheme == "file":
            return self._from_file(node, path, rest)
        if self.literals_allowed:
            return self.text(node, path)
        self.report(node, path, "must be env:NAME or file:PATH: a secret itself may stand here only in the demo")
        return None

    def _from_env(self, node: yaml.Node, path: str, name: str) -> str | None:
        if not _VARIABLE.match(name):
            self.report(node, path, "env: must be followed by a variable's name, such as env:BARBER_BOT_TOKEN")
            return None
        value = self.env.get(name, "").strip()
        if not value:
            self.report(node, path, f"the environment variable {name} is not set")
            return None
        return value

    def _from_file(self, node: yaml.Node, path: str, name: str) -> str | None:
        file = self.path.parent / name
        self.secret_files.append(file)
        try:
            content = read_secret_file(file)
        except (OSError, ValueError) as error:
            why = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
            self.report(node, path, f"the file {shown(name)} cannot be used: {why}")
            return None
        if not content:
            self.report(node, path, f"the file {shown(name)} is empty")
            return None
        return content

    def _rate_limits(self, node: yaml.Node, path: str) -> RateLimits:
        nodes = self.mapping(node, path, RateLimits.__struct_fields__)
        rates = {key: self._rate(value, join(path, key)) for key, value in nodes.items()}
        return _shared(RateLimits(**{key: rate for key, rate in rates.items() if rate is not None}))

    def _rate(self, node: yaml.Node, path: str) -> Rate | None:
        written = node.value if isinstance(node, yaml.ScalarNode) else ""
        match = _RATE.match(written) if isinstance(written, str) else None
        if match is None:
            message = "must read N/second, N/minute or N/hour, optionally with a burst: 30/minute burst 60"
            self.report(node, path, message)
            return None
        count = int(match[1])
        burst = int(match[3] or count)
        if not (1 <= count <= MAX_RATE and 1 <= burst <= MAX_RATE):
            self.report(node, path, f"must lie between 1 and {MAX_RATE}")
            return None
        return Rate(count, PERIODS[match[2]], burst)

    def _public(self, node: yaml.Node, path: str) -> PublicApi:
        nodes = self.mapping(node, path, PublicApi.__struct_fields__)
        enabled = self.boolean(nodes["enabled"], join(path, "enabled")) if "enabled" in nodes else False
        origins = self.texts(nodes["origins"], join(path, "origins"), MAX_ORIGINS) if "origins" in nodes else []
        for i, (origin, item) in enumerate(origins):
            if not _is_origin(origin):
                message = f"must be an origin such as https://barber.example, in lower case, not {shown(origin)}"
                self.report(item, f"{join(path, 'origins')}[{i}]", message)
        return _shared(PublicApi(bool(enabled), tuple(origin for origin, _ in origins)))


def _is_origin(origin: str) -> bool:
    """A browser's `Origin`: scheme and host, a port if unusual; plain HTTP only on this machine, and no wildcard."""
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not re.match(r"\A[a-z0-9.-]+\Z|\A[0-9a-f:]+\Z", host):
        return False
    return (
        f"{parts.scheme}://{parts.netloc}" == origin
        and "@" not in origin
        and (parts.scheme == "https" or is_loopback(host))
        and origin == origin.lower()
    )
