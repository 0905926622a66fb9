"""How a Python process of ours is started: with this interpreter, and with our code whatever the current folder holds."""

import sys
from pathlib import Path
from typing import Literal

_ROOT = Path(__file__).resolve().parents[2]
_IN_REPOSITORY = _ROOT / "gateway" / "launch" / "slotgate.py"
_LAUNCHER = _IN_REPOSITORY if _IN_REPOSITORY.is_file() else _ROOT / "__init__.py"


def own_command(program: Literal["backend", "gateway"], *arguments: str) -> list[str]:
    """Return the command that runs one of our programs. `-P` keeps the launcher's own folder off the path."""
    return [sys.executable, "-P", str(_LAUNCHER), "-m", program, *arguments]
