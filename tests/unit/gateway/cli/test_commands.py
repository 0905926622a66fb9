"""The `slotgate` command from outside: what it prints where, and the contract's exit codes."""

import json
import os
import platform
import pty
import resource
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from backend.contract.versions import describe_program
from gateway.cli.options import load_settings
from tests.support.command_line import TOKEN, run_slotgate, run_slotgate_until
from tests.support.ports import free_port

TENANT = "name: Shop\nbot_token: env:SHOP_TOKEN\ntimezone: UTC\nlocale: en\ncurrency: EUR\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tenants").mkdir()
    return tmp_path


def test_check_prints_every_problem_and_exits_3(place: Path) -> None:
    (place / "tenants" / "shop.yaml").write_text(TENANT + "enabled: yes\n")
    done = run_slotgate("tenants", "check", cwd=place)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "tenants/shop.yaml:2:12: bot_token: the environment variable SHOP_TOKEN is not set",
        "tenants/shop.yaml:6:10: enabled: must be true or false",
    ]
    assert "Traceback" not in done.stderr


def test_check_of_good_files_prints_nothing_on_stdout_and_exits_0(place: Path) -> None:
    (place / "tenants" / "shop.yaml").write_text(TENANT)
    done = run_slotgate("tenants", "check", cwd=place, SHOP_TOKEN=TOKEN)
    assert (done.returncode, done.stdout) == (0, "")
    assert TOKEN not in done.stderr


def test_check_as_json(place: Path) -> None:
    (place / "tenants" / "shop.yaml").write_text(TENANT)
    done = run_slotgate("tenants", "check", "--json", cwd=place)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["problems"][0] == {
        "file": "tenants/shop.yaml",
        "line": 2,
        "column": 12,
        "path": "bot_token",
        "message": "the environment variable SHOP_TOKEN is not set",
    }


def test_a_hundred_files_are_checked_in_half_a_second_of_cpu_without_aiogram(place: Path) -> None:
    for i in range(100):
        (place / "tenants" / f"shop{i}.yaml").write_text(TENANT.replace("SHOP_TOKEN", f"SHOP_TOKEN_{i}"))
    tokens = {f"SHOP_TOKEN_{i}": f"{i + 1}:token" for i in range(100)}
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run_slotgate("tenants", "check", cwd=place, PYTHONPROFILEIMPORTTIME="1", **tokens)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-500:]
    for heavy in ("aiogram", "litestar", "sqlalchemy", "aiohttp", "granian"):
        assert f"| {heavy}\n" not in done.stderr.replace("|   ", "| ")
    # the target is 0.5 s (a fifth of it is used); the margin is for import timing and for a slow machine
    assert ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime < 3


def test_list_as_json_and_as_lines(place: Path) -> None:
    (place / "tenants" / "shop.yaml").write_text(TENANT)
    done = run_slotgate("tenants", "list", "--json", cwd=place, SHOP_TOKEN=TOKEN)
    assert json.loads(done.stdout) == {
        "tenants": [
            {
                "slug": "shop",
                "name": "Shop",
                "timezone": "UTC",
                "locale": "en",
                "currency": "EUR",
                "enabled": True,
                "bot_id": 123456,
            }
        ]
    }
    lines = run_slotgate("tenants", "list", cwd=place, SHOP_TOKEN=TOKEN).stdout
    assert lines == "shop\tShop\tUTC\ten\tEUR\tyes\t123456\n"


def test_remove_sets_the_file_aside(place: Path) -> None:
    (place / "tenants" / "shop.yaml").write_text(TENANT)
    assert run_slotgate("tenants", "remove", "shop", cwd=place).returncode == 0
    assert [file.name for file in (place / "tenants").iterdir()] == ["shop.yaml.removed"]
    assert run_slotgate("tenants", "remove", "../shop", cwd=place).returncode == 1
    assert run_slotgate("tenants", "remove", "Shop", cwd=place).returncode == 1


def test_remove_says_so_when_there_was_no_file(place: Path) -> None:
    done = run_slotgate("tenants", "remove", "nowhere", cwd=place)
    assert "There is no" in done.stderr
    assert "is removed" not in done.stderr


def test_the_schema_knows_every_key_of_the_loader(place: Path) -> None:
    schema = json.loads(run_slotgate("tenants", "schema", cwd=place).stdout)
    assert list(schema["properties"]) == [
        "name",
        "bot_token",
        "webhook_secret",
        "timezone",
        "locale",
        "currency",
        "enabled",
        "rate_limits",
        "public",
    ]


def test_the_acl_holds_hashes_only(place: Path) -> None:
    key = "k" * 32
    done = run_slotgate("redis-acl", cwd=place, SLOTGATE_INTERNAL_KEY=key)
    assert done.returncode == 0
    assert done.stdout.startswith("user default off")
    assert key not in done.stdout


def test_the_version_is_told_with_the_revisions_of_the_database(place: Path) -> None:
    done = run_slotgate("--version", cwd=place)
    about = describe_program()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"slotgate {version('slotgate')}, Python {platform.python_version()}\n"
        f"database revision {about['database_revision']}, works from {about['oldest_database_revision']} on\n"
    )


@pytest.mark.parametrize(
    ("arguments", "env", "code", "message"),
    [
        (("nope",), {}, 2, "No such command"),
        (("tenants", "check", "--nope"), {}, 2, "No such option"),
        (("tenants", "check", "--tenants", "missing"), {}, 3, "cannot be read"),
        (("tenants", "check"), {"SLOTGATE_PORT": "x"}, 3, "SLOTGATE_PORT must be a whole number"),
        (("up",), {}, 3, "SLOTGATE_INTERNAL_KEY is not set"),
        (("redis-acl",), {}, 3, "SLOTGATE_INTERNAL_KEY is not set"),
        (("gateway",), {"SLOTGATE_INTERNAL_KEY": "k" * 32}, 2, "SLOTGATE_REDIS_URL"),
    ],
)
def test_failures_are_one_sentence_and_a_code(
    place: Path, arguments: tuple[str, ...], env: dict[str, str], code: int, message: str
) -> None:
    done = run_slotgate(*arguments, cwd=place, **env)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_port_0_is_a_flag_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 9: it was dropped like a switch that is off, so that five tests failed while port 8000 was taken."""
    monkeypatch.setenv("SLOTGATE_PORT", "8000")
    monkeypatch.setenv("SLOTGATE_POLLING", "1")
    settings = load_settings(port=0, polling=False, workers=None)
    assert (settings.port, settings.polling, settings.workers) == (0, True, 1)


class TestUp:
    """What `up` refuses before it starts anything."""

    @staticmethod
    def up(place: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        fixed = {"SLOTGATE_INTERNAL_KEY": "k" * 32, "SHOP_TOKEN": TOKEN}
        fixed["SLOTGATE_BACKEND_URL"] = f"http://127.0.0.1:{free_port()}"
        return run_slotgate("up", *arguments, cwd=place, **{**fixed, **env})

    def test_a_folder_with_nothing_usable(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text("name: [")
        done = self.up(place)
        assert done.returncode == 3
        assert "tenants/shop.yaml:2:1: this is not valid YAML" in done.stderr

    def test_a_taken_port(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text(TENANT)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.up(place, "--port", str(port))
        assert done.returncode == 3
        assert f"Port {port} on 127.0.0.1, where the gateway would listen, is taken" in done.stderr

    def test_a_data_directory_of_the_demo(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text(TENANT)
        (place / "data").mkdir()
        (place / "data" / "demo.json").write_text("{}")
        done = self.up(place)
        assert done.returncode == 3
        assert "holds the demo's data" in done.stderr

    def test_a_redis_that_does_not_answer_is_waited_for(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text(TENANT)
        env = {"SLOTGATE_INTERNAL_KEY": "k" * 32, "SHOP_TOKEN": TOKEN}
        env["SLOTGATE_BACKEND_URL"] = f"http://127.0.0.1:{free_port()}"
        env["SLOTGATE_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}"
        done = run_slotgate_until("Trying again in 2 s", "up", "--port", "0", cwd=place, **env)
        assert done.returncode == 0
        assert "Redis does not answer" in done.stderr
        assert "Traceback" not in done.stderr

    def test_fresh_wipes_nothing_that_is_not_the_demos(self, place: Path) -> None:
        (place / "data").mkdir()
        (place / "data" / "precious").write_text("x")
        done = run_slotgate("demo", "--fresh", "--no-browser", "--port", "0", "--data", "data", cwd=place)
        assert done.returncode == 3
        assert "not the demo's" in done.stderr
        assert (place / "data" / "precious").exists()


class TestGatewayAlone:
    """What `slotgate gateway` refuses when it looks at its neighbours."""

    @staticmethod
    def gateway(place: Path, **env: str) -> subprocess.CompletedProcess[str]:
        (place / "tenants" / "shop.yaml").write_text(TENANT)
        fixed = {"SLOTGATE_INTERNAL_KEY": "k" * 32, "SHOP_TOKEN": TOKEN}
        return run_slotgate("gateway", "--port", "0", cwd=place, **{**fixed, **env})

    def test_a_redis_that_is_not_there_ends_nothing(self, place: Path) -> None:
        (place / "tenants" / "shop.yaml").write_text(TENANT)
        env = {"SLOTGATE_INTERNAL_KEY": "k" * 32, "SHOP_TOKEN": TOKEN}
        env["SLOTGATE_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}"
        done = run_slotgate_until("Application startup complete", "gateway", "--port", "0", cwd=place, **env)
        assert done.returncode == 0
        assert "Redis does not answer" in done.stderr
        assert "Traceback" not in done.stderr

    def test_no_usable_tenant(self, place: Path) -> None:
        done = self.gateway(place, SLOTGATE_REDIS_URL="redis://127.0.0.1:1", SHOP_TOKEN="")
        assert done.returncode == 3
        assert "SHOP_TOKEN is not set" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a terminal of our own")
@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_no_color_is_honoured_on_a_terminal(place: Path, no_color: str, coloured: bool) -> None:
    ours, theirs = pty.openpty()
    env = {
        "PATH": os.environ["PATH"],
        "NO_COLOR": no_color,
        "TERM": "xterm",
        "SLOTGATE_BACKEND_URL": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "gateway", "tenants", "doctor"]
    done = subprocess.run(
        command,
        cwd=place,
        env={**env, "PYTHONPATH": str(Path(__file__).parents[4])},
        stdout=theirs,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert done.returncode == 3
    assert b"FAIL" in shown
    assert (b"\x1b[3" in shown) == coloured
