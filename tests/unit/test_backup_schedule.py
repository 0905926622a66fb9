"""The timer, its service and Litestream's configuration, as the programs that read them see them."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "gateway" / "systemd" / "backup"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_takes_the_timer_and_its_service(tmp_path: Path) -> None:
    # the program and its secrets are not installed here
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/opt/slotgate/bin/slotgate", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("EnvironmentFile=", "EnvironmentFile=-"))
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    assert [Path(path).suffix for path in units] == [".service", ".timer"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    service = str(UNITS / "slotgate-backup.service")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", service]
    security = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert security.returncode == 0, security.stdout


def test_litestream_copies_the_file_that_the_product_makes() -> None:
    [database] = yaml.safe_load((ROOT / "gateway" / "litestream.yml").read_text())["dbs"]
    assert database["path"] == "${SLOTGATE_DATA_DIR}/sqlite/booking.db"
