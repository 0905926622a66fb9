"""All benchmarks of the booking engine: `uv run python -m tests.bench [--many N] [--json]`; a table, or JSON.

Every figure stands beside its rival's, measured in the same run. `--many 1000000` adds the same with so many bookings.
"""

import argparse
import json
import logging
import os
import sys
from typing import Any

import structlog

from tests.bench import bookings, free_times, whole_answer


def table(results: list[dict[str, Any]]) -> str:
    """One line a figure."""
    lines = []
    for result in results:
        lines.append(str(result["what"]))
        lines += [
            f"  {name.replace('_', ' '):45} {value:>12,.2f}"
            if isinstance(value, float)
            else f"  {name:45} {value:>12,}"
            for name, value in result.items()
            if name != "what"
        ]
    return "\n".join(lines)


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--many", type=int, default=0, help="bookings beside which to measure again, e.g. 1000000")
    parser.add_argument("--seconds", type=float, default=3, help="length of each round of bookings")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    results = [
        free_times.measure(),
        whole_answer.measure(many=asked.many),
        bookings.measure(seconds=asked.seconds, many=asked.many),
    ]
    results.append({"what": "machine", "cores": os.cpu_count() or 0, "load": os.getloadavg()[0]})
    out = json.dumps(results, indent=1) if asked.json else table(results)
    sys.stdout.write(out + "\n")


if __name__ == "__main__":
    main()
