"""Processes again what an operator asked for with `slotgate quarantine replay`: one at a time, by any of the workers."""

import asyncio
from collections.abc import Mapping

import msgspec

from backend.kit.logging import describe_fault, log
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import parse_envelope
from gateway.updates.incoming import IncomingUpdate
from gateway.updates.pipeline import Pipeline
from gateway.updates.quarantine import Quarantine, QuarantinedUpdate

POLL_S = 1.0


class Replay:
    """To be run once the bot is loaded: what is requested earlier waits."""

    def __init__(self, quarantine: Quarantine, tenants: Mapping[str, TenantSnapshot], pipeline: Pipeline) -> None:
        self._quarantine = quarantine
        self._tenants = tenants
        self._pipeline = pipeline

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await asyncio.to_thread(self._quarantine.restore_abandoned)
            while (quarantined := await asyncio.to_thread(self._quarantine.claim_replay)) is not None:
                await self._replay(quarantined)
            await asyncio.sleep(POLL_S)

    async def _replay(self, quarantined: QuarantinedUpdate) -> None:
        error: str | None = "interrupted"
        try:
            error = await self._process(quarantined)
        finally:
            # not in a thread: it must be done even while this task is being cancelled
            self._quarantine.finish_replay(quarantined, error)
        log.info("replayed", tenant=quarantined.tenant, update_id=quarantined.update_id, error=error)

    async def _process(self, quarantined: QuarantinedUpdate) -> str | None:
        """Return None, or what failed."""
        tenant = self._tenants.get(quarantined.tenant)
        if tenant is None or tenant.bot_id != quarantined.bot_id:
            return "its bot is not served"
        body = msgspec.json.encode(quarantined.update)
        request_id = f"replay-{quarantined.update_id}"
        try:
            await self._pipeline.replay(IncomingUpdate(tenant, parse_envelope(body), body, "replay", request_id))
        except Exception as failure:  # noqa: BLE001  every failure goes back into quarantine with the update
            return describe_fault(failure)
        return None
