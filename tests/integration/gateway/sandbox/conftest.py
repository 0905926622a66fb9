"""A sandbox in which somebody has started the bot."""

from collections.abc import AsyncIterator

import pytest

from tests.support.sandbox_client import SandboxClient, running_sandbox


@pytest.fixture(name="sandbox")
async def fixture_sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as sandbox:
        await sandbox.send_text("/start")
        yield sandbox
