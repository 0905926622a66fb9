"""`slotgate tenants new`: by flags, by questions on a terminal, and as a diff."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, TOKEN, run_slotgate


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tenants").mkdir()
    return tmp_path


class TestNew:
    def test_a_new_file_is_what_check_accepts(self, place: Path) -> None:
        name = 'Anna\'s "Nails": № 1 # best'
        done = run_slotgate("tenants", "new", "anna-nails", "--name", name, "--timezone", "Europe/Riga", cwd=place)
        assert (done.returncode, done.stdout) == (0, "tenants/anna-nails.yaml\n")
        listed = run_slotgate("tenants", "list", "--json", cwd=place, ANNA_NAILS_BOT_TOKEN=TOKEN)
        assert json.loads(listed.stdout)["tenants"][0]["name"] == name
        text = (place / "tenants" / "anna-nails.yaml").read_text()
        assert text.startswith("# yaml-language-server: $schema=.tenant.schema.json\n")
        assert json.loads((place / "tenants" / ".tenant.schema.json").read_text())["title"] == "Slotgate tenant"

    def test_a_dry_run_prints_the_diff_and_writes_nothing(self, place: Path) -> None:
        done = run_slotgate("tenants", "new", "shop", "--dry-run", cwd=place)
        assert done.returncode == 0
        assert done.stdout.startswith("--- /dev/null\n+++ tenants/shop.yaml\n")
        assert list((place / "tenants").iterdir()) == []

    def test_what_is_not_said_is_left_to_the_bot(self, place: Path) -> None:
        done = run_slotgate("tenants", "new", "shop", "--template", "classes", "--locale", "ru", cwd=place)
        assert (done.returncode, done.stdout) == (0, "tenants/shop.yaml\ntenants/business/shop.yaml\n")
        listed = run_slotgate("tenants", "check", cwd=place, SHOP_BOT_TOKEN=TOKEN)
        assert listed.returncode == 0, listed.stderr

    def test_an_existing_file_is_never_overwritten(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text("mine")
        assert run_slotgate("tenants", "new", "shop", cwd=place).returncode == 1
        assert (place / "tenants" / "shop.yaml").read_text() == "mine"

    @pytest.mark.parametrize(
        "arguments",
        [("Shop",), ("shop", "--timezone", "Mars/Base"), ("shop", "--bot-token", TOKEN), ("shop", "--name", "")],
    )
    def test_bad_answers_are_usage_errors(self, place: Path, arguments: tuple[str, ...]) -> None:
        done = run_slotgate("tenants", "new", *arguments, cwd=place)
        assert done.returncode == 2
        assert TOKEN not in done.stdout + done.stderr
        assert list((place / "tenants").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a terminal of our own")
class TestNewOnATerminal:
    """Flags that are missing are asked for; the questions are on stderr, so that stdout stays data."""

    @staticmethod
    def new(place: Path, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        ours, theirs = pty.openpty()
        try:
            os.write(ours, typed.encode())
            done = subprocess.run(
                [sys.executable, "-m", "gateway", "tenants", "new", *arguments],
                cwd=place,
                env={"PATH": os.environ["PATH"], "NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
                stdin=theirs,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            os.close(theirs)
            os.close(ours)
        return done

    def test_what_is_missing_is_asked_and_a_bad_answer_is_asked_again(self, place: Path) -> None:
        typed = "Hair & Co\nMars/Base\nEurope/Riga\nen\n\nenv:HAIR\n"
        done = self.new(place, typed, "hair")
        assert (done.returncode, done.stdout) == (0, "tenants/hair.yaml\n"), done.stderr
        assert "Mars/Base is not a zone" in done.stderr
        listed = run_slotgate("tenants", "list", cwd=place, HAIR=TOKEN)
        assert listed.stdout == "hair\tHair & Co\tEurope/Riga\ten\tUSD\tyes\t123456\n"

    def test_flags_are_not_asked_for_and_a_dry_run_still_writes_nothing(self, place: Path) -> None:
        flags = ("--name", "Hair", "--timezone", "UTC", "--locale", "ru", "--bot-token", "env:HAIR", "--dry-run")
        done = self.new(place, "RUB\n", "hair", *flags)
        assert done.returncode == 0, done.stderr
        assert "+currency: RUB\n" in done.stdout
        assert "Its currency" in done.stderr
        assert "Its time zone" not in done.stderr
        assert list((place / "tenants").iterdir()) == []
