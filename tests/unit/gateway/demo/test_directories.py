"""Where the demo takes its tenants and keeps its data: what was said counts, also where it is the usual place."""

from pathlib import Path

import pytest

from gateway.demo.run import choose_directories
from gateway.supervisor.data_directory import DEMO_MARKER


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SLOTGATE_TENANTS_DIR", "SLOTGATE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_nothing_said_are_the_samples_and_a_directory_of_its_own(elsewhere: Path) -> None:
    found = choose_directories(None, None)
    assert (found["tenants_dir"] / "barber.yaml").is_file()
    assert found["data_dir"] == Path("data")
    (elsewhere / "data" / "sqlite").mkdir(parents=True)
    assert choose_directories(None, None)["data_dir"] == Path("data/demo")
    (elsewhere / "data" / DEMO_MARKER).write_text("{}")
    assert choose_directories(None, None)["data_dir"] == Path("data")


def test_what_was_said_counts(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue: `--tenants tenants` is the default's name, and the samples were served instead."""
    (elsewhere / "data" / "sqlite").mkdir(parents=True)
    said = {"tenants_dir": Path("tenants"), "data_dir": Path("data")}
    assert choose_directories(Path("tenants"), Path("data")) == said
    monkeypatch.setenv("SLOTGATE_TENANTS_DIR", "tenants")
    monkeypatch.setenv("SLOTGATE_DATA_DIR", "data")
    assert choose_directories(None, None) == said
