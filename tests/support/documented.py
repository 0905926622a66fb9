"""Whether an answer is one that the OpenAPI document names: asked of every answer that a backend test gets."""

import re
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from backend.openapi import build_document, list_operations

_made: dict[frozenset[tuple[str, str]], "Documented"] = {}


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

    def check(self, answer: httpx.Response) -> None:
        """Raises AssertionError for a status, a kind of body, or a field that the document does not name."""
        method, path = answer.request.method.lower(), answer.request.url.path
        for pattern, template, its_method, handler in self._routes:
            if its_method == method and pattern.match(path):
                self._check(answer, self._whole["paths"][template][method], handler)
                return

    def _check(self, answer: httpx.Response, operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
        said = f"{operation['operationId']} answered {answer.status_code}"
        named = operation["responses"].get(str(answer.status_code))
        assert named is not None or answer.status_code == 500, f"{said}, which the document does not know"
        refused = answer.status_code >= 400
        if refused:
            named = self._whole["components"]["responses"][f"Refused{answer.status_code if named else 'Other'}"]
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in named["content"], f"{said} as {kind}: the document has {list(named['content'])}"
        if kind != "application/json":
            return
        struct = _of_caller(handler, answer.request.headers.get("x-client-type") == "internal")
        read = msgspec.json.decode(answer.content, type=struct)
        assert msgspec.json.encode(read) == answer.content, f"{said} with more than {struct.__name__} has"


def _of_caller(handler: HTTPRouteHandler, internal: bool) -> Any:
    """The struct of the answer; where public clients have their own, the caller's."""
    returned = handler.parsed_fn_signature.return_type
    inner = returned.inner_types
    if returned.is_union:
        return inner[0].annotation if internal else inner[1].annotation
    return inner[0].annotation if inner else returned.annotation


def documented(app: Litestar) -> Documented:
    """Made once for each set of routes: it costs some hundred milliseconds."""
    routes = frozenset((path, method) for path, method, _ in list_operations(app))
    if routes not in _made:
        _made[routes] = Documented(app)
    return _made[routes]
