"""`slotgate quarantine` from outside: what it shows, drops, and hands over to a gateway."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.updates.quarantine import Quarantine, QuarantinedUpdate

SECRET_WORDS = "my health is nobody's business"


def quarantine(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gateway", "quarantine", *arguments, "--data", str(data)],
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).parents[4])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def put(data: Path, slug: str, update_id: int, error: str = "ValueError at x.py:1") -> QuarantinedUpdate:
    update: dict[str, Any] = {"update_id": update_id, "message": {"text": SECRET_WORDS}}
    kept = QuarantinedUpdate(slug, 77, update_id, "2026-11-22T10:00:00.000Z", error, f"r-{update_id}", update)
    folder = data / "quarantine" / slug
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"77-{update_id}.json").write_bytes(msgspec.json.encode(kept))
    return kept


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for slug, update_id in (("barber", 1), ("barber", 2), ("studio", 3)):
        put(tmp_path, slug, update_id)
    return tmp_path


def test_the_list_names_what_is_kept_and_shows_nothing_that_was_written(data: Path) -> None:
    done = quarantine("list", "--json", data=data)
    assert done.returncode == 0
    rows = json.loads(done.stdout)["kept"]
    assert [row["name"] for row in rows] == ["barber/77-1", "barber/77-2", "studio/77-3"]
    assert (rows[0]["kind"], rows[0]["error"]) == ("message", "ValueError at x.py:1")
    assert SECRET_WORDS not in done.stdout + done.stderr
    assert "aiogram" not in done.stderr
    lines = quarantine("list", "--tenant", "studio", data=data).stdout.splitlines()
    assert lines == ["studio/77-3\tmessage\t2026-11-22T10:00:00.000Z\tValueError at x.py:1"]


def test_dropping_needs_a_name_a_tenant_or_all(data: Path) -> None:
    assert quarantine("drop", data=data).returncode == 2
    assert quarantine("drop", "barber/77-1", "barber/77-9", data=data).returncode == 1
    assert len(Quarantine(data / "quarantine").read_all()) == 3
    assert json.loads(quarantine("drop", "barber/77-1", "--json", data=data).stdout) == {"dropped": ["barber/77-1"]}
    assert quarantine("drop", "--tenant", "barber", data=data).stdout == "barber/77-2\n"
    assert quarantine("drop", "--all", data=data).stdout == "studio/77-3\n"
    assert quarantine("list", data=data).stdout == ""


def test_a_replay_waits_for_the_gateway_and_tells_what_came_of_it(data: Path) -> None:
    """A thread stands for the gateway: it takes what is handed over, and fails at one."""
    taking, over = Quarantine(data / "quarantine"), threading.Event()

    def gateway() -> None:
        while not over.is_set():
            if (kept := taking.claim_replay()) is not None:
                taking.finish_replay(kept, "KeyError at y.py:2" if kept.update_id == 2 else None)
            over.wait(0.02)

    worker = threading.Thread(target=gateway)
    worker.start()
    try:
        done = quarantine("replay", "--tenant", "barber", "--json", data=data)
    finally:
        over.set()
        worker.join()
    assert done.returncode == 1
    assert json.loads(done.stdout)["replayed"] == [
        {"name": "barber/77-1", "result": "done"},
        {"name": "barber/77-2", "result": "failed again: KeyError at y.py:2"},
    ]
    assert {kept.name for kept in taking.read_all()} == {"barber/77-2", "studio/77-3"}


def test_what_a_dead_worker_had_taken_comes_back(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Quarantine(data / "quarantine")
    [first, *_] = kept.read_all()
    assert kept.request_replay(first)
    assert kept.claim_replay() == first
    assert kept.claim_replay() is None
    kept.restore_abandoned()
    assert kept.is_pending(first)  # a worker may still be working on it
    monkeypatch.setattr("gateway.updates.quarantine.ABANDONED_S", -1.0)
    kept.restore_abandoned()
    assert kept.contains(first)
