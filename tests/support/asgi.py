"""A bare ASGI client: sends what no HTTP client would, and shows how much of a body was read."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import Any
from urllib.parse import unquote


class Headers(dict[str, str]):
    """Header fields, whose names may be written in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the header's value, whatever the case of its name."""
        return super().get(name.lower(), default)


class Reply:
    """An answer. `read` counts the body's parts that the application asked for."""

    def __init__(self, status: int, headers: Headers, content: bytes, read: int) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.read = read

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    @cached_property
    def body(self) -> Any:
        """The decoded JSON, or None where there is none."""
        return json.loads(self.content) if self.content and "json" in self.headers.get("content-type", "") else None

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["code"])

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.content[:400]!r})"


async def request(  # noqa: PLR0913  the parts of a request
    app: Callable[[Any, Any, Any], Awaitable[None]],
    method: str,
    path: str,
    *,
    headers: Iterable[tuple[bytes, bytes]] = (),
    parts: Iterable[bytes] = (b"",),
    endless: bool = False,
    stalls: bool = False,
    client: str = "203.0.113.9",
) -> Reply:
    """Send one request. `endless` never says that the body is over, `stalls` stops sending after the last part."""
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": list(headers),
        "client": (client, 40000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    waiting = list(parts)
    read = 0
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal read
        if not waiting:
            await asyncio.Event().wait()
        if stalls and len(waiting) == 1:
            waiting.clear()
            await asyncio.Event().wait()
        read += 1
        part = waiting[0] if endless else waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": endless or bool(waiting)}

    async def send(event: Any) -> None:
        sent.append(dict(event))

    await app(scope, receive, send)
    head = Headers({name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]})
    content = b"".join(event.get("body", b"") for event in sent[1:])
    return Reply(sent[0]["status"], head, content, read)
