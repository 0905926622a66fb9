"""What counts of a business whose file leaves something out: the copy in Redis, which the backend renews at each change."""

import logging
from collections.abc import Callable

import msgspec

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.redis import BASICS_S, basics_key
from backend.contract.tenancy import Basics
from backend.kit.redis import RedisFailure
from backend.kit.redis_link import RedisLink
from gateway.tenants.file import BASICS
from gateway.tenants.snapshot import TenantSnapshot

_decoder = msgspec.json.Decoder(Basics)
_encoder = msgspec.json.Encoder()
_log = logging.getLogger(__name__)


class _Known(msgspec.Struct, frozen=True):
    """A tenant's snapshot, the copy that was put into it, and the snapshot that came of it."""

    tenant: TenantSnapshot
    content: bytes
    completed: TenantSnapshot


class BasicsCache:
    """Completes snapshots. A business whose file says everything costs nothing; any other, a look into Redis each time.

    `on_change` gets a snapshot once it says something else than it did in this process."""

    def __init__(self, backend: BackendClient, redis: RedisLink) -> None:
        self.on_change: Callable[[TenantSnapshot], None] | None = None
        self._backend = backend
        self._redis = redis
        self._known: dict[str, _Known] = {}
        self._currency_kept: set[str] = set()

    def keep_currency(self, slug: str, *, kept: bool) -> None:
        """Note whether a business keeps the currency of its bookings although its file says another."""
        (self._currency_kept.add if kept else self._currency_kept.discard)(slug)

    async def complete(self, tenant: TenantSnapshot) -> TenantSnapshot:
        """Return the snapshot with what an admin has said in the place of what the file leaves out.

        Without Redis and backend, as it was known last. Raises BackendUnavailable or BackendRefused if it never was."""
        fields = self._fields(tenant)
        if not fields:
            return tenant
        known = self._known.get(tenant.slug)
        content = await self._read(tenant, known)
        if known is not None and known.content == content and known.tenant is tenant:
            return known.completed
        basics = _decoder.decode(content)
        values = {field: getattr(basics, field) for field in fields}
        if tenant.slug in self._currency_kept and basics.currency != tenant.currency:
            values["file_currency"] = tenant.currency
        completed = msgspec.structs.replace(tenant, **values)
        self._known[tenant.slug] = _Known(tenant, content, completed)
        if known is not None and known.content != content and self.on_change is not None:
            self.on_change(tenant)
        return completed

    def forget(self, slug: str) -> None:
        """Drop what is known of a business that is no longer served."""
        self._known.pop(slug, None)
        self._currency_kept.discard(slug)

    def _fields(self, tenant: TenantSnapshot) -> tuple[str, ...]:
        if tenant.slug not in self._currency_kept:
            return tenant.left_out
        return tuple(field for field in BASICS if field == "currency" or field in tenant.left_out)

    async def _read(self, tenant: TenantSnapshot, known: _Known | None) -> bytes:
        key = basics_key(tenant.slug).encode()
        try:
            content = await self._redis.call(b"GET", key)
        except RedisFailure:
            content = None
        if isinstance(content, bytes) and _is_readable(content):
            return content
        try:
            answer = await self._backend.act_as(tenant.slug, None, "basics").get_tenant()
        except (BackendUnavailable, BackendRefused):
            if known is None:
                raise
            return known.content
        content = _encoder.encode(msgspec.convert(answer, Basics, from_attributes=True))
        try:
            # a change since the answer has put its own there, which stays
            await self._redis.call(b"SET", key, content, b"NX", b"EX", b"%d" % BASICS_S)
        except RedisFailure:
            _log.debug("the basics of %s are not kept", tenant.slug)
        return content


def _is_readable(content: bytes) -> bool:
    try:
        _decoder.decode(content)
    except msgspec.MsgspecError:
        return False  # written by another version
    return True
