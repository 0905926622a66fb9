"""A secret in a file of its own, as Docker and Kubernetes mount them: its text, and what tells that it has changed."""

import stat
from pathlib import Path

MAX_SECRET_BYTES = 4096


def read_secret_file(file: Path) -> str:
    """Return the text of a secret's file without the line end that editors add. Raises OSError or ValueError (a sentence)."""
    status = file.stat()
    # reading a pipe would block the reload of every tenant
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a regular file")
    if status.st_size > MAX_SECRET_BYTES:
        raise ValueError(f"it is over {MAX_SECRET_BYTES} bytes")
    try:
        return file.read_bytes().decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None


def read_secret_state(file: Path) -> bytes:
    """Return bytes that differ whenever what `read_secret_file` would find differs: the content, or the error's number."""
    try:
        status = file.stat()
        usable = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_SECRET_BYTES
        return b"\0" + (file.read_bytes() if usable else b"")
    except OSError as error:
        return b"\1%d" % (error.errno or 0)
