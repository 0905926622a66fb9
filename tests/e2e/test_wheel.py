"""What is built serves anywhere: the wheel has all that the programs read, and runs in an empty directory."""

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.ports import free_ports
from tests.support.running_demo import ROOT, RunningDemo, start_slotgate

# What is no module and is read by one.
DATA = (".ftl", ".lua", ".html", ".css", ".js", ".svg", ".ttf", ".mako", ".yaml", ".txt", ".typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the builder that is installed: nothing is fetched."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (built_wheel,) = out.glob("slotgate-*.whl")
    return built_wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content as an installer lays it down; the libraries are this interpreter's."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git here to list the repository's files with")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _place(name: str) -> str:
    """Where a file of the repository stands in the wheel."""
    if name.startswith("alembic/"):
        return name.replace("alembic/", "backend/migrations/", 1)
    return name.replace("tenants/demo/", "gateway/samples/", 1)


def test_the_wheel_has_every_module_and_every_file_that_modules_read(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packages = ("backend/", "bot/", "gateway/", "alembic/", "tenants/demo/")
    expected = {
        _place(name)
        for name in _tracked()
        if name.startswith(packages) and name.endswith((".py", *DATA)) and "/docs/" not in name
    }
    assert len(expected) > 300
    assert not expected - names
    kinds = {Path(name).suffix for name in names}
    assert {".ftl", ".lua", ".html", ".ttf", ".mako", ".yaml"} <= kinds


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        top = name.split("/")[0]
        assert top in ("backend", "bot", "gateway") or top.endswith(".dist-info"), name
        assert "__pycache__" not in name, name
        assert not name.endswith((".md", ".png", "Dockerfile", "nginx.conf")), name


async def test_it_migrates_and_serves_the_demo_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    async def command(*arguments: str) -> tuple[int, str]:
        process = await start_slotgate(*arguments, cwd=tmp_path, PYTHONPATH=str(installed))
        out, errors = await process.communicate()
        return process.returncode or 0, (out + errors).decode()

    newest = max(file.stem[:4] for file in (installed / "backend" / "migrations" / "versions").glob("[0-9]*.py"))
    assert await command("migrate") == (0, f"The database is at version {newest}.\n")
    assert (tmp_path / "data" / "sqlite" / "booking.db").is_file()
    # what stands in `data` now is not the demo's: it keeps apart from it
    ports = free_ports(3)
    process = await start_slotgate(
        "demo", "--no-browser", "--port", str(ports[0]), cwd=tmp_path, PYTHONPATH=str(installed)
    )
    demo = RunningDemo(process, ports, tmp_path / "data" / "demo")
    try:
        await demo.wait_ready()
    finally:
        code = await demo.stop(signal.SIGINT)
    assert code == 0
    assert (tmp_path / "data" / "demo" / "sqlite" / "booking.db").is_file()
