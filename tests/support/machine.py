"""What the machine itself must have (a browser, Node.js): CI installs it, elsewhere its tests are skipped by name.

And what it may have: a file system in memory."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def skip_or_fail(sentence: str) -> NoReturn:
    """Skip the test where a person runs the suite; fail it in CI, which must not lose a test unseen."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


# How long a server may take to answer where no test is about one that hangs: the machine may have much else to do.
PATIENT_S = 30.0

# Linux mounts a file system in memory here; containers often have 64 MB of it, too little for databases
_MEMORY = Path("/dev/shm")
_ROOM = 2**30


def memory_folder() -> Path | None:
    """Return a folder in memory with room for the databases of the tests, or None: what is tested is not the disk."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM else None
