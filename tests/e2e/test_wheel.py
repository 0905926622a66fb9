"""What is built serves anywhere: the wheel has all that the programs read, and runs in an empty directory."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.support.command_line import ROOT
from tests.support.ports import free_ports
from tests.support.running_demo import RunningDemo, start_slotgate

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
def other_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another project's distribution with packages of our names, each of which says that it was imported."""
    path = tmp_path_factory.mktemp("other") / "other_bot-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for package in ("backend", "bot", "gateway"):
            archive.writestr(f"{package}/__init__.py", f"raise SystemExit('{package} of somebody else')")
        about = "other_bot-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: other-bot\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, other_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with both wheels, ours first; the libraries are this interpreter's."""
    environment = tmp_path_factory.mktemp("environment")
    _uv("venv", "--python", sys.executable, str(environment))
    python = environment / "bin" / "python"
    for built in (wheel, other_wheel):
        _uv("pip", "install", "--offline", "--no-deps", "--python", str(python), str(built))
    (site,) = environment.glob("lib/python3*/site-packages")
    # a folder that is added this way adds none of its own: the repository, which is installed there, is not seen
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return environment


def _uv(*arguments: str) -> None:
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        pytest.skip("no uv here to install a wheel with")
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git here to list the repository's files with")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _place(name: str) -> str:
    """Where a file of the repository stands in the wheel."""
    if name.startswith("alembic/"):
        return name.replace("alembic/", "slotgate/backend/migrations/", 1)
    if name == "gateway/launch/slotgate.py":
        return "slotgate/__init__.py"
    return "slotgate/" + name.replace("tenants/demo/", "gateway/samples/", 1)


def test_the_wheel_has_every_module_and_every_file_that_modules_read(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packages = ("backend/", "bot/", "gateway/", "alembic/", "tenants/demo/")
    expected = {
        _place(name)
        for name in _tracked()
        if name.startswith(packages)
        and name.endswith((".py", *DATA))
        and not name.endswith("wheel_hook.py")
        and "/docs/" not in name
    }
    assert len(expected) > 300
    assert not expected - names
    kinds = {Path(name).suffix for name in names}
    assert {".ftl", ".lua", ".html", ".ttf", ".mako", ".yaml"} <= kinds


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        top = name.split("/")[0]
        assert top == "slotgate" or top.endswith(".dist-info"), name
        assert "__pycache__" not in name, name
        assert not name.endswith((".md", ".png", "Dockerfile", "nginx.conf")), name


def _migrations(installed: Path) -> list[Path]:
    """Return the migrations that were installed."""
    return list(installed.glob("lib/*/site-packages/slotgate/backend/migrations/versions/[0-9]*.py"))


async def test_it_serves_the_demo_beside_packages_of_the_same_names(installed: Path, tmp_path: Path) -> None:
    slotgate = [str(installed / "bin" / "slotgate")]

    async def command(*arguments: str) -> tuple[int, str]:
        process = await start_slotgate(*arguments, cwd=tmp_path, command=slotgate)
        out, errors = await process.communicate()
        return process.returncode or 0, (out + errors).decode()

    newest = max(file.stem[:4] for file in _migrations(installed))
    assert await command("migrate") == (0, f"The database is at version {newest}.\n")
    assert (tmp_path / "data" / "sqlite" / "booking.db").is_file()
    # what stands in `data` now is not the demo's: it keeps apart from it
    ports = free_ports(3)
    process = await start_slotgate("demo", "--no-browser", "--port", str(ports[0]), cwd=tmp_path, command=slotgate)
    demo = RunningDemo(process, ports, tmp_path / "data" / "demo")
    try:
        await demo.wait_ready()
    finally:
        code = await demo.stop(signal.SIGINT)
    assert code == 0
    assert (tmp_path / "data" / "demo" / "sqlite" / "booking.db").is_file()
