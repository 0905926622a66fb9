"""The OpenAPI document at `/schema/openapi.json`: answers and refusals of every route by name, keys, headers.

What the framework reads off the signatures is kept; what it cannot see is added here: the problem bodies, the gateway's
headers, and `Idempotency-Key` on every route that answers with `Answered`.
"""

from collections import defaultdict
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec
from litestar import Litestar
from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Method

from backend.auth.access import Access
from backend.contract import Answer
from backend.contract import Request as RequestBody
from backend.contract.errors import STATUS, Problem
from backend.idempotency import Answered
from backend.kit.problems import MEDIA_TYPE

Json = dict[str, Any]
REF = "#/components/schemas/{name}"
KEY = "internalKey"
HOLD_TOKEN = "hold_token"  # noqa: S105 - the name of a route's option: it reads `Hold-Token`

INSTANTS = "instants"  # the name of a route's option: its `from` and `to` are instants
# what parameters of these names are on every other route
_FORMATS = {"from": "date", "to": "date", "date": "date", "start": "date-time"}
_PARAMETERS: Json = {
    "Tenant": ("X-Tenant", True, "The business's slug.", {"type": "string"}),
    "ClientType": (
        "X-Client-Type",
        False,
        "What the gateway lets in: the bot is `internal`, everybody else `public`, who sees and may do less.",
        {"type": "string", "enum": ["internal", "public"], "default": "public"},
    ),
    "TgId": ("X-Tg-Id", False, "Who acts: their Telegram id.", {"type": "string", "pattern": "^[0-9]{1,16}$"}),
    "IdempotencyKey": (
        "Idempotency-Key",
        False,
        "The same request under the same key has one effect and the same bytes for 24 hours.",
        {"type": "string", "minLength": 1, "maxLength": 255},
    ),
    "HoldToken": ("Hold-Token", True, "The hold's `token`: without it there is no such hold.", {"type": "string"}),
}
_HEADERS: Json = {
    "RequestId": ("X-Request-Id", "Of the request, or made here; every log line has it.", "string"),
    "RetryAfter": ("Retry-After", "Seconds until coming again may help.", "integer"),
    "Replayed": ("Idempotent-Replayed", "`true`: the stored answer of an earlier request with this key.", "string"),
}


def openapi_config() -> OpenAPIConfig:
    """Return how the document is made and served: JSON, also at `/schema` itself; no page that needs another site's scripts."""
    return OpenAPIConfig(
        title="Slotgate backend",
        version="1",
        description="For the gateway alone: its bots and, through `/api/{tenant}/`, the world. Times are RFC 3339.",
        path="/schema",
        render_plugins=[_CompletedDocument()],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
    )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: list[Any]) -> str:
    """Return an operation's id, the feature and what is done there: `bookings_move`."""
    return f"{_feature(handler)}_{(handler.name or handler.handler_name).replace('-', '_')}"


def _feature(handler: HTTPRouteHandler) -> str:
    return handler.fn.__module__.removeprefix("backend.").split(".")[0]


class _CompletedDocument(JsonRenderPlugin):
    """Serves the framework's document with what this module adds."""

    def __init__(self) -> None:
        super().__init__(path=["/openapi.json", "/"])
        self._bytes: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:  # noqa: ARG002  as the framework calls it
        """Return the document, made once."""
        if self._bytes is None:
            self._bytes = msgspec.json.encode(build_document(request.app))
        return self._bytes


def build_document(app: Litestar) -> Json:
    """Return the document of an application."""
    document: Json = _portable(app.openapi_schema.to_schema())
    _, problem = msgspec.json.schema_components([Problem], ref_template=REF)
    parts = document["components"]
    parts["schemas"].update(problem)
    _name_structs(parts["schemas"])
    parts["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "SLOTGATE_INTERNAL_KEY, which the gateway shares."}
    }
    parts["parameters"] = {
        name: {"name": header, "in": "header", "required": required, "description": description, "schema": schema}
        for name, (header, required, description, schema) in _PARAMETERS.items()
    }
    parts["headers"] = {
        name: {"description": description, "schema": {"type": kind}}
        for name, (_, description, kind) in _HEADERS.items()
    }
    parts["responses"] = _refusals()
    document["security"] = [{KEY: []}]
    for path, method, handler in list_operations(app):
        _complete_operation(document["paths"][path][method], handler)
    return document


def _name_structs(schemas: Json) -> None:
    """Put each struct as msgspec reads and writes it in place of what the framework makes of it, and its docstring.

    The framework knows no formats and takes no notice of what stands inside of lists."""
    structs = [struct for struct in _subclasses(Answer, RequestBody) if struct.__name__ in schemas]
    _, made = msgspec.json.schema_components(
        structs, schema_hook=lambda _: {"description": "any JSON value"}, ref_template=REF
    )
    schemas.update(_portable(made))
    for struct in structs:
        schemas[struct.__name__]["description"] = cleandoc(struct.__doc__ or "")


def _subclasses(*structs: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for struct in structs:
        for subclass in struct.__subclasses__():
            yield subclass
            yield from _subclasses(subclass)


def list_operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield every operation of the document: path, method in lower case, handler."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
                for method in handler.http_methods - {"OPTIONS"}:
                    yield route.path_format, method.lower(), handler


def _complete_operation(operation: Json, handler: HTTPRouteHandler) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in _FORMATS:
            parameter["schema"]["format"] = "date-time" if handler.opt.get(INSTANTS) else _FORMATS[parameter["name"]]
    is_command = handler.parsed_fn_signature.return_type.is_subclass_of(Answered)
    operation["tags"] = [_feature(handler)]
    own = operation.setdefault("parameters", [])
    own.extend({"$ref": f"#/components/parameters/{name}"} for name in _gateway_headers(handler, is_command))
    good = operation["responses"][str(handler.status_code)]
    good["headers"] = _headers("RequestId", "Replayed") if is_command else _headers("RequestId")
    for kind, content in good.get("content", {}).items():
        if kind != "application/json":
            content["schema"] = {"type": "string", "format": "binary"}
    refused = {str(status): _refusal(status) for status in _statuses(operation, handler)}
    operation["responses"] = {str(handler.status_code): good, **refused, "default": _refusal("Other")}


def _gateway_headers(handler: HTTPRouteHandler, is_command: bool) -> Iterator[str]:
    access = handler.opt["access"]
    if access is not Access.OPERATOR or "tenant_slug" in handler.parsed_fn_signature.parameters:
        yield "Tenant"
    yield "ClientType"
    if access is not Access.OPERATOR:
        yield "TgId"
    if is_command:
        yield "IdempotencyKey"
    if handler.opt.get(HOLD_TOKEN):
        yield "HoldToken"


def _statuses(operation: Json, handler: HTTPRouteHandler) -> list[int]:
    """Return the statuses that a route may refuse with: no key, not theirs, nothing there, a business switched off."""
    found = {400, 401, 403, 404, 410, 503}
    if "requestBody" in operation:
        found |= {413, 415}
    if handler.http_methods & {"POST", "PUT", "PATCH", "DELETE"}:
        found |= {409, 422, 429}
    if "requestBody" not in operation and operation["parameters"]:
        found.add(422)  # a local time asked about that does not exist
    return sorted(found)


def _refusal(status: int | str) -> Json:
    return {"$ref": f"#/components/responses/Refused{status}"}


def _refusals() -> Json:
    codes = defaultdict(list)
    for code, status in STATUS.items():
        codes[str(status)].append(f"`{code}`")
    descriptions: Json = {status: "Refused: " + ", ".join(names) + "." for status, names in sorted(codes.items())}
    descriptions["Other"] = "Any other failure, one of the service itself (`internal`) included."
    return {
        f"Refused{status}": {
            "description": description,
            "headers": _headers("RequestId", "RetryAfter") if status in ("429", "503") else _headers("RequestId"),
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}},
        }
        for status, description in descriptions.items()
    }


def _headers(*names: str) -> Json:
    return {_HEADERS[name][0]: {"$ref": f"#/components/headers/{name}"} for name in names}


def _portable(node: Any) -> Any:
    r"""Return a schema as JSON Schema's dialect writes it: `^` and `$` for Python's `\A` and `\Z`, `anyOf` for a union.

    The framework writes `oneOf`, which is wrong where a value fits two of them, and also where there is only one."""
    if isinstance(node, list):
        return [_portable(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        if key == "pattern" and isinstance(value, str):
            made[key] = value.replace(r"\A", "^").replace(r"\Z", "$")
        elif key == "oneOf" and isinstance(value, list):
            if len(value) == 1:
                made |= _portable(value[0])
            else:
                made["anyOf"] = _portable(value)
        else:
            made[key] = _portable(value)
    return made
