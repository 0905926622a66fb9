"""The backend's composition root: settings in, one application out."""

import asyncio
import importlib
import pkgutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any

from litestar import Litestar, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope

import backend
from backend import idempotency, sandbox_clock
from backend.audit.queries.chain import Entry, append_entries, use_key
from backend.auth.access import Access, AccessMiddleware
from backend.auth.actor import Actor
from backend.background import Chore, run_chores
from backend.bodies import StrictRequest, invalid_parameters, refuse_fractions
from backend.clock import AdjustableClock, Clock
from backend.contract.redis import url_for
from backend.db import dialect
from backend.db.connect import open_database
from backend.db.engine import Database
from backend.errors import MethodNotAllowed, NotFound, Refused, TooLarge, Unavailable
from backend.health import Readiness, check_liveness, check_readiness
from backend.kit.asgi import Application
from backend.kit.logging import log
from backend.kit.msgspec_litestar import MsgspecLitestar
from backend.kit.problems import MEDIA_TYPE
from backend.kit.redis import SharedRedis
from backend.kit.tracing import start_tracing, stop_tracing
from backend.metrics_page import InstallationFigures, get_metrics
from backend.middleware import MAX_BODY, RequestMiddleware
from backend.observability.metrics import Metrics
from backend.openapi import openapi_config
from backend.redis_memory import RedisMemory
from backend.schedule.displacing import Alterations
from backend.settings import Settings
from backend.tasks.withdrawals import handle_and_settle
from backend.transactions import Transactions


def feature_handlers() -> list[HTTPRouteHandler]:
    """Return the routes of every feature package: those in the `handlers` of its `routes` module."""
    found: list[HTTPRouteHandler] = [check_liveness, check_readiness, get_metrics, *sandbox_clock.handlers]
    for module in _feature_routes():
        found.extend(module.handlers)
    return found


def feature_chores() -> list[Chore]:
    """Return the chores of every feature package: those in the `background` of its `routes` module."""
    return [
        idempotency.delete_expired_answers,
        *(c for module in _feature_routes() for c in getattr(module, "background", ())),
    ]


@cache
def _feature_routes() -> list[Any]:
    found = []
    for package in sorted(pkgutil.iter_modules(backend.__path__), key=lambda p: p.name):
        if not package.ispkg:
            continue
        inside = importlib.import_module(f"backend.{package.name}")
        if any(module.name == "routes" for module in pkgutil.iter_modules(inside.__path__)):
            found.append(importlib.import_module(f"backend.{package.name}.routes"))
    return found


def create_app(settings: Settings, *, clock: Clock = time.time) -> Litestar:
    """Create the application. It opens the database at start-up: raises DatabaseUnusable there, with one clear sentence.

    `app.state` has db, redis, clock, settings. `clock()` gives epoch seconds.
    """
    if settings.adjustable_clock and not isinstance(clock, AdjustableClock):
        clock = AdjustableClock(clock)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        settings, clock = app.state.settings, app.state.clock
        start_tracing("slotgate-backend")
        url = settings.redis_url and url_for(settings.redis_url, "backend", settings.internal_key)
        app.state.redis = SharedRedis(url)
        metrics = app.state.metrics
        app.state.db = db = await open_database(settings.database_url, metrics=metrics.database)
        memory = RedisMemory(app.state.redis)
        app.state.readiness = Readiness(db, app.state.redis, memory)
        app.state.installation = InstallationFigures(settings, db, app.state.redis, clock, memory)
        watchers = (
            asyncio.create_task(metrics.loop.run(app.state.update_gauges), name="event-loop-monitor"),
            asyncio.create_task(memory.watch(), name="redis-memory"),
        )
        try:
            async with run_chores(feature_chores(), db, clock):
                yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            await app.state.db.close()
            await app.state.redis.close()
            await asyncio.to_thread(stop_tracing)

    def update_gauges() -> None:
        app.state.metrics.redis_up.set(app.state.redis.state != "down")
        app.state.db.update_gauges()

    async def send_clock_shift(message: Message, scope: Scope) -> None:
        """Tell callers how far the clock is shifted, so that their "today" is the backend's.

        Not `after_request`: of two applications in one process the handlers would keep the first one's."""
        if message["type"] == "http.response.start":
            # as it was set, not as a difference of two readings: a rounded one put callers into the minute before
            MutableScopeHeaders(message)["X-Clock-Shift"] = repr(scope["litestar_app"].state.clock.shift_s)

    use_key(settings.internal_key)
    handlers = feature_handlers()
    _require_access(handlers)
    app = MsgspecLitestar(
        route_handlers=handlers,
        lifespan=[lifespan],
        middleware=[AccessMiddleware],
        request_class=StrictRequest,
        request_max_body_size=MAX_BODY,
        dependencies={name: Provide(provide, sync_to_thread=False) for name, provide in _DEPENDENCIES.items()},
        exception_handlers={Exception: _render},
        before_send=[send_clock_shift] if settings.adjustable_clock else [],
        openapi_config=openapi_config(),
        logging_config=None,
        debug=False,
    )
    metrics = Metrics([route.path_format for route in app.routes])
    app.state.update(
        {
            "settings": settings,
            "clock": clock,
            "metrics": metrics,
            "update_gauges": update_gauges,
            "audit_refusal": partial(_audit_refusal, app),
        }
    )
    _inline_dependencies(app)
    refuse_fractions(app)
    handler: Application = app.asgi_handler  # type: ignore[assignment]  # Litestar's own names of the ASGI types
    app.asgi_handler = RequestMiddleware(handler, settings.internal_key, metrics)  # type: ignore[assignment]  # the same
    return app


def _require_access(handlers: list[HTTPRouteHandler]) -> None:
    """Refuse to start where a route does not say who may call it."""
    for handler in handlers:
        if not isinstance(handler.opt.get("access"), Access) and not handler.opt.get("open"):
            raise RuntimeError(f"{handler.handler_name} {sorted(handler.paths)} declares no access")


def _inline_dependencies(app: Litestar) -> None:
    """Give handlers their dependencies in one step.

    These are attribute reads, and Litestar's own way of calling them (a task group, a model of each function's
    parameters) takes 40 % of a request with two of them."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                names = [one.key for batch in model.dependency_batches for one in batch]
                if names and all(name in _DEPENDENCIES for name in names):
                    model.dependency_batches = []
                    model.extractors.append(partial(_extract, [(name, _DEPENDENCIES[name]) for name in names]))


async def _extract(dependencies: list[tuple[str, Any]], values: dict[str, Any], request: Any) -> None:
    for name, provide in dependencies:
        values[name] = provide(request)


async def _audit_refusal(app: Litestar, actor: Actor, route: str) -> None:
    """Write into the tenant's log that a known person tried what they may not. A failure to write changes nothing."""
    try:
        entry = Entry(
            int(app.state.clock()),
            f"person:{actor.person_id}",
            "access.refused",
            f"route:{route}",
            request_id=actor.request_id,
        )
        await app.state.db.write(actor.tenant.id, lambda conn: append_entries(conn, actor.tenant.id, [entry]))
    except Refused as exc:
        log.warning("refusal not audited", code=str(exc.code), tenant=actor.tenant.slug, route=route)


def _actor(request: StrictRequest) -> Actor:
    return request.scope["state"]["actor"]  # type: ignore[no-any-return]  # the guard has read it


def _db(request: StrictRequest) -> Database:
    return request.app.state.db  # type: ignore[no-any-return]  # set in the lifespan


def _redis(request: StrictRequest) -> SharedRedis:
    return request.app.state.redis  # type: ignore[no-any-return]  # set in the lifespan


def _metrics(request: StrictRequest) -> Metrics:
    return request.app.state.metrics  # type: ignore[no-any-return]  # set when the application is made


def _now(request: StrictRequest) -> int:
    return int(request.app.state.clock())


def _transactions(request: StrictRequest) -> Transactions:
    return Transactions(request, _actor(request), _db(request), _now(request))


def _alterations(request: StrictRequest) -> Alterations:
    return Alterations(_transactions(request), handle_and_settle)


def _tenant_slug(request: StrictRequest) -> str:
    return request.headers.get("x-tenant", "")


_DEPENDENCIES = {
    "actor": _actor,
    "db": _db,
    "redis": _redis,
    "metrics": _metrics,
    "now": _now,
    "tenant_slug": _tenant_slug,
    "transactions": _transactions,
    "alterations": _alterations,
}


def _render(request: ASGIConnection[Any, Any, Any, Any], exc: Exception) -> Response[bytes]:
    """Return the answer to a failure: this is the only place where one is made."""
    refused = dialect.translate_error(exc)
    if refused is None and isinstance(exc, HTTPException):
        refused = _from_framework(exc, request)
    request.scope["state"]["result"] = "internal" if refused is None else str(refused.code)
    if refused is None or isinstance(exc, ExceptionGroup):
        log.exception("failed", exc, path=request.scope["path"])
        body = (
            b'{"type":"urn:slotgate:problem:internal","title":"Internal error","status":500,"code":"internal",'
            b'"detail":"Something went wrong here."}'
        )
        return Response(body, status_code=500, media_type=MEDIA_TYPE)
    if refused.status >= 500:
        log.warning("refused", path=request.scope["path"], code=str(refused.code), cause=type(exc.__cause__).__name__)
    return Response(refused.body(), status_code=refused.status, media_type=MEDIA_TYPE, headers=refused.headers())


def _allowed_methods(app: Litestar, path: str) -> list[str]:
    """Return the methods of a path, in order."""
    parts = path.rstrip("/").split("/")

    def fits(route: HTTPRoute) -> bool:
        own = route.path_format.rstrip("/").split("/")
        return len(own) == len(parts) and all(a == b or b.startswith("{") for a, b in zip(parts, own, strict=True))

    found = [route for route in app.routes if isinstance(route, HTTPRoute) and fits(route)]
    # what is said word for word comes first
    found.sort(key=lambda route: route.path_format.count("{"))
    return sorted(found[0].methods) if found else []


def _from_framework(exc: HTTPException, request: ASGIConnection[Any, Any, Any, Any]) -> Refused | None:
    if exc.status_code == 404:
        return NotFound()
    if exc.status_code == 405:
        return MethodNotAllowed(_allowed_methods(request.app, request.scope["path"]))
    if exc.status_code == 413:
        return TooLarge()
    if exc.status_code == 503:
        return Unavailable(retry_after_s=1)
    return invalid_parameters(exc) if 400 <= exc.status_code < 500 else None
