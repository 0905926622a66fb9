"""The embedded Redis: real, private, lasting."""

from pathlib import Path

import pytest

from backend.contract.redis import redis_key
from gateway.errors import Misconfigured, Unreachable
from gateway.supervisor.redis_check import check_redis
from gateway.supervisor.redis_server import embedded_redis_url, start_redis
from tests.support.embedded_redis import BINARIES, KEY, connect_as, start_with
from tests.support.servers import redis_binary, redis_version


@pytest.mark.parametrize("depth", [1, 12], ids=["socket", "port"])
async def test_it_listens_where_only_its_own_user_comes_and_leaves_nothing(tmp_path: Path, depth: int) -> None:
    """On a socket of its own; on a port where the path of one would be too long."""
    folder = tmp_path.joinpath(*["a folder"] * depth)
    running = await start_redis(folder, KEY)
    bot = connect_as(running.url, "bot")
    assert await bot.set(redis_key("otp", "shop", "x"), "1")
    await bot.aclose()
    await check_redis(running.url, KEY)
    socket = folder / "redis" / "redis.sock"
    if depth == 1:
        assert running.url.startswith("unix://")
        assert "%20" in running.url
        assert socket.stat().st_mode & 0o777 == 0o600
        assert "port 0\n" in (folder / "redis" / "redis.conf").read_text()
    else:
        assert running.url.startswith("redis://127.0.0.1:")
    await running.stop()
    assert not socket.exists()


async def test_one_that_was_killed_leaves_no_socket_behind(tmp_path: Path) -> None:
    running = await start_redis(tmp_path, KEY)
    running.child.kill()
    await running.child.process.wait()
    socket = tmp_path / "redis" / "redis.sock"
    assert socket.exists()
    await running.stop()
    assert not socket.exists()


@pytest.mark.parametrize("name", ['a "b"', "a\\n", "a\nport 1", "ä 'b' #%41"])
async def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """The server's configuration has quotes, escapes and lines of its own."""
    running = await start_redis(tmp_path / name, KEY)
    await running.stop()
    assert [*(tmp_path / name / "redis").glob("appendonly*")]


@pytest.mark.parametrize("binary", BINARIES, ids=redis_version)
async def test_what_it_knows_outlives_a_restart_and_an_upgrade(tmp_path: Path, binary: str) -> None:
    """What one of the older servers wrote is read by the one that is embedded now."""
    name = redis_key("otp", "shop", "x")
    first = await start_with(tmp_path, binary)
    bot = connect_as(first.url, "bot")
    await bot.set(name, "kept", ex=3600)
    await bot.aclose()
    await first.stop()
    # what a Redis from 7.4 on has written is read by no Valkey: then the one on the PATH goes on
    second = await start_with(tmp_path, redis_binary(), binary)
    bot = connect_as(second.url, "bot")
    assert await bot.get(name) == "kept"
    assert 0 < await bot.ttl(name) <= 3600
    await bot.aclose()
    await second.stop()


async def test_the_file_of_a_redis_6_is_read(tmp_path: Path) -> None:
    """One file of commands, as Redis wrote it before version 7."""
    written = [
        ("SELECT", "0"),
        ("SET", redis_key("otp", "shop", "x"), "kept"),
        ("HSET", redis_key("ctx", "shop"), "a", "1"),
    ]
    lines = [line for words in written for line in (f"*{len(words)}", *(f"${len(w)}\r\n{w}" for w in words))]
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonly.aof").write_bytes(("\r\n".join(lines) + "\r\n").encode())
    running = await start_redis(tmp_path, KEY)
    backend = connect_as(running.url, "backend")
    assert await backend.get(redis_key("otp", "shop", "x")) == "kept"
    assert await backend.hget(redis_key("ctx", "shop"), "a") == "1"
    await backend.aclose()
    await running.stop()


async def test_it_is_found_again_where_it_listens(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path.joinpath(*["a folder"] * 12)):
        assert embedded_redis_url(folder) is None
        running = await start_redis(folder, KEY)
        assert embedded_redis_url(folder) == running.url
        await running.stop()


async def test_without_a_server_there_is_a_sentence_and_no_fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = redis_binary()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match=r"no Redis on this machine.*SLOTGATE_REDIS_URL"):
        await start_redis(tmp_path, KEY)
    (tmp_path / "valkey-server").symlink_to(binary)
    running = await start_redis(tmp_path, KEY)
    await running.stop()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonly.aof").write_text("this is no append-only file")
    with pytest.raises(Unreachable, match=r"The embedded Redis does not start: .*(format|Bad|corrupt)"):
        await start_redis(tmp_path, KEY)


async def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """As with a full disk or a folder of another user: here a directory stands in a file's place."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "users.acl").mkdir()
    with pytest.raises(Misconfigured, match=f"cannot be set up in {tmp_path}/redis: Is a directory"):
        await start_redis(tmp_path, KEY)
