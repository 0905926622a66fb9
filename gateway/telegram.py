"""The few Bot API calls of the gateway itself (webhooks, polling), as bare JSON and without the bot's library.

The token is part of the address, so no error of the HTTP library ever leaves this file."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec


class TelegramRefused(Exception):
    """Telegram understood and said no. `description` is its own sentence."""

    def __init__(self, code: int, description: str, retry_after: int | None) -> None:
        self.code = code
        self.description = description
        self.retry_after = retry_after
        super().__init__(f"{code} {description}")


class TelegramUnreachable(Exception):
    """No answer, or none that is the Bot API's. Only the kind of failure is told."""


class _Parameters(msgspec.Struct):
    retry_after: int | None = None


class _Reply(msgspec.Struct):
    ok: bool
    result: Any = None
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


_decoder = msgspec.json.Decoder(_Reply)


class Telegram:
    """One session for all bots."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the session; needs the running loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        """Closes it."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, token: str, method: str, parameters: Mapping[str, Any], *, timeout_s: float = 20.0) -> Any:
        """The result of one call. Raises TelegramRefused or TelegramUnreachable."""
        assert self._session is not None
        url = f"{self._base}/bot{token}/{method}"
        body = msgspec.json.encode(parameters)
        headers = {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=5.0)
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=timeout) as response:
                reply = _decoder.decode(await response.read())
        except msgspec.MsgspecError:
            raise TelegramUnreachable("not an answer of the Bot API") from None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise TelegramUnreachable(type(error).__name__) from None
        if not reply.ok:
            wait = reply.parameters.retry_after if reply.parameters is not None else None
            raise TelegramRefused(reply.error_code, reply.description, wait)
        return reply.result
