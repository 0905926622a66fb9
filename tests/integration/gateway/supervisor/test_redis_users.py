"""The three users of the embedded Redis can do exactly what the contract says, and a Redis is checked for that."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from backend.contract.redis import User, acl_lines, redis_key, url_for
from gateway.errors import Unreachable
from gateway.supervisor import redis_server
from gateway.supervisor.redis_check import check_redis, examine_redis
from gateway.supervisor.redis_server import start_redis
from tests.support.embedded_redis import BINARIES, KEY, connect_as, execute, start_with
from tests.support.ports import free_port
from tests.support.servers import redis_version

OWN: dict[User, tuple[str, ...]] = {
    "bot": ("fsm", "last_menu", "otp", "attempts"),
    "gateway": ("ctx", "rate", "seen"),
    "backend": ("slots", "locks", "fsm", "last_menu", "otp", "attempts", "ctx", "rate", "seen"),
}
EVERY = OWN["backend"]
# what a user may say, beyond the handshake that every connection makes
HANDSHAKE = {"ping", "hello", "auth", "select"}
ANYBODY = {"quit", "reset"}  # which no list of rights takes away
SAYS: dict[User, set[str]] = {
    "bot": HANDSHAKE
    | {"get", "set", "del", "getdel", "incr", "incrby", "expire", "pexpire", "pttl", "ttl", "exists"}
    | {"multi", "exec", "discard", "evalsha", "script|load"},
    "gateway": HANDSHAKE
    | {"get", "mget", "set", "del", "exists", "incr", "incrby", "expire", "pexpire", "pttl", "ttl", "time"}
    | {"hget", "hset", "hdel", "hgetall", "multi", "exec", "discard", "evalsha", "script|load"},
}


@pytest.fixture(scope="module", params=BINARIES, ids=redis_version)
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Path]]:
    """Every server that this machine has, with our users."""
    folder = tmp_path_factory.mktemp("embedded")
    running = await start_with(folder, str(request.param))
    yield running.url, folder
    await running.stop()


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
    mine = connect_as(url, user)
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
    """Every command that this server knows is tried, and of commands with parts each part, on connections of their own."""
    url, _ = server
    everything = connect_as(url, "backend")
    known: dict[str, int] = {}
    everything.response_callbacks.pop("COMMAND")  # it leaves the parts out
    for row in await execute(everything, "COMMAND"):
        parts = row[9] if len(row) > 9 else []
        known |= {str(name).lower(): abs(int(arity)) for name, arity, *_ in parts or [row]}
    await everything.aclose()
    assert len(known) > 200
    # a 6.2 does not list the parts of a command
    expected = {name if name in known else name.partition("|")[0] for name in SAYS[user]}
    assert expected <= known.keys()
    allowed = {name for name, arity in known.items() if await _may_say(url, user, name, arity)}
    assert allowed - ANYBODY == {name for name in expected if name in SAYS[user]}


async def _may_say(url: str, user: User, name: str, arity: int) -> bool:
    """Whether the server minds the command itself; foreign keys and nonsense as arguments are another matter."""
    if name in ANYBODY:
        return True
    words = name.split("|")
    mine = connect_as(url, user)
    try:
        await execute(mine, *words, *["x"] * (arity - len(words)))
    except NoPermissionError as refusal:
        return "to run" not in str(refusal)
    except (ResponseError, AuthenticationError) as refusal:
        # said before the server looks at rights: a command that is switched off for everybody
        return "command not allowed. If" not in str(refusal)
    finally:
        await mine.aclose()
    return True


@pytest.mark.parametrize("user", ["bot", "gateway"])
async def test_of_scripts_only_what_is_needed(server: tuple[str, Path], user: User) -> None:
    url, _ = server
    mine = connect_as(url, user)
    sha = await mine.script_load("return redis.call('GET', KEYS[1])")
    assert await mine.evalsha(sha, 1, redis_key(OWN[user][0], "shop")) is None
    # a script has no more rights than who calls it
    with pytest.raises((NoPermissionError, ResponseError)):
        await mine.evalsha(sha, 1, redis_key("locks", "shop"))
    for words in (
        *(("SCRIPT", "FLUSH"), ("SCRIPT", "KILL"), ("CLIENT", "LIST"), ("CLIENT", "KILL", "ID", "1")),
        *(("CLIENT", "SETNAME", "x"), ("ACL", "WHOAMI"), ("ACL", "LIST"), ("COMMAND", "COUNT"), ("CONFIG", "GET", "x")),
    ):
        with pytest.raises(NoPermissionError):
            await execute(mine, *words)
    await mine.aclose()


async def test_the_bot_steals_no_code_by_sorting_and_learns_no_names(server: tuple[str, Path]) -> None:
    url, _ = server
    backend, bot = connect_as(url, "backend"), connect_as(url, "bot")
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
            await execute(bot, *words)
    await backend.aclose()
    await bot.aclose()


async def test_the_backend_owns_the_keys_but_not_the_server(server: tuple[str, Path]) -> None:
    url, _ = server
    backend = connect_as(url, "backend")
    assert "redis_version" in await backend.info()
    for words in (
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("SHUTDOWN",),
        ("ACL", "GETUSER", "bot"),
        ("KEYS", "*"),
    ):
        with pytest.raises(NoPermissionError):
            await execute(backend, *words)
    await backend.aclose()


class TestCheck:
    """What `up` reports about a Redis whose URL is set."""

    async def test_a_good_one_passes(self, server: tuple[str, Path]) -> None:
        await check_redis(server[0], KEY)

    async def test_one_made_with_another_key(self, server: tuple[str, Path]) -> None:
        with pytest.raises(Unreachable, match=r"refuses the user backend.*slotgate redis-acl"):
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


@pytest.fixture
async def changed_users(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A server whose users the test changes: the parameter is what is appended to the ACL line of one user."""
    user, addition = request.param
    real = acl_lines
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            redis_server,
            "acl_lines",
            lambda key: [line + (f" {addition}" if line.startswith(f"user {user} ") else "") for line in real(key)],
        )
        running = await start_redis(tmp_path, KEY)
    yield running.url
    await running.stop()


class TestRights:
    """What the doctor is told, and what keeps a gateway from starting."""

    async def test_a_server_is_named_and_its_users_have_exactly_their_rights(self, server: tuple[str, Path]) -> None:
        found = await examine_redis(server[0], KEY)
        assert re.fullmatch(r"(Redis|Valkey) [0-9.]+", found.server)
        assert found.excess == {"bot": (), "gateway": (), "backend": ()}
        assert found.policy == "noeviction"

    @pytest.mark.parametrize("changed_users", [("bot", "+scan +sort +config|get +flushall")], indirect=True)
    async def test_what_a_user_may_do_beyond_is_told_and_nothing_of_it_is_done(self, changed_users: str) -> None:
        backend = connect_as(changed_users, "backend")
        await backend.set(redis_key("locks", "shop"), "kept")
        await check_redis(changed_users, KEY)  # an older list of users must not keep a gateway from starting
        found = await examine_redis(changed_users, KEY)
        assert {"scan", "sort", "flushall", "config|get"} == set(found.excess["bot"])
        assert found.excess["gateway"] == found.excess["backend"] == ()
        assert await backend.get(redis_key("locks", "shop")) == "kept"
        assert await backend.dbsize() == 1
        await backend.aclose()

    @pytest.mark.parametrize("changed_users", [("bot", "-getdel"), ("gateway", "-evalsha")], indirect=True)
    async def test_what_a_user_lacks_is_named(self, changed_users: str) -> None:
        with pytest.raises(Unreachable, match=r"the rights that it needs \(it may not say (getdel|evalsha)\)"):
            await check_redis(changed_users, KEY)

    @pytest.mark.parametrize("changed_users", [("bot", "~locks:*"), ("gateway", "allkeys")], indirect=True)
    async def test_one_who_reads_keys_of_others_is_refused(self, changed_users: str) -> None:
        with pytest.raises(Unreachable, match=r"lets the user (bot|gateway) reach keys of others"):
            await check_redis(changed_users, KEY)


@pytest.mark.parametrize(
    "hello",
    [
        b"*4\r\n$6\r\nserver\r\n$9\r\nfakeredis\r\n$7\r\nversion\r\n$6\r\n2.40.0\r\n",
        b"*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n",
        b"-ERR unknown command\r\n",
    ],
    ids=["it says what it is", "it says that it is redis", "it does not know the greeting"],
)
async def test_a_fake_server_is_refused(hello: bytes) -> None:
    """It takes any password and anything that is asked of it, as a server in memory for tests does."""
    answers = {b"HELLO": hello, b"AUTH": b"+OK\r\n"}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = [await reader.readuntil(b"\r\n") for _ in range(2 * int(head[1:]))]
            writer.write(answers.get(words[1].strip(), b"-ERR unknown command\r\n"))
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    with pytest.raises(Unreachable, match="is no real Redis or Valkey"):
        await check_redis(f"redis://127.0.0.1:{port}", KEY)
    listener.close()
