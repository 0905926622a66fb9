"""What a script of Redis costs this process through `RedisLink`, and through redis-py, in one run.

`uv run python -m tests.bench.redis_clients [--json]`: processor microseconds for one EVALSHA with the keys, the arguments
and the reply of an admission, sixteen under way at once, in the least disturbed of alternating rounds; and what importing
redis-py takes. The gain keeps `backend/kit/redis_link.py`: when the ratio comes near 1, it goes.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from backend.contract.redis import url_for
from backend.kit.redis_link import RedisLink, Script
from gateway.supervisor.redis_server import start_redis

KEY = "an internal key for the benchmark only"
AT_ONCE = 16
ROUNDS = 9
CALLS = 1600
SCRIPT = Script("return {0, redis.call('GET', KEYS[4]), 0, 0, 0, ARGV[10]}")
KEYS = [
    b"%b:{barber}:%d" % (prefix, n) for n, prefix in enumerate((b"seen", b"rate", b"rate", b"ctx", b"seen", b"seen"))
]
ARGS = [b"worker-1", b"60000000", b"50000", b"60000000", b"2000000", b"60000000", b"0", b"60", b"3", b"123456789"]
_IMPORT = """
import asyncio, ssl, time
import hiredis
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
before, began = rss(), time.process_time()
import redis.asyncio
print(time.process_time() - began, rss() - before)
"""


async def cost_us(call: Callable[[], Awaitable[Any]]) -> float:
    """Return the processor microseconds of one call."""

    async def caller() -> None:
        for _ in range(CALLS // AT_ONCE):
            await call()

    began = time.process_time()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return (time.process_time() - began) / CALLS * 1e6


async def measure() -> dict[str, float]:
    """Measure both clients against one server of their own."""
    with tempfile.TemporaryDirectory() as directory:
        server = await start_redis(Path(directory), KEY)
        url = url_for(server.url, "gateway", KEY)
        link = RedisLink(url, [SCRIPT], timeout_s=5.0)
        await link.start()
        redis = Redis.from_url(url, max_connections=AT_ONCE)
        sha = SCRIPT.sha.decode()
        best = {"link": float("inf"), "redis-py": float("inf")}
        try:
            for _ in range(ROUNDS):
                for name, call in (
                    ("link", lambda: link.run(SCRIPT, KEYS, ARGS)),
                    ("redis-py", lambda: redis.evalsha(sha, len(KEYS), *KEYS, *ARGS)),
                ):
                    best[name] = min(best[name], await cost_us(call))
        finally:
            await link.close()
            await redis.aclose()
            await server.stop()
    return {
        "link_us": round(best["link"], 1),
        "redis_py_us": round(best["redis-py"], 1),
        "ratio": round(best["redis-py"] / best["link"], 1),
    }


def measure_import() -> dict[str, float]:
    """Return the processor seconds and the memory of importing redis-py, in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
    seconds, mib = map(float, done.stdout.split())
    return {"import_of_redis_py_s": round(seconds, 2), "import_of_redis_py_mib": round(mib, 1)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.redis_clients", description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = asyncio.run(measure()) | measure_import()
    lines = "\n".join(f"{name.replace('_', ' '):24} {value}" for name, value in figures.items())
    sys.stdout.write((json.dumps(figures, indent=1) if asked.json else lines) + "\n")


if __name__ == "__main__":
    main()
