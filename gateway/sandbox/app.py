"""The sandbox as one ASGI application: Bot API, control API and the chat page. It needs no gateway to run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from gateway.sandbox.bot_api import call_bot_method, download_bot_file
from gateway.sandbox.control_api import HANDLERS, render_action_refused, render_bot_api_error
from gateway.sandbox.dependencies import ProductControl
from gateway.sandbox.errors import BotApiError
from gateway.sandbox.people import ActionRefused
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.webhook_delivery import WebhookDelivery

PAGE = Path(__file__).parent / "page"
BODY_LIMIT = 60 * 1024 * 1024
_POLICY = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def get_page() -> Response[bytes]:
    """Return the chat page."""
    return Response(
        (PAGE / "index.html").read_bytes(),
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
    )


@get("/favicon.ico", include_in_schema=False)
async def get_favicon() -> Response[bytes]:
    """Return the page's icon, for browsers that ask for it here."""
    return Response((PAGE / "icon.svg").read_bytes(), media_type="image/svg+xml")


def create_app(sandbox: Sandbox, control: ProductControl) -> Litestar:
    """Return the application. The sandbox delivers and saves while the application lives (ASGI lifespan)."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await sandbox.start(WebhookDelivery(sandbox))
        try:
            yield
        finally:
            await sandbox.stop()

    async def provide_sandbox() -> Sandbox:
        return sandbox

    async def provide_control() -> ProductControl:
        return control

    return Litestar(
        route_handlers=[
            get_page,
            get_favicon,
            create_static_files_router(
                path="/page",
                directories=[PAGE],
                include_in_schema=False,
                cache_control=CacheControlHeader(no_cache=True),
            ),
            download_bot_file,
            call_bot_method,
            *HANDLERS,
        ],
        dependencies={"sandbox": Provide(provide_sandbox), "control": Provide(provide_control)},
        lifespan=[lifespan],
        exception_handlers={ActionRefused: render_action_refused, BotApiError: render_bot_api_error},
        request_max_body_size=BODY_LIMIT,
        openapi_config=None,
        logging_config=None,  # logging belongs to the process
    )
