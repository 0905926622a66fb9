"""The `slotgate` command as a process of its own, with no variable of this one's environment."""

import os
import subprocess
import sys
from pathlib import Path

TOKEN = "123456:secret-token-of-the-tests"
ROOT = Path(__file__).parents[2]
# what the installed script runs
SLOTGATE = (sys.executable, "-P", str(ROOT / "gateway" / "launch" / "slotgate.py"))


def run_slotgate(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": os.environ["PATH"], "NO_COLOR": "1", "PYTHONWARNINGS": "error", **env}
    return subprocess.run(
        [*SLOTGATE, *arguments],
        cwd=cwd,
        env=plain,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
