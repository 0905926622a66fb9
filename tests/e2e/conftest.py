"""The product as an operator starts it: `slotgate demo` on free ports, in a directory of its own."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser

from tests.support.chat_page import ChatPage, launched_browser, opened_page
from tests.support.running_demo import RunningDemo, StartDemo, start_demo_process


@pytest.fixture
async def start_demo() -> AsyncIterator[StartDemo]:
    """Start demos, which are stopped at the end."""
    started: list[RunningDemo] = []

    async def start(data: Path, *arguments: str) -> RunningDemo:
        demo = await start_demo_process(data, *arguments)
        started.append(demo)
        return demo

    yield start
    for demo in started:
        await demo.stop(signal.SIGTERM)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched_browser() as browser:
        yield browser


@pytest.fixture(name="chat_page")
async def fixture_chat_page(browser: Browser) -> AsyncIterator[ChatPage]:
    async with opened_page(browser) as chat_page:
        yield chat_page


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session
