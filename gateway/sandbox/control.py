"""What the sandbox asks of the program that runs the product."""

from typing import Any, Protocol


class Control(Protocol):
    """Implemented by the demo's supervisor; `Alone` where no product runs."""

    async def restart_gateway(self) -> None:
        """Restarts the gateway, and returns once that is under way."""

    async def shift_clock(self, seconds: int) -> None:
        """Moves the product's clock forward by so many seconds."""

    async def status(self) -> dict[str, Any]:
        """`{"gateway": "starting" | "ready" | "down", …}`; further keys are shown as they are."""
        ...


class Alone:
    """No product beside the sandbox, as in tests of bots: nothing to restart, no clock but the sandbox's own."""

    async def restart_gateway(self) -> None:
        """Nothing to restart."""

    async def shift_clock(self, seconds: int) -> None:
        """No other clock."""

    async def status(self) -> dict[str, Any]:
        """Whoever registered a webhook serves it."""
        return {"gateway": "ready"}
