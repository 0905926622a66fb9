"""A sandbox on a free port, a client that acts as its bot and its people, and a webhook server for its deliveries."""

import asyncio
import json
import struct
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from gateway.sandbox import ProductControl, Sandbox, serve_sandbox

TOKEN = "7000001:demo_barber_token"
Json = dict[str, Any]


class FakeProduct:
    """A product that notes what the sandbox asks of it; a test sets the state of its gateway."""

    def __init__(self, gateway: str = "ready") -> None:
        self.gateway = gateway
        self.restarts = 0
        self.shifted = 0
        self.reminder_in_s: int | None = None
        self.businesses: list[str] = []

    async def restart_gateway(self) -> None:
        """Count that a restart was asked for."""
        self.restarts += 1

    async def shift_clock(self, seconds: int) -> None:
        """Note by how much the clock was to be shifted."""
        self.shifted += seconds

    async def seconds_to_reminder(self) -> int | None:
        """Return what the test has set."""
        return self.reminder_in_s

    async def add_business(self, name: str) -> str:
        """Note the name."""
        self.businesses.append(name)
        return "added"

    async def status(self) -> Json:
        """Return the state that the test has set."""
        return {"gateway": self.gateway}


class SandboxClient:
    """Acts as the bot @barber_bot (`barber`) and as its client 1001, specialist 1002 and admin 1003."""

    def __init__(self, server: Sandbox, url: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.url = url
        self.http = http
        self.base = f"{url}/bot{TOKEN}"

    async def call(self, method: str, **params: Any) -> Json:
        """Call a method of the Bot API with a JSON body. Returns the answer, with the HTTP `status`."""
        async with self.http.post(f"{self.base}/{method}", json=params) as response:
            return {"status": response.status, **await response.json()}

    async def call_with_files(self, method: str, files: dict[str, tuple[str, bytes]], **params: Any) -> Json:
        """Call a method with a multipart body."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, (file_name, data) in files.items():
            form.add_field(name, data, filename=file_name)
        async with self.http.post(f"{self.base}/{method}", data=form) as response:
            return {"status": response.status, **await response.json()}

    async def call_refused(self, method: str, **params: Any) -> str:
        """Call a method that must be refused with the code that its answer names. Returns the description."""
        answer = await self.call(method, **params)
        assert answer["ok"] is False, answer
        assert answer["error_code"] == answer["status"]
        return str(answer["description"])

    async def send_message(self, **params: Any) -> Json:
        """Send a message to the client. Returns the Message."""
        answer = await self.call("sendMessage", **{"chat_id": 1001, "text": "hello", **params})
        assert answer["ok"], answer
        return dict(answer["result"])

    async def control(self, action: str, **body: Any) -> Json:
        """Post to the control API, for the bot `barber`. Returns the answer, with the HTTP status as `http`."""
        payload = body if action in ("clock", "restart") else {"bot": "barber", **body}
        async with self.http.post(f"{self.url}/sandbox/{action}", json=payload) as response:
            answer = await response.json()
            return {"http": response.status, **answer}

    async def send_text(self, text: str, person: int = 1001) -> Json:
        """Send a text as a person."""
        return await self.control("send", person=person, text=text)

    async def get(self, path: str) -> Json:
        """Get from the control API."""
        async with self.http.get(f"{self.url}/sandbox/{path}") as response:
            return dict(await response.json())


@asynccontextmanager
async def running_sandbox(
    control: ProductControl | None = None, server: Sandbox | None = None, **options: Any
) -> AsyncIterator[SandboxClient]:
    """Run a sandbox (made with `options` unless given) that repeats deliveries after hundredths of a second."""
    server = server or Sandbox(**{"retry_base_s": 0.02, **options})
    server.add_bot(TOKEN, "Barber House", slug="barber")
    async with serve_sandbox(server, control) as url, aiohttp.ClientSession() as http:
        yield SandboxClient(server, url, http)


Answer = Callable[[Json], Awaitable[web.Response]]


class WebhookServer:
    """A webhook that records updates and answers as a test sets it, by default with 200."""

    def __init__(self) -> None:
        self.url = ""
        self.updates: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.answer: Answer | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Record an update and answer as the test has set."""
        self.times.append(time.monotonic())
        update = await request.json()
        self.updates.append(update)
        self.headers.append(dict(request.headers))
        return await self.answer(update) if self.answer else web.Response()


@asynccontextmanager
async def webhook_server() -> AsyncIterator[WebhookServer]:
    """Run a webhook on a free port."""
    hook = WebhookServer()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
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


def answer_in_turn(*answers: web.Response | int) -> Answer:
    """Return an answer that gives these responses or statuses in turn, then 200."""
    left = list(answers)

    async def answer(_: Json) -> web.Response:
        response = left.pop(0) if left else 200
        return web.Response(status=response) if isinstance(response, int) else response

    return answer


async def wait_until(condition: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """Wait for a condition. Returns its true value."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not (value := condition()):
        assert asyncio.get_running_loop().time() < deadline, "it did not come true in time"
        await asyncio.sleep(0.005)
    return value


def make_png(width: int = 48, height: int = 24) -> bytes:
    """Return a PNG of this size in pixels."""
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
