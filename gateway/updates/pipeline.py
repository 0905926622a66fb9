"""The life of one update after the checks at the door; the same for webhooks and long polling.

admission -> identity -> the person's queue -> the bot -> the claim completed -> the response. Nothing is acknowledged
before the work is done, and what was admitted once is never dropped.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from typing import Protocol

import msgspec

from backend.client.api import BackendRefused, BackendUnavailable
from backend.contract.errors import Code
from backend.kit.logging import describe_fault
from backend.kit.tracing import begin_trace, trace_part
from bot.context import Context, TenantBot
from gateway.observability import audit
from gateway.observability.metrics import Metrics
from gateway.tenants.basics import BasicsCache
from gateway.updates.admission import Admission, AdmissionControl, Verdict
from gateway.updates.envelope import find_group_command
from gateway.updates.fair_gate import FairGate, Overloaded, lent_place
from gateway.updates.identity import IdentityCache
from gateway.updates.incoming import IncomingUpdate
from gateway.updates.quarantine import Quarantine
from gateway.updates.queues import PerUserQueue, Ticket
from gateway.updates.responses import (
    DONE,
    DRAINING,
    IGNORED,
    LOADING,
    OVERLOADED,
    UpdateResponse,
    failure_notice,
    refuse_update,
)
from gateway.updates.shared_timeout import SharedTimeout

PROCESSING_S = 50.0  # Telegram waits 60 s for an answer
MAX_TRIES = 3
QUEUE_WAIT_S = 5.0
_TRACE_NAMES = {"polling": "polled update", "replay": "replayed update"}


class UpdateHandler(Protocol):
    """What the gateway needs of the bot; see `bot.runtime.Runtime`."""

    async def process_update(self, context: Context, update: bytes) -> bytes | None:
        """Process one update, the JSON that came. Return a Bot API call for the answer, or None."""

    async def answer_in_group(self, tenant: TenantBot, message: Mapping[str, object]) -> bytes | None:
        """Return the call that answers a command in a group, or None."""


class LoadedBot(msgspec.Struct, frozen=True):
    """The bot's library once it is loaded, and its exceptions.

    `transient`: those that pass by themselves (Telegram is unreachable or limits us). `permanent`: those that no
    repetition mends (an update of a shape that the library does not know).
    """

    handler: UpdateHandler
    transient: tuple[type[Exception], ...] = ()
    permanent: tuple[type[Exception], ...] = ()


class Pipeline:
    """Processes the updates of one worker. `bot` is set once it is loaded; `draining` once no more work may begin.

    The caller of `process` has entered `gate` before, and leaves it afterwards.
    """

    def __init__(
        self,
        admission: AdmissionControl,
        identities: IdentityCache,
        basics: BasicsCache,
        quarantine: Quarantine,
        metrics: Metrics,
    ) -> None:
        self.bot: LoadedBot | None = None
        self.draining = False
        self.gate = FairGate()
        self.queue = PerUserQueue()
        self._timeout = SharedTimeout(PROCESSING_S)
        self._tasks: set[asyncio.Task[object]] = set()
        self._cancelling = False
        self.admission = admission
        self._identities = identities
        self._basics = basics
        self._quarantine = quarantine
        self._metrics = metrics

    async def process(self, update: IncomingUpdate) -> UpdateResponse:
        """Process one update and return its response. Raises nothing but CancelledError."""
        attributes = {"slotgate.tenant": update.tenant.slug, "slotgate.update.kind": update.envelope.kind}
        with begin_trace(_TRACE_NAMES.get(update.source, "POST /tg/webhook/{tenant}"), "server", attributes) as part:
            response = await self._respond(update)
            part.set("slotgate.outcome", response.outcome)
            part.set("http.response.status_code", response.status)
        self._record(update, response)
        return response

    async def _respond(self, update: IncomingUpdate) -> UpdateResponse:
        if update.envelope.user is None:
            return await self._answer_ignored(update)
        if (admission := self.admission.decide_locally(update)) is not None:
            return refuse_update(update, admission)
        if self.draining:
            return DRAINING
        if self.bot is None:
            return LOADING
        return await self._process_until_drained(self.bot, update)

    async def replay(self, update: IncomingUpdate) -> None:
        """Process a quarantined update again, in its person's queue, but not claimed or rated. Raises what failed."""
        if update.envelope.user is None:
            return
        if self.bot is None or self.draining:
            raise Overloaded
        ticket = self.queue.join(update.tenant.slug, update.user.id)
        try:
            with self._timeout:
                with lent_place():
                    await ticket.wait_turn()
                await self._call_bot(self.bot, update, await self._identities.read_context(update))
        finally:
            ticket.leave()

    async def drain(self, limit_s: float) -> None:
        """Begin nothing new, wait for what is under way, and after `limit_s` seconds give the rest back to Telegram."""
        self.draining = True
        self.gate.close()
        try:
            async with asyncio.timeout(limit_s):
                await self.queue.wait_empty()
        except TimeoutError:
            self._cancelling = True
            for task in self._tasks:
                task.cancel()
            await self.queue.wait_empty()

    async def _answer_ignored(self, update: IncomingUpdate) -> UpdateResponse:
        """Answer a command in a group with where to write; do nothing else, and keep nothing about the sender."""
        if self.bot is None or self.draining or (message := find_group_command(update.body)) is None:
            return IGNORED
        try:
            tenant = await self._basics.complete(update.tenant)
        except (BackendRefused, BackendUnavailable):
            return IGNORED
        body = await self.bot.handler.answer_in_group(tenant, message)
        return IGNORED if body is None else UpdateResponse(200, "ignored", body)

    async def _process_until_drained(self, bot: LoadedBot, update: IncomingUpdate) -> UpdateResponse:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await self._process_in_queue(bot, update)
        except asyncio.CancelledError:
            if not self._cancelling:
                raise
            task.uncancel()
            return DRAINING
        finally:
            self._tasks.discard(task)

    async def _process_in_queue(self, bot: LoadedBot, update: IncomingUpdate) -> UpdateResponse:
        try:
            ticket = self.queue.join(update.tenant.slug, update.user.id)
        except Overloaded:
            return OVERLOADED
        try:
            admission = await self._admit(update)
            if admission.verdict is Verdict.ADMITTED or admission.verdict is Verdict.POISON:
                return await self._process_admitted(bot, update, admission, ticket)
            return refuse_update(update, admission)
        finally:
            ticket.leave()

    async def _admit(self, update: IncomingUpdate) -> Admission:
        """Admit an update, waiting a while for an earlier one of the person that another worker is processing."""
        admission = await self.admission.admit(update)
        pause, deadline = 0.02, time.monotonic() + QUEUE_WAIT_S
        while admission.verdict is Verdict.QUEUED_ELSEWHERE and time.monotonic() < deadline:
            with lent_place():
                await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)
            admission = await self.admission.admit(update)
        return admission

    async def _process_admitted(
        self, bot: LoadedBot, update: IncomingUpdate, admission: Admission, ticket: Ticket
    ) -> UpdateResponse:
        end_claim = self.admission.release
        try:
            if admission.verdict is Verdict.POISON:
                response = await self._put_into_quarantine(update, "the worker died with it each time")
            else:
                with self._timeout:
                    context = admission.context
                    if not ticket.is_first:
                        with lent_place():
                            await ticket.wait_turn()
                        context = await self._identities.read_context(update)
                    body = await self._call_bot(bot, update, context)
                response = DONE if body is None else UpdateResponse(200, "done", body)
            end_claim = self.admission.complete
        except Exception as error:  # noqa: BLE001  every failure of the bot has a response
            response = await self._respond_to_failure(bot, update, admission, error)
            if response.outcome == "quarantined":
                end_claim = self.admission.complete
            elif response.outcome == "failed":
                end_claim = self.admission.fail
        finally:
            # a cancelled task ends its claim too: the command is written before anything is awaited
            await end_claim(update)
        if response.outcome == "quarantined":
            return msgspec.structs.replace(response, body=failure_notice(update, admission.context))
        return response

    async def _call_bot(self, bot: LoadedBot, update: IncomingUpdate, context: bytes | None) -> bytes | None:
        person = await self._identities.identify(update, context)
        tenant = await self._basics.complete(update.tenant)
        surroundings = Context(tenant=tenant, person=person, request_id=update.request_id)
        with trace_part("bot", {}):
            return await bot.handler.process_update(surroundings, update.body)

    async def _respond_to_failure(
        self, bot: LoadedBot, update: IncomingUpdate, admission: Admission, error: Exception
    ) -> UpdateResponse:
        fault = describe_fault(error)
        if isinstance(error, BackendUnavailable) or (isinstance(error, BackendRefused) and error.code in _NOT_READY):
            retry_after = getattr(error, "retry_after_s", None) or 2
            return UpdateResponse(503, "backend_down", retry_after=retry_after, detail=fault)
        if isinstance(error, bot.transient):
            # a chat's own flood limit may be long; Telegram would honour up to an hour
            wait_s = getattr(error, "retry_after", None)
            limited = getattr(error, "limited", wait_s is not None)
            outcome = "telegram_limited" if limited else "telegram_down"
            return UpdateResponse(503, outcome, retry_after=max(1, min(math.ceil(wait_s or 2), 60)), detail=fault)
        if isinstance(error, bot.permanent) or admission.failures + 1 >= MAX_TRIES:
            try:
                return await self._put_into_quarantine(update, fault)
            except OSError as disk_error:
                return UpdateResponse(503, "failed", retry_after=30, detail=describe_fault(disk_error))
        return UpdateResponse(503, "failed", retry_after=1, detail=fault)

    async def _put_into_quarantine(self, update: IncomingUpdate, error: str) -> UpdateResponse:
        await self._quarantine.add(update, error)
        self._metrics.quarantined.inc()
        return UpdateResponse(200, "quarantined", detail=error)

    def _record(self, update: IncomingUpdate, response: UpdateResponse) -> None:
        seconds = time.perf_counter() - update.arrived_at
        self._metrics.count_update(response.outcome)
        if response.outcome == "done":
            self._metrics.update_seconds.observe(seconds)
        envelope = update.envelope
        details: dict[str, object] = {"update_id": envelope.update_id, "kind": envelope.kind}
        if envelope.user is not None:
            details["tg_id"] = envelope.user.id
        details["ms"] = round(seconds * 1000)
        if response.detail is not None:
            details["detail"] = response.detail
        audit.record_update(
            update.tenant.slug, response.outcome, response.status, update.source, update.request_id, details
        )


# The backend does not know the business yet, or has just learned that it is switched off.
_NOT_READY = (Code.NOT_FOUND, Code.TENANT_DISABLED, Code.UNAUTHORIZED, Code.RATE_LIMITED)
