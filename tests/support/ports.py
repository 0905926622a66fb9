"""Free ports for servers that a test starts."""

import os
from secrets import randbelow

from gateway.supervisor.ports import is_port_free

# below the ports that the system gives to connections by itself
FIRST, END = 10_000, 32_000
# how many workers this run of the tests has, and which of them this is
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

_chosen: set[int] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens and that no other test of this run is given."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return so many free ports in a row, as `slotgate demo` takes them.

    Each worker chooses from a share of its own: between choosing a port and listening on it, no other may take it.
    """
    share = (END - FIRST) // WORKERS
    while True:
        first = FIRST + WORKER * share + randbelow(share - count)
        ports = range(first, first + count)
        if _chosen.isdisjoint(ports) and all(is_port_free("127.0.0.1", port) for port in ports):
            _chosen.update(ports)
            return list(ports)
