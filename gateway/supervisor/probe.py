"""Asks a service of this machine for its health, without an HTTP library: the command line starts without one."""

import asyncio
from urllib.parse import urlsplit

import msgspec

_TIMEOUT_S = 2.0


async def fetch_health(url: str) -> tuple[int | None, dict[str, object]]:
    """Ask a health route (GET) and return its status, None without an answer in two seconds, and what its JSON body says."""
    status, body = await _get(url)
    try:
        return status, msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:
        return status, {}


async def _get(url: str) -> tuple[int | None, bytes]:
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    try:
        async with asyncio.timeout(_TIMEOUT_S):
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
