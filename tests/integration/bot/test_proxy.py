"""Telegram behind a proxy: calls, aiogram's methods and downloads through real proxies, and nothing shown of their secrets."""

import asyncio
import io
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError

from backend.kit.addresses import proxy_address
from backend.kit.http import Http, NoAnswer
from bot.session import Session
from bot.telegram import Telegram, TelegramUnavailable
from tests.support.proxies import RunningProxy, run_proxy
from tests.support.sandbox_client import TOKEN, SandboxClient, running_sandbox

USER, PASSWORD = "us:er", "p@ss/w#rd?%41 x"
# the sandbox answers to this machine's names alone; nothing but the proxy leads from this port to it
PLACE = "localhost:80"
API = "http://localhost"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture(params=["http", "socks5"])
async def proxy(request: pytest.FixtureRequest, sandbox: SandboxClient) -> AsyncIterator[RunningProxy]:
    """A proxy of each kind that leads to the sandbox and wants a password."""
    address = urlsplit(sandbox.url)
    assert address.hostname is not None
    assert address.port is not None
    # the user name of an HTTP proxy has no colon
    user = USER if request.param == "socks5" else "user"
    async with run_proxy(request.param, {PLACE: (address.hostname, address.port)}, user, PASSWORD) as running:
        yield running


def address_of(proxy: RunningProxy, request: pytest.FixtureRequest, password: str = PASSWORD) -> str:
    kind = request.node.callspec.params["proxy"]
    return proxy_address(f"{kind}://{quote(proxy.user, safe='')}:{quote(password, safe='')}@127.0.0.1:{proxy.port}")


async def test_a_call_goes_through_and_the_connection_is_kept(
    proxy: RunningProxy, request: pytest.FixtureRequest
) -> None:
    telegram = Telegram(API, address_of(proxy, request))
    for _ in range(3):
        assert (await telegram.call(TOKEN, "getMe", {}))["is_bot"] is True
    await telegram.close()
    assert proxy.asked == [PLACE]


async def test_aiograms_own_methods_and_downloads_go_through(
    proxy: RunningProxy, request: pytest.FixtureRequest, sandbox: SandboxClient
) -> None:
    await sandbox.send_text("/start")
    sent = await sandbox.call_with_files("sendDocument", {"document": ("a.txt", b"content")}, chat_id="1001")
    session = Session(API, proxy=address_of(proxy, request))
    bot = Bot(TOKEN, session=session)
    assert (await bot.get_me()).is_bot
    assert (await session.call(bot, "getMe", {}))["is_bot"] is True
    file = await bot.get_file(sent["result"]["document"]["file_id"])
    assert file.file_path is not None
    content = await bot.download_file(file.file_path, io.BytesIO())
    assert content is not None
    assert content.read() == b"content"
    await session.close()
    assert set(proxy.asked) == {PLACE}


async def test_a_refusal_says_so_and_shows_no_secret(proxy: RunningProxy, request: pytest.FixtureRequest) -> None:
    wrong = "a-wrong-password"
    telegram = Telegram(API, address_of(proxy, request, wrong))
    with pytest.raises(TelegramUnavailable, match="the proxy refuses") as caught:
        await telegram.call(TOKEN, "getMe", {})
    await telegram.close()
    proxy.refuses = True
    session = Session(API, proxy=address_of(proxy, request))
    with pytest.raises(TelegramUnavailable, match="the proxy refuses") as again:
        await session.call(Bot(TOKEN, session=session), "getMe", {})
    with pytest.raises(TelegramNetworkError) as third:
        await Bot(TOKEN, session=session).get_me()
    await session.close()
    shown = "".join(str(error.value) for error in (caught, again, third))
    assert not any(secret in shown for secret in (wrong, PASSWORD, quote(PASSWORD), TOKEN))
    assert not caught.value.unsure  # nothing was sent: the call may be repeated


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_is_not_there(kind: str) -> None:
    http = Http(API, timeout_s=2, connect_s=2, proxy=proxy_address(f"{kind}://127.0.0.1:1"))
    with pytest.raises(NoAnswer, match="through the proxy") as caught:
        await http.request("GET", "/", {})
    assert not caught.value.sent
    await http.close()


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_tls_reaches_to_the_server_and_not_to_the_proxy(kind: str, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=telegram.invalid",
               "-addext", "subjectAltName=DNS:telegram.invalid", "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate, key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=served)
    port = server.sockets[0].getsockname()[1]
    async with run_proxy(kind, {"telegram.invalid:443": ("127.0.0.1", port)}) as proxy:
        trusting = ssl.create_default_context(cafile=str(certificate))
        address = f"{kind}://127.0.0.1:{proxy.port}"
        http = Http("https://telegram.invalid", timeout_s=5, connect_s=5, tls=trusting, proxy=address)
        assert (await http.request("GET", "/", {})).body == b"ok"
        await http.close()
        strict = Http("https://telegram.invalid", timeout_s=5, connect_s=5, proxy=address)
        with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
            await strict.request("GET", "/", {})
        await strict.close()
    server.close()
