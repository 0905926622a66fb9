"""A service's listening socket: bound once, handed on to every process that serves on it.

It is bound long before it listens. Who connects while nothing can work is refused, so that a proxy asks another server;
the first worker that is ready listens, for all that share the socket. From then on a worker's death goes unnoticed by
who connects: connections wait in the socket's queue for the next one.
"""

import contextlib
import os
import socket

# a socket that our parent process has bound, and keeps bound when we die
INHERITED = "SLOTGATE_LISTENER_FD"
BACKLOG = 1024


def open_listener(host: str, port: int) -> socket.socket:
    """Return the socket that our parent process has bound for us, else a new one. Raises OSError if the port is taken."""
    inherited = os.environ.pop(INHERITED, "")
    return socket.socket(fileno=int(inherited)) if inherited else bind_listener(host, port)


def bind_listener(host: str, port: int) -> socket.socket:
    """Bind a port without listening on it. Raises OSError if it is taken or not of this machine."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # connections of an earlier run that are still closing do not count
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        _share_port(listener, False)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def prepare_to_listen(listener: socket.socket) -> None:
    """Let the connections that are taken from now on not hold the port for a minute after their end."""
    _share_port(listener, True)


def is_listening(listener: socket.socket) -> bool:
    """Return whether connections are taken."""
    return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def refuse_connections(listener: socket.socket) -> None:
    """Have connections refused from now on, in every process that shares the socket; the port stays taken.

    Listening again undoes it. Where a system cannot do this (macOS), connections wait instead.
    """
    # one that does not listen would be marked as shut down for good
    if not is_listening(listener):
        return
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
        _share_port(listener, False)


def _share_port(listener: socket.socket, shared: bool) -> None:
    """Set whether others may bind the port too. While we do not listen, they could; while we do, the system lets nobody.

    Connections inherit it, and a port with one that is not shared cannot be bound until it has been closed for a minute.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(shared))
