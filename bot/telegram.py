"""The one seam to the Bot API: aiogram's shared session, plus plain calls that skip its forms and reply validation."""

import ssl
import uuid
from collections.abc import Mapping
from typing import Any

import certifi
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import DetailedAiogramError, TelegramNetworkError

from backend.kit.http import Http, NoAnswer, Reply

PUBLIC_API = "https://api.telegram.org"
CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0

# `Html` is a kind of str; nothing else foreign gets here.
_encoder = msgspec.json.Encoder(enc_hook=str)


class _Parameters(msgspec.Struct):
    retry_after: int | None = None


class _Reply(msgspec.Struct):
    ok: bool
    result: Any = None
    description: str = ""
    error_code: int = 0
    parameters: _Parameters | None = None


_decoder = msgspec.json.Decoder(_Reply)


_GONE = (
    "message to edit not found",
    "can't be edited",
    "MESSAGE_ID_INVALID",
    "there is no text in the message to edit",  # a file or a picture
)


class TelegramRefused(Exception):
    """Telegram answered and said no (4xx other than 429). `description` is its sentence, without secrets."""

    def __init__(self, method: str, code: int, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{method}: {code} {description}")

    @property
    def unchanged(self) -> bool:
        """The message is already as wanted: a success."""
        return "message is not modified" in self.description

    @property
    def gone(self) -> bool:
        """The message cannot be edited (any more): send a new one."""
        return any(sentence in self.description for sentence in _GONE)

    @property
    def blocked(self) -> bool:
        """The person cannot be reached: blocked the bot, never started it, or left Telegram."""
        return self.code == 403 or "chat not found" in self.description


class TelegramUnavailable(TelegramNetworkError):
    """No answer, 5xx, or 429: the call must be made again, in `retry_after` seconds at the earliest.

    `unsure`: it may have been carried out all the same. It is one of aiogram's own failures, so that a caller needs to
    know one family only."""

    def __init__(self, method: str, reason: str, retry_after: int | None = None, *, unsure: bool = False) -> None:
        self.unsure = unsure
        DetailedAiogramError.__init__(self, f"{method}: {reason}")
        self.retry_after = retry_after if retry_after is not None else 2
        self.limited = retry_after is not None


class Session(AiohttpSession):
    """One for all bots. `call` is the hot path: JSON in, JSON out; aiogram's own methods work as ever."""

    def __init__(self, api_url: str | None) -> None:
        api = PRODUCTION if api_url is None else TelegramAPIServer.from_base(api_url.rstrip("/"))
        super().__init__(api=api, timeout=TIMEOUT_S)
        base = (api_url or PUBLIC_API).rstrip("/")
        # the same authorities as aiogram's own session
        tls = ssl.create_default_context(cafile=certifi.where()) if base.startswith("https:") else None
        self._http = Http(base, timeout_s=TIMEOUT_S, connect_s=CONNECT_TIMEOUT_S, tls=tls)
        self._usernames: dict[str, str] = {}

    async def username(self, bot: Bot) -> str:
        """The bot's username without the @, asked once; a bot that changes its name is known by it after a restart."""
        if bot.token not in self._usernames:
            me = await self.call(bot, "getMe", {})
            self._usernames[bot.token] = str(me["username"])
        return self._usernames[bot.token]

    async def call(
        self, bot: Bot, method: str, params: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Any:
        """Calls a method and returns its decoded `result`. `files`: field -> (file name, content).

        Raises `TelegramRefused` or `TelegramUnavailable`; neither ever carries the address, for it holds the token."""
        content, headers = _body(params, files)
        answer = await self._post(method, f"/bot{bot.token}/{method}", headers, content)
        try:
            reply = _decoder.decode(answer.body)
        except msgspec.DecodeError:
            reason = f"an answer that is no reply of the Bot API ({answer.status})"
            raise TelegramUnavailable(method, reason, unsure=answer.status < 500) from None
        if reply.ok:
            return reply.result
        code = reply.error_code or answer.status
        if code == 429 or code >= 500:
            retry_after = reply.parameters.retry_after if reply.parameters else None
            raise TelegramUnavailable(method, f"{code} {reply.description}", retry_after)
        raise TelegramRefused(method, code, reply.description)

    async def close(self) -> None:
        """Closes both pools."""
        await self._http.close()
        await super().close()

    async def _post(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Reply:
        try:
            try:
                return await self._http.request("POST", path, headers, content)
            except NoAnswer as error:
                if not error.closed:
                    raise
                # Telegram has closed a kept connection meanwhile
                return await self._http.request("POST", path, headers, content)
        except NoAnswer as error:
            raise TelegramUnavailable(method, str(error), unsure=error.sent) from None


def _body(params: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]] | None) -> tuple[bytes, dict[str, str]]:
    if not files:
        return _encoder.encode(params), _JSON
    boundary = uuid.uuid4().hex
    parts = [
        _part(boundary, f'name="{name}"', value.encode() if isinstance(value, str) else _encoder.encode(value))
        for name, value in params.items()
    ]
    for name, (filename, content) in files.items():
        quoted = filename.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        parts.append(_part(boundary, f'name="{name}"; filename="{quoted}"', content))
    form = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return form, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


_JSON = {"Content-Type": "application/json"}


def _part(boundary: str, about: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n"
    return head.encode() + content + b"\r\n"
