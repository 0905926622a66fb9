"""Tells systemd (`Type=notify`) that a service is ready, that it lives, and that it stops."""

import contextlib
import os
import socket


class Systemd:
    """The connection to the service manager that has started this process. Does nothing without one."""

    def __init__(self) -> None:
        # taken out of the environment: what our children would say is not about this service
        self._address = os.environ.pop("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        os.environ.pop("WATCHDOG_PID", None)
        self._watched = os.environ.pop("WATCHDOG_USEC", "") != ""
        self._ready = False

    def report_ready(self, status: str) -> None:
        """Say once that the service does its work."""
        if not self._ready:
            self._ready = True
            self._send(f"READY=1\nSTATUS={status}")

    def report_alive(self) -> None:
        """Say that the service is not hung; to be called every few seconds."""
        if self._watched:
            self._send("WATCHDOG=1")

    def report_stopping(self) -> None:
        """Say that the service ends on purpose."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.connect(self._address)
            connection.sendall(message.encode())
