"""A Bot API server that is not ours: `telegram-test-api` from npm. It is lenient: fit to test journeys, not errors."""

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

from tests.support.machine import skip_or_fail

PACKAGE = "telegram-test-api@4.2.1"

# The server leaves out `chat_instance` of a callback query, which the Bot API always sends; nothing else is changed.
STARTER = """
const { TelegramServer } = require("telegram-test-api/lib/telegramServer");
const format = TelegramServer.formatUpdate;
TelegramServer.formatUpdate = (update) => {
  const formatted = format(update);
  if (formatted.callback_query) formatted.callback_query.chat_instance = "1";
  return formatted;
};
new TelegramServer({ host: "127.0.0.1", port: Number(process.argv[2]), storeTimeout: 600 }).start();
"""


async def install_other_bot_api(folder: Path) -> None:
    """Install it through npm into a folder that is kept. Without npm the test is skipped, or fails in CI."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        skip_or_fail("this journey needs Node.js and npm: install them, for example `apt-get install -y nodejs npm`")
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
    output, _ = await process.communicate()
    if process.returncode:
        # a registry out of reach says nothing about the product
        pytest.skip(f"npm could not install {PACKAGE}: {output.decode(errors='replace')[-500:]}")


class OtherBotApi:
    """The server, and a person who uses a bot on it."""

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

    async def send_text(self, text: str) -> None:
        """Send a text as the person."""
        message = {"from": self.user, "chat": self.chat, "date": int(time.time()), "text": text}
        await self._post("sendMessage", botToken=self.token, **message)

    async def list_messages(self) -> list[dict[str, Any]]:
        """Return the bot's messages to the person that are not deleted: Bot API fields and `message_id`."""
        history = await self._post("getUpdatesHistory", token=self.token)
        person = str(self.chat["id"])
        return [
            {**entry["message"], "message_id": entry["messageId"]}
            for entry in history
            if str(entry.get("message", {}).get("chat_id")) == person
        ]

    async def wait_for_message(self, text: str, *, below: int = 0, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait for a message with this text, below the one of that id. Returns it."""
        deadline = time.monotonic() + timeout_s
        while True:
            messages = [one for one in await self.list_messages() if text in one["text"] and one["message_id"] > below]
            if messages:
                return messages[-1]
            assert time.monotonic() < deadline, f"no message says {text!r}: {await self.list_messages()}"
            await asyncio.sleep(0.05)

    async def press(self, message: dict[str, Any], matches: Callable[[str], bool]) -> None:
        """Press the first button whose label matches."""
        rows = message["reply_markup"]["inline_keyboard"]
        button = next(button for row in rows for button in row if matches(button["text"]))
        shown = {"message_id": message["message_id"], "chat": self.chat, "date": int(time.time()), "text": "…"}
        await self._post(
            "sendCallback", botToken=self.token, **{"from": self.user}, message=shown, data=button["callback_data"]
        )


@asynccontextmanager
async def running_other_bot_api(folder: Path, port: int, token: str, person: int) -> AsyncIterator[OtherBotApi]:
    """Install and run the server."""
    await install_other_bot_api(folder)
    node = await asyncio.create_subprocess_exec(
        "node", str(folder / "start.cjs"), str(port), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http:
            server = OtherBotApi(f"http://127.0.0.1:{port}", token, person, http)
            deadline = time.monotonic() + 30
            while True:
                assert node.returncode is None, "the server has ended"
                assert time.monotonic() < deadline, "the server does not start"
                try:
                    await server.list_messages()
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
            yield server
    finally:
        if node.returncode is None:
            node.terminate()
        await node.wait()
