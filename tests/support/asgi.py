"""A bare ASGI client: sends what no HTTP client would, and shows how much of a body was read."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any


class Reply:
    """A response. `read` counts the body's parts that the application asked for."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, read: int) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.read = read


async def request(
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
    """One request; `endless` never says that the body is over, `stalls` stops sending after the last part."""
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw,
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
    head = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    body = b"".join(event.get("body", b"") for event in sent[1:])
    return Reply(sent[0]["status"], head, body, read)
