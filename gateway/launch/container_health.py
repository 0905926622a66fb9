"""The health check of a container: exits 0 if the service answers, and ends the service if it hangs.

Docker restarts what has ended, not what is unhealthy. So a service that does not answer for half a minute is killed here;
the container ends with it (`init: true`), and Docker's restart policy starts it again. Hung workers are replaced by their
own parent long before: this is for the parent itself.

    python container_health.py URL [PID]     # PID: the service; without it, the child of the container's process 1
"""

import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE_S = float(os.environ.get("HEALTH_PATIENCE_S", "30"))
# a service that starts does not answer yet; the bot's library alone takes seconds
START_S = float(os.environ.get("HEALTH_START_S", "180"))
_TRY_S = 5.0


def end_if_hung(url: str, pid: int | None) -> int:
    """Return the exit code of the health check."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=_TRY_S):  # noqa: S310  the address is the compose file's
                return 0
        except OSError:
            if time.monotonic() >= deadline:
                break
            time.sleep(1)
    service = pid if pid is not None else _find_service()
    if service is not None and _age_s(service) >= START_S:
        os.kill(service, signal.SIGKILL)
    return 1


def _find_service() -> int | None:
    """Return the process that the container's init has started; this check was started from outside of it."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _stat(int(entry.name))[1:2] == ["1"]:
            return int(entry.name)
    return None


def _age_s(pid: int) -> float:
    """Return how long a process has run; 0 if it has ended."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    return uptime_s - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return a process's state, parent and so on: what follows its name, which may contain anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(end_if_hung(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None))
