"""How soon the product recovers from what kills it, and what its workers weigh.

`uv run python -m tests.bench.recovery [--json] [--kills N] [--workers N]`: backend and gateway as their own services, with a
real Redis. Seconds from `kill -9` of a worker to the first answer of the service (its only worker, then, for the gateway, one
of several; one kill every two seconds); the memory of the gateway with one and with several workers (PSS of all its
processes: shared pages are counted once).
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from backend.kit.logging import configure_logging
from gateway.settings import Settings
from gateway.supervisor.own_command import own_command
from gateway.supervisor.probe import fetch_health
from gateway.supervisor.processes import Child, run_command
from gateway.supervisor.redis_server import start_redis
from tests.support.ports import free_port

BETWEEN_KILLS_S = 2.0


class Services:
    """Redis, backend and gateway in a directory of their own; no tenants."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.settings = Settings(
            tenants_dir=directory / "tenants",
            data_dir=directory / "data",
            telegram_api_url=f"http://127.0.0.1:{free_port()}",
            backend_url=f"http://127.0.0.1:{free_port()}",
            internal_key="benchmark-key-of-32-characters-00",
            port=free_port(),
        )
        self.settings.tenants_dir.mkdir()
        self.urls = {"backend": self.settings.backend_url, "gateway": f"http://127.0.0.1:{self.settings.port}"}

    @contextlib.asynccontextmanager
    async def running(self, workers: int) -> AsyncIterator[dict[str, Child]]:
        """Start them, the gateway with so many workers, and yield the parents of the workers."""
        redis = await start_redis(self.settings.data_dir, self.settings.internal_key)
        variables = {**os.environ, **self.settings.to_env(), "SLOTGATE_REDIS_URL": redis.url}
        commands = {
            "backend": own_command("backend", "serve"),
            "gateway": own_command("gateway", "gateway", "--workers", str(workers)),
        }
        children: dict[str, Child] = {}
        try:
            code, words = await run_command(
                "backend", own_command("backend", "migrate"), variables, self._log("migrate")
            )
            assert code == 0, words
            for name, command in commands.items():
                children[name] = await Child.start(name, command, variables, self._log(name))
                await answers(self.urls[name] + "/health/ready", children[name])
            yield children
        finally:
            for child in reversed(children.values()):
                await child.stop(12)
            await redis.stop()

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"


async def answers(url: str, child: Child, *, after: int = 0) -> None:
    """Wait until the route answers 200, asking again as soon as an answer (or none) has come."""
    deadline = time.monotonic() + 60
    while (await fetch_health(url))[0] != 200:
        assert child.alive, child.last_log_line()
        assert time.monotonic() < deadline, f"{url} does not answer"
        await asyncio.sleep(0.002)


def workers_of(child: Child) -> list[psutil.Process]:
    """Return the processes that a service's parent has forked."""
    found: list[psutil.Process] = psutil.Process(child.process.pid).children()
    return found


def megabytes(child: Child) -> float:
    """Return the memory of a service in MB, pages that several of its processes share counted once."""
    processes = [psutil.Process(child.process.pid), *workers_of(child)]
    return float(sum(process.memory_full_info().pss for process in processes)) / 1e6


async def measure_recovery(child: Child, url: str, kills: int) -> list[float]:
    """Kill a worker of the service again and again. Returns the seconds until an answer, each time."""
    times = []
    for _ in range(kills):
        worker = workers_of(child)[0]
        began = time.perf_counter()
        worker.kill()
        worker.wait()
        await answers(url + "/health/live", child)
        times.append(time.perf_counter() - began)
        await asyncio.sleep(BETWEEN_KILLS_S - min(times[-1], BETWEEN_KILLS_S))
    return times


async def measure(kills: int, workers: int) -> dict[str, float]:
    """Run it all."""
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="slotgate-bench-") as folder:
        services = Services(Path(folder))
        async with services.running(1) as children:
            for name, child in children.items():
                result[f"{name}_mb_1_worker"] = megabytes(child)
            for name, child in children.items():
                times = await measure_recovery(child, services.urls[name], kills)
                result[f"{name}_recovery_s_median"] = sorted(times)[len(times) // 2]
                result[f"{name}_recovery_s_longest"] = max(times)
        async with services.running(workers) as children:
            await asyncio.sleep(1)
            gateway = children["gateway"]
            result[f"gateway_mb_{workers}_workers"] = megabytes(gateway)
            times = await measure_recovery(gateway, services.urls["gateway"], kills)
            result[f"gateway_recovery_s_longest_{workers}_workers"] = max(times)
    result["gateway_memory_ratio"] = result[f"gateway_mb_{workers}_workers"] / result["gateway_mb_1_worker"]
    return {name: round(value, 3) for name, value in result.items()}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recovery", description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json")
    result = asyncio.run(measure(asked.kills, asked.workers))
    lines = [f"{name.replace('_', ' '):32} {value:10,.3f}" for name, value in result.items()]
    sys.stdout.write((json.dumps(result, indent=1) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
