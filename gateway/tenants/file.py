"""One tenant file: its shape, its secrets, and every problem in it at once."""

import hashlib
import hmac
import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from backend.contract.people import LOCALES
from backend.kit.strict_yaml import Reader, join_path, show_value
from backend.kit.text import has_invisible_characters, is_visible
from backend.kit.yaml_document import FileProblem, Wording
from bot.context import TenantBot
from gateway.limits.rate import Rate
from gateway.tenants.origins import is_origin, meant_origin
from gateway.tenants.secret_file import read_secret_file

SLUG = re.compile(r"\A[a-z0-9][a-z0-9-]{1,31}\Z")
MAX_ORIGINS = 32
# What a file may leave out: then an admin says it in the bot.
BASICS = ("name", "timezone", "locale", "currency")
_PLACEHOLDERS = {"name": "", "timezone": "UTC", "locale": "en", "currency": "USD"}
# Telegram's own are longer; those of the sandbox and of other Bot API servers may be short
_TOKEN = re.compile(r"\A[0-9]{1,20}:[A-Za-z0-9_-]{3,256}\Z")
_SECRET = re.compile(r"\A[A-Za-z0-9_-]{1,256}\Z")
_VARIABLE = re.compile(r"\A[A-Za-z_][A-Za-z0-9_]*\Z")


class RateLimits(msgspec.Struct, frozen=True, gc=False):
    """What is admitted: per Telegram person, per business, and per public client."""

    per_user: Rate = Rate(30, 60, 30)
    per_tenant: Rate = Rate(1200, 60, 1200)
    public: Rate = Rate(60, 60, 60)


class PublicApi(msgspec.Struct, frozen=True, gc=False):
    """Whether web pages may use the public API, and from which origins a browser may read the answers."""

    enabled: bool = False
    origins: tuple[str, ...] = ()


_WORDING = Wording(no_mapping="the file must be a mapping of keys to values, such as `name: Barber House`")
_ORIGINS = '["https://barber.example"]'
_DEFAULT_RATES = RateLimits()
_DEFAULT_PUBLIC = PublicApi()
_Shareable = TypeVar("_Shareable", bound=Hashable)


@lru_cache(maxsize=1024)
def _first_equal(value: Hashable) -> Hashable:
    return value


def _shared(value: _Shareable) -> _Shareable:
    """Return one object for all equal values: most of ten thousand tenants have the same rates."""
    first = _first_equal(value)
    assert isinstance(first, type(value))
    return first


# The shapes of a business on this side of the API, each with the border that needs it. `TenantBot` is what the bot's
# library gets, which may not import the gateway; `Tenant` adds what else the file says; `TenantSnapshot` adds what serving
# would otherwise compute for each update. Each derives from the one before, so that nothing is copied at a border.
class Tenant(TenantBot, frozen=True, kw_only=True, gc=False):
    """A business as its file describes it. `token` and `webhook_secret` are secrets and never appear in a repr.

    `fingerprint` changes whenever anything here does, the secrets included, and reveals nothing about them. `bot_id` is
    the bot's Telegram id, which stays the same when its token is renewed. `left_out` names the basics that the file does
    not say: they stand for nothing here, and `tenants.basics` knows what an admin has said.
    """

    webhook_secret: str
    enabled: bool
    rate_limits: RateLimits
    public: PublicApi
    fingerprint: str
    bot_id: int
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.slug!r}, fingerprint={self.fingerprint!r})"


class TenantFile(msgspec.Struct, frozen=True, gc=False):
    """A file as it was read: a tenant, or the problems that prevent it; `secret_files` are those it refers to.

    The folder adds `digest` and `mtime_ns`, to notice changes. The content is not kept: ten thousand of these are.
    """

    tenant: Tenant | None
    problems: tuple[FileProblem, ...]
    secret_files: tuple[Path, ...] = ()
    digest: bytes = b""
    mtime_ns: int = 0


def parse_tenant(
    path: Path, data: bytes, *, env: Mapping[str, str], internal_key: str, literals_allowed: bool
) -> TenantFile:
    """Read one tenant file from its bytes; `path` gives the slug, and what the paths of `file:` secrets are relative to."""
    reader = _TenantReader(path, env, literals_allowed)
    tenant = reader.read(data, internal_key)
    problems = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
    return TenantFile(None if problems else tenant, tuple(problems), tuple(reader.secret_files))


def slug_problem(path: Path) -> FileProblem | None:
    """Return what is wrong with the file's name, or None."""
    if path.suffix == ".yml":
        return FileProblem(str(path), 1, 1, "", f"rename this file to {path.stem}.yaml: only .yaml files are tenants")
    if SLUG.match(path.stem):
        return None
    message = (
        f"the file's name is the tenant's slug, and {show_value(path.stem)} is none: "
        "2 to 32 of a-z, 0-9 and -, beginning with a letter or digit"
    )
    return FileProblem(str(path), 1, 1, "", message)


def derived_webhook_secret(internal_key: str, slug: str) -> str:
    """Return the secret of a tenant whose file names none: the same on every gateway, within Telegram's alphabet."""
    return hmac.new(internal_key.encode(), b"webhook:" + slug.encode(), hashlib.sha256).hexdigest()


@cache
def list_zones() -> frozenset[str]:
    """Return every zone of the pinned tzdata package; the system's own files are not used."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def list_currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that are or were in use."""
    from babel.core import get_global  # a slow import, which a command pays only if it reads a tenant file

    return frozenset(get_global("all_currencies"))


class _TenantReader(Reader):
    """Reads one file; `problems` grows, and `secret_files` with each file that a secret refers to."""

    def __init__(self, path: Path, env: Mapping[str, str], literals_allowed: bool) -> None:
        super().__init__(str(path), _WORDING)
        self.path = path
        self.env = env
        self.literals_allowed = literals_allowed
        self.secret_files: list[Path] = []

    def read(self, data: bytes, internal_key: str) -> Tenant | None:
        if (problem := slug_problem(self.path)) is not None:
            self.problems.append(problem)
        root = self.compose(data)
        if root is None:
            return None
        slug = self.path.stem
        known = (
            "name",
            "bot_token",
            "timezone",
            "locale",
            "currency",
            "webhook_secret",
            "enabled",
            "rate_limits",
            "public",
        )
        nodes = self.read_mapping(root, "", known, ("bot_token",))

        # Any: a value is None only where a problem was reported, and then no tenant is made of it
        def value(key: str, read: Callable[[yaml.Node, str], object], default: object = None) -> Any:
            return read(nodes[key], key) if key in nodes else default

        # every section is read even when an earlier one failed, so that all problems come at once
        values = {
            "name": value("name", self._name),
            "bot_token": value("bot_token", self._token),
            "webhook_secret": value("webhook_secret", self._secret, derived_webhook_secret(internal_key, slug)),
            "timezone": value(
                "timezone", lambda n, p: self.read_choice(n, p, list_zones(), "a zone such as Europe/Moscow")
            ),
            "locale": value("locale", lambda n, p: self.read_choice(n, p, LOCALES, " or ".join(LOCALES))),
            "currency": value(
                "currency", lambda n, p: self.read_choice(n, p, list_currencies(), "an ISO code such as RUB")
            ),
            "enabled": value("enabled", self.read_boolean, default=True),
            "rate_limits": value("rate_limits", self._rate_limits, _DEFAULT_RATES),
            "public": value("public", self._public, _DEFAULT_PUBLIC),
        }
        if self.problems:
            return None
        content = msgspec.json.encode([slug, values], order="deterministic")
        fingerprint = hmac.new(internal_key.encode(), content, "sha256").hexdigest()[:16]
        token: str = values.pop("bot_token")
        bot_id = int(token.partition(":")[0])
        left_out = tuple(key for key in BASICS if key not in nodes)
        values |= {key: _PLACEHOLDERS[key] for key in left_out}
        return Tenant(slug=slug, token=token, bot_id=bot_id, fingerprint=fingerprint, left_out=left_out, **values)

    def _name(self, node: yaml.Node, path: str) -> str | None:
        name = self.read_text(node, path)
        if name is None:
            return None
        if not 1 <= len(name) <= 64 or name != name.strip():
            self.report(node, path, "must be 1 to 64 characters, without spaces at its ends")
        elif has_invisible_characters(name) or not is_visible(name):
            self.report(node, path, "must show something and contain no control or invisible characters")
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
        """Return the secret that `env:NAME` or `file:PATH` stands for. No message ever carries a value."""
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
            return self.read_text(node, path)
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
            reason = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
            self.report(node, path, f"the file {show_value(name)} cannot be used: {reason}")
            return None
        if not content:
            self.report(node, path, f"the file {show_value(name)} is empty")
            return None
        return content

    def _rate_limits(self, node: yaml.Node, path: str) -> RateLimits:
        nodes = self.read_mapping(node, path, RateLimits.__struct_fields__)
        rates = {key: self._rate(value, join_path(path, key)) for key, value in nodes.items()}
        return _shared(RateLimits(**{key: rate for key, rate in rates.items() if rate is not None}))

    def _rate(self, node: yaml.Node, path: str) -> Rate | None:
        written = node.value if isinstance(node, yaml.ScalarNode) else None
        try:
            return Rate.parse(written if isinstance(written, str) else "")
        except ValueError as error:
            self.report(node, path, str(error))
            return None

    def _public(self, node: yaml.Node, path: str) -> PublicApi:
        nodes = self.read_mapping(node, path, PublicApi.__struct_fields__)
        enabled = self.read_boolean(nodes["enabled"], join_path(path, "enabled")) if "enabled" in nodes else False
        origins = (
            self.read_texts(nodes["origins"], join_path(path, "origins"), MAX_ORIGINS, _ORIGINS)
            if "origins" in nodes
            else []
        )
        for i, (origin, item) in enumerate(origins):
            if not is_origin(origin):
                meant = meant_origin(origin)
                hint = f": write {meant}" if meant else ""
                message = f"must be an origin as browsers send it, such as https://barber.example, not {show_value(origin)}{hint}"
                self.report(item, f"{join_path(path, 'origins')}[{i}]", message)
        return _shared(PublicApi(bool(enabled), tuple(origin for origin, _ in origins)))
