"""Values that look odd, through the real command: taken as they are, or refused with one sentence and no secret."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandServer
from tests.support.ports import free_port

KEY = "k" * 32
HUSH = "hush-hush-hush"  # no output may hold it
NAMES = [" 50%41 a#b?c@d:e ", "ü-日本\nx", "-$(id)'\"\\~", "n" * 200]
UP = ("up", "--port", "0")


@pytest.mark.parametrize("name", NAMES)
def test_a_data_directory_of_any_name(commands: CommandServer, tmp_path: Path, name: str) -> None:
    environment = {"SLOTGATE_INTERNAL_KEY": KEY, "SLOTGATE_DATA_DIR": str(tmp_path / name)}
    done = commands.run("migrate", cwd=tmp_path, **environment)
    assert (done.returncode, (tmp_path / name / "sqlite" / "booking.db").is_file()) == (0, True), done.stderr
    copy = tmp_path / f"copy {name[:100]}"
    done = commands.run("backup", str(copy), cwd=tmp_path, **environment)
    assert (done.returncode, copy.is_file()) == (0, True), done.stderr
    done = commands.run("restore", str(copy), cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, copy.name])


@pytest.mark.parametrize("name", NAMES)
def test_a_tenants_folder_of_any_name(commands: CommandServer, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "shop.yaml").write_text("name: Shop\nbot_token: file:token\n")
    (folder / "token").write_text("123456:a-token-of-the-tests")
    (folder / "token").chmod(0o600)
    done = commands.run("tenants", "check", cwd=tmp_path, SLOTGATE_TENANTS_DIR=str(folder))
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be read" not in done.stderr


REFUSED: list[tuple[tuple[str, ...], dict[str, str], int, str]] = [
    # ports
    (UP, {"SLOTGATE_PORT": "80a"}, 3, "SLOTGATE_PORT must be a whole number"),
    (UP, {"SLOTGATE_PORT": "-1"}, 3, "SLOTGATE_PORT must be a whole number"),
    (UP, {"SLOTGATE_PORT": "٨٠"}, 3, "SLOTGATE_PORT must be a whole number"),
    (("tenants", "check"), {"SLOTGATE_PORT": "65536"}, 3, "SLOTGATE_PORT must be between 0 and 65535"),
    (("tenants", "check"), {"SLOTGATE_PORT": "9" * 5000}, 3, "SLOTGATE_PORT must be a whole number"),
    (("up", "--port", "x"), {}, 2, "--port"),
    (("up", "--port", "65536"), {}, 2, "--port"),
    (("demo", "--port", "-1"), {}, 2, "--port"),
    (("demo", "--port", "65534"), {}, 2, "--port"),
    (("backend", "--port", "70000"), {}, 2, "--port"),
    (UP, {"SLOTGATE_BACKEND_URL": "http://127.0.0.1:x"}, 3, "SLOTGATE_BACKEND_URL"),
    (UP, {"SLOTGATE_BACKEND_URL": "http://127.0.0.1:0"}, 3, "SLOTGATE_BACKEND_URL"),
    (("backend",), {"SLOTGATE_BACKEND_URL": "http://127.0.0.1:99999"}, 3, "SLOTGATE_BACKEND_URL"),
    (UP, {"SLOTGATE_WORKERS": "many"}, 3, "SLOTGATE_WORKERS must be a whole number"),
    # keys
    (UP, {"SLOTGATE_INTERNAL_KEY": HUSH}, 3, "fewer than 32 characters"),
    (("migrate",), {"SLOTGATE_INTERNAL_KEY": HUSH}, 3, "fewer than 32 characters"),
    (UP, {"SLOTGATE_INTERNAL_KEY": f"{HUSH} with spaces, and long enough"}, 3, "visible ASCII"),
    (UP, {"SLOTGATE_INTERNAL_KEY": f"{HUSH}ключключключключключ"}, 3, "visible ASCII"),
    # databases
    (("migrate",), {"SLOTGATE_DATABASE_URL": f"mysql://u:{HUSH}@h/db"}, 3, "SLOTGATE_DATABASE_URL must begin with"),
    (("migrate",), {"SLOTGATE_DATABASE_URL": f"postgres://u:{HUSH}@h:port/db"}, 3, "has a port that is no number"),
    (("migrate",), {"SLOTGATE_DATABASE_URL": f"postgres://u:{HUSH}@h"}, 3, "must name one database"),
    (("migrate",), {"SLOTGATE_DATABASE_URL": f"postgres://u:{HUSH}@h/d?x={HUSH}"}, 3, "has the parameter 'x'"),
    (("backup", "x"), {"SLOTGATE_DATABASE_URL": "sqlite:///:memory:"}, 3, "must have the form"),
    (("migrate",), {"SLOTGATE_DATA_DIR": "n" * 300}, 3, "File name too long"),
    (UP, {"SLOTGATE_DATA_DIR": "n" * 300}, 3, "File name too long"),
    (("migrate",), {"SLOTGATE_DATA_DIR": "a-file/data"}, 3, "Not a directory"),
    (("tenants", "check"), {"SLOTGATE_TENANTS_DIR": "n" * 300}, 3, "cannot be read"),
    (("restore", "n" * 300), {}, 3, "File name too long"),
    # Redis
    (UP, {"SLOTGATE_REDIS_URL": f"http://u:{HUSH}@h"}, 3, "SLOTGATE_REDIS_URL must begin with redis://"),
    (UP, {"SLOTGATE_REDIS_URL": f"redis://u:{HUSH}@h:x"}, 3, "SLOTGATE_REDIS_URL has a port that is no number"),
    (UP, {"SLOTGATE_REDIS_URL": f"redis://u:{HUSH}@h/zero"}, 3, "SLOTGATE_REDIS_URL may name the number"),
    (UP, {"SLOTGATE_REDIS_URL": f"redis://u:{HUSH}@:h#?["}, 3, "SLOTGATE_REDIS_URL"),
    # Telegram's own rules for webhooks
    (UP, {"SLOTGATE_PUBLIC_URL": "http://bots.example"}, 3, "must begin with https://"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example:8444"}, 3, "must have one of the ports 443, 80, 88, 8443"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://localhost"}, 3, "must name a host that the internet knows"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots"}, 3, "must name a host that the internet knows"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.local"}, 3, "must name a host that the internet knows"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://192.168.1.2"}, 3, "no private and no IPv6"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://[2606:4700::1]"}, 3, "no private and no IPv6"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://боты.рф"}, 3, "in ASCII (xn--…)"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example/a b"}, 3, "may have a path of letters"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example/../a"}, 3, "may have a path of letters"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example/a%2Fb"}, 3, "may have a path of letters"),
    (UP, {"SLOTGATE_PUBLIC_URL": f"https://u:{HUSH}@bots.example"}, 3, "without credentials"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example?a=b"}, 3, "without credentials or a query"),
    (UP, {"SLOTGATE_PUBLIC_URL": "https://bots.example:x"}, 3, "SLOTGATE_PUBLIC_URL"),
    # a proxy to Telegram
    (UP, {"SLOTGATE_TELEGRAM_PROXY": f"https://u:{HUSH}@h:1"}, 3, "SLOTGATE_TELEGRAM_PROXY must have the form"),
    (UP, {"HTTPS_PROXY": f"socks4://u:{HUSH}@h:1"}, 3, "HTTPS_PROXY must have the form"),
    (UP, {"ALL_PROXY": f"socks5://u:{HUSH}@h:x"}, 3, "ALL_PROXY has a port that is no number"),
]


@pytest.mark.parametrize(("arguments", "environment", "code", "sentence"), REFUSED)
def test_it_is_refused_with_a_sentence(
    commands: CommandServer,
    tmp_path: Path,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "a-file").write_text("")
    done = commands.run(*arguments, cwd=tmp_path, **{"SLOTGATE_INTERNAL_KEY": KEY, **environment})
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
    assert HUSH not in done.stdout + done.stderr
    if code == 3:
        assert len(done.stderr.strip().splitlines()) <= 3


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
@pytest.mark.parametrize("password", [f"{HUSH}@:/%#?[] ü", f"{HUSH}%40"])
def test_a_database_that_is_away_is_named_without_its_password(
    commands: CommandServer, tmp_path: Path, scheme: str, password: str
) -> None:
    url = f"{scheme}://user:{password}@127.0.0.1:{free_port()}/slotgate"
    done = commands.run("migrate", cwd=tmp_path, SLOTGATE_INTERNAL_KEY=KEY, SLOTGATE_DATABASE_URL=url)
    assert done.returncode == 4, done.stderr
    assert "127.0.0.1" in done.stderr
    assert HUSH not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("public", "environment"),
    [
        ("https://bots.example", {}),
        ("https://Bots.Example:8443/a/b-c_d.e~f/", {}),
        ("https://xn--90a5ai.xn--p1ai:88", {}),
        ("https://8.8.8.8", {}),
        # a Bot API server of one's own has rules of its own
        ("http://127.0.0.1:5000", {"SLOTGATE_TELEGRAM_API_URL": "http://127.0.0.1:8081"}),
        ("http://localhost", {"SLOTGATE_POLLING": "1"}),
    ],
)
def test_an_address_that_telegram_takes(
    commands: CommandServer, tmp_path: Path, public: str, environment: dict[str, str]
) -> None:
    (tmp_path / "tenants").mkdir()
    done = commands.run("tenants", "check", cwd=tmp_path, SLOTGATE_PUBLIC_URL=public, **environment)
    assert done.returncode == 0, done.stderr
