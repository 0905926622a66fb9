"""Requests are answered while the disk of the log is full."""

import subprocess
import sys

import pytest

_FULL = """
import os, sys
from backend.kit.logging import configure_logging, log

configure_logging(sys.argv[1])
log.info("before")
room = os.dup(2)
os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
for _ in range(1000):
    log.warning("refused", code="storage_full")
os.dup2(room, 2)
log.info("after")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_without_room_fails_no_request(form: str) -> None:
    """The disk that is full is often the log's own: what is refused then must still be answered."""
    done = subprocess.run([sys.executable, "-c", _FULL, form], stderr=subprocess.PIPE, check=True, text=True)
    lines = done.stderr.splitlines()
    assert "before" in lines[0]
    assert "after" in lines[-1]
