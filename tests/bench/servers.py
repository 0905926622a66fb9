"""What the server itself costs: one empty answer of the gateway's (uvicorn) and the backend's (granian), side by side.

`uv run python -m tests.bench.servers [--json]`: processor milliseconds a request over sixteen busy connections, and the
time of one request when the machine has been idle before it, as between the updates of a quiet bot.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from backend.kit.listener import bind_listener
from backend.kit.workers import run_workers
from gateway.http.server import GatewayWorker
from tests.bench.installation import cpu_s
from tests.bench.telegram_world import Line
from tests.support.ports import free_port

LINES = 16
PAUSE_S = 0.0125
BODY = b'{"update_id":1}' + b" " * 2000


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read a body and answer 200 (ASGI)."""
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def load() -> Callable[[bool], object]:
    """Return what makes the application, in the parent of the workers."""
    return lambda _takes_connections: app


def uvicorn(port: int) -> None:
    """Serve it as the gateway is served."""
    run_workers("gateway", GatewayWorker, load, bind_listener("127.0.0.1", port), 1)


def granian(port: int) -> None:
    """Serve it as the backend is served."""
    from backend.cli.serve import BackendWorker

    run_workers("backend", BackendWorker, load, bind_listener("127.0.0.1", port), 1)


def granian_alone(port: int) -> None:
    """Serve it with granian's own parent."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces

    Granian(
        "tests.bench.servers:app", address="127.0.0.1", port=port, interface=Interfaces.ASGI, http=HTTPModes.http1,
        log_enabled=False,
    ).serve()  # fmt: skip


SERVERS = {"uvicorn": uvicorn, "granian": granian, "granian alone": granian_alone}


async def _measure(name: str, requests: int, rounds: int) -> dict[str, float]:
    port = free_port()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.servers", "--serve", name, str(port), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        lines = [Line(port) for _ in range(LINES)]
        await _up(lines[0])

        async def busy(line: Line, count: int) -> None:
            for _ in range(count):
                status, _ = await line.post("/", "s", BODY)
                assert status == 200

        await asyncio.gather(*(busy(line, 50) for line in lines))
        costs = []
        for _ in range(rounds):
            before = cpu_s(child.pid)
            await asyncio.gather(*(busy(line, requests // LINES) for line in lines))
            costs.append((cpu_s(child.pid) - before) / (requests // LINES * LINES) * 1000)
        times = []
        for _ in range(400):
            await asyncio.sleep(PAUSE_S)
            began = time.perf_counter()
            await busy(lines[0], 1)
            times.append((time.perf_counter() - began) * 1000)
        return {"cpu_ms": min(costs), "idle_p50_ms": median(times)}
    finally:
        child.terminate()
        await child.wait()


async def _up(line: Line) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await line.post("/", "s", b"{}")
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.servers", description=__doc__)
    parser.add_argument("--requests", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", nargs=2, metavar=("NAME", "PORT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
        return SERVERS[asked.serve[0]](int(asked.serve[1]))
    result = {name: asyncio.run(_measure(name, asked.requests, asked.rounds)) for name in SERVERS}
    lines = [f"{name:14} {one['cpu_ms']:8.4f} ms of CPU {one['idle_p50_ms']:8.3f} ms" for name, one in result.items()]
    sys.stdout.write((json.dumps(result, indent=1) if asked.json else "\n".join(lines)) + "\n")
    return None


if __name__ == "__main__":
    main()
