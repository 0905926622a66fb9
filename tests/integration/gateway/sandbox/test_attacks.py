"""The sandbox beside a page of another site, and with odd paths, parameters and bodies on every route."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.sandbox.app import create_app
from gateway.sandbox.browser_guard import BrowserGuard
from gateway.sandbox.methods.registry import METHODS
from tests.support.asgi import Reply, request
from tests.support.sandbox_client import TOKEN, FakeProduct, SandboxClient, make_png, running_sandbox

HOST = (b"host", b"127.0.0.1:8002")
JSON = (b"content-type", b"application/json")
EVERY = [
    ("GET", "/"), ("GET", "/favicon.ico"), ("GET", "/page/main.js"), ("GET", "/sandbox/state"),
    ("GET", "/sandbox/chats/barber/1001"), ("GET", "/sandbox/calls"), ("GET", "/sandbox/events"),
    ("GET", f"/bot{TOKEN}/getMe"), ("GET", f"/file/bot{TOKEN}/x"), ("POST", f"/bot{TOKEN}/sendMessage"),
    *(("POST", f"/sandbox/{action}") for action in (
        "send", "press", "contact", "upload/barber/1001", "person", "block", "flood", "outage", "clock", "restart",
        "inject", "wait",
    )),
]  # fmt: skip


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox(FakeProduct()) as running:
        yield running


@pytest.fixture
def product() -> FakeProduct:
    return FakeProduct()


@pytest.fixture
def app(sandbox: SandboxClient, product: FakeProduct) -> BrowserGuard:
    return create_app(sandbox.server, product)


async def ask(app: Any, method: str, path: str, *headers: tuple[bytes, bytes], body: bytes = b"") -> Reply:
    named = {name for name, _ in headers}
    return await request(
        app, method, path, headers=[*([] if b"host" in named else [HOST]), *headers], parts=[body], client="127.0.0.1"
    )


@pytest.mark.parametrize("method_and_path", EVERY, ids=" ".join)
@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"evil.example:8002")],
        [(b"host", b"127.0.0.1.evil.example")],
        [(b"host", b"localhost.evil.example:8002")],
        [(b"host", b"10.0.0.1:8002")],
        [(b"host", b"")],
        [(b"host", b"127.0.0.1@evil.example:x")],
        [(b"host", b"\xff")],
        [(b"host", b"127.0.0.1:8002"), (b"host", b"evil.example")],
        [(b"origin", b"http://evil.example")],
        [(b"origin", b"http://127.0.0.1:9999")],
        [(b"origin", b"https://127.0.0.1:8002")],
        [(b"origin", b"null")],
        [(b"origin", b"http://127.0.0.1:8002"), (b"origin", b"http://evil.example")],
        [(b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"no-cors")],
        [(b"sec-fetch-site", b"same-site"), (b"sec-fetch-mode", b"cors")],
        [(b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"iframe")],
    ],
    ids=str,
)
async def test_a_page_of_another_site_reaches_nothing(
    app: BrowserGuard, product: FakeProduct, method_and_path: tuple[str, str], headers: list[tuple[bytes, bytes]]
) -> None:
    method, path = method_and_path
    reply = await ask(app, method, path, *headers, JSON, body=b'{"seconds": 60}')
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers
    assert (product.restarts, product.shifted) == (0, 0)


@pytest.mark.parametrize("host", [b"127.0.0.1:8002", b"localhost:8002", b"LocalHost", b"[::1]:8002", b"127.0.0.2"])
async def test_its_own_page_and_programs_do(app: BrowserGuard, product: FakeProduct, host: bytes) -> None:
    own = [(b"host", host), (b"origin", b"http://" + host), (b"sec-fetch-site", b"same-origin")]
    assert (await ask(app, "POST", "/sandbox/restart", *own)).status == 202
    assert (await ask(app, "POST", "/sandbox/restart", (b"host", host))).status == 202
    assert product.restarts == 2
    assert (await ask(app, "GET", "/", (b"host", host), (b"sec-fetch-site", b"none"))).status == 200


async def test_a_link_on_another_site_may_lead_to_the_page_and_to_nothing_else(app: BrowserGuard) -> None:
    navigation = [
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-mode", b"navigate"),
        (b"sec-fetch-dest", b"document"),
    ]
    assert (await ask(app, "GET", "/", *navigation)).status == 200
    for path in (f"/bot{TOKEN}/sendMessage?chat_id=1001&text=x", "/sandbox/state", "/sandbox/events"):
        assert (await ask(app, "GET", path, *navigation)).status == 403


async def test_a_foreign_host_is_refused_over_http(sandbox: SandboxClient) -> None:
    async with sandbox.http.post(f"{sandbox.url}/sandbox/restart", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
        assert "http://127.0.0.1" in (await answer.json())["error"]


PATHS = [
    "/page/%00", "/page/%0a", "/page/..%2f..%2fapp.py", "/page/../app.py", "/page/%2e%2e/app.py", "/page/" + "a" * 5000,
    "/page/%ff", "/page/", "/page", "/page//etc/passwd", "/page/main.js/x", "/page/%E2%80%AE", "/page/" + "x/" * 2000,
    "/page/~root", "/page/main.js%20", "//", "/%00", "/%2e%2e", "/sandbox", "/sandbox/", "/sandbox/nothing",
    "/sandbox/chats", "/sandbox/chats/barber", "/sandbox/chats/barber/x", "/sandbox/chats/nobody/1001",
    "/sandbox/chats/barber/" + "9" * 30, "/sandbox/chats/barber/" + "9" * 5000, "/sandbox/chats/barber/-1",
    "/sandbox/chats/%00/1", "/sandbox/chats/%F0%9F%98%80/1001", "/sandbox/files/barber/%00", "/sandbox/files/barber/x",
    "/sandbox/files/x/y", "/sandbox/files/barber/" + "a" * 5000, "/sandbox/calls?after=x", "/sandbox/calls?after=" + "9" * 40,
    "/sandbox/calls?after=1e9", "/sandbox/calls?after=" + "9" * 5000, "/sandbox/calls?bot=%00", "/sandbox/calls?bot=&bot=x",
    "/sandbox/calls?%ff=%fe", f"/bot{TOKEN}", f"/bot{TOKEN}/", f"/bot{TOKEN}/%00", f"/bot{TOKEN}/getMe/x",
    f"/bot{TOKEN}/getMe%20", f"/bot{TOKEN}/{'a' * 5000}", "/bot1:abc/getMe", "/bot%00/getMe", "/botx/getMe", "/bot/getMe",
    f"/bot{TOKEN}/getUpdates?offset={'9' * 40}&limit=x", f"/bot{TOKEN}/getFile?file_id=%ff",
    f"/file/bot{TOKEN}/..%2f..%2fx", f"/file/bot{TOKEN}/%00", f"/file/bot{TOKEN}/{'a' * 5000}", "/file/bot1:abc/x",
    "/file/x/y", "/file/%00/%00",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:60])
async def test_no_path_is_too_odd(app: BrowserGuard, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        reply = await asyncio.wait_for(ask(app, method, path, JSON, body=b"{}"), 10)
        assert reply.status < 500, f"{method} {path[:80]}: {reply}"
        assert b"root:" not in reply.content
        assert b"def create_app" not in reply.content


ODD: list[Any] = [
    None, True, False, 0, -1, 1, 1001, 2**31, 2**63, -(2**63) - 1, 2**70, 10**400, 0.5, 1e308, "", "x", "\0", "\ud800",
    "\u202e", "9" * 30, "-1", "1e9", "🧑‍🦽" * 50, "<b>", "<b>x</i>", "_*", "a" * 5000, [], [[]], [None], [[{}]], {},
    {"a": []}, [1] * 300,
    {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}, {"inline_keyboard": [[None]]}, {"inline_keyboard": 1},
    {"keyboard": [["x"]]}, {"keyboard": [[1]]}, {"type": "bold", "offset": -1, "length": 2**70}, "HTML", "MarkdownV2",
    [{"type": "bold", "offset": 0, "length": 1}], [{"type": 5, "offset": "x"}], "attach://x", "https://example.com/x",
    {"type": "chat", "chat_id": "x"}, {"type": "commands"}, {"command": 1}, [{"command": "x", "description": "y"}],
    {"message_id": "x"}, "barber", "message", "private",
]  # fmt: skip
NAMES = [
    "chat_id", "message_id", "message_ids", "from_chat_id", "text", "caption", "reply_markup", "parse_mode",
    "entities", "caption_entities", "offset", "limit", "timeout", "url", "secret_token", "allowed_updates",
    "max_connections", "ip_address", "commands", "scope", "language_code", "callback_query_id", "show_alert",
    "cache_time", "file_id", "photo", "document", "media", "menu_button", "reply_parameters",
    "reply_to_message_id", "name", "description", "short_description", "drop_pending_updates", "emoji", "user_id",
    "action", "inline_message_id", "link_preview_options", "message_thread_id", "disable_notification",
    "protect_content", "message_effect_id", "business_connection_id", "rich_message", "draft_id", "reaction",
]  # fmt: skip
FIELDS = {
    "send": "bot person text content reply_to", "press": "bot person message_id data label forged wait_s",
    "contact": "bot person of phone", "person": "bot first_name last_name language id", "block": "bot person on",
    "flood": "bot seconds", "outage": "bot on", "clock": "seconds", "restart": "x", "inject": "bot kind body queue",
    "wait": "bot timeout_s", "upload/barber/1001": "file caption",
}  # fmt: skip


def _encode(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("action", FIELDS)
async def test_no_body_of_the_control_is_too_odd(app: BrowserGuard, action: str) -> None:
    chance = random.Random(action)
    names = FIELDS[action].split()
    right = {"bot": "barber", "person": 1001, "wait_s": 0, "timeout_s": 0, "text": "hello", "first_name": "x"}
    bodies = [
        b"",
        b"{",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b"\xff",
        b"[" * 50_000,
        b'{"seconds": NaN}',
        b'{"seconds": 1e999}',
    ]
    for name in names:
        for value in ODD:
            # waiting is what these two are for
            if name in ("wait_s", "timeout_s") and isinstance(value, float | int) and value > 1:
                continue
            bodies.append(_encode({n: right[n] for n in names if n in right} | {name: value}))
    for _ in range(100):
        fields = {n: right[n] for n in names if n in right}
        fields |= {n: chance.choice(ODD) for n in names if n not in ("wait_s", "timeout_s") and chance.random() < 0.4}
        bodies.append(_encode(fields))
    for body in bodies:
        reply = await asyncio.wait_for(ask(app, "POST", f"/sandbox/{action}", JSON, body=body), 20)
        assert reply.status < 500, f"{body[:200]!r}: {reply}"
    for path in ("/sandbox/state", "/sandbox/chats/barber/1001", "/sandbox/calls"):
        assert (await ask(app, "GET", path)).status == 200


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_no_parameters_of_a_method_are_too_odd(app: BrowserGuard, sandbox: SandboxClient, method: str) -> None:
    await sandbox.send_text("/start")
    sent = await sandbox.send_message(reply_markup={"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]})
    chance = random.Random(method)
    right = {"chat_id": 1001, "message_id": sent["message_id"], "text": "hello", "timeout": 0}
    for number in range(150):
        body = dict(right)
        for name in chance.sample(NAMES, 3):
            if name != "timeout":
                body[name] = chance.choice(ODD)
        if number % 3 == 0:
            body = {"timeout": 0, **{name: chance.choice(ODD) for name in ("chat_id", "message_id", "text")}}
        reply = await asyncio.wait_for(ask(app, "POST", f"/bot{TOKEN}/{method}", JSON, body=_encode(body)), 20)
        assert reply.status < 500, f"{body}: {reply}"
        assert reply.body["ok"] is (reply.status == 200)
    assert (await ask(app, "GET", "/sandbox/state")).status == 200
    assert (await ask(app, "GET", "/sandbox/chats/barber/1001")).status == 200


@pytest.mark.parametrize(
    "name", ["x", "../../x", "x" * 500, "x." + "y" * 500, "\u202e.png", ".", "a/b.png", "x.\t/..", "x.ä"]
)
async def test_no_name_of_a_file_is_too_odd(sandbox: SandboxClient, name: str) -> None:
    answer = await sandbox.call_with_files("sendDocument", {"document": (name, b"data")}, chat_id=1001)
    assert answer["status"] < 500
    answer = await sandbox.call_with_files("sendPhoto", {"photo": (name, make_png())}, chat_id=1001)
    assert answer["status"] < 500
