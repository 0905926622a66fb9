"""Check that an answer is one that the OpenAPI document names: done with every answer that a backend test gets."""

import re
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from backend.openapi import build_document, list_operations
from tests.support.asgi import Reply

_of_routes: dict[frozenset[tuple[str, str]], "Documented"] = {}


class Documented:
    """The operations of one application; those of its routes that are a test's own are left out."""

    def __init__(self, app: Litestar) -> None:
        self._whole = build_document(app)
        self._routes: list[tuple[re.Pattern[str], str, str, HTTPRouteHandler]] = []
        for path, method, handler in list_operations(app):
            if path.startswith("/v1/"):
                pattern = re.compile(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(path)) + r"\Z")
                self._routes.append((pattern, path, method, handler))
        self._routes.sort(key=lambda route: "{" in route[1])  # what is said word for word comes first

    def check(self, method: str, path: str, answer: Reply, *, internal: bool) -> None:
        """Raise AssertionError for a status, a kind of body, or a field that the document does not name."""
        method = method.lower()
        for pattern, template, its_method, handler in self._routes:
            if its_method == method and pattern.match(path):
                self._check(answer, self._whole["paths"][template][method], handler, internal=internal)
                return

    def _check(self, answer: Reply, operation: dict[str, Any], handler: HTTPRouteHandler, *, internal: bool) -> None:
        said = f"{operation['operationId']} answered {answer.status}"
        named = operation["responses"].get(str(answer.status))
        assert named is not None or answer.status == 500, f"{said}, which the document does not know"
        refused = answer.status >= 400
        if refused:
            named = self._whole["components"]["responses"][f"Refused{answer.status if named else 'Other'}"]
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in named["content"], f"{said} as {kind}: the document has {list(named['content'])}"
        if kind != "application/json":
            return
        struct = _of_caller(handler, internal)
        read = msgspec.json.decode(answer.content, type=struct)
        assert msgspec.json.encode(read) == answer.content, f"{said} with more than {struct.__name__} has"


def _of_caller(handler: HTTPRouteHandler, internal: bool) -> Any:
    """Return the struct of the answer; where public clients have their own, the caller's."""
    returned = handler.parsed_fn_signature.return_type
    inner = returned.inner_types
    if returned.is_union:
        return inner[0].annotation if internal else inner[1].annotation
    return inner[0].annotation if inner else returned.annotation


def check_answer(app: Litestar, method: str, path: str, answer: Reply, *, internal: bool) -> None:
    """Raise AssertionError where the answer is none that the application's document names; `path` without its query."""
    known = app.state.get("documented")
    if known is None:
        # made once for each set of routes: it costs some hundred milliseconds
        routes = frozenset((path, method) for path, method, _ in list_operations(app))
        if routes not in _of_routes:
            _of_routes[routes] = Documented(app)
        known = app.state["documented"] = _of_routes[routes]
    known.check(method, path, answer, internal=internal)
