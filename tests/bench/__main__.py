"""All benchmarks of the booking engine: `uv run python -m tests.bench [--many N] [--businesses N] [--json]`.

Every figure stands beside its rival's, measured in the same run, and with its target and whether that was met.
`--many 1000000` measures again with so many bookings in the table, `--businesses 10000` beside so many businesses.
"""

import argparse
import json
import logging
import os
import sys
from typing import Any

from backend.kit.logging import configure_logging
from tests.bench import bookings, crowd, free_times, many_businesses, whole_answer


def verdicts(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result with each figure's target and whether it was met."""
    wanted = {
        name: {
            "wanted": f"{side} {bound}",
            "met": result[name] >= bound if side == "at least" else result[name] <= bound,
        }
        for name, (side, bound) in result.get("wanted", {}).items()
    }
    return result | ({"wanted": wanted} if wanted else {})


def table(results: list[dict[str, Any]]) -> str:
    """Return a text with one line a figure."""
    lines = []
    for result in results:
        lines.append(str(result["what"]))
        for name, value in result.items():
            if name in ("what", "wanted"):
                continue
            shown = f"{value:>12,.2f}" if isinstance(value, float) else f"{value:>12,}"
            told = result.get("wanted", {}).get(name)
            verdict = f"   wanted {told['wanted']}: {'yes' if told['met'] else 'NO'}" if told else ""
            lines.append(f"  {name.replace('_', ' '):45} {shown}{verdict}")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmarks and print their figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--many", type=int, default=0, help="bookings in the table, against 10,000: e.g. 1000000")
    parser.add_argument("--businesses", type=int, default=0, help="businesses, against 10: e.g. 10000")
    parser.add_argument("--seconds", type=float, default=3, help="length of each round of bookings")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    configure_logging("json", level=logging.WARNING)
    results = [free_times.measure(), whole_answer.measure(), bookings.measure(seconds=asked.seconds)]
    if asked.many:
        results.append(crowd.measure(asked.many))
    if asked.businesses:
        results.append(many_businesses.measure(asked.businesses))
    results.append({"what": "machine", "cores": os.cpu_count() or 0, "load": os.getloadavg()[0]})
    results = [verdicts(result) for result in results]
    out = json.dumps(results, indent=1) if asked.json else table(results)
    sys.stdout.write(out + "\n")


if __name__ == "__main__":
    main()
