"""Telegram as a benchmark needs it: a lean Bot API that answers every call, and people who press what they are shown.

It runs in the measuring process, whose processor time nobody counts; it is the same for both sides.
"""

import asyncio
import itertools
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import msgspec

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_numbers = itertools.count(700_000_000)
DATE = int(time.time())


class Person:
    """Somebody in one bot's chat, with the menu that stands there."""

    def __init__(self, slug: str, token: str, secret: str, id_: int) -> None:
        self.slug, self.token, self.secret, self.id = slug, token, secret, id_
        self.menu: dict[str, Any] | None = None
        self.text = "…"
        self.sent_at = 0.0
        self.busy = False

    def press(self, first: str) -> tuple[int, bytes]:
        """Return the update of a press: on the button that turns the page, else on any; `first` where no menu stands yet."""
        number = next(_numbers)
        rows = (self.menu or {}).get("inline_keyboard", [])
        data = [button["callback_data"] for row in rows for button in row if button["text"] in ("›", "‹")]
        user = {"id": self.id, "is_bot": False, "first_name": "Alexandra", "last_name": "Example"}
        user |= {"username": f"alexandra_{self.id}", "language_code": "en"}
        chat = {key: user[key] for key in ("id", "first_name", "last_name", "username")} | {"type": "private"}
        message = {"message_id": 77, "from": _bot(self.token), "chat": chat, "date": DATE, "text": self.text}
        if self.menu is not None:
            message |= {"edit_date": DATE, "reply_markup": self.menu}
        press = {"id": str(number), "from": user, "message": message, "chat_instance": "-4611686018427387904"}
        press |= {"data": data[number % len(data)] if data else first}
        return number, _encode({"update_id": number, "callback_query": press})


class World:
    """The Bot API at `url`, and everybody in it. It answers `delay_s` seconds after it was asked."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.people: dict[tuple[str, int], Person] = {}
        self.calls = 0
        self.latencies: list[float] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Api(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def quiet(self) -> None:
        """Wait until no call has come for two seconds: every bot has been introduced by then."""
        async with asyncio.timeout(600):
            before = -1
            while self.calls != before:
                before = self.calls
                await asyncio.sleep(2.0)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def settle(self, people: Iterable[Person]) -> None:
        for person in people:
            self.people[person.token, person.id] = person

    def answer(self, path: str, head: bytes, body: bytes) -> Any:
        """Return the result of a call."""
        self.calls += 1
        _, bot, method = path.split("/")
        token = bot.removeprefix("bot")
        if method == "getMe":
            return _bot(token) | {"can_join_groups": True, "can_read_all_group_messages": False}
        if method not in ("editMessageText", "sendMessage"):
            return True
        given = _decode(body) if b"json" in head else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        markup = given.get("reply_markup")
        markup = _decode(markup) if isinstance(markup, str) else markup
        person = self.people.get((token, int(given["chat_id"])))
        if person is not None:
            person.menu, person.text = markup, given["text"]
            self.latencies.append(time.perf_counter() - person.sent_at)
        chat = {"id": int(given["chat_id"]), "type": "private", "first_name": "Alexandra"}
        message = {"message_id": 77, "from": _bot(token), "chat": chat, "date": DATE, "edit_date": DATE}
        return message | {"text": given["text"], "reply_markup": markup}


class _Http(asyncio.Protocol):
    """Messages with a content length, both ways."""

    def __init__(self) -> None:
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._data) < end + 4 + size:
                return
            body = self._data[end + 4 : end + 4 + size]
            first = self._data[: self._data.find(b"\r\n")].decode()
            self._data = self._data[end + 4 + size :]
            self.message(first, head, body)

    def message(self, first: str, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class _Api(_Http):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def message(self, first: str, head: bytes, body: bytes) -> None:
        content = _encode({"ok": True, "result": self._world.answer(first.split(" ")[1], head, body)})
        assert self._transport is not None
        answer = (
            b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
        )
        if self._world.delay_s:
            asyncio.get_running_loop().call_later(self._world.delay_s, self._transport.write, answer)
        else:
            self._transport.write(answer)


class Line(_Http):
    """One kept connection to a webhook, made anew when an idle one was closed: Telegram's side of it."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed during a request"))

    def message(self, first: str, head: bytes, body: bytes) -> None:
        assert self._answer is not None
        self._answer.set_result((int(first.split(" ")[1]), body))

    async def post(self, path: str, secret: str, body: bytes) -> tuple[int, bytes]:
        """Post an update; return (status, body)."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            self._data = b""
            await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        assert self._transport is not None
        self._answer = loop.create_future()
        self._transport.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nAccept-Encoding: gzip, deflate\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        return await self._answer


def _bot(token: str) -> dict[str, Any]:
    return {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Barber", "username": "barber_bot"}
