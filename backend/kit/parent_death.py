"""A child process ends with its parent, however the parent ends."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1
# loaded before any fork: between fork and exec only its one call is safe
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
SUPPORTED = _LIBC is not None


def arm_parent_death(signum: int = signal.SIGTERM) -> None:
    """Have the kernel signal this process when its parent dies. Does nothing elsewhere than on Linux."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
