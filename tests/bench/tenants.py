"""What ten thousand tenant files cost: `uv run python -m tests.bench.tenants [--tenants N] [--json]`.

Loading and an unchanged rescan in seconds, and what each tenant holds at rest: its entry, its file's values, its bot and
everything that the webhook's path keeps ready. The bytes are the allocator's own count (tracemalloc), in a second run,
since counting slows the loading down.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from gateway.tenants.directory import Directory
from gateway.tenants.snapshot import TenantSnapshot

# as `slotgate tenants new` writes it, with an editor's comments left in
FILE = """# yaml-language-server: $schema=.tenant.schema.json
name: Barber House {n}
bot_token: env:SHOP_{n}_BOT_TOKEN
# webhook_secret: env:NAME
timezone: Europe/Moscow
locale: ru
currency: RUB
enabled: true
rate_limits:
  per_user: 30/minute
  per_tenant: 1200/minute
  public: 60/minute
public:
  enabled: false
  origins: []
"""


def written(directory: Path, tenants: int) -> dict[str, str]:
    """Write that many files; return the environment that holds their tokens."""
    for n in range(tenants):
        (directory / f"shop-{n}.yaml").write_text(FILE.format(n=n))
    return {f"SHOP_{n}_BOT_TOKEN": f"{5_000_000_000 + n}:{n:035d}" for n in range(tenants)}


def load(directory: Path, env: dict[str, str]) -> tuple[Directory, dict[str, TenantSnapshot]]:
    """Load the tenants as a gateway's worker does."""
    living = Directory(directory, env=env, internal_key="k" * 64, literals_allowed=False)
    living.rescan()
    assert not living.problems
    return living, {slug: TenantSnapshot.of(tenant) for slug, tenant in living.tenants.items()}


def bytes_each(directory: Path, env: dict[str, str]) -> float:
    """Return what one tenant holds at rest, in bytes."""
    # what the process holds besides is no garbage to look for: in the suite that takes a second each time
    gc.freeze()
    # what is made once (zones, caches, the YAML reader) is there before counting begins
    kept = load(directory, env)
    del kept
    gc.collect()
    tracemalloc.start(1)
    try:
        before = tracemalloc.get_traced_memory()[0]
        living, served = load(directory, env)
        gc.collect()
        assert len(served) == len(living.tenants) > 0
        return (tracemalloc.get_traced_memory()[0] - before) / len(served)
    finally:
        tracemalloc.stop()


def measure(tenants: int) -> dict[str, Any]:
    """Return seconds of time and of this process's CPU, and bytes."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        env = written(directory, tenants)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        living, _ = load(directory, env)
        loaded, loaded_cpu = time.perf_counter(), time.process_time()
        assert not living.rescan()
        again, again_cpu = time.perf_counter(), time.process_time()
        return {
            "tenants": tenants,
            "load_s": round(loaded - begun, 3),
            "load_cpu_s": round(loaded_cpu - begun_cpu, 3),
            "unchanged_rescan_s": round(again - loaded, 3),
            "unchanged_rescan_cpu_s": round(again_cpu - loaded_cpu, 3),
            "bytes_each_at_rest": round(bytes_each(directory, env)),
        }


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tenants", description=__doc__)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    result = measure(asked.tenants)
    lines = [f"{name.replace('_', ' '):30} {value:>12,}" for name, value in result.items()]
    sys.stdout.write((json.dumps(result, indent=1) if asked.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
