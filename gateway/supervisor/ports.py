"""Ports of this machine: free ones, and whether one is free."""

import errno
import socket
import time
from secrets import randbelow

from backend.kit.listener import open_listener
from gateway.errors import Misconfigured

# below the ports that systems give to outgoing connections (32768 and up on Linux)
_LOWEST_PORT, _PORTS = 10_000, 22_000
PATIENCE_S = 2.0


class PortTaken(Misconfigured):
    """Somebody else listens on a port."""


def is_port_free(host: str, port: int) -> bool:
    """Return whether a server could listen there now. Raises Misconfigured for an address of another machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as servers do it: connections of an earlier run that are still closing do not count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except socket.gaierror:
            raise Misconfigured(f"The address {host} is not known.") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise Misconfigured(f"The address {host} is not one of this machine.") from None
            return False
    return True


def require_free_port(host: str, port: int, service: str, remedy: str) -> None:
    """Raise Misconfigured, with the service's name and a remedy, when the port is taken. Port 0 means any free one."""
    if port and not is_port_free(host, port):
        raise Misconfigured(f"Port {port} on {host}, where the {service} would listen, is taken; {remedy}.")


def open_port(host: str, port: int, service: str, remedy: str) -> socket.socket:
    """Return a socket bound to the port, which takes no connections yet: the one that our parent has bound, else a new one.

    An earlier run that was killed may hold it for a moment. Raises Misconfigured, with the service's name and a remedy, when
    the port is taken.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _open_port(host, port, service, remedy)
        except PortTaken:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _open_port(host: str, port: int, service: str, remedy: str) -> socket.socket:
    try:
        return open_listener(host, port)
    except socket.gaierror:
        raise Misconfigured(f"The address {host} is not known.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Misconfigured(f"The address {host} is not one of this machine.") from None
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken" if taken else f"cannot be used ({error.strerror})"
        failure = PortTaken if taken else Misconfigured
        raise failure(f"Port {port} on {host}, where the {service} would listen, {reason}; {remedy}.") from None


def find_free_port(host: str = "127.0.0.1") -> int:
    """Return a free port that no outgoing connection takes before a server that starts slowly listens on it."""
    for _ in range(50):
        if is_port_free(host, port := _LOWEST_PORT + randbelow(_PORTS)):
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
