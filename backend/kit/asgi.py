"""The part of ASGI that handlers of our own use: its types, the client's address, dropping a body, sending an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal, TypedDict

Headers = list[tuple[bytes, bytes]]

# How much of a refused body is read, and for how long.
DRAIN_BYTES = 4 << 20
DRAIN_S = 3.0


class Scope(TypedDict, total=False):
    """A connection, as the server describes it."""

    type: Literal["http", "lifespan", "websocket"]
    method: str
    path: str
    raw_path: bytes | None
    query_string: bytes
    headers: Headers
    client: tuple[str, int] | None
    state: dict[str, object]


class Message(TypedDict, total=False):
    """An event of a request or of an answer; which keys it has depends on its type."""

    type: str
    status: int
    headers: Headers
    body: bytes
    more_body: bool
    code: int


Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def peer_address(scope: Scope) -> str:
    """Return the address of the other end of the connection, empty where the server knows none."""
    client = scope.get("client")
    return client[0] if client else ""


async def send_answer(send: Send, status: int, headers: Headers, body: bytes, *, head: bool = False) -> None:
    """Send a whole answer with its content length; `head`: without its body."""
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body)), *headers]}
    )
    await send({"type": "http.response.body", "body": b"" if head else body})


def without_body(send: Send) -> Send:
    """Return what sends an answer to HEAD: that of GET, with its headers, without its body."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


async def drain_body(receive: Receive) -> None:
    """Read and drop what is left of a refused body: up to its end, DRAIN_BYTES or DRAIN_S seconds.

    A client that sends first and reads afterwards would otherwise meet a closed connection, and never learn why."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while size < DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
