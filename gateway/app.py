"""The gateway's application: webhooks on a bare path in front, Litestar for everything else. Composition root."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from litestar import Litestar, MediaType, Request, Response, asgi, get, types
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from backend.contract.versions import describe_program
from backend.kit.asgi import Application, Receive, Scope, Send, without_body
from backend.kit.logging import configure_logging
from backend.kit.msgspec_litestar import MsgspecLitestar
from backend.kit.problems import MEDIA_TYPE
from backend.kit.process_states import describe_processes
from backend.kit.worker_metrics import CONTENT_TYPE, join_workers
from gateway.http.problems import problem_body
from gateway.http.server import notify_on_termination
from gateway.settings import WEBHOOK_PATH, Settings
from gateway.worker import Worker

_OWN_PAGES = ("/health/live", "/health/ready", "/metrics")


class GatewayApp:
    """ASGI. Webhooks, nearly all of the traffic, go straight to their handler; the rest is Litestar's."""

    def __init__(self, worker: Worker, litestar: Litestar) -> None:
        self.worker = worker
        self._webhook = worker.webhook
        self._litestar: Application = litestar  # type: ignore[assignment]  # Litestar's own names of the ASGI types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "http" and scope["path"].startswith(WEBHOOK_PATH):
            return await self._webhook(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] in _OWN_PAGES:
            scope, send = {**scope, "method": "GET"}, without_body(send)
        return await self._litestar(scope, receive, send)


def create_app(settings: Settings | None = None, *, wait_until_ready: bool = False) -> GatewayApp:
    """Return a worker's application; without settings it is a process of its own, and reads them from the environment.

    `wait_until_ready`: its start is over when an update can be processed, or after a few seconds without a backend.
    """
    own_process = settings is None
    settings = settings or Settings.from_env()
    if own_process:
        join_workers()
        configure_logging(settings.log_format, secrets=(settings.internal_key,))
    worker = Worker(settings)
    if own_process:
        notify_on_termination(worker.begin_drain)
    on_startup = [worker.start, worker.wait_until_ready] if wait_until_ready else [worker.start]
    return GatewayApp(worker, _create_litestar(worker, on_startup))


def import_application() -> None:
    """Import what Litestar imports only for its first application; without it each worker would have a copy of its own."""

    @get("/", sync_to_thread=False)
    def nothing() -> None: ...

    MsgspecLitestar([nothing], openapi_config=None, logging_config=None)


def _render_problem(_: Request[object, object, State], error: HTTPException) -> Response[bytes]:
    """Refuse a path or a method that does not exist, as a problem like every refusal."""
    body = problem_body(error.status_code)
    return Response(body, status_code=error.status_code, media_type=MEDIA_TYPE, headers=error.headers)


def _create_litestar(worker: Worker, on_startup: Sequence[Callable[[], Awaitable[None]]]) -> Litestar:
    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, object]:
        """Answer that this process is alive, and what runs here."""
        return {"status": "live", "pid": os.getpid(), **describe_program()}

    @get("/health/ready", sync_to_thread=False)
    def ready() -> Response[dict[str, object]]:
        """Answer whether an update would be processed, part by part; 503 with the same body if not."""
        readiness = worker.readiness() | {"processes": describe_processes()}
        return Response(readiness, status_code=200 if readiness["status"] == "ready" else 503)

    @get("/metrics", media_type=MediaType.TEXT)
    async def metrics() -> Response[bytes]:
        """Answer with the figures for Prometheus."""
        worker.update_gauges()
        # milliseconds of computing that no update should wait for
        return Response(await asyncio.to_thread(worker.metrics.render), media_type=CONTENT_TYPE)

    @asgi("/api", is_mount=True, copy_scope=True)
    async def public(scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
        """Answer public clients; see `http.proxy`."""
        await worker.proxy(scope, receive, send)  # type: ignore[arg-type]  # Litestar's own names of the ASGI types

    return MsgspecLitestar(
        [live, ready, metrics, public],
        on_startup=list(on_startup),
        on_shutdown=[worker.stop],
        exception_handlers={NotFoundException: _render_problem, MethodNotAllowedException: _render_problem},
        openapi_config=None,
        logging_config=None,
    )
