"""The gateway's application: the webhook's raw path in front, Litestar for everything else. Composition root."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar, MediaType, Request, Response, asgi, get
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import Receive, Scope, Send

from backend.kit.logging import configure_logging
from gateway.http import webhook
from gateway.http.problems import body_for
from gateway.http.server import on_termination
from gateway.settings import Settings
from gateway.worker import Gateway

App = Callable[[Any, Any, Any], Awaitable[None]]


class Front:
    """ASGI. Webhooks, nearly all of the traffic, go straight to their handler; the rest is Litestar's."""

    def __init__(self, gateway: Gateway, rest: Litestar) -> None:
        self.gateway = gateway
        self._webhook = gateway.webhook
        self._rest: App = rest

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, or the lifespan."""
        if scope["type"] == "http" and scope["path"].startswith(webhook.PREFIX):
            return await self._webhook(scope, receive, send)
        return await self._rest(scope, receive, send)


def create_app(settings: Settings | None = None) -> Front:
    """The application for a worker; settings come from the environment where none are given."""
    own_process = settings is None
    settings = settings or Settings.from_env()
    if own_process:
        configure_logging(settings.log_format, secrets=(settings.internal_key,))
    gateway = Gateway(settings)
    if own_process:
        on_termination(gateway.begin_drain)
    return Front(gateway, _litestar(gateway))


def _problem(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """A path or a method that is not ours, in the one format of refusals."""
    body, kind = body_for(error.status_code), "application/problem+json"
    return Response(body, status_code=error.status_code, media_type=kind, headers=error.headers)


def _litestar(gateway: Gateway) -> Litestar:
    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, object]:
        """Whether this process answers."""
        return {"status": "live", "pid": os.getpid()}

    @get("/health/ready", sync_to_thread=False)
    def ready() -> Response[dict[str, object]]:
        """Whether an update would be worked on, part by part; 503 with the same body while not."""
        state = gateway.state()
        return Response(state, status_code=200 if state["status"] == "ready" else 503)

    @get("/metrics", sync_to_thread=False, media_type=MediaType.TEXT)
    def metrics() -> Response[bytes]:
        """For Prometheus."""
        gateway.gauge()
        # Litestar adds the charset; given twice, Prometheus refuses the whole page
        return Response(gateway.metrics.render(), media_type="text/plain; version=0.0.4")

    @asgi("/api", is_mount=True, copy_scope=True)
    async def public(scope: Scope, receive: Receive, send: Send) -> None:
        """Public clients; see `proxy.py`."""
        await gateway.proxy(scope, receive, send)  # type: ignore[arg-type]  # Litestar's own names of the ASGI types

    return Litestar(
        [live, ready, metrics, public],
        on_startup=[gateway.start],
        on_shutdown=[gateway.stop],
        exception_handlers={NotFoundException: _problem, MethodNotAllowedException: _problem},
        openapi_config=None,
        logging_config=None,
    )
