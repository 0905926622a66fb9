"""A Bot API server that is not ours: `telegram-test-api` from npm. Lenient, so a judge of journeys and not of errors."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.machine import lacking

PACKAGE = "telegram-test-api@4.2.1"

# It leaves `chat_instance` out of a press, which the Bot API always sends; everything else is its own.
STARTER = """
const { TelegramServer } = require("telegram-test-api/lib/telegramServer");
const format = TelegramServer.formatUpdate;
TelegramServer.formatUpdate = (update) => {
  const made = format(update);
  if (made.callback_query) made.callback_query.chat_instance = "1";
  return made;
};
new TelegramServer({ host: "127.0.0.1", port: Number(process.argv[2]), storeTimeout: 600 }).start();
"""


async def install(folder: Path) -> None:
    """Through npm into a folder that is kept; a machine without npm says so (see `lacking`)."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        lacking("this journey needs Node.js and npm: install them, for example `apt-get install -y nodejs npm`")
    (folder / "start.cjs").write_text(STARTER)
    if (folder / "node_modules" / "telegram-test-api").is_dir():
        return
    options = [
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--ignore-scripts",
        "--loglevel=error",
        "--fetch-timeout=20000",
        "--fetch-retries=1",
    ]
    process = await asyncio.create_subprocess_exec(
        npm, "install", *options, "--prefix", str(folder), PACKAGE,
        env={"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt", **os.environ},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        # a registry out of reach says nothing about the product
        pytest.skip(f"npm could not install {PACKAGE}: {said.decode(errors='replace')[-500:]}")


class OtherServer:
    """The server, and one person's Telegram app on it."""

    def __init__(self, url: str, token: str, person: int, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.token = token
        self.user = {"id": person, "is_bot": False, "first_name": "Alex", "language_code": "en"}
        self.chat = {"id": person, "type": "private", "first_name": "Alex"}
        self.http = http

    async def _post(self, path: str, **body: Any) -> Any:
        async with self.http.post(f"{self.url}/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return (await response.json())["result"]

    async def say(self, text: str) -> None:
        """The person writes."""
        message = {"from": self.user, "chat": self.chat, "date": int(time.time()), "text": text}
        await self._post("sendMessage", botToken=self.token, **message)

    async def messages(self) -> list[dict[str, Any]]:
        """What the bot has sent to the person and not deleted, as it reads now: Bot API fields and `message_id`."""
        history = await self._post("getUpdatesHistory", token=self.token)
        person = str(self.chat["id"])
        return [
            {**one["message"], "message_id": one["messageId"]}
            for one in history
            if str(one.get("message", {}).get("chat_id")) == person
        ]

    async def until(self, text: str, within_s: float = 30.0) -> dict[str, Any]:
        """The message that says this, as soon as there is one."""
        deadline = time.monotonic() + within_s
        while True:
            found = [one for one in await self.messages() if text in one["text"]]
            if found:
                return found[-1]
            assert time.monotonic() < deadline, f"nobody said {text!r}: {await self.messages()}"
            await asyncio.sleep(0.05)

    async def press(self, message: dict[str, Any], wanted: Callable[[str], bool]) -> None:
        """Presses the first button whose label is wanted."""
        rows = message["reply_markup"]["inline_keyboard"]
        button = next(one for row in rows for one in row if wanted(one["text"]))
        shown = {"message_id": message["message_id"], "chat": self.chat, "date": int(time.time()), "text": "…"}
        await self._post(
            "sendCallback", botToken=self.token, **{"from": self.user}, message=shown, data=button["callback_data"]
        )


@asynccontextmanager
async def other_server(folder: Path, port: int, token: str, person: int) -> AsyncIterator[OtherServer]:
    """Installed, started, and ended again."""
    await install(folder)
    node = await asyncio.create_subprocess_exec(
        "node", str(folder / "start.cjs"), str(port), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http:
            server = OtherServer(f"http://127.0.0.1:{port}", token, person, http)
            deadline = time.monotonic() + 30
            while True:
                assert node.returncode is None, "the server has ended"
                assert time.monotonic() < deadline, "the server does not start"
                try:
                    await server.messages()
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
            yield server
    finally:
        if node.returncode is None:
            node.terminate()
        await node.wait()
