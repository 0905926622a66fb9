"""One business's flood, and what it costs everybody else: `python -m tests.bench.flood [--json]`.

Gateway, Redis and backend as processes of their own, a Bot API that answers after `--telegram-ms`. Connections to one bot
post presses as fast as they are answered, and repeat at once what is not answered 200: what no `Retry-After` holds back.
First `--connections`, then ten times as many; meanwhile somebody in another business presses ten times a second. It
reports the presses done and refused a second, the gateway's processor cores, and how long the other business waits, alone
and beside each flood. Then the business may have ten updates a second, and what is refused (429) is repeated at once: what
a refusal costs the gateway (the few updates that are done beside them included). Both floods come from the same people.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.gateway import FIRST
from tests.bench.installation import SECRET, Installation, cpu_s
from tests.bench.telegram_world import Line, Person, World

TENFOLD = 10
# The first requests of all connections come at once; what is measured is what goes on after that.
LEAD_S = 3.0
RATE = 10
FLOODED, OTHER = "shop-0", "shop-1"
PATH = "/tg/webhook/{}"
WANTED = {"done_tenfold_to_best": ("at least", 0.8), "other_p50_to_alone": ("at most", 2.0)}


class Flood:
    """Connections to one bot, each of which always has a press under way."""

    def __init__(self, port: int, people: list[Person]) -> None:
        self._port, self._people = port, people
        self.lines: list[Line] = []
        self.done = self.refused = 0

    async def run(self, connections: int, seconds: float) -> None:
        """Press for so long; what is under way then is waited for, but not counted."""
        self.lines += [Line(self._port) for _ in range(connections - len(self.lines))]
        self.done = self.refused = 0
        until = time.perf_counter() + seconds
        lines = self.lines[:connections]
        await asyncio.gather(
            *(self._press(line, cycle(self._people[n::connections]), until) for n, line in enumerate(lines))
        )

    async def _press(self, line: Line, people: Iterator[Person], until: float) -> None:
        person, update = next(people), None
        while time.perf_counter() < until:
            if update is None:
                _, update = person.press(FIRST["gateway"])
            status, _ = await line.post(PATH.format(person.slug), person.secret, update)
            if time.perf_counter() >= until:
                return
            if status == 200:
                person, update = next(people), None
                self.done += 1
            else:
                self.refused += 1


class Neighbour:
    """A few people of another business, who together press `RATE` times a second."""

    def __init__(self, port: int, people: list[Person]) -> None:
        self._people = people
        self._lines = [Line(port) for _ in people]

    async def run(self, seconds: float) -> float:
        """Return the median of how long a press took, in milliseconds; refused ones are repeated until they are done."""
        times: list[float] = []
        began = time.perf_counter()
        shares = len(self._people)

        async def person_presses(first: int) -> None:
            for n in range(first, int(RATE * seconds), shares):
                await asyncio.sleep(max(0.0, began + n / RATE - time.perf_counter()))
                times.append(await self._press(first))

        await asyncio.gather(*(person_presses(n) for n in range(shares)))
        return median(times) * 1000

    async def _press(self, number: int) -> float:
        person, line = self._people[number], self._lines[number]
        _, update = person.press(FIRST["gateway"])
        began = time.perf_counter()
        path = PATH.format(person.slug)
        while (await line.post(path, person.secret, update))[0] != 200:  # noqa: ASYNC110  Telegram pauses, it waits for no event
            await asyncio.sleep(1.0)
        return time.perf_counter() - began


async def _round(
    place: Installation, flood: Flood, neighbour: Neighbour, options: argparse.Namespace
) -> dict[str, float]:
    """Return the figures of one round: the neighbour alone, then beside each flood."""
    figures = {"other_p50_ms_alone": await neighbour.run(options.seconds)}
    for name, connections in (("base", options.connections), ("tenfold", options.connections * TENFOLD)):
        p50, cores = await _beside(place, flood, neighbour, connections, options.seconds)
        figures |= {
            f"done_per_s_{name}": flood.done / options.seconds,
            f"refused_per_s_{name}": flood.refused / options.seconds,
            f"gateway_cores_{name}": cores,
            f"other_p50_ms_{name}": p50,
        }
    return figures


async def _beside(
    place: Installation, flood: Flood, neighbour: Neighbour, connections: int, seconds: float
) -> tuple[float, float]:
    """Return the neighbour's median wait (ms) beside a flood that has begun a while ago, and the gateway's cores."""
    flooding = asyncio.create_task(flood.run(connections, LEAD_S + seconds))
    await asyncio.sleep(LEAD_S)
    flood.done = flood.refused = 0
    p50, cores = await asyncio.gather(neighbour.run(seconds), _cores_used(place.pids["gateway"], seconds))
    await flooding
    return p50, cores


async def _refuse(
    place: Installation, flood: Flood, neighbour: Neighbour, options: argparse.Namespace
) -> dict[str, float]:
    """Return what a refusal costs when the business may have ten updates a second, and what its neighbour notices."""
    file = place.settings.tenants_dir / f"{FLOODED}.yaml"
    file.write_text(file.read_text().replace("per_tenant: 60000/minute", "per_tenant: 10/second"))
    async with asyncio.timeout(30):
        while not flood.refused:
            await flood.run(1, 1)
    alone = await neighbour.run(options.seconds)
    p50, cores = await _beside(place, flood, neighbour, options.connections, options.seconds)
    refused = flood.refused / options.seconds
    return {"limited_per_s": refused, "limited_us": cores / refused * 1e6, "limited_other_p50_to_alone": p50 / alone}


async def _cores_used(pid: int, seconds: float) -> float:
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    return (cpu_s(pid) - before) / seconds


async def _measure(directory: Path, options: argparse.Namespace) -> dict[str, Any]:
    world = World(options.telegram_ms / 1000)
    await world.start()
    place = Installation(directory, world, 2, 0)
    many = options.connections * TENFOLD
    crowd = [Person(FLOODED, place.tokens[FLOODED], SECRET, 100_000 + n) for n in range(many)]
    others = [Person(OTHER, place.tokens[OTHER], SECRET, 100_000 + n) for n in range(RATE)]
    world.settle([*crowd, *others])
    figures: dict[str, Any] = {"what": "one business's flood", "connections": options.connections}
    async with place.running():
        await world.quiet()
        flood, neighbour = Flood(place.settings.port, crowd), Neighbour(place.settings.port, others)
        # nobody is new to the backend when it is measured
        await asyncio.gather(flood.run(many, options.seconds), neighbour.run(2))
        await flood.run(options.connections, 2)
        rounds = [await _round(place, flood, neighbour, options) for _ in range(options.rounds)]
        refusals = await _refuse(place, flood, neighbour, options)
    for name in rounds[0]:
        figures[name] = median(one[name] for one in rounds)
    figures["done_tenfold_to_best"] = median(one["done_per_s_tenfold"] / one["done_per_s_base"] for one in rounds)
    figures["other_p50_to_alone"] = median(
        max(one["other_p50_ms_base"], one["other_p50_ms_tenfold"]) / one["other_p50_ms_alone"] for one in rounds
    )
    world.close()
    return figures | refusals


def measure(arguments: list[str] | None = None) -> dict[str, Any]:
    """Return the figures, with what is wanted of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flood", description=__doc__)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each phase")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--telegram-ms", type=float, default=0.0, help="how long the Bot API takes to answer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    directory = Path(tempfile.mkdtemp(prefix="slotgate-bench-"))
    try:
        figures = asyncio.run(_measure(directory, options))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return figures | {"json": options.json}


def main() -> None:
    """Print the figures."""
    figures = measure()
    as_json = figures.pop("json")
    lines = [str(figures["what"])]
    for name, value in figures.items():
        if name == "what":
            continue
        side, bound = WANTED.get(name, ("", 0.0))
        met = value >= bound if side == "at least" else value <= bound
        verdict = f"   wanted {side} {bound}: {'yes' if met else 'NO'}" if side else ""
        lines.append(f"  {name.replace('_', ' '):28} {value:>10,.2f}{verdict}")
    sys.stdout.write((json.dumps(figures, indent=1) if as_json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
