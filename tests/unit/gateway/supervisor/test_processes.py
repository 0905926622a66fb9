"""Child processes of `up` and `demo`: how their end is described, and what their logs keep."""

import signal
import sys
from pathlib import Path

from gateway.supervisor import processes
from gateway.supervisor.processes import Child

ENV = {"PATH": "/usr/bin:/bin"}


async def _run_child(log: Path | None, script: str) -> Child:
    child = await Child.start("backend", [sys.executable, "-c", script], ENV, log)
    await child.process.wait()
    return child


async def test_the_end_of_a_killed_process_is_not_explained_by_its_log(tmp_path: Path) -> None:
    script = "import os, sys; print('request done', flush=True); os.kill(os.getpid(), 9)"
    child = await _run_child(tmp_path / "backend.log", script)
    assert child.process.returncode == -signal.SIGKILL
    assert child.describe_end() == "The backend was ended from outside (SIGKILL)."


async def test_the_end_of_a_failed_process_is_explained_by_its_last_line(tmp_path: Path) -> None:
    child = await _run_child(tmp_path / "backend.log", "import sys; print('The disk is gone.\\n\\n'); sys.exit(3)")
    assert child.describe_end() == "The backend ended (exit code 3): The disk is gone."
    for server in (
        "ERROR Unexpected exit from worker-1\\nERROR Worker crash loop detected, exiting",
        "error: worker_died pid=7 exit_code=3\\ninfo: Stopping parent process [6] logger=uvicorn.error",
    ):
        crashed = await _run_child(
            tmp_path / "backend.log", f"print('ImportError: no x\\n{server}'); raise SystemExit(1)"
        )
        assert crashed.describe_end() == "The backend ended (exit code 1): ImportError: no x"
    silent = await _run_child(None, "raise SystemExit(4)")
    assert silent.describe_end() == "The backend ended (exit code 4)."


async def test_a_log_keeps_earlier_runs_but_only_this_run_explains_its_end(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    await _run_child(log, "print('first')")
    second = await _run_child(log, "raise SystemExit(1)")
    assert log.read_text() == "first\n"
    assert second.describe_end() == "The backend ended (exit code 1)."
    third = await _run_child(log, "print('bot_not_loaded: x'); print('unrelated')")
    assert log.read_text() == "first\nbot_not_loaded: x\nunrelated\n"
    assert third.last_log_line("bot_not_loaded") == "bot_not_loaded: x"
    assert log.stat().st_mode & 0o077 == 0


async def test_a_large_log_is_rotated(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_bytes(b"x" * (processes.LOG_KEPT + 1))
    await _run_child(log, "print('new')")
    assert log.read_text() == "new\n"
    assert log.with_name("gateway.log.1").stat().st_size == processes.LOG_KEPT + 1
