"""Tenants' files that are really bind-mounted, as containers have them: a change outside is served inside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

FILE = "name: {name}\nbot_token: '1:token-of-the-tests'\ntimezone: UTC\nlocale: en\ncurrency: EUR\n"
INSIDE = """
import asyncio, sys
from pathlib import Path
from gateway.tenants.directory import Changes, Directory
from gateway.tenants.watcher import watch_directory

living = Directory(Path(sys.argv[1]), env={}, internal_key="key", literals_allowed=True)

async def tell(_: Changes) -> None:
    print(living.tenants["one"].name, flush=True)

asyncio.run(watch_directory(living, tell, rescan_s=0.2))
"""


def _may_mount() -> bool:
    command = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not _may_mount(), reason="this system lets nobody mount")
@pytest.mark.parametrize("what", ["the folder", "one file"])
def test_a_change_outside_of_a_bind_mount_is_served(tmp_path: Path, what: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "one.yaml").write_text(FILE.format(name="before"))
    end = "" if what == "the folder" else "/one.yaml"
    if end:
        (inside / "one.yaml").touch()
    script = f'mount --bind "{outside}{end}" "{inside}{end}" && exec "{sys.executable}" -c "$0" "{inside}"'
    process = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, INSIDE],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "before\n"
        # into the same file: a mounted file follows its inode, not its name
        (outside / "one.yaml").write_text(FILE.format(name="after"))
        assert process.stdout.readline() == "after\n"
    finally:
        process.kill()
        process.communicate(timeout=10)
