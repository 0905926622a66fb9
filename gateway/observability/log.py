"""Log lines: one JSON object (or one readable line) each, on stderr, with secrets taken out of every one of them.

`emit` is the short way for the line that every update causes; everything else goes through structlog, the standard
library's loggers included.
"""

import asyncio
import io
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Literal

import msgspec
import structlog

# A bot's token, wherever it turns up: in an address, in an error of a library.
_TOKEN = re.compile(r"(?<!\d)\d{5,20}:[A-Za-z0-9_-]{20,}")
_HIDDEN = "[secret]"
# So much of several workers' lines goes into one pipe without getting mixed up (PIPE_BUF).
AT_ONCE = 4096
_encode = msgspec.json.Encoder(enc_hook=str).encode


class _Sink:
    """Where lines go, how they look, and the secrets that may stand in none of them."""

    def __init__(self) -> None:
        self.readable = False
        self.unlayered: object = None  # sys.stderr, where it is nothing but the file descriptor 2
        self.secrets: tuple[str, ...] = ()
        self._lost = 0
        self._torn = False  # whether the last line broke off
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, line: bytes) -> None:
        """One line, after those that wait."""
        self._flush()
        self._write(line, 1)

    def write_soon(self, line: bytes) -> None:
        """One line, at the end of this turn of the loop, in one write with the others of the turn."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write(line)
            return
        if self._size + len(line) >= AT_ONCE:
            self._flush()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append(line)
        self._size += len(line) + 1

    def _flush(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting:
            self._write(b"\n".join(waiting), len(waiting))

    def _write(self, line: bytes, count: int) -> None:
        """Where it finds no room (a full disk, a reader that has gone), nobody's update fails for it: it is counted, and
        how many were lost is the first thing said once there is room again."""
        try:
            if self._lost:
                self._put(_form({"timestamp": timestamp(), "level": "error", "event": "log_lost", "lines": self._lost}))
                self._lost = 0
            self._put(line)
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

    def clean(self, line: str) -> str:
        for secret in self.secrets:
            line = line.replace(secret, _HIDDEN)
        return _TOKEN.sub(_HIDDEN, line)


_sink = _Sink()


class _Stream(io.StringIO):
    """What libraries write their lines to; itself it keeps nothing."""

    def write(self, text: str) -> int:
        _sink.write(text.removesuffix("\n").encode(errors="replace"))
        return len(text)


def setup(form: Literal["json", "console"], *, secrets: tuple[str, ...] = (), level: int = logging.INFO) -> None:
    """Sends all logging of this process through here. `secrets` are replaced wherever they appear."""
    _sink.readable = form == "console"
    _sink.unlayered = sys.stderr if _is_stderr() else None
    _sink.secrets = tuple(secret for secret in secrets if secret)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_Stream()),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_Stream())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # a line per update of theirs would cost more than admission, and say less than the audit's
    for noisy in ("aiogram.event", "aiogram.dispatcher", "granian.access", "watchfiles"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _is_stderr() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False


def emit(fields: Mapping[str, object]) -> None:
    """One line as it is, soon. The caller answers for what stands in it: no texts, no secrets."""
    _sink.write_soon(_form(fields))


def _form(fields: Mapping[str, object]) -> bytes:
    return _readable(fields).encode(errors="replace") if _sink.readable else _encode(fields)


def timestamp() -> str:
    """Now, as all lines show it (UTC, milliseconds)."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=2)
def _second(epoch_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))


def fault(error: BaseException) -> str:
    """Where and of what type, without the error's own words: they may quote a message's text or a secret."""
    # without the lines themselves: looking them up would cost more than the update that failed
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)][-4:]
    places = " < ".join(f"{file.rpartition('/')[2]}:{line}" for file, line in reversed(frames))
    return f"{type(error).__name__} at {places}" if places else type(error).__name__


def _render(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    if _sink.readable:
        trace = event.pop("exception", None)
        line = _readable(event) + (f"\n{trace}" if trace else "")
    else:
        line = _encode(dict(event)).decode()
    return _sink.clean(line)


def _readable(fields: Mapping[str, Any]) -> str:
    """For a person. A newline in a value must not begin a line of its own."""
    rest = " ".join(f"{k}={v}" for k, v in fields.items() if k not in ("event", "level", "timestamp"))
    line = f"{fields.get('timestamp', '')} {fields.get('level', '')}: {fields.get('event', '')} {rest}".rstrip()
    return line.replace("\n", "\\n").replace("\r", "\\r")
