"""Whether an update is admitted: claimed once, within the rates, with the cached context, in one Redis round trip.

Failure policy: Redis being away fails open. Claims and rates then live in this process (counted in the metrics), the
context comes from the backend each time, and the backend's idempotency keys keep a repetition without effect.
"""

import math
import os
import time
from enum import IntEnum
from typing import TypeVar

import msgspec

from backend.kit.redis import RedisDown
from backend.kit.redis_link import RedisLink
from gateway.limits.gcra import GcraRate, MemoryLimiter
from gateway.observability.metrics import Metrics
from gateway.scripts import ADMIT, FINISH, RENEW
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import peek_rated_id
from gateway.updates.incoming import IncomingUpdate

LEASE_S = 30
RENEW_S = 8
NOTIFY_S = 60
# An update whose leases lapsed this often may be what killed its workers.
MAX_LAPSED = 5
MAX_REMEMBERED = 20_000
# So many update ids in a row share one key, with a bit for each that is done: 32 bytes are what Redis keeps in one piece
# with the key's value. Workers of two versions share these keys during an upgrade.
RANGE = 256
_RANGE_BYTES = b"%d" % (RANGE // 8)
# Redis is asked again about a person over their rate after this time at most: they may be notified or admitted by then.
LIMITED_S = 5.0
_ONE_NOTICE = GcraRate(NOTIFY_S * 1_000_000, 0)

_T = TypeVar("_T")


class Verdict(IntEnum):
    """What was decided; the script has the same numbers."""

    ADMITTED = 0
    REPEATED = 1
    IN_PROGRESS = 2
    TENANT_LIMITED = 3
    PERSON_LIMITED = 4
    QUEUED_ELSEWHERE = 5
    POISON = 6


class Admission(msgspec.Struct, frozen=True):
    """`context` is the cached person as JSON, `failures` are those of earlier tries, `notify`: the sender is to be notified."""

    verdict: Verdict
    context: bytes | None = None
    failures: int = 0
    wait_ms: int = 0
    notify: bool = False


class _LimitedTenant(msgspec.Struct, frozen=True, gc=False):
    """A tenant over its rate until a time (monotonic seconds), by these rates."""

    until: float
    rates: tuple[bytes, bytes, bytes, bytes]


class _LimitedPerson(msgspec.Struct, frozen=True, gc=False):
    """A person over their rate until a time (monotonic seconds), by these rates; `newest` of their updates was charged.

    Later updates were never admitted anywhere, so that nothing is lost when they are dropped without asking Redis.
    """

    until: float
    newest: int
    rates: tuple[bytes, bytes, bytes, bytes]


_REPEATED = Admission(Verdict.REPEATED)
_STILL_LIMITED = Admission(Verdict.PERSON_LIMITED)


class AdmissionControl:
    """Admits updates. For each admitted one, exactly one of `complete`, `fail` and `release` must be called."""

    def __init__(self, redis: RedisLink, metrics: Metrics, *, lease_s: float = LEASE_S) -> None:
        self.owner = os.urandom(8).hex().encode()
        self._redis = redis
        self._metrics = metrics
        self._lease = b"%d" % (lease_s * 1_000_000)
        # What this process knows by itself, kept while Redis is up too: when Redis goes away, nothing is repeated.
        # The keys are (bot id, update id), of `_limited` (bot id, Telegram id).
        self._in_progress: dict[tuple[int, int], tuple[IncomingUpdate, float]] = {}
        self._completed: dict[tuple[int, int], bool] = {}
        self._failures: dict[tuple[int, int], int] = {}
        self._limited: dict[tuple[int, int], _LimitedPerson] = {}
        self._limited_tenants: dict[int, _LimitedTenant] = {}
        self._memory = MemoryLimiter()

    def tenant_wait_ms(self, tenant: TenantSnapshot) -> int:
        """Return for how long a tenant is over its rate, as Redis told this process; 0 if it is not, or not known to be."""
        limited = self._limited_tenants.get(tenant.bot_id)
        if limited is None:
            return 0
        left_s = limited.until - time.monotonic()
        # while Redis is away every process counts by itself
        if left_s <= 0 or limited.rates != tenant.rate_args or not self._redis.up:
            del self._limited_tenants[tenant.bot_id]
            return 0
        return math.ceil(left_s * 1000)

    def is_rated(self, tenant: TenantSnapshot, body: bytes) -> bool:
        """Return whether an update is certainly subject to the rates: not exempt, and not admitted here before."""
        update_id = peek_rated_id(body)
        return update_id is not None and (tenant.bot_id, update_id) not in self._failures

    def decide_locally(self, update: IncomingUpdate) -> Admission | None:
        """Return what this process can decide alone: completed, in progress, or of a person still over their rate."""
        claim = _claim_of(update)
        if claim in self._completed:
            return _REPEATED
        if claim in self._in_progress:
            return Admission(Verdict.IN_PROGRESS, wait_ms=1000)
        limited = self._limited.get((update.tenant.bot_id, update.user.id))
        if (
            limited is None
            or limited.until <= time.monotonic()
            or limited.rates != update.tenant.rate_args
            or limited.newest >= update.envelope.update_id
            or update.envelope.exempt
            or claim in self._failures
            # while Redis is away every process decides alone, and `newest` does not know what others admitted
            or not self._redis.up
        ):
            return None
        return _STILL_LIMITED

    async def admit(self, update: IncomingUpdate) -> Admission:
        """Decide about one update; an admitted one is claimed by this process."""
        if (decided := self.decide_locally(update)) is not None:
            return decided
        claim = _claim_of(update)
        self._in_progress[claim] = (update, time.monotonic())
        admission = None
        try:
            admission = await self._ask_redis(update)
        finally:
            if admission is None or admission.verdict not in (Verdict.ADMITTED, Verdict.POISON):
                self._in_progress.pop(claim, None)
        return admission

    async def complete(self, update: IncomingUpdate) -> None:
        """End the claim of an update that must not come again; repetitions are recognized for 25 hours."""
        await self._finish(update, b"D")

    async def fail(self, update: IncomingUpdate) -> None:
        """End the claim of an update that failed by itself: it must come again, and the failure counts."""
        await self._finish(update, b"F")

    async def release(self, update: IncomingUpdate) -> None:
        """End the claim of an update that must come again, through no fault of its own."""
        await self._finish(update, b"R")

    async def renew(self) -> None:
        """Prolong the leases of what has been in progress for long; call it every few seconds."""
        late = time.monotonic() - RENEW_S
        for update, since in list(self._in_progress.values()):
            if since < late:
                try:
                    await self._redis.run(RENEW, _claim_keys(update), (self.owner, self._lease))
                except RedisDown:
                    return

    async def _ask_redis(self, update: IncomingUpdate) -> Admission:
        tenant = update.tenant
        update_id, user_id = b"%d" % update.envelope.update_id, b"%d" % update.user.id
        keys = (
            tenant.claim_key + update_id,
            tenant.tenant_rate_key,
            tenant.person_rate_key + user_id,
            tenant.context_key + user_id,
            tenant.queue_key + user_id,
            tenant.notified_key + user_id,
            _range_key(update),
        )
        args = (
            self.owner,
            self._lease,
            *tenant.rate_args,
            b"1" if update.envelope.exempt else b"0",
            b"%d" % NOTIFY_S,
            b"%d" % MAX_LAPSED,
            update_id,
            _place_in_range(update),
        )
        asked_at = time.monotonic()
        try:
            reply = await self._redis.run(ADMIT, keys, args)
        except RedisDown:
            self._metrics.redis_fallback.inc()
            return self._decide_without_redis(update)
        match reply:
            case [Verdict.TENANT_LIMITED, _, _, int(wait_ms), *_]:
                until = asked_at + min(wait_ms / 1000, LIMITED_S)
                self._limited_tenants[tenant.bot_id] = _LimitedTenant(until, tenant.rate_args)
                return Admission(Verdict.TENANT_LIMITED, wait_ms=wait_ms)
            case [int(verdict)]:
                return Admission(Verdict(verdict))
            case [Verdict.PERSON_LIMITED, (bytes() | None) as context, _, int(wait_ms), int(notify), int(newest)]:
                # counted from before the question: by the time of the answer another worker may have admitted one
                until = asked_at + min(wait_ms / 1000, LIMITED_S)
                person = (tenant.bot_id, update.user.id)
                _remember(self._limited, person, _LimitedPerson(until, newest, tenant.rate_args))
                return Admission(Verdict.PERSON_LIMITED, context, 0, wait_ms, notify == 1)
            case [int(verdict), (bytes() | None) as context, int(failures), int(wait_ms), *_]:
                return Admission(Verdict(verdict), context, failures, wait_ms)
        raise AssertionError("the script answers nothing else")

    def _decide_without_redis(self, update: IncomingUpdate) -> Admission:
        tenant, user_id, claim = update.tenant, update.user.id, _claim_of(update)
        if not update.envelope.exempt and claim not in self._failures:
            if self._memory.charge((tenant.slug, user_id), tenant.person_rate):
                notified = self._memory.charge((tenant.slug, user_id, "notified"), _ONE_NOTICE)
                return Admission(Verdict.PERSON_LIMITED, notify=not notified)
            if wait_ms := self._memory.charge(tenant.slug, tenant.tenant_rate):
                return Admission(Verdict.TENANT_LIMITED, wait_ms=wait_ms)
        return Admission(Verdict.ADMITTED, failures=self._failures.get(claim, 0))

    async def _finish(self, update: IncomingUpdate, outcome: bytes) -> None:
        claim = _claim_of(update)
        if outcome == b"D":
            _remember(self._completed, claim, True)
            self._failures.pop(claim, None)
        else:
            _remember(self._failures, claim, self._failures.get(claim, 0) + (outcome == b"F"))
        try:
            keys = (*_claim_keys(update), _range_key(update))
            await self._redis.run(FINISH, keys, (self.owner, outcome, _place_in_range(update), _RANGE_BYTES))
        except RedisDown:
            self._metrics.redis_fallback.inc()
        finally:
            self._in_progress.pop(claim, None)


def _claim_of(update: IncomingUpdate) -> tuple[int, int]:
    return (update.tenant.bot_id, update.envelope.update_id)


def _claim_keys(update: IncomingUpdate) -> tuple[bytes, bytes]:
    tenant = update.tenant
    return tenant.claim_key + b"%d" % update.envelope.update_id, tenant.queue_key + b"%d" % update.user.id


def _range_key(update: IncomingUpdate) -> bytes:
    return b"%br%d" % (update.tenant.claim_key, update.envelope.update_id // RANGE)


def _place_in_range(update: IncomingUpdate) -> bytes:
    return b"%d" % (update.envelope.update_id % RANGE)


def _remember(memory: dict[tuple[int, int], _T], key: tuple[int, int], value: _T) -> None:
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > MAX_REMEMBERED:
        del memory[next(iter(memory))]
