"""Whether an update gets in: claimed once, within the rates, with the cached context, in one Redis trip.

Failure policy: Redis being away fails open. Claims and rates then live in this process (counted in the metrics), the
context comes from the backend each time, and the backend's idempotency keys keep a repetition without effect.
"""

import os
import time
from enum import IntEnum
from typing import TypeVar

import msgspec

from backend.kit.redis import RedisDown, RedisLink
from gateway.limits.gcra import Buckets, GcraRate
from gateway.observability.metrics import Metrics
from gateway.scripts import ADMIT, FINISH, RENEW
from gateway.tenants.snapshot import TenantSnapshot

LEASE_S = 30
RENEW_S = 8
CONTEXT_S = 600
TOLD_S = 60
# Leases that lapsed: the worker died with this update in its hands so many times that the update may be the reason.
MAX_LAPSED = 5
KEPT = 20_000
# Whoever is over their rate is asked about again after so long at most: by then they may be told anew, or be let in.
MUTED_S = 5.0
_ONCE = GcraRate(TOLD_S * 1_000_000, 0)


T = TypeVar("T")


class Verdict(IntEnum):
    """What the script decided."""

    ADMITTED = 0
    REPEATED = 1
    IN_PROGRESS = 2
    TENANT_LIMITED = 3
    PERSON_LIMITED = 4
    LANE_ELSEWHERE = 5
    POISON = 6


class Admission(msgspec.Struct, frozen=True):
    """`context` is the cached person as JSON; `failures` of earlier tries; `tell` that the sender is to be told."""

    verdict: Verdict
    context: bytes | None = None
    failures: int = 0
    wait_ms: int = 0
    tell: bool = False


class _Muted(msgspec.Struct, frozen=True, gc=False):
    """A person over their rate until then (monotonic seconds), by these rates; `newest` of their updates was charged.

    Later ones than that were never let in anywhere, so that nothing is lost when they are dropped without asking."""

    until: float
    newest: int
    rates: tuple[bytes, bytes, bytes, bytes]


_REPEATED = Admission(Verdict.REPEATED)
_STILL_LIMITED = Admission(Verdict.PERSON_LIMITED)


class Admissions:
    """The door. Whoever is admitted calls `done`, `failed` or `released` exactly once."""

    def __init__(self, redis: RedisLink, metrics: Metrics, *, lease_s: float = LEASE_S) -> None:
        self.owner = os.urandom(8).hex().encode()
        self._redis = redis
        self._metrics = metrics
        self._lease = b"%d" % (lease_s * 1_000_000)
        # What this process knows by itself: also while Redis is up, so that its going away mid-way repeats nothing.
        self._working: dict[tuple[int, int], tuple[TenantSnapshot, int, float]] = {}
        self._done: dict[tuple[int, int], int] = {}
        self._failures: dict[tuple[int, int], int] = {}
        self._muted: dict[tuple[int, int], _Muted] = {}
        self._buckets = Buckets()

    def known(self, served: TenantSnapshot, update_id: int, person: int, *, exempt: bool) -> Admission | None:
        """What this worker can tell by itself: done, under way here, or of somebody still over their rate."""
        claim = (served.bot_id, update_id)
        if claim in self._done:
            return _REPEATED
        if claim in self._working:
            return Admission(Verdict.IN_PROGRESS, wait_ms=1000)
        muted = self._muted.get((served.bot_id, person))
        if (
            muted is None
            or muted.until <= time.monotonic()
            or muted.rates != served.rate_args
            or muted.newest >= update_id
            or exempt
            or claim in self._failures
            # while Redis is away everybody decides alone, and `newest` knows nothing of what others let in
            or not self._redis.up
        ):
            return None
        return _STILL_LIMITED

    async def admit(self, served: TenantSnapshot, update_id: int, person: int, *, exempt: bool) -> Admission:
        """`exempt` is not rated: payments and membership. `person` is a Telegram id."""
        if (known := self.known(served, update_id, person, exempt=exempt)) is not None:
            return known
        claim = (served.bot_id, update_id)
        self._working[claim] = (served, person, time.monotonic())
        admission = None
        try:
            admission = await self._ask(served, update_id, person, exempt)
        finally:
            if admission is None or admission.verdict not in (Verdict.ADMITTED, Verdict.POISON):
                self._working.pop(claim, None)
        return admission

    async def done(self, served: TenantSnapshot, update_id: int, person: int) -> None:
        """Never again: marked for 25 hours."""
        await self._finish(served, update_id, person, b"D")

    async def failed(self, served: TenantSnapshot, update_id: int, person: int) -> None:
        """It failed by itself; it must come again, and the failure counts."""
        await self._finish(served, update_id, person, b"F")

    async def released(self, served: TenantSnapshot, update_id: int, person: int) -> None:
        """It must come again, through no fault of its own."""
        await self._finish(served, update_id, person, b"R")

    async def renew(self) -> None:
        """Prolongs what has been worked on for long; call it every few seconds."""
        late = time.monotonic() - RENEW_S
        for (_, update_id), (served, person, since) in list(self._working.items()):
            if since < late:
                try:
                    await self._redis.run(RENEW, self._keys(served, update_id, person), (self.owner, self._lease))
                except RedisDown:
                    return

    async def _ask(self, served: TenantSnapshot, update_id: int, person: int, exempt: bool) -> Admission:
        id_, who = b"%d" % update_id, b"%d" % person
        keys = (
            served.seen + id_,
            served.tenant_rate_key,
            served.person_rate_key + who,
            served.ctx + who,
            served.lane + who,
            served.told + who,
        )
        args = (
            self.owner,
            self._lease,
            *served.rate_args,
            b"1" if exempt else b"0",
            b"%d" % TOLD_S,
            b"%d" % MAX_LAPSED,
            id_,
        )
        began = time.monotonic()
        try:
            reply = await self._redis.run(ADMIT, keys, args)
        except RedisDown:
            self._metrics.redis_fallback.inc()
            return self._alone(served, update_id, person, exempt)
        match reply:
            case [int(verdict)]:
                return Admission(Verdict(verdict))
            case [Verdict.PERSON_LIMITED, (bytes() | None) as context, _, int(wait_ms), int(told), int(newest)]:
                # from before the question: by the time of the answer another worker may have let them in
                until = began + min(wait_ms / 1000, MUTED_S)
                _remember(self._muted, (served.bot_id, person), _Muted(until, newest, served.rate_args))
                return Admission(Verdict.PERSON_LIMITED, context, 0, wait_ms, told == 1)
            case [int(verdict), (bytes() | None) as context, int(failures), int(wait_ms), *_]:
                return Admission(Verdict(verdict), context, failures, wait_ms)
        raise AssertionError("the script answers nothing else")

    def _alone(self, served: TenantSnapshot, update_id: int, person: int, exempt: bool) -> Admission:
        claim = (served.bot_id, update_id)
        if not exempt and claim not in self._failures:
            if self._buckets.take((served.slug, person), served.person_rate):
                silent = self._buckets.take((served.slug, person, "told"), _ONCE)
                return Admission(Verdict.PERSON_LIMITED, tell=not silent)
            if wait := self._buckets.take(served.slug, served.tenant_rate):
                return Admission(Verdict.TENANT_LIMITED, wait_ms=wait)
        return Admission(Verdict.ADMITTED, failures=self._failures.get(claim, 0))

    async def _finish(self, served: TenantSnapshot, update_id: int, person: int, outcome: bytes) -> None:
        claim = (served.bot_id, update_id)
        if outcome == b"D":
            _remember(self._done, claim, 1)
            self._failures.pop(claim, None)
        else:
            _remember(self._failures, claim, self._failures.get(claim, 0) + (outcome == b"F"))
        try:
            await self._redis.run(FINISH, self._keys(served, update_id, person), (self.owner, outcome))
        except RedisDown:
            self._metrics.redis_fallback.inc()
        finally:
            self._working.pop(claim, None)

    def _keys(self, served: TenantSnapshot, update_id: int, person: int) -> tuple[bytes, bytes]:
        return served.seen + b"%d" % update_id, served.lane + b"%d" % person


def _remember(kept: dict[tuple[int, int], T], key: tuple[int, int], value: T) -> None:
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > KEPT:
        del kept[next(iter(kept))]
