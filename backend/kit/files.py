"""Reading files that others name: regular ones alone, and never more of them than wanted."""

import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular_file(file: Path) -> BinaryIO:
    """Open a file for reading. Raises OSError, or ValueError (a sentence) for what is none.

    A pipe or a device is not waited for, and nothing can take the file's place between the check and the reading.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
