"""Tries again what an operator has asked for (`slotgate quarantine replay`): one at a time, by whichever worker is first."""

import asyncio
from collections.abc import Mapping

import msgspec

from backend.kit.logging import describe_fault, log
from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.pipeline import Intake
from gateway.updates.quarantine import Kept, Quarantine

LOOK_S = 1.0


class Replay:
    """Only once the bot is loaded: what is handed over earlier waits."""

    def __init__(self, quarantine: Quarantine, tenants: Mapping[str, TenantSnapshot], intake: Intake) -> None:
        self._quarantine = quarantine
        self._tenants = tenants
        self._intake = intake

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            await asyncio.to_thread(self._quarantine.recover)
            while (kept := await asyncio.to_thread(self._quarantine.take)) is not None:
                await self._once(kept)
            await asyncio.sleep(LOOK_S)

    async def _once(self, kept: Kept) -> None:
        error: str | None = "interrupted"
        try:
            error = await self._try(kept)
        finally:
            # without a thread: it must be done also while this is being cancelled
            self._quarantine.settle(kept, error)
        log.info("replayed", tenant=kept.tenant, update_id=kept.update_id, error=error)

    async def _try(self, kept: Kept) -> str | None:
        served = self._tenants.get(kept.tenant)
        if served is None or served.bot_id != kept.bot_id:
            return "its bot is not served"
        try:
            await self._intake.replay(served, msgspec.json.encode(kept.update), f"replay-{kept.update_id}")
        except Exception as failure:  # noqa: BLE001  whatever the bot raises goes back with it
            return describe_fault(failure)
        return None
