"""What `slotgate redis-acl` prints makes a Redis that other machines reach, and only with a user's password."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis.asyncio
from redis.exceptions import RedisError

from backend.contract.redis import USERS, acl_lines, url_for
from gateway.supervisor.redis_check import check_redis
from tests.support.embedded_redis import execute
from tests.support.ports import free_port
from tests.support.servers import redis_binaries, redis_version

KEY = "the internal key of these tests"
Arguments = Callable[[Path], list[str]]


def as_acl_file(folder: Path) -> list[str]:
    """The way of the operator's handbook."""
    file = folder / "users.acl"
    file.write_text("\n".join(acl_lines(KEY)) + "\n")
    return ["--aclfile", str(file)]


def as_configuration(folder: Path) -> list[str]:
    """The same lines in the server's own configuration, where the default user exists before its line is read."""
    file = folder / "redis.conf"
    file.write_text("\n".join(acl_lines(KEY)) + "\n")
    return [str(file)]


def foreign_address() -> str:
    """An address of this machine that is not loopback: a client that connects to it comes from it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


@asynccontextmanager
async def running(binary: str, arguments: Arguments, folder: Path) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        binary, *arguments(folder), "--port", str(port), "--save", "", "--dir", str(folder),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert process.returncode is None, "the server does not start with these users"
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield f"redis://{foreign_address()}:{port}/0"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("binary", redis_binaries(), ids=redis_version)
@pytest.mark.parametrize("arguments", [as_acl_file, as_configuration])
async def test_another_machine_logs_in_as_each_user_and_as_nobody_else(
    tmp_path: Path, binary: str, arguments: Arguments
) -> None:
    async with running(binary, arguments, tmp_path) as url:
        await check_redis(url, KEY)
        for user in USERS:
            with pytest.raises(RedisError, match="invalid username-password"):
                await redis.asyncio.Redis.from_url(url_for(url, user, "another key")).ping()
        for words in ((), ("AUTH", "x"), ("AUTH", "default", "")):
            anonymous = redis.asyncio.Redis.from_url(url)
            with pytest.raises(RedisError, match=r"authenticat|invalid username-password|no password is set"):
                await execute(anonymous, *words or ("PING",))
            await anonymous.aclose()
