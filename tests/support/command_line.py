"""The `slotgate` command as a process of its own, with no variable of this one's environment."""

import json
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
# no backend is where nothing ever listens: the default is where a demo beside the tests has its own
_PLAIN = {
    "PATH": os.environ["PATH"],
    "NO_COLOR": "1",
    "PYTHONWARNINGS": "error",
    "SLOTGATE_BACKEND_URL": "http://127.0.0.1:9",
    # `poe coverage` measures the commands as well
    **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS_")},
}


def run_slotgate_until(words: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command that serves, and end it as an operator does once its stderr contains the words."""
    process = subprocess.Popen(
        [*SLOTGATE, *arguments], cwd=cwd, env=_PLAIN | env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
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
    return subprocess.run(
        [*SLOTGATE, *arguments],
        cwd=cwd,
        env=_PLAIN | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class CommandServer:
    """Runs commands as `run_slotgate` does, each in a process forked from one that has imported them (`command_server`).

    For tests of many values: what the start of a process itself does is `run_slotgate`'s.
    """

    def __init__(self, folder: Path) -> None:
        self._output = [folder / "stdout", folder / "stderr"]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.support.command_server"],
            env=_PLAIN | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in that folder and with these variables alone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for path in self._output:
            path.write_text("")
        call = {
            "arguments": arguments,
            "cwd": str(cwd),
            "env": _PLAIN | env,
            "output": [str(path) for path in self._output],
        }
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, *(path.read_text() for path in self._output))

    def stop(self) -> None:
        """Have it end: it sees that there will be no more calls."""
        self._process.communicate()


def gateway_with(*assignments: str) -> list[str]:
    """Return the command `slotgate gateway` with other constants: `gateway.worker.DRAIN_S = 2`, say, for a shorter wait."""
    modules = {assignment.partition(" = ")[0].rpartition(".")[0] for assignment in assignments}
    statements = [*(f"import {module}" for module in sorted(modules)), *assignments]
    return [sys.executable, "-c", "; ".join([*statements, "from gateway.__main__ import main", "main()"]), "gateway"]
