"""What Redis needs to remember updates that are done: `python -m tests.bench.remembered [--server PATH] [--json]`.

Bytes of `used_memory` for each update, as the gateway remembers it (a bit in a key for 256 in a row) and as a key of its own
for each, which is what it replaces; for ids in a row, with gaps, and when all that a bot has is one update.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from backend.contract.redis import url_for
from backend.kit.redis_link import RedisLink
from gateway.scripts import FINISH
from gateway.supervisor import redis_server
from gateway.updates.admission import RANGE

KEY = "an internal key for the benchmark only"
UPDATES = 100_000
AT_ONCE = 200
WANTED = 0.1
# in the place of the mark that lasts for a minute
MARK = b"seen:{barber}:mark"
BOT = b"seen:{barber-%d}:7300000000:"


async def used(link: RedisLink) -> int:
    """Return the bytes that the server has given out, what it holds for its clients not counted."""
    reply = await link.call(b"INFO", b"memory")
    assert isinstance(reply, bytes)
    figures = dict(line.split(":", 1) for line in reply.decode().splitlines() if ":" in line)
    return int(figures["used_memory_dataset"]) + int(figures["used_memory_overhead"])


async def remember(link: RedisLink, updates: list[tuple[int, int]]) -> None:
    """Have updates remembered as the gateway does, but for the mark that lasts for a minute; each is (bot, update id)."""

    async def one(bot: int, update: int) -> None:
        claim = BOT % bot
        place = (b"owner", b"D", b"%d" % (update % RANGE), b"%d" % (RANGE // 8))
        await link.run(FINISH, (MARK, MARK + b":lane", b"%br%d" % (claim, update // RANGE)), place)

    for first in range(0, len(updates), AT_ONCE):
        await asyncio.gather(*(one(bot, update) for bot, update in updates[first : first + AT_ONCE]))


async def keep_keys(link: RedisLink, updates: list[tuple[int, int]]) -> None:
    """Have them remembered by a key each."""
    for first in range(0, len(updates), AT_ONCE):
        part = updates[first : first + AT_ONCE]
        await asyncio.gather(*(link.call(b"SET", BOT % bot + b"%d" % n, b"D", b"EX", b"90000") for bot, n in part))


async def measure(binary: str | None) -> dict[str, Any]:
    """Return the bytes of an update in each case."""
    cases = {
        "in_a_row": [(0, 733_000_000 + n) for n in range(UPDATES)],
        "every_third": [(1, 733_000_000 + 3 * n) for n in range(UPDATES)],
        "one_of_each_bot": [(1000 + n, 733_000_000 + 7919 * n) for n in range(UPDATES // 10)],
    }
    figures: dict[str, Any] = {"updates": UPDATES}
    for name, updates in cases.items():
        for way, write in (("bits", remember), ("keys", keep_keys)):
            with tempfile.TemporaryDirectory() as directory, _binary(binary):
                server = await redis_server.start_redis(Path(directory), KEY)
                link = RedisLink(url_for(server.url, "backend", KEY), [FINISH], timeout_s=10.0)
                await link.start()
                try:
                    await write(link, updates[:1])
                    before = await used(link)
                    await write(link, updates)
                    figures[f"{name}_{way}_bytes"] = round((await used(link) - before) / len(updates), 2)
                finally:
                    await link.close()
                    await server.stop()
    return figures


def _binary(path: str | None) -> Any:
    found = [path] if path else redis_server.find_redis_binaries()
    return mock.patch.object(redis_server, "find_redis_binaries", return_value=found)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.remembered", description=__doc__)
    parser.add_argument("--server", help="a redis-server or valkey-server instead of the embedded one")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = asyncio.run(measure(asked.server))
    figures["in_a_row_share"] = round(figures["in_a_row_bits_bytes"] / figures["in_a_row_keys_bytes"], 4)
    lines = [f"{name.replace('_', ' '):28} {value:>10}" for name, value in figures.items()]
    lines.append(f"wanted of the share: at most {WANTED}: {'yes' if figures['in_a_row_share'] <= WANTED else 'NO'}")
    sys.stdout.write((json.dumps(figures, indent=1) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
