"""The production files hold together: names, ports and hardening of `compose.yml`, the Dockerfiles and nginx."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.contract.redis import USERS, acl_lines
from gateway.errors import Misconfigured

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.load((ROOT / "compose.yml").read_text(), yaml.CSafeLoader)
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_container_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 256
    assert "mem_limit" in service
    assert not service.get("privileged")
    if "build" not in service:
        assert re.search(r":\d+\.\d+", service["image"]), "an image without a version changes under our feet"


def test_only_nginx_is_reachable_from_outside_and_only_through_the_gateway() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["networks"] == ["edge"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["redis"]["networks"] == SERVICES["backend"]["networks"] == ["inside"]
    nginx = (ROOT / "gateway" / "nginx.conf").read_text()
    assert "server gateway:8000 max_fails=0;" in nginx
    for port in re.findall(r"listen (\d+)", nginx):
        assert any(published.endswith(f":{port}") for published in SERVICES["nginx"]["ports"])


def test_the_gateway_believes_the_network_that_it_shares_with_nginx_alone() -> None:
    [subnet] = COMPOSE["networks"]["edge"]["ipam"]["config"]
    assert SERVICES["gateway"]["environment"]["SLOTGATE_TRUSTED_PROXIES"] == subnet["subnet"]
    assert [name for name, service in SERVICES.items() if "edge" in service.get("networks", [])] == ["nginx", "gateway"]


@pytest.mark.parametrize("name", ["nginx", "gateway", "backend", "redis"])
def test_everything_that_serves_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["gateway", "backend", "redis"])
def test_what_hangs_is_ended_by_its_health_check(name: str) -> None:
    """Docker restarts a container that has ended, never one that is unhealthy."""
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    # a process cannot kill the first one of its container, but init ends with its child
    assert service["init"] is True
    command = " ".join(service["healthcheck"]["test"])
    assert "container_health.py" in command or "pkill -9 redis-server" in command


UNITS = sorted((ROOT / "gateway" / "systemd").glob("*.service"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_the_units_and_finds_them_shut(unit: Path, tmp_path: Path) -> None:
    # the program and its secrets are not installed here
    here = tmp_path / unit.name
    text = unit.read_text().replace("/opt/slotgate/bin/slotgate", "/bin/true")
    here.write_text(text.replace("EnvironmentFile=", "EnvironmentFile=-"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    # 0 is shut, 10 is open; the network and the machine's files for reading are what is left
    security = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", str(unit)]
    examined = subprocess.run(security, capture_output=True, text=True, timeout=60, check=False)
    assert examined.returncode == 0, examined.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_comes_back_except_for_a_wrong_configuration(unit: Path) -> None:
    settings = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")
    assert settings["Restart"] == "always"
    assert settings["RestartPreventExitStatus"] == str(Misconfigured.exit_code)
    assert settings["Type"] == "notify"
    assert int(settings["TimeoutStopSec"]) > 3 * 10


def test_there_is_a_unit_for_each_way_to_serve() -> None:
    assert sorted(unit.stem for unit in UNITS) == ["slotgate", "slotgate-backend", "slotgate-gateway"]


def test_a_gateway_is_given_longer_than_its_drain() -> None:
    for name in ("gateway", "backend"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 10


@pytest.mark.parametrize("package", ["backend", "gateway"])
def test_images_run_as_nobody_with_pinned_tools(package: str) -> None:
    text = (ROOT / package / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"uv==\d+\.\d+\.\d+", text)
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("package", ["backend", "gateway"])
def test_images_hold_compiled_modules(package: str) -> None:
    text = (ROOT / package / "Dockerfile").read_text()
    installing = [line for line in text.splitlines() if "uv sync" in line]
    assert "PYTHONDONTWRITEBYTECODE=1" in text
    assert "--compile-bytecode" in installing[-1]
    assert "compileall -q backend bot gateway" in installing[-1]


def test_no_secret_is_written_into_the_files() -> None:
    text = (ROOT / "compose.yml").read_text()
    assert "SLOTGATE_INTERNAL_KEY: ${SLOTGATE_INTERNAL_KEY:?set it in .env}" in text
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {".env", "/secrets/"} <= set(ignored)


def test_the_acl_file_names_the_three_users_and_shuts_the_default_one() -> None:
    lines = acl_lines("a key")
    assert [line.split()[1] for line in lines] == ["default", *USERS]
    assert " off " in lines[0]
    assert all("resetchannels" in line for line in lines)
