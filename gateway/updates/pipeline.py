"""The life of one update after the checks at the door; the same for webhooks and long polling.

admission -> the person -> the lane -> the bot -> the claim marked done -> the answer. Nothing is acknowledged before
the work is done, and whoever was admitted once is never dropped.
"""

import asyncio
import math
import time
from typing import Any, Protocol

import msgspec

from backend.client.api import BackendRefused, BackendUnavailable
from backend.contract.errors import Code
from backend.kit.logging import describe_fault
from bot.context import Context, TenantBot
from gateway.observability.audit import Audit
from gateway.observability.metrics import Metrics
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.admission import Admission, Admissions, Verdict
from gateway.updates.deadlines import Deadlines
from gateway.updates.envelope import Envelope, User, message_in_group, parse
from gateway.updates.identity import People
from gateway.updates.quarantine import Quarantine
from gateway.updates.queues import Overloaded, PerUserQueue, Ticket
from gateway.updates.responses import DONE, DRAINING, IGNORED, LOADING, OVERLOADED, Answer, sent_away, set_aside

DEADLINE_S = 50.0  # Telegram waits 60 s for an answer
TRIES = 3
LANE_WAIT_S = 5.0


class Bot(Protocol):
    """What the gateway needs of the bot."""

    async def process_update(self, context: Context, update: bytes) -> bytes | None:
        """Handles one update, as the JSON that came; see `bot.runtime.Runtime`."""

    async def in_a_group(self, tenant: TenantBot, message: dict[str, Any]) -> bytes | None:
        """What is said to a command in a group."""


class Engine(msgspec.Struct, frozen=True):
    """The bot once it is loaded. `passing` are its errors that pass by themselves (Telegram unreachable, flooded);
    `hopeless` those that no repetition mends (an update of a shape that the library does not know)."""

    bot: Bot
    passing: tuple[type[Exception], ...] = ()
    hopeless: tuple[type[Exception], ...] = ()


class Intake:
    """One per worker. `engine` is set once the bot is loaded; `draining` once no more work may begin."""

    def __init__(
        self, admissions: Admissions, people: People, quarantine: Quarantine, audit: Audit, metrics: Metrics
    ) -> None:
        self.engine: Engine | None = None
        self.draining = False
        self.lanes = PerUserQueue()
        self.working = Deadlines(DEADLINE_S)
        self._open: set[asyncio.Task[Any]] = set()
        self._cutting = False
        self._admissions = admissions
        self._people = people
        self._quarantine = quarantine
        self._audit = audit
        self._metrics = metrics

    async def take(
        self, served: TenantSnapshot, envelope: Envelope, update: bytes, *, source: str, request_id: str
    ) -> Answer:
        """Sees one update through to its answer. Never raises but for cancellation."""
        began = time.perf_counter()
        user = envelope.user
        if user is None:
            answer = await self._ignored(served, update)
        elif (known := self._admissions.known(served, envelope.update_id, user.id, exempt=envelope.exempt)) is not None:
            answer = sent_away(known, served, envelope, user)
        elif self.draining:
            answer = DRAINING
        elif self.engine is None:
            answer = LOADING
        else:
            answer = await self._begin(self.engine, served, envelope, user, update, request_id)
        self._metrics.update(answer.outcome)
        if answer.outcome == "done":
            self._metrics.seconds.observe(time.perf_counter() - began)
        self._audit.update(
            tenant=served.slug,
            outcome=answer.outcome,
            status=answer.status,
            source=source,
            request_id=request_id,
            update_id=envelope.update_id,
            kind=envelope.kind,
            person=user.id if user is not None else None,
            ms=round((time.perf_counter() - began) * 1000),
            detail=answer.detail,
        )
        return answer

    async def _ignored(self, served: TenantSnapshot, update: bytes) -> Answer:
        """Nothing is done, and of nobody is anything kept; a command in a group is answered with where to write."""
        if self.engine is None or self.draining or (message := message_in_group(update)) is None:
            return IGNORED
        body = await self.engine.bot.in_a_group(served.bot, message)
        return IGNORED if body is None else Answer(200, "ignored", body)

    async def replay(self, served: TenantSnapshot, update: bytes, request_id: str) -> None:
        """An update out of quarantine once more, past claims and rates but in the person's lane. Raises what failed."""
        envelope = parse(update)
        if envelope.user is None:
            return
        if self.engine is None or self.draining:
            raise Overloaded
        ticket = self.lanes.enter(served.slug, envelope.user.id)
        try:
            with self.working:
                await ticket.turn()
                cached = await self._people.cached(served, envelope.user)
                person = await self._people.who(served, envelope.user, cached, request_id)
                context = Context(tenant=served.bot, person=person, request_id=request_id)
                await self.engine.bot.process_update(context, update)
        finally:
            ticket.leave()

    async def drain(self, most_s: float) -> None:
        """Lets nothing new begin, waits for what is under way, and after `most_s` gives the rest back to Telegram."""
        self.draining = True
        try:
            async with asyncio.timeout(most_s):
                await self.lanes.empty()
        except TimeoutError:
            self._cutting = True
            for task in self._open:
                task.cancel()
            await self.lanes.empty()

    async def _begin(
        self, engine: Engine, served: TenantSnapshot, envelope: Envelope, user: User, update: bytes, request_id: str
    ) -> Answer:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            return await self._enter(engine, served, envelope, user, update, request_id)
        except asyncio.CancelledError:
            if not self._cutting:
                raise
            task.uncancel()
            return DRAINING
        finally:
            self._open.discard(task)

    async def _enter(
        self, engine: Engine, served: TenantSnapshot, envelope: Envelope, user: User, update: bytes, request_id: str
    ) -> Answer:
        try:
            ticket = self.lanes.enter(served.slug, user.id)
        except Overloaded:
            return OVERLOADED
        try:
            admission = await self._admit(served, envelope, user)
            if admission.verdict is Verdict.ADMITTED or admission.verdict is Verdict.POISON:
                return await self._work(engine, served, envelope, user, update, request_id, admission, ticket)
            return sent_away(admission, served, envelope, user)
        finally:
            ticket.leave()

    async def _admit(self, served: TenantSnapshot, envelope: Envelope, user: User) -> Admission:
        """Waits a while for a lane that another worker holds: the person's earlier update is under way there."""
        admission = await self._admissions.admit(served, envelope.update_id, user.id, exempt=envelope.exempt)
        pause, until = 0.02, time.monotonic() + LANE_WAIT_S
        while admission.verdict is Verdict.LANE_ELSEWHERE and time.monotonic() < until:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)
            admission = await self._admissions.admit(served, envelope.update_id, user.id, exempt=envelope.exempt)
        return admission

    async def _work(
        self,
        engine: Engine,
        served: TenantSnapshot,
        envelope: Envelope,
        user: User,
        update: bytes,
        request_id: str,
        admission: Admission,
        ticket: Ticket,
    ) -> Answer:
        end = self._admissions.released
        try:
            if admission.verdict is Verdict.POISON:
                answer = await self._keep(served, update, "the worker died with it each time", request_id)
            else:
                with self.working:
                    cached = admission.context
                    if not ticket.first:
                        await ticket.turn()
                        cached = await self._people.cached(served, user)
                    person = await self._people.who(served, user, cached, request_id)
                    context = Context(tenant=served.bot, person=person, request_id=request_id)
                    body = await engine.bot.process_update(context, update)
                answer = DONE if body is None else Answer(200, "done", body)
            end = self._admissions.done
        except Exception as error:  # noqa: BLE001  whatever the bot raises, the update is answered for
            answer = await self._went_wrong(engine, error, served, update, request_id, admission)
            if answer.outcome == "quarantined":
                end = self._admissions.done
            elif answer.outcome == "failed":
                end = self._admissions.failed
        finally:
            # being cancelled does not leave the claim behind: the command is on its way before anything is awaited
            await end(served, envelope.update_id, user.id)
        if answer.outcome == "quarantined":
            told = set_aside(admission.context, served, envelope, user)
            answer = msgspec.structs.replace(answer, body=told)
        return answer

    async def _went_wrong(
        self,
        engine: Engine,
        error: Exception,
        served: TenantSnapshot,
        update: bytes,
        request_id: str,
        admission: Admission,
    ) -> Answer:
        if isinstance(error, BackendUnavailable) or (isinstance(error, BackendRefused) and error.code in _NOT_READY):
            wait = getattr(error, "retry_after_s", None) or 2
            return Answer(503, "backend_down", retry_after=wait, detail=describe_fault(error))
        if isinstance(error, engine.passing):
            # a chat's own flood limit may be long; Telegram would honour up to an hour
            wait = getattr(error, "retry_after", None)
            limited = getattr(error, "limited", wait is not None)
            outcome = "telegram_limited" if limited else "telegram_down"
            return Answer(503, outcome, retry_after=max(1, min(math.ceil(wait or 2), 60)), detail=describe_fault(error))
        if isinstance(error, engine.hopeless) or admission.failures + 1 >= TRIES:
            try:
                return await self._keep(served, update, describe_fault(error), request_id)
            except OSError as disk:
                return Answer(503, "failed", retry_after=30, detail=describe_fault(disk))
        return Answer(503, "failed", retry_after=1, detail=describe_fault(error))

    async def _keep(self, served: TenantSnapshot, update: bytes, error: str, request_id: str) -> Answer:
        await self._quarantine.keep(served, update, error, request_id)
        self._metrics.quarantined.inc()
        return Answer(200, "quarantined", detail=error)


# The backend has not been told of this business yet, or has just been told that it is off.
_NOT_READY = (Code.NOT_FOUND, Code.TENANT_DISABLED, Code.UNAUTHORIZED, Code.RATE_LIMITED)
