"""Bodies: strict JSON of exactly the declared shape comes in, else 400 names the field; bytes, encoded once, go out."""

import re
from typing import Any, TypeVar

import msgspec
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.exceptions import HTTPException, ValidationException
from litestar.response.base import ASGIResponse

from backend.errors import Invalid
from backend.pattern_messages import explain_pattern

_WHERE = re.compile(r" - at `(?:key in )?\$\.?(.*)`\Z")


class Request(LitestarRequest[Any, Any, Any]):
    """Decodes straight into the struct that the handler asks for: a "5" is no number and an unknown field an error."""

    async def json(self) -> Any:
        """The body. Raises Invalid."""
        body = await self.body()
        field = self.route_handler.parsed_data_field
        try:
            return msgspec.json.decode(body, type=Any if field is None else field.annotation)
        except msgspec.ValidationError as exc:
            raise invalid_body(explain_pattern(str(exc), None if field is None else field.annotation)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("The body is not valid JSON.") from None


class _RawResponse(ASGIResponse):
    """A response whose status, headers and body are ready."""

    __slots__ = ("_start",)

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = status
        self.body = body
        self._start = headers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - as ASGI has it
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._start})
        await send({"type": "http.response.body", "body": self.body})


_T = TypeVar("_T")
_encode = msgspec.json.Encoder().encode


class Response(LitestarResponse[_T]):
    """JSON, or bytes of any kind, straight to the wire: the framework's way there takes a tenth of a whole request.

    Answers are structs and what msgspec knows by itself: encoders of other libraries' types, of which the framework
    brings a score, are not asked. What has cookies, work to do afterwards, no body or another kind of content goes the
    framework's way."""

    def to_asgi_response(self, app: Any, request: Any, **defaults: Any) -> ASGIResponse:
        """The framework asks this of every response."""
        media_type = self.media_type or defaults.get("media_type") or "application/json"
        status: int = self.status_code or defaults.get("status_code") or 200
        content: Any = self.content
        if type(content) is not bytes and media_type == "application/json":
            content = _encode(content)
        if (
            type(content) is not bytes
            or type(media_type) is not str
            or media_type.startswith("text/")
            or status in (204, 304)
            or self.cookies
            or self.background
            or any(defaults.get(option) for option in _RARE_OPTIONS)
        ):
            return super().to_asgi_response(app, request, **defaults)
        headers = {**(defaults.get("headers") or {}), **self.headers}
        lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        lines.append((b"content-type", media_type.encode("latin-1")))
        lines.append((b"content-length", b"%d" % len(content)))
        return _RawResponse(status, lines, content)


_RARE_OPTIONS = ("background", "cookies", "encoded_headers", "is_head_response")


def invalid_body(message: str) -> Invalid:
    """Return msgspec's sentence as a refusal that names the field, e.g. `items[0].name`."""
    match = _WHERE.search(message)
    unknown = re.search(r"unknown field `(.+?)`", message) or re.search(r"missing required field `(.+?)`", message)
    path = match[1] if match else ""
    if unknown:
        path = f"{path}.{unknown[1]}" if path else unknown[1]
    sentence = _WHERE.sub("", message).replace("Object", "The body" if not match else "It")
    return Invalid(sentence.rstrip(".") + ".", field=path or None)


def invalid_parameters(exc: ValidationException | HTTPException) -> Invalid:
    """Return the framework's refusal of query, path or header parameters as Invalid, with the first that is wrong."""
    extra = exc.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        if extra[0].get("key") == "data":  # the framework's name for the body
            return Invalid("A JSON body is required.")
        return Invalid(str(extra[0].get("message", "")).rstrip(".") + ".", field=extra[0].get("key"))
    missing = re.match(r"Missing required (?:\w+ )?parameter '?(.+?)'?(?: |\Z)", exc.detail)
    if missing:
        return Invalid("This parameter is required.", field=missing[1])
    return Invalid()
