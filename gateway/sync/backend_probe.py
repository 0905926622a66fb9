"""Asks again and again whether the backend answers, and whether it takes our key."""

import asyncio
from collections.abc import Callable

from backend.client.api import BackendClient, BackendUnavailable
from backend.kit.logging import log

PROBE_S = 5.0
EAGER_PROBE_S = 0.25


class BackendProbe:
    """The backend as this worker saw it last; `on_up` is called each time that it is back."""

    def __init__(self, backend: BackendClient, on_up: Callable[[], None]) -> None:
        self._backend = backend
        self._on_up = on_up
        self._key_accepted = True
        self.is_up = False

    @property
    def state(self) -> str:
        """Return `up`, `down`, or that it refuses our key."""
        if not self.is_up:
            return "down"
        return "up" if self._key_accepted else "refuses the internal key"

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            try:
                up = await self._backend.check_live()
                if up and self.state != "up":
                    await self._check_key()
            except BackendUnavailable:
                up = False
            if up and not self.is_up:
                self._on_up()
            self.is_up = up
            await asyncio.sleep(PROBE_S if up else EAGER_PROBE_S)

    async def _check_key(self) -> None:
        accepted = await self._backend.accepts_key("probe")
        if not accepted and self._key_accepted:
            log.error("backend_refuses_key", remedy="all services must share one SLOTGATE_INTERNAL_KEY")
        self._key_accepted = accepted
