"""What the sandbox's tests stand on: a sandbox on a real port, a bot's calls, people's deeds, a webhook of the test's own."""

import asyncio
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from gateway.sandbox import ProductControl, Sandbox, serve_sandbox

TOKEN = "7000001:demo_barber_token"
Json = dict[str, Any]


class Play:
    """A bot @barber_bot (`barber`) with the client 1001, the specialist 1002 and the admin 1003."""

    def __init__(self, sandbox: Sandbox, url: str, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.url = url
        self.http = http
        self.base = f"{url}/bot{TOKEN}"

    async def call(self, method: str, **params: Any) -> Json:
        """Calls a method with a JSON body; the whole answer with its HTTP `status`."""
        async with self.http.post(f"{self.base}/{method}", json=params) as response:
            return {"status": response.status, **await response.json()}

    async def form(self, method: str, files: dict[str, tuple[str, bytes]], **params: Any) -> Json:
        """Calls a method with a multipart body."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, (file_name, data) in files.items():
            form.add_field(name, data, filename=file_name)
        async with self.http.post(f"{self.base}/{method}", data=form) as response:
            return {"status": response.status, **await response.json()}

    async def refusal(self, method: str, **params: Any) -> str:
        """The sentence of a call that must be refused with the code that its answer names."""
        answer = await self.call(method, **params)
        assert answer["ok"] is False, answer
        assert answer["error_code"] == answer["status"]
        return str(answer["description"])

    async def do(self, deed: str, **body: Any) -> Json:
        """An order to the control API for the bot `barber`."""
        payload = body if deed in ("clock", "restart") else {"bot": "barber", **body}
        async with self.http.post(f"{self.url}/sandbox/{deed}", json=payload) as response:
            answer = await response.json()
            return {"http": response.status, **answer}

    async def say(self, text: str, person: int = 1001) -> Json:
        """A person writes."""
        return await self.do("send", person=person, text=text)

    async def ask(self, path: str) -> Json:
        """A question to the control API."""
        async with self.http.get(f"{self.url}/sandbox/{path}") as response:
            return dict(await response.json())

    async def sent(self, **params: Any) -> Json:
        """The result of a sendMessage to the client that must succeed."""
        answer = await self.call("sendMessage", **{"chat_id": 1001, "text": "hello", **params})
        assert answer["ok"], answer
        return dict(answer["result"])


@asynccontextmanager
async def playing(
    control: ProductControl | None = None, sandbox: Sandbox | None = None, **options: Any
) -> AsyncIterator[Play]:
    """A running sandbox; retries come after hundredths of a second."""
    sandbox = sandbox or Sandbox(**{"retry_base_s": 0.02, **options})
    sandbox.add_bot(TOKEN, "Barber House", slug="barber")
    async with serve_sandbox(sandbox, control) as url, aiohttp.ClientSession() as http:
        yield Play(sandbox, url, http)


Answer = Callable[[Json], Awaitable[web.Response]]


class Hook:
    """A webhook of the test's own: keeps what arrives, answers what it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.busy = 0
        self.busiest = 0
        self.answer: Answer | None = None

    async def _on(self, request: web.Request) -> web.Response:
        self.times.append(asyncio.get_running_loop().time())
        update = await request.json()
        self.got.append(update)
        self.headers.append(dict(request.headers))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            return await self.answer(update) if self.answer else web.Response()
        finally:
            self.busy -= 1


@asynccontextmanager
async def listening() -> AsyncIterator[Hook]:
    """A webhook on a free port."""
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook._on)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    hook.url = f"http://{host}:{port}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


def replies(*answers: web.Response | int) -> Answer:
    """Answers in turn, then 200."""
    left = list(answers)

    async def answer(_: Json) -> web.Response:
        next_one = left.pop(0) if left else 200
        return web.Response(status=next_one) if isinstance(next_one, int) else next_one

    return answer


async def until(condition: Callable[[], Any], timeout_s: float = 5.0) -> Any:
    """Waits for a condition, and answers what made it true."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not (value := condition()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come true in time"
        await asyncio.sleep(0.005)
    return value


def picture(width: int = 48, height: int = 24) -> bytes:
    """A PNG."""
    row = b"\0" + bytes(channel for x in range(width) for channel in (60 + x * 90 // width, 110, 215))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )
