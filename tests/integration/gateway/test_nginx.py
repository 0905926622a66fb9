"""`gateway/nginx.conf` in a real nginx: what passes to the gateway, what does not, and what is stripped on the way."""

import asyncio
import contextlib
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.nginx import NGINX, nginx_command, wait_for_port, write_config
from tests.support.ports import free_port

pytestmark = pytest.mark.skipif(NGINX is None or not shutil.which("openssl"), reason="no nginx on this machine")


class Edge:
    """nginx with TLS, before a server that keeps what arrives and answers 200."""

    def __init__(self, tls_port: int, plain_port: int) -> None:
        self.tls_port = tls_port
        self.plain_port = plain_port
        self.arrived: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def upstream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            length = next((int(v) for k, v in headers_of(head) if k == "content-length"), 0)
            self.arrived.append(head + await reader.readexactly(length))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def send(self, request: bytes, *, tls: bool = True) -> bytes:
        """Send raw bytes; everything that comes back."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        port = self.tls_port if tls else self.plain_port
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context if tls else None)
        try:
            writer.write(request)
            return await asyncio.wait_for(reader.read(), 15)
        except ConnectionError:
            return b""
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def status(self, method: str, path: str, *extra: str, body: bytes = b"") -> int:
        lines = [f"{method} {path} HTTP/1.1", "Host: bots.example", "Connection: close", *extra]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        answer = await self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return int(answer.split(b" ")[1])


def headers_of(request: bytes) -> list[tuple[str, str]]:
    lines = request.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    edge = Edge(free_port(), free_port())
    upstream = await asyncio.start_server(edge.upstream, "127.0.0.1", 0)
    config = write_config(tmp_path, edge.tls_port, edge.plain_port, [upstream.sockets[0].getsockname()[1]])
    command = nginx_command(tmp_path, config)
    process = await asyncio.create_subprocess_exec(*command, "-g", "daemon off;")
    try:
        await wait_for_port(edge.tls_port)
        yield edge
    finally:
        process.terminate()
        await process.wait()
        for writer in edge.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        upstream.close()
        await upstream.wait_closed()


async def test_a_webhook_passes_with_its_secret_and_body_as_they_came(edge: Edge) -> None:
    body = b'{"update_id": 1}'
    code = await edge.status(
        "POST",
        "/tg/webhook/barber",
        "X-Telegram-Bot-Api-Secret-Token: s3cret",
        "Content-Type: application/json",
        body=body,
    )
    assert code == 200
    (arrived,) = edge.arrived
    assert arrived.startswith(b"POST /tg/webhook/barber HTTP/1.1\r\n")
    assert arrived.endswith(body)
    assert dict(headers_of(arrived))["x-telegram-bot-api-secret-token"] == "s3cret"


async def test_spoofed_headers_are_gone_and_the_true_address_is_set(edge: Edge) -> None:
    await edge.status(
        "GET",
        "/api/barber/services",
        "Authorization: Bearer stolen",
        "X-Tenant: other",
        "X-Client-Type: internal",
        "X-Tg-Id: 1003",
        "X-Forwarded-For: 10.9.8.7",
        "X-Real-IP: 10.9.8.7",
        "Forwarded: for=10.9.8.7",
        "Idempotency-Key: kept",
        "Origin: https://barber.example",
    )
    arrived = dict(headers_of(edge.arrived[0]))
    assert not arrived.keys() & {"authorization", "x-tenant", "x-client-type", "x-tg-id", "forwarded"}
    assert arrived["x-forwarded-for"] == arrived["x-real-ip"] == "127.0.0.1"
    assert (arrived["idempotency-key"], arrived["origin"]) == ("kept", "https://barber.example")
    assert b"10.9.8.7" not in edge.arrived[0]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/health/live", 200),
        ("/health/ready", 200),
        ("/metrics", 404),
        ("/", 404),
        ("/v1/bookings", 404),
        ("/schema/openapi.json", 404),
        ("/tg/other", 404),
        ("/api/../metrics", 404),
        ("/api/%2e%2e/metrics", 404),
        ("//metrics", 404),
    ],
)
async def test_only_what_is_public_is_reachable(edge: Edge, path: str, code: int) -> None:
    assert await edge.status("GET", path) == code
    assert len(edge.arrived) == (code == 200)


async def test_bodies_over_a_mebibyte_are_refused_also_without_a_length(edge: Edge) -> None:
    assert await edge.status("POST", "/tg/webhook/barber", body=b"x" * (1024 * 1024)) == 200
    assert await edge.status("POST", "/tg/webhook/barber", body=b"x" * (1024 * 1024 + 1)) == 413
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = b"POST /tg/webhook/barber HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = await edge.send(head + chunk * 17 + b"0\r\n\r\n")
    assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0]
    assert len(edge.arrived) == 1


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /tg/webhook/b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /api/b/services HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /api/b/services HTTP/1.0\r\n\r\n",
        b"POST /tg/webhook/b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    ids=["two lengths", "no host", "HTTP/1.0 without host", "two content-lengths"],
)
async def test_what_can_be_read_in_two_ways_is_refused_here(edge: Edge, request_: bytes) -> None:
    answer = await edge.send(request_)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert edge.arrived == []


async def test_plain_http_is_sent_to_tls(edge: Edge) -> None:
    answer = await edge.send(b"GET /health/live HTTP/1.1\r\nHost: bots.example\r\nConnection: close\r\n\r\n", tls=False)
    assert b" 301 " in answer.split(b"\r\n")[0]
    assert b"Location: https://bots.example/health/live" in answer


async def test_the_log_is_json_and_knows_no_query(edge: Edge, tmp_path: Path) -> None:
    await edge.status("GET", "/api/barber/services?phone=79990000000")
    log = (tmp_path / "access.log").read_text()
    assert '"path":"/api/barber/services"' in log
    assert "79990000000" not in log
