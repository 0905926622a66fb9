"""Children of `up` and `demo`: what is said of one that ended, and what its log keeps."""

import signal
import sys
from pathlib import Path

from gateway.supervisor import processes
from gateway.supervisor.processes import Child

ENV = {"PATH": "/usr/bin:/bin"}


async def _ran(log: Path | None, script: str) -> Child:
    child = await Child.start("backend", [sys.executable, "-c", script], ENV, log)
    await child.process.wait()
    return child


async def test_who_was_killed_from_outside_is_not_explained_by_what_it_last_said(tmp_path: Path) -> None:
    script = "import os, sys; print('request done', flush=True); os.kill(os.getpid(), 9)"
    child = await _ran(tmp_path / "backend.log", script)
    assert child.process.returncode == -signal.SIGKILL
    assert child.describe_end() == "The backend was ended from outside (SIGKILL)."


async def test_who_gave_up_is_explained_by_its_last_line(tmp_path: Path) -> None:
    child = await _ran(tmp_path / "backend.log", "import sys; print('The disk is gone.\\n\\n'); sys.exit(3)")
    assert child.describe_end() == "The backend ended (exit code 3): The disk is gone."
    for server in (
        "ERROR Unexpected exit from worker-1\\nERROR Worker crash loop detected, exiting",
        "error: worker_died pid=7 exit_code=3\\ninfo: Stopping parent process [6] logger=uvicorn.error",
    ):
        crashed = await _ran(tmp_path / "backend.log", f"print('ImportError: no x\\n{server}'); raise SystemExit(1)")
        assert crashed.describe_end() == "The backend ended (exit code 1): ImportError: no x"
    silent = await _ran(None, "raise SystemExit(4)")
    assert silent.describe_end() == "The backend ended (exit code 4)."


async def test_a_log_keeps_what_the_run_before_said_and_only_this_run_explains_itself(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    await _ran(log, "print('first')")
    second = await _ran(log, "raise SystemExit(1)")
    assert log.read_text() == "first\n"
    assert second.describe_end() == "The backend ended (exit code 1)."
    third = await _ran(log, "print('bot_not_loaded: x'); print('unrelated')")
    assert log.read_text() == "first\nbot_not_loaded: x\nunrelated\n"
    assert third.last_log_line("bot_not_loaded") == "bot_not_loaded: x"
    assert log.stat().st_mode & 0o077 == 0


async def test_a_log_that_has_grown_large_begins_anew_beside_the_old_one(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_bytes(b"x" * (processes.LOG_KEPT + 1))
    await _ran(log, "print('new')")
    assert log.read_text() == "new\n"
    assert log.with_name("gateway.log.1").stat().st_size == processes.LOG_KEPT + 1
