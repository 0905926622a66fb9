"""The health check of a container: what answers is left alone, what hangs is ended so that Docker starts it again."""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.launch import container_health
from tests.support.ports import free_port


@pytest.fixture
def service() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that stands for a service which does not answer."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def run_check(url: str, pid: int, start_s: float) -> int:
    """Run the check as Docker does, and return its exit code."""
    variables = {**os.environ, "HEALTH_PATIENCE_S": "0", "HEALTH_START_S": str(start_s)}
    script = str(Path(container_health.__file__))
    return subprocess.run([sys.executable, script, url, str(pid)], env=variables, timeout=60, check=False).returncode


def test_a_service_that_hangs_is_ended(service: subprocess.Popen[bytes]) -> None:
    while container_health._age_s(service.pid) < 0.02:
        time.sleep(0.01)
    assert run_check(f"http://127.0.0.1:{free_port()}/", service.pid, 0.01) == 1
    assert service.wait(30) == -9


def test_a_service_that_starts_is_waited_for(service: subprocess.Popen[bytes]) -> None:
    assert run_check(f"http://127.0.0.1:{free_port()}/", service.pid, 600) == 1
    assert service.poll() is None


def test_a_service_that_answers_is_well(service: subprocess.Popen[bytes]) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    assert run_check(f"http://127.0.0.1:{server.server_port}/", service.pid, 0) == 0
    assert service.poll() is None
    server.server_close()
