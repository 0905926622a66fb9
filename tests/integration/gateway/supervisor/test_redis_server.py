"""The embedded Redis: real, private, lasting; and its three users, who can do exactly what the contract says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from backend.contract.redis import User, redis_key, url_for
from gateway.errors import Misconfigured, Unreachable
from gateway.supervisor.redis_server import check_redis, start_redis
from tests.support.ports import free_port

KEY = "the internal key of these tests"
OWN: dict[User, tuple[str, ...]] = {
    "bot": ("fsm", "last_menu", "otp", "attempts"),
    "gateway": ("ctx", "rate", "seen"),
    "backend": ("slots", "locks", "fsm", "last_menu", "otp", "attempts", "ctx", "rate", "seen"),
}
EVERY = OWN["backend"]
# what a user may say, beyond the handshake that every connection makes
HANDSHAKE = {"ping", "hello", "auth", "client", "select"}
SAYS: dict[User, set[str]] = {
    "bot": HANDSHAKE
    | {"get", "set", "del", "getdel", "incr", "incrby", "expire", "pexpire", "pttl", "ttl", "exists"}
    | {"multi", "exec", "discard", "evalsha", "script"},
    "gateway": HANDSHAKE
    | {"get", "mget", "set", "del", "exists", "incr", "incrby", "expire", "pexpire", "pttl", "ttl", "time"}
    | {"hget", "hset", "hdel", "hgetall", "multi", "exec", "discard", "evalsha", "script"},
}


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("embedded")
    running = await start_redis(folder, KEY)
    yield running.url, folder
    await running.stop()


def client(url: str, user: User) -> "redis.asyncio.Redis":
    return redis.asyncio.Redis.from_url(url_for(url, user, KEY), decode_responses=True)


async def test_its_files_are_private_and_hold_hashes_only(server: tuple[str, Path]) -> None:
    _, folder = server
    assert (folder / "redis").stat().st_mode & 0o777 == 0o700
    for name in ("users.acl", "redis.conf"):
        file = folder / "redis" / name
        assert file.stat().st_mode & 0o777 == 0o600
        assert KEY not in file.read_text()


async def test_a_connection_needs_a_users_password(server: tuple[str, Path]) -> None:
    url, _ = server
    anonymous = redis.asyncio.Redis.from_url(url)
    with pytest.raises(RedisError, match="authenticat"):
        await anonymous.ping()
    await anonymous.aclose()
    stranger = redis.asyncio.Redis.from_url(url_for(url, "backend", "another key"))
    with pytest.raises(RedisError, match="invalid username-password"):
        await stranger.ping()
    await stranger.aclose()


@pytest.mark.parametrize("user", ["bot", "gateway", "backend"])
async def test_each_user_reaches_its_own_keys_and_no_other(server: tuple[str, Path], user: User) -> None:
    url, _ = server
    mine = client(url, user)
    for prefix in (*EVERY, "other"):
        name = redis_key(prefix, "shop", 7)
        if prefix in OWN[user] or user == "backend":
            assert await mine.set(name, "1")
            assert await mine.get(name) == "1"
            assert await mine.delete(name) == 1
        else:
            for attempt in (mine.set(name, "1"), mine.get(name), mine.delete(name)):
                with pytest.raises(NoPermissionError):
                    await attempt
    await mine.aclose()


@pytest.mark.parametrize("user", ["bot", "gateway"])
async def test_each_user_may_say_exactly_these_commands(server: tuple[str, Path], user: User) -> None:
    """Every command that this server knows is tried, each on a connection of its own."""
    url, _ = server
    everything = client(url, "backend")
    known = {str(name).lower(): abs(int(facts["arity"])) for name, facts in (await everything.command()).items()}
    await everything.aclose()
    assert len(known) > 200
    assert SAYS[user] <= known.keys()
    allowed = {name for name, arity in known.items() if await _may_say(url, user, name, arity)}
    assert allowed == SAYS[user]


async def _may_say(url: str, user: User, name: str, arity: int) -> bool:
    """Whether the server minds the command itself; foreign keys and nonsense as arguments are another matter."""
    if name in SAYS[user] & {"client", "script"}:
        return True  # of these only some parts: below
    mine = client(url, user)
    try:
        await mine.execute_command(name, *["x"] * (arity - 1))
    except NoPermissionError as refusal:
        return "access one of the keys" in str(refusal)
    except (ResponseError, RedisError):
        return True
    finally:
        await mine.aclose()
    return True


@pytest.mark.parametrize("user", ["bot", "gateway"])
async def test_of_client_and_script_only_the_harmless_parts(server: tuple[str, Path], user: User) -> None:
    url, _ = server
    mine = client(url, user)
    sha = await mine.script_load("return redis.call('GET', KEYS[1])")
    assert await mine.evalsha(sha, 1, redis_key(OWN[user][0], "shop")) is None
    # a script has no more rights than who calls it
    with pytest.raises((NoPermissionError, ResponseError)):
        await mine.evalsha(sha, 1, redis_key("locks", "shop"))
    for words in (("SCRIPT", "FLUSH"), ("SCRIPT", "KILL"), ("CLIENT", "LIST"), ("CLIENT", "KILL", "ID", "1")):
        with pytest.raises(NoPermissionError):
            await mine.execute_command(*words)
    await mine.aclose()


async def test_the_bot_steals_no_code_by_sorting_and_learns_no_names(server: tuple[str, Path]) -> None:
    url, _ = server
    backend, bot = client(url, "backend"), client(url, "bot")
    await backend.set(redis_key("locks", "shop"), "secret")
    for words in (
        ("SORT", "fsm:{shop}", "GET", "locks:*"),
        ("SCAN", "0"),
        ("KEYS", "*"),
        ("EVAL", "return redis.call('GET', 'locks:{shop}')", "0"),
        ("PUBLISH", "x", "x"),
        ("CONFIG", "GET", "*"),
    ):
        with pytest.raises(NoPermissionError):
            await bot.execute_command(*words)
    await backend.aclose()
    await bot.aclose()


async def test_the_backend_owns_the_keys_but_not_the_server(server: tuple[str, Path]) -> None:
    url, _ = server
    backend = client(url, "backend")
    assert "redis_version" in await backend.info()
    for words in (
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("SHUTDOWN",),
        ("DEBUG", "JMAP"),
        ("KEYS", "*"),
    ):
        with pytest.raises(NoPermissionError):
            await backend.execute_command(*words)
    await backend.aclose()


@pytest.mark.parametrize("depth", [1, 12], ids=["socket", "port"])
async def test_it_listens_where_only_its_own_user_comes_and_leaves_nothing(tmp_path: Path, depth: int) -> None:
    """On a socket of its own; on a port where the path of one would be too long."""
    folder = tmp_path.joinpath(*["a folder"] * depth)
    running = await start_redis(folder, KEY)
    bot = client(running.url, "bot")
    assert await bot.set(redis_key("otp", "shop", "x"), "1")
    await bot.aclose()
    await check_redis(running.url, KEY, strict=True)
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
    assert running.child is not None
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
    assert (tmp_path / name / "redis" / "appendonly.aof").exists()


async def test_what_it_knows_outlives_a_restart(tmp_path: Path) -> None:
    first = await start_redis(tmp_path, KEY)
    bot = client(first.url, "bot")
    await bot.set(redis_key("otp", "shop", "x"), "kept", ex=3600)
    await bot.aclose()
    await first.stop()
    second = await start_redis(tmp_path, KEY)
    bot = client(second.url, "bot")
    assert await bot.get(redis_key("otp", "shop", "x")) == "kept"
    await bot.aclose()
    await second.stop()


class TestCheck:
    """What `up` reports about a Redis whose URL is set."""

    async def test_a_good_one_passes(self, server: tuple[str, Path]) -> None:
        await check_redis(server[0], KEY)

    async def test_one_made_with_another_key(self, server: tuple[str, Path]) -> None:
        with pytest.raises(Unreachable, match=r"refuses the user bot.*slotgate redis-acl"):
            await check_redis(server[0], "another key")

    async def test_one_that_is_not_there_and_no_password_in_the_words(self) -> None:
        url = f"redis://somebody:hush@127.0.0.1:{free_port()}/0"
        with pytest.raises(Unreachable, match="does not answer") as caught:
            await check_redis(url, KEY)
        assert "hush" not in str(caught.value)

    async def test_one_that_hangs(self) -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()  # until the caller gives up
            writer.close()

        listener = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="does not answer"):
            await asyncio.wait_for(check_redis(f"redis://127.0.0.1:{port}", KEY, timeout_s=0.3), 3)
        listener.close()
        await listener.wait_closed()


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonly.aof").write_text("this is no append-only file")
    with pytest.raises(Unreachable, match=r"The embedded Redis does not start: .*format"):
        await start_redis(tmp_path, KEY)


async def test_a_folder_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """As with a full disk or a folder of another user: here a directory stands in a file's place."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "users.acl").mkdir()
    with pytest.raises(Misconfigured, match=f"cannot be set up in {tmp_path}/redis: Is a directory"):
        await start_redis(tmp_path, KEY)
