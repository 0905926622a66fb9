"""The data directory: locked by the installation that runs on it, and marked where it is the demo's."""

import os
from pathlib import Path

from gateway.errors import Misconfigured

DEMO_MARKER = "demo.json"  # this file makes a directory the demo's, which `up` refuses and `demo --fresh` wipes


class DataDirectoryLock:
    """Held from its creation on. The directory itself is locked, so that no lock file is left behind."""

    def __init__(self, directory: Path) -> None:
        """Lock the directory, creating it if needed.

        Raises Misconfigured if it can't be used, or if another installation runs on it.
        """
        import fcntl  # only where there is a Unix: the command line itself runs anywhere

        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise Misconfigured(f"The data directory {directory} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._fd)
            raise Misconfigured(f"Slotgate is already running on the data directory {directory}.") from None

    def release(self) -> None:
        """Unlock the directory."""
        os.close(self._fd)
