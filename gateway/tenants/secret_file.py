"""A secret in a file of its own, as Docker and Kubernetes mount them: its text, and what tells that it has changed.

Links are followed wherever they lead: the operator names the file, and nothing of it is ever shown.
"""

from pathlib import Path

from backend.kit.files import open_regular_file

MAX_SECRET_BYTES = 4096


def read_secret_file(file: Path) -> str:
    """Return the text of a secret's file without the line end that editors add. Raises OSError or ValueError (a sentence)."""
    try:
        return _read(file).decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None


def read_secret_state(file: Path) -> bytes:
    """Return bytes that differ whenever what `read_secret_file` would find differs: the content, or the error."""
    try:
        return b"\0" + _read(file)
    except OSError as error:
        return b"\1%d" % (error.errno or 0)
    except ValueError as error:
        return b"\2" + str(error).encode()


def _read(file: Path) -> bytes:
    with open_regular_file(file) as opened:
        content = opened.read(MAX_SECRET_BYTES + 1)
    if len(content) > MAX_SECRET_BYTES:
        raise ValueError(f"it is over {MAX_SECRET_BYTES} bytes")
    return content
