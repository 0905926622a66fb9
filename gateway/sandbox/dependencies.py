"""The dependencies of the HTTP handlers: the sandbox, and the control of the product that runs beside it."""

from typing import Protocol, TypeAlias

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from gateway.sandbox.model import Json
from gateway.sandbox.people import ActionRefused
from gateway.sandbox.sandbox import Sandbox


class ProductControl(Protocol):
    """What the page's tools do with the product. The demo implements it; `NoProduct` serves where none runs."""

    async def restart_gateway(self) -> None:
        """Begin to restart the gateway. Returns before the restart is complete."""

    async def shift_clock(self, seconds: int) -> None:
        """Move the product's clock forward by `seconds`."""

    async def seconds_to_reminder(self) -> int | None:
        """Return how many seconds the next reminder is ahead; None where there is none."""
        ...

    async def add_business(self, name: str) -> str:
        """Make a business that can be used at once, and return its slug. Raises ActionRefused."""
        ...

    async def status(self) -> Json:
        """Return `{"gateway": "starting" | "ready" | "down", …}`; the page gets further keys as they are."""
        ...


class NoProduct:
    """The control of no product, for tests of bots: nothing to restart, and no clock but the sandbox's."""

    async def restart_gateway(self) -> None:
        """Do nothing."""

    async def add_business(self, name: str) -> str:  # noqa: ARG002  there is no folder of businesses
        """Refuse: nothing here serves a business."""
        raise ActionRefused("no product runs here", 409)

    async def shift_clock(self, seconds: int) -> None:
        """Do nothing."""

    async def seconds_to_reminder(self) -> int | None:
        """Return None: there is no product to remind anybody."""
        return None

    async def status(self) -> Json:
        """Report a ready gateway: a webhook's server needs no start."""
        return {"gateway": "ready"}


# Litestar validates what it injects; both are live objects that have no schema.
SandboxDependency: TypeAlias = NamedDependency[SkipValidation[Sandbox]]
ControlDependency: TypeAlias = NamedDependency[SkipValidation[ProductControl]]
HttpRequest: TypeAlias = Request[None, None, State]
