"""What supervisors stand on: pauses between restarts, a port that is kept, states on disk, the word to systemd."""

import os
import socket
from pathlib import Path

import pytest

from backend.kit import process_states
from backend.kit.listener import bind_listener, is_listening, prepare_to_listen, refuse_connections
from backend.kit.process_states import (
    ProcessState,
    describe_exit,
    describe_processes,
    run_directory,
    seconds_since_sign,
)
from backend.kit.restarts import KILLS_AT_ONCE, LONGEST_PAUSE_S, SOUND_S, RestartPauses
from backend.kit.systemd import Systemd
from tests.support.ports import free_port


def test_what_cannot_start_is_tried_after_growing_pauses() -> None:
    pauses = RestartPauses()
    seen = [pauses.pause_after(0.1, killed=False) for _ in range(12)]
    assert seen[0] > 0
    assert seen == sorted(seen)
    assert seen[-1] == LONGEST_PAUSE_S
    assert pauses.pause_after(SOUND_S, killed=False) == seen[0]


def test_what_is_killed_is_started_at_once_but_not_for_ever() -> None:
    pauses = RestartPauses()
    assert [pauses.pause_after(0.0, killed=True) for _ in range(KILLS_AT_ONCE)] == [0.0] * KILLS_AT_ONCE
    assert pauses.pause_after(0.0, killed=True) > 0


def connects(port: int) -> bool:
    """Return whether a connection is taken."""
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_port_is_kept_while_connections_are_refused() -> None:
    port = free_port()
    with bind_listener("127.0.0.1", port) as listener:
        # before it has ever listened, this must not shut it for good
        refuse_connections(listener)
        for _ in range(2):
            assert not connects(port)
            with pytest.raises(OSError, match="in use"):
                bind_listener("127.0.0.1", port)
            prepare_to_listen(listener)
            listener.listen()
            assert is_listening(listener)
            assert connects(port)
            refuse_connections(listener)
            assert not is_listening(listener)
    # and connections that have been do not hold it afterwards
    bind_listener("127.0.0.1", port).close()


def test_a_port_of_another_is_not_taken() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            bind_listener("127.0.0.1", other.getsockname()[1])


def test_states_are_read_by_whoever_shares_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(process_states.DIRECTORY, raising=False)
    state = ProcessState(name="gateway worker", wanted=2, running=1)
    state.note_end(describe_exit(-9), 4.0)
    state.save()  # without a directory, nowhere
    assert describe_processes() == {}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "left-by-a-killed-run.json").write_text("{}")
    with run_directory(tmp_path / "run"):
        assert seconds_since_sign("gateway worker") == float("inf")
        state.save()
        assert seconds_since_sign("gateway worker") < 60
        (shown,) = describe_processes().values()
        assert 0 < float(str(shown.pop("retry_in_s"))) <= 4
        assert shown == {"running": 1, "wanted": 2, "restarts": 1, "last_end": "killed by SIGKILL"}
        with run_directory():
            assert list(describe_processes()) == ["gateway worker"]
    assert not (tmp_path / "run").exists()
    assert process_states.DIRECTORY not in os.environ


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (-11, "killed by SIGSEGV"), (-42, "killed by signal 42")]
)
def test_an_end_is_described(code: int, words: str) -> None:
    assert describe_exit(code) == words


def test_systemd_hears_once_that_a_service_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "60000000")
        systemd = Systemd()
        # what our children would say is not about this service
        assert "NOTIFY_SOCKET" not in os.environ
        systemd.report_ready("serving")
        systemd.report_ready("serving")
        systemd.report_alive()
        systemd.report_stopping()
        assert [manager.recv(100) for _ in range(3)] == [b"READY=1\nSTATUS=serving", b"WATCHDOG=1", b"STOPPING=1"]
    Systemd().report_ready("nobody listens")
