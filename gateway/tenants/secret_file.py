"""A secret in a file of its own, as Docker and Kubernetes mount them."""

import stat
from pathlib import Path

MAX_SECRET_BYTES = 4096


def read_secret_file(file: Path) -> str:
    """The text of a secret's file without the line end that editors add. Raises OSError or ValueError (a sentence)."""
    status = file.stat()
    # a pipe would hang the reload of every tenant
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a regular file")
    if status.st_size > MAX_SECRET_BYTES:
        raise ValueError(f"it is over {MAX_SECRET_BYTES} bytes")
    try:
        return file.read_bytes().decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None
