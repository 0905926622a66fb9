"""Draining the body of a request that was refused: what is left of it is read for a moment, and dropped.

A client that sends first and reads afterwards would otherwise meet a closed connection, and never learn why.
"""

import asyncio

from gateway.http.asgi import Receive

MAX_DRAINED = 4 << 20  # bytes
DRAIN_S = 3.0


async def drain_body(receive: Receive) -> None:
    """Return at the body's end, after MAX_DRAINED bytes, or after DRAIN_S seconds, whichever comes first."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_S):
            while size < MAX_DRAINED:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
