"""Log lines on stderr: one JSON object a line (or one readable line), without secrets, for every process of Slotgate.

`log` writes at once. `write_line` is the short way for the line that every update and every request causes: the lines of
one turn of the event loop leave in one write. Records of other libraries, which use the standard library's loggers, take
the same way.

Why not structlog: its usual chain of processors took 15 microseconds for a line that takes 7 here, each with its write
(November 2026), and a second chain was needed for the records of other libraries.
"""

import atexit
import logging
import os
import re
import sys
import time
import traceback
from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Literal

import msgspec

# A bot's token, wherever it turns up: in an address, in an error of a library.
_TOKEN = re.compile(rb"(?<!\d)\d{5,20}:[A-Za-z0-9_-]{20,}")
# What every token contains and hardly any line: a search for it takes a tenth of the time.
_TOKEN_TAIL = re.compile(rb":[A-Za-z0-9_-]{20}")
_HIDDEN = b"[secret]"
# So many bytes of several processes' lines go into one pipe without getting mixed up (PIPE_BUF).
MAX_WRITE = 4096
LogFormat = Literal["json", "console"]
_COLOURS = {"debug": 90, "info": 32, "warning": 33, "error": 31, "critical": 31}

_encode = msgspec.json.Encoder(enc_hook=str).encode
_request_id: ContextVar[str] = ContextVar("request_id", default="")


class _Sink:
    """Where lines go, how they look, and the secrets that may stand in none of them."""

    def __init__(self) -> None:
        self.level = logging.INFO
        self.readable = False
        self.configured = False
        self.coloured = False
        self.unlayered: object = None  # sys.stderr, where it is nothing but the file descriptor 2
        self.secrets: tuple[bytes, ...] = ()
        self._lost = 0
        self._torn = False  # whether the last line broke off
        # a deque: threads may append and take without a lock
        self._waiting: deque[bytes] = deque()
        self._size = 0

    def write(self, line: bytes) -> None:
        """Write a line, after those that wait."""
        self.flush()
        self._write(line, 1)

    def write_soon(self, line: bytes) -> None:
        """Write a line at the end of this turn of the loop, in one write with the others of the turn."""
        # a third of a command's start, and commands have no turns
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write(line)
            return
        if self._size + len(line) >= MAX_WRITE:
            self.flush()
        if not self._waiting:
            loop.call_soon(self.flush)
        self._waiting.append(line)
        self._size += len(line) + 1

    def flush(self) -> None:
        """Write the lines that wait."""
        self._size = 0
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if lines:
            self._write(b"\n".join(lines), len(lines))

    def _write(self, lines: bytes, count: int) -> None:
        """Write, or count what finds no room (a full disk, a reader that has gone): no request fails for that.

        The number of lost lines is written first once there is room again."""
        try:
            if self._lost:
                self._put(
                    _format({"timestamp": utc_timestamp(), "level": "error", "event": "log_lost", "lines": self._lost})
                )
                self._lost = 0
            self._put(self._hide_secrets(lines))
        except OSError:
            self._lost += count

    def _put(self, line: bytes) -> None:
        if sys.stderr is not self.unlayered:
            sys.stderr.write(line.decode(errors="replace") + "\n")
            sys.stderr.flush()
            return
        # past the text layers, which cost more than the line itself, and keep what they could not write
        whole = rest = b"\n" * self._torn + line + b"\n"
        try:
            while rest:
                rest = rest[os.write(2, rest) :]
        finally:
            self._torn = bool(rest) and (self._torn or len(rest) < len(whole))

    def _hide_secrets(self, lines: bytes) -> bytes:
        for secret in self.secrets:
            lines = lines.replace(secret, _HIDDEN)
        return _TOKEN.sub(_HIDDEN, lines) if _TOKEN_TAIL.search(lines) else lines


_sink = _Sink()
atexit.register(_sink.flush)


class Log:
    """Writes events: a name and fields, with the time, the level and the request's id."""

    __slots__ = ()

    def debug(self, event: str, **fields: object) -> None:
        """Write what helps to look for a fault; left out unless asked for."""
        if _sink.level <= logging.DEBUG:
            _write("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what happens in normal service."""
        if _sink.level <= logging.INFO:
            _write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what an operator should look at some day."""
        _write("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what an operator must look at."""
        _write("error", event, fields)

    def exception(self, event: str, error: BaseException, /, **fields: object) -> None:
        """Write an error with its traceback."""
        _write("error", event, fields, error)


log = Log()


class _LibraryHandler(logging.Handler):
    """Writes the records of the standard library's loggers."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; the loggers call this."""
        error = record.exc_info[1] if record.exc_info else None
        _write(record.levelname.lower(), record.getMessage(), {"logger": record.name}, error)


def configure_logging(
    form: LogFormat,
    *,
    secrets: tuple[str, ...] = (),
    level: int = logging.INFO,
    library_level: int = logging.INFO,
) -> None:
    """Send all logging of this process through here. `secrets` are replaced wherever they appear.

    `library_level` is for the loggers of the standard library, which other packages use."""
    _sink.level = level
    _sink.configured = True
    _sink.readable = form == "console"
    _sink.unlayered = sys.stderr if _is_descriptor_2() else None
    _sink.coloured = _sink.readable and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    _sink.secrets = tuple(secret.encode() for secret in secrets if secret)
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(library_level)
    # a line of theirs per update would cost more than admission, and say less than the audit's
    for noisy in ("aiogram.event", "aiogram.dispatcher", "granian.access", "watchfiles"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def write_line(fields: Mapping[str, object]) -> None:
    """Write a line of level `info`, soon. `event`, `level` and `timestamp` must be among its fields."""
    if _sink.level <= logging.INFO:
        _sink.write_soon(_format(fields))


def writes_json() -> bool:
    """Return whether everything that this process writes to stderr is a line of JSON: it serves, and nobody looks on."""
    return _sink.configured and not _sink.readable


def default_log_format() -> LogFormat:
    """Return how lines look where nobody has said it: for people on a terminal, for programs elsewhere."""
    return "console" if sys.stderr is not None and sys.stderr.isatty() else "json"


def flush_lines() -> None:
    """Write the lines of `write_line` that still wait; at the end of a process that ends without the interpreter's."""
    _sink.flush()


def bind_request_id(request_id: str) -> None:
    """Add the id to every line of `log` that this context (a request's task) writes from now on."""
    _request_id.set(request_id)


def utc_timestamp() -> str:
    """Return the present time as all lines show it (UTC, milliseconds)."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


def describe_fault(error: BaseException) -> str:
    """Return an error's type and place without its own words, which may quote a message's text or a secret."""
    # without the source lines: looking them up would cost more than the update that failed
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)][-4:]
    places = " < ".join(f"{file.rpartition('/')[2]}:{line}" for file, line in reversed(frames))
    return f"{type(error).__name__} at {places}" if places else type(error).__name__


def _write(level: str, event: str, fields: Mapping[str, object], error: BaseException | None = None) -> None:
    line: dict[str, object] = {}
    if request_id := _request_id.get():
        line["request_id"] = request_id
    line |= fields
    line |= {"event": event, "level": level, "timestamp": utc_timestamp()}
    if error is not None:
        # plain: what draws local variables would show secrets with them
        line["exception"] = "".join(traceback.format_exception(error)).rstrip()
    _sink.write(_format(line))


def _format(fields: Mapping[str, object]) -> bytes:
    # JSON escapes newlines: what a caller sends can never begin a line of its own
    return _format_readable(fields).encode(errors="replace") if _sink.readable else _encode(fields)


def _format_readable(fields: Mapping[str, object]) -> str:
    """Return a line for a person. A newline in a value begins no line of its own; a traceback stands below."""
    apart = ("timestamp", "level", "event", "exception")
    rest = " ".join(f"{name}={value}" for name, value in fields.items() if name not in apart)
    level = str(fields.get("level", ""))
    if _sink.coloured:
        level = f"\x1b[{_COLOURS.get(level, 0)}m{level}\x1b[0m"
    line = f"{fields.get('timestamp', '')} {level}: {fields.get('event', '')} {rest}".rstrip()
    line = line.replace("\n", "\\n").replace("\r", "\\r")
    return f"{line}\n{fields['exception']}" if "exception" in fields else line


def _is_descriptor_2() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False


@lru_cache(maxsize=2)
def _second(epoch_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))
