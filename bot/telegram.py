"""The Bot API: a client of bare JSON calls for bot and gateway, which neither needs aiogram nor carries its cost.

A bot's token is part of each address, so neither an address nor an error of the HTTP client ever leaves this file.
"""

import ssl
import uuid
from collections.abc import Mapping
from typing import Any

import certifi
import msgspec

from backend.kit.http import Http, NoAnswer, Reply
from backend.kit.tracing import trace_part

CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0
# After a failure that names no time; Telegram's own first repetition of an update comes as soon.
RETRY_AFTER_S = 2

# `Html` is a kind of str; no other foreign type gets here.
_encoder = msgspec.json.Encoder(enc_hook=str)
_JSON = {"Content-Type": "application/json"}
_CANNOT_BE_EDITED = (
    "message to edit not found",
    "can't be edited",
    "MESSAGE_ID_INVALID",
    "there is no text in the message to edit",  # a file or a picture
)


class _Parameters(msgspec.Struct):
    retry_after: int | None = None


class _Answer(msgspec.Struct):
    ok: bool
    result: Any = None  # of another shape for each method: callers know which
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


_decoder = msgspec.json.Decoder(_Answer)


class TelegramRefused(Exception):
    """Telegram refused a call (4xx other than 429): repeating it is of no use. `description` is its own sentence."""

    def __init__(self, method: str, code: int, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{method}: {code} {description}")

    @property
    def unchanged(self) -> bool:
        """Whether the message is as wanted already: a success."""
        return "message is not modified" in self.description

    @property
    def gone(self) -> bool:
        """Whether the message cannot be edited (any more): send a new one."""
        return any(sentence in self.description for sentence in _CANNOT_BE_EDITED)

    @property
    def blocked(self) -> bool:
        """Whether the person cannot be reached: has blocked the bot, never started it, or left Telegram."""
        return self.code == 403 or "chat not found" in self.description


class TelegramUnavailable(Exception):
    """There was no answer, or a 5xx, or a 429: repeat the call, in `retry_after` seconds at the earliest.

    `code` is the Bot API's (None without an answer), `limited` tells that Telegram itself named the time to wait, and
    `unsure` that the call may have been carried out all the same."""

    def __init__(
        self,
        method: str,
        reason: str,
        retry_after: int | None = None,
        *,
        code: int | None = None,
        unsure: bool = False,
    ) -> None:
        self.reason = reason
        self.retry_after = RETRY_AFTER_S if retry_after is None else retry_after
        self.limited = retry_after is not None
        self.code = code
        self.unsure = unsure
        super().__init__(f"{method}: {reason}")


class Telegram:
    """One pool of connections for all bots."""

    def __init__(self, api_url: str, proxy: str | None = None) -> None:
        base = api_url.rstrip("/")
        # the same authorities as aiogram's own session
        tls = ssl.create_default_context(cafile=certifi.where()) if base.startswith("https:") else None
        self._http = Http(base, timeout_s=TIMEOUT_S, connect_s=CONNECT_TIMEOUT_S, tls=tls, proxy=proxy)

    async def close(self) -> None:
        """Close the pool."""
        await self._http.close()

    async def call(
        self,
        token: str,
        method: str,
        params: Mapping[str, object],
        files: Mapping[str, tuple[str, bytes]] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> Any:
        """Call a method and return its decoded `result`. `files`: field -> (file name, content).

        Raises TelegramRefused or TelegramUnavailable."""
        content, headers = _encode_body(params, files)
        # the method alone: the path holds the token, and parameters what people write
        with trace_part(f"Telegram {method}", {"telegram.method": method}, "client") as part:
            reply = await self._post(method, f"/bot{token}/{method}", headers, content, timeout_s)
            part.set("http.response.status_code", reply.status)
        try:
            answer = _decoder.decode(reply.body)
        except msgspec.DecodeError:
            reason = f"an answer that is no reply of the Bot API ({reply.status})"
            raise TelegramUnavailable(method, reason, unsure=reply.status < 500) from None
        if answer.ok:
            return answer.result
        code = answer.error_code or reply.status
        if code == 429 or code >= 500:
            retry_after = answer.parameters.retry_after if answer.parameters else None
            raise TelegramUnavailable(method, f"{code} {answer.description}", retry_after, code=code)
        raise TelegramRefused(method, code, answer.description)

    async def _post(self, method: str, path: str, headers: dict[str, str], content: bytes, timeout_s: float) -> Reply:
        try:
            try:
                return await self._http.request("POST", path, headers, content, timeout_s=timeout_s)
            except NoAnswer as error:
                if not error.closed:
                    raise
                # Telegram has closed a kept connection meanwhile
                return await self._http.request("POST", path, headers, content, timeout_s=timeout_s)
        except NoAnswer as error:
            raise TelegramUnavailable(method, str(error), unsure=error.sent) from None


def _encode_body(
    params: Mapping[str, object], files: Mapping[str, tuple[str, bytes]] | None
) -> tuple[bytes, dict[str, str]]:
    if not files:
        return _encoder.encode(params), _JSON
    boundary = uuid.uuid4().hex
    parts = [
        _form_part(boundary, f'name="{name}"', value.encode() if isinstance(value, str) else _encoder.encode(value))
        for name, value in params.items()
    ]
    for name, (filename, content) in files.items():
        quoted = filename.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        parts.append(_form_part(boundary, f'name="{name}"; filename="{quoted}"', content))
    form = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return form, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def _form_part(boundary: str, about: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n"
    return head.encode() + content + b"\r\n"
