"""Whether a service of ours answers, and what its health route says; by hand, since a client library costs its import."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec


async def answers(url: str) -> bool:
    """Whether a GET answers 200 within two seconds."""
    return await status_of(url) == 200


async def status_of(url: str) -> int | None:
    """Return the status of a GET, None without an answer in two seconds."""
    return (await _get(url))[0]


async def health(url: str) -> tuple[int | None, dict[str, Any]]:
    """The status, and what a health route says part by part."""
    status, body = await _get(url)
    try:
        return status, msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return status, {}


async def _get(url: str) -> tuple[int | None, bytes]:
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    try:
        async with asyncio.timeout(2.0):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                writer.write("\r\n".join((*lines, "", "")).encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None, b""
    words = head.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None, body
