"""The `slotgate` command as a process of its own, with no variable of this one's environment."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

TOKEN = "123456:secret-token-of-the-tests"
ROOT = Path(__file__).parents[2]
# what the installed script runs
SLOTGATE = (sys.executable, "-P", str(ROOT / "gateway" / "launch" / "slotgate.py"))


def run_slotgate_until(words: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command that serves, and end it as an operator does once its stderr contains the words."""
    plain = {"PATH": os.environ["PATH"], "NO_COLOR": "1", "PYTHONWARNINGS": "error", **env}
    process = subprocess.Popen(
        [*SLOTGATE, *arguments], cwd=cwd, env=plain, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    give_up = threading.Timer(60, process.kill)
    give_up.start()
    lines = []
    with process:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if words in line:
                process.send_signal(signal.SIGTERM)
    give_up.cancel()
    give_up.join()
    return subprocess.CompletedProcess(process.args, process.returncode, "", "".join(lines))


def run_slotgate(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in that folder and with these variables alone."""
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


def gateway_with(*assignments: str) -> list[str]:
    """Return the command `slotgate gateway` with other constants: `gateway.worker.DRAIN_S = 2`, say, for a shorter wait."""
    modules = {assignment.partition(" = ")[0].rpartition(".")[0] for assignment in assignments}
    statements = [*(f"import {module}" for module in sorted(modules)), *assignments]
    return [sys.executable, "-c", "; ".join([*statements, "from gateway.__main__ import main", "main()"]), "gateway"]
