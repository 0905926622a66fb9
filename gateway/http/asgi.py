"""The part of ASGI that the gateway's own handlers use: its types, the client's address, and sending an answer."""

from collections.abc import Awaitable, Callable
from typing import Literal, TypedDict

Headers = list[tuple[bytes, bytes]]


class Scope(TypedDict, total=False):
    """A connection, as the server describes it."""

    type: Literal["http", "lifespan"]
    method: str
    path: str
    raw_path: bytes | None
    query_string: bytes
    headers: Headers
    client: tuple[str, int] | None


class Message(TypedDict, total=False):
    """An event of a request or of an answer; which keys it has depends on its type."""

    type: str
    status: int
    headers: Headers
    body: bytes
    more_body: bool


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
