"""What is left of a body that was refused: read and dropped for a moment.

Whoever sends first and reads afterwards would otherwise meet a closed connection, and never learn why.
"""

import asyncio

from gateway.http.asgi import Receive

MOST = 4 << 20  # bytes
MOST_S = 3.0


async def swallow(receive: Receive) -> None:
    """Returns at the body's end, after MOST bytes, or after MOST_S seconds, whichever comes first."""
    size = 0
    try:
        async with asyncio.timeout(MOST_S):
            while size < MOST:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return
