"""Addresses as people write them: with passwords that hold any character, percent-encoded or not."""

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

SQLITE = "sqlite+aiosqlite:///"
POSTGRESQL = "postgresql+asyncpg"
_ENCODED = re.compile(r"\A(?:[^%]|%[0-9A-Fa-f]{2})*\Z", re.DOTALL)
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*\Z")
_HOST = re.compile(r"\A[^\s/?#@%\[\]:\x00-\x20\x7f]*\Z")
_BRACKETED = re.compile(r"\A\[([0-9A-Fa-f:.]+)\](?::(.*))?\Z", re.DOTALL)
# what other libraries call these databases
_POSTGRES_SCHEMES = ("postgres", "postgresql", POSTGRESQL)
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_PARAMETERS = {"host": "host", "port": "port", "ssl": "ssl", "sslmode": "ssl"}


class BadAddress(ValueError):
    """An address that cannot be read. Its words say what is wrong, after "…_URL ", and nothing of the address."""


class Address(NamedTuple):
    """The parts of an address. `user` and `password` are plain text, None where there is none; `rest` follows the host."""

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None
    rest: str

    def encode(self) -> str:
        """Return the address with its credentials percent-encoded, as every library reads it."""
        credentials = ""
        if self.user is not None:
            password = "" if self.password is None else f":{quote(self.password, safe='')}"
            credentials = f"{quote(self.user, safe='')}{password}@"
        port = "" if self.port is None else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{credentials}{host}{port}{self.rest}"


def parse_address(text: str) -> Address:
    """Return the parts of an address. Raises BadAddress.

    The credentials reach to the last @. They are taken as percent-encoded if they can be, else as they are.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.match(scheme):
        raise BadAddress("has no scheme such as https://")
    credentials, at, place = ("", "", rest) if rest.startswith("/") else rest.rpartition("@")
    end = next((index for index, character in enumerate(place) if character in "/?#"), len(place))
    host, port = _split_port(place[:end])
    if not at:
        return Address(scheme.lower(), None, None, host, port, place[end:])
    user, colon, password = credentials.partition(":")
    return Address(scheme.lower(), _decode(user), _decode(password) if colon else None, host, port, place[end:])


def redis_address(text: str) -> str:
    """Return the address of a Redis as our clients read it. Raises BadAddress."""
    address = parse_address(text)
    if address.scheme == "unix":
        if not address.rest.strip("/") or address.host:
            raise BadAddress("must have the form unix:///path/of/the.sock")
        return address._replace(rest=quote(_decode(address.rest))).encode()
    if address.scheme not in ("redis", "rediss"):
        raise BadAddress("must begin with redis://, rediss:// or unix://")
    if not re.fullmatch(r"/?|/[0-9]{1,4}", address.rest):
        raise BadAddress("may name the number of a database after the host, and nothing else")
    return address.encode()


def database_address(text: str) -> str:
    """Return the address of a database as SQLAlchemy reads it. Raises BadAddress."""
    scheme, _, rest = text.partition("://")
    if scheme in ("sqlite", SQLITE.partition(":")[0]):
        path = rest.removeprefix("/")
        if path == rest or not path or path.startswith(":"):
            raise BadAddress(f"must have the form {SQLITE}path/of/booking.db")
        if "?" in path:
            raise BadAddress("has a ? in the path of its file: write %3F")
        return SQLITE + path
    if scheme not in _POSTGRES_SCHEMES:
        raise BadAddress(f"must begin with {SQLITE} or {POSTGRESQL}://")
    address = parse_address(text)
    name, _, query = address.rest.removeprefix("/").partition("?")
    if not name or "/" in name or "#" in name:
        raise BadAddress("must name one database after the host")
    parameters = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in _PARAMETERS:
            raise BadAddress(f"has the parameter {key[:20]!r}; only host, port, ssl and sslmode are taken")
        if _PARAMETERS[key] == "ssl" and value not in _SSL_MODES:
            raise BadAddress(f"must have one of these as its {key}: {', '.join(_SSL_MODES)}")
        parameters[_PARAMETERS[key]] = value
    rest = f"/{quote(_decode(name), safe='')}" + (f"?{urlencode(parameters)}" if parameters else "")
    return address._replace(scheme=POSTGRESQL, rest=rest).encode()


def sqlite_address(data_dir: Path) -> str:
    """Return the address of the SQLite file in a data directory of any name. Raises BadAddress."""
    path = data_dir / "sqlite" / "booking.db"
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:
        raise BadAddress("has a name that is not UTF-8") from None
    return SQLITE + quote(str(path))


def proxy_address(text: str) -> str:
    """Return the address of an HTTP or SOCKS5 proxy. Raises BadAddress."""
    address = parse_address(text)
    scheme = "socks5" if address.scheme == "socks5h" else address.scheme
    if scheme not in ("http", "socks5") or not address.host or address.rest not in ("", "/"):
        raise BadAddress("must have the form http://host:port or socks5://host:port")
    port = address.port or (80 if scheme == "http" else 1080)
    return address._replace(scheme=scheme, port=port, rest="").encode()


def _split_port(place: str) -> tuple[str, int | None]:
    if bracketed := _BRACKETED.match(place):
        host, port = bracketed[1], bracketed[2]
    else:
        host, _, port = place.partition(":")
        if not _HOST.match(host):
            raise BadAddress("has a host that cannot be one")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) <= 65535):
        raise BadAddress("has a port that is no number from 1 to 65535")
    return host, int(port)


def _decode(text: str) -> str:
    return unquote(text) if _ENCODED.match(text) else text
