"""The sandbox as one ASGI application: Bot API, control API and the chat page. It needs no gateway to run."""

import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Response, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import Receive, Scope, Send

from backend.kit.msgspec_litestar import MsgspecLitestar
from gateway.sandbox.bot_api import call_bot_method, download_bot_file
from gateway.sandbox.browser_guard import BrowserGuard
from gateway.sandbox.control_api import HANDLERS, render_action_refused, render_bot_api_error
from gateway.sandbox.dependencies import HttpRequest, ProductControl
from gateway.sandbox.errors import BotApiError
from gateway.sandbox.model import Json
from gateway.sandbox.people import ActionRefused
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.webhook_delivery import WebhookDelivery

PAGE = Path(__file__).parent / "page"
PAGE_FILES = frozenset(file.name for file in PAGE.iterdir())
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


@get("/page/{name:str}", include_in_schema=False)
async def get_page_file(name: FromPath[str]) -> Response[bytes]:
    """Return a file of the page; 404 for every name that it does not have, however it is written."""
    if name not in PAGE_FILES:
        raise NotFoundException
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response((PAGE / name).read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})


@get("/favicon.ico", include_in_schema=False)
async def get_favicon() -> Response[bytes]:
    """Return the page's icon, for browsers that ask for it here."""
    return Response((PAGE / "icon.svg").read_bytes(), media_type="image/svg+xml")


def _refuse_deep_json(_: HttpRequest, __: RecursionError) -> Response[Json]:
    """Answer a body that is nested too deeply to be read."""
    return Response({"error": "the body is nested too deeply"}, status_code=400)


async def _provide_sandbox(request: HttpRequest) -> Sandbox:
    return request.scope["state"]["sandbox"]  # type: ignore[no-any-return]  # `_ServedSandbox` puts it there


async def _provide_control(request: HttpRequest) -> ProductControl:
    return request.scope["state"]["control"]  # type: ignore[no-any-return]  # the same


@cache
def _routes() -> Litestar:
    """Return the routes, made once for every sandbox of the process: each request brings its own."""
    return MsgspecLitestar(
        route_handlers=[
            get_page,
            get_favicon,
            get_page_file,
            download_bot_file,
            call_bot_method,
            *HANDLERS,
        ],
        dependencies={"sandbox": Provide(_provide_sandbox), "control": Provide(_provide_control)},
        exception_handlers={
            ActionRefused: render_action_refused,
            BotApiError: render_bot_api_error,
            RecursionError: _refuse_deep_json,
        },
        request_max_body_size=BODY_LIMIT,
        openapi_config=None,
        logging_config=None,  # logging belongs to the process
    )


class _ServedSandbox:
    """One sandbox behind the routes. It delivers and saves while it lives (lifespan)."""

    def __init__(self, sandbox: Sandbox, control: ProductControl) -> None:
        self._sandbox, self._control = sandbox, control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or begin and end (ASGI)."""
        if scope["type"] == "lifespan":  # type: ignore[comparison-overlap]  # Litestar's type of a scope leaves it out
            await self._live(receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "sandbox": self._sandbox, "control": self._control}
        await _routes()(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:  # the messages of a lifespan, which Litestar types apart
        await receive()
        try:
            await self._sandbox.start(WebhookDelivery(self._sandbox))
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        try:
            await receive()
        finally:
            await self._sandbox.stop()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(sandbox: Sandbox, control: ProductControl) -> BrowserGuard:
    """Return the application, guarded from other sites' pages."""
    return BrowserGuard(_ServedSandbox(sandbox, control))
