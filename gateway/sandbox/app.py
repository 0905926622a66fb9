"""The sandbox as one ASGI application: Bot API, control API and the chat page. It needs no gateway to run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from .bot_api import bot_file, bot_method
from .control import Control
from .control_api import HANDLERS, impossible, refused
from .people import Impossible
from .refusals import Refusal
from .world import Sandbox

PAGE = Path(__file__).parent / "page"
BODY_LIMIT = 60 * 1024 * 1024
_POLICY = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def index() -> Response[bytes]:
    """The chat page."""
    return Response(
        (PAGE / "index.html").read_bytes(),
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"},
    )


@get("/favicon.ico", include_in_schema=False)
async def favicon() -> Response[bytes]:
    """The same picture as the page's, for browsers that ask here."""
    return Response((PAGE / "icon.svg").read_bytes(), media_type="image/svg+xml")


def create_app(sandbox: Sandbox, control: Control) -> Litestar:
    """Serves the sandbox; its deliveries and saving live as long as the application (ASGI lifespan)."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await sandbox.start()
        try:
            yield
        finally:
            await sandbox.stop()

    async def provide_sandbox() -> Sandbox:
        return sandbox

    async def provide_control() -> Control:
        return control

    return Litestar(
        route_handlers=[
            index,
            favicon,
            create_static_files_router(
                path="/page",
                directories=[PAGE],
                include_in_schema=False,
                cache_control=CacheControlHeader(no_cache=True),
            ),
            bot_file,
            bot_method,
            *HANDLERS,
        ],
        dependencies={"sandbox": Provide(provide_sandbox), "control": Provide(provide_control)},
        lifespan=[lifespan],
        exception_handlers={Impossible: impossible, Refusal: refused},
        request_max_body_size=BODY_LIMIT,
        openapi_config=None,
        logging_config=None,  # logging belongs to the process
    )
