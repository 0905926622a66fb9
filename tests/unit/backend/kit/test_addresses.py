"""Addresses as people write them: every password arrives as it was meant, and a bad address is refused without being shown."""

from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy.engine import make_url

from backend.kit.addresses import (
    BadAddress,
    database_address,
    parse_address,
    proxy_address,
    redis_address,
    sqlite_address,
)

PASSWORDS = [
    "plain",
    "p@ss",
    "a:b",
    "a/b",
    "50%",
    "100%zz",
    "#1",
    "a?b=c",
    "[x]",
    "a b",
    "пароль",
    "a@b:c/d%e#f?g[h] i",
    "'\"\\",
]


@pytest.mark.parametrize("encoded", [False, True], ids=["as it is", "percent-encoded"])
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_of_any_characters_arrives(password: str, encoded: bool) -> None:
    written = quote(password, safe="") if encoded else password
    parsed = make_url(database_address(f"postgres://us%40er:{written}@db.example:5433/sl%20ot"))
    assert (parsed.drivername, parsed.username, parsed.password) == ("postgresql+asyncpg", "us@er", password)
    assert (parsed.host, parsed.port, parsed.database) == ("db.example", 5433, "sl ot")
    again = parse_address(redis_address(f"redis://:{written}@[::1]:6380/3"))
    assert tuple(again) == ("redis", "", password, "::1", 6380, "/3")
    assert redis_address(again.encode()) == again.encode()
    assert parse_address(proxy_address(f"socks5h://u:{written}@proxy")).password == password


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://db/slotgate", "postgresql+asyncpg://db/slotgate"),
        ("postgres://db/slotgate?sslmode=require", "postgresql+asyncpg://db/slotgate?ssl=require"),
        ("postgresql+asyncpg://u@/db?host=/run/a b", "postgresql+asyncpg://u@/db?host=%2Frun%2Fa+b"),
        ("sqlite:///data/x.db", "sqlite+aiosqlite:///data/x.db"),
        ("sqlite+aiosqlite:////srv/a#b/x.db", "sqlite+aiosqlite:////srv/a#b/x.db"),
    ],
)
def test_a_database_is_named_in_the_ways_that_people_know(written: str, read: str) -> None:
    assert database_address(written) == read


@pytest.mark.parametrize("name", ["plain", "a b", "a%41", "a#b", "a?b", "ü 日本", "a\nb", "a@b:c", "'\"\\$", " x "])
def test_a_folder_of_any_name_has_an_address(name: str) -> None:
    assert make_url(sqlite_address(Path("/srv") / name)).database == f"/srv/{name}/sqlite/booking.db"


@pytest.mark.parametrize("path", ["/run/redis.sock", "/run/a b@c/r%d.sock", "/run/a%20b/r.sock"])
def test_a_socket_has_an_address(path: str) -> None:
    rest = parse_address(redis_address(f"unix://{path}")).rest
    assert rest == quote(path.replace("%20", " "))


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (database_address, "mysql://u:hush@h/db"),
        (database_address, "postgresql+psycopg://u:hush@h/db"),
        (database_address, "postgres://u:hush@h"),
        (database_address, "postgres://u:hush@h/db/more"),
        (database_address, "postgres://u:hush@h:port/db"),
        (database_address, "postgres://u:hush@h:0/db"),
        (database_address, "postgres://u:hush@h:65536/db"),
        (database_address, "postgres://u:hush@h:99999999999999999999/db"),
        (database_address, "postgres://u:hush@h h/db"),
        (database_address, "postgres://u:hush@h/db?channel_binding=require"),
        (database_address, "postgres://u:hush@h/db?sslmode=hush"),
        (database_address, "postgres://u:hush@h/db?ssl="),
        (database_address, "sqlite:///"),
        (database_address, "sqlite:///:memory:"),
        (database_address, "sqlite:///a?hush"),
        (database_address, "sqlite://hush"),
        (database_address, "hush"),
        (redis_address, "http://u:hush@h"),
        (redis_address, "redis://u:hush@h:x/0"),
        (redis_address, "redis://u:hush@h/zero"),
        (redis_address, "redis://u:hush@h?db=1"),
        (redis_address, "redis://u:hush@[::1/0"),
        (redis_address, "redis://u:hush@::1/0"),
        (redis_address, "unix://hush"),
        (redis_address, "redis.example:6379"),
        (proxy_address, "https://u:hush@h:1"),
        (proxy_address, "socks4://h:1"),
        (proxy_address, "http://u:hush@h:1/path"),
        (proxy_address, "socks5://"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_shown(read: "type[str]", written: str) -> None:
    with pytest.raises(BadAddress) as caught:
        read(written)
    assert "hush" not in str(caught.value)
