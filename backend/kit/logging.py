"""Log lines on stderr: one JSON object a line, or colours for a person at a console."""

import contextlib
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import structlog

# JSON escapes newlines: what a caller sends can never make a line of its own.
_encode = msgspec.json.Encoder(enc_hook=repr).encode


class _Patient:
    """A stream that takes what it can: for a log without room (a full disk) no request and no chore fails."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: Any) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def _line(logger: object, level: str, event: Any) -> bytes:
    """A whole line in one step: every request has one, and the usual chain of processors costs twice as much."""
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    line: dict[str, Any] = structlog.contextvars.get_contextvars()
    line.update(event)
    line["level"] = level
    line["timestamp"] = f"{datetime.now(UTC).isoformat()[:-6]}Z"
    return _encode(line)


def configure(fmt: str) -> None:
    """`json` or `console`. Called once, at the start of a process; records of other libraries take the same way."""
    first: list[Any] = []
    last: list[Any] = [_line]
    foreign: list[Any] = [lambda *given: _line(*given).decode()]
    factory: Any = structlog.BytesLoggerFactory(cast(Any, _Patient(sys.stderr.buffer)))
    if fmt != "json":
        first = [
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ]
        # plain traces: the pretty ones print local variables, and secrets with them
        last = foreign = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
        factory = structlog.PrintLoggerFactory(cast(Any, _Patient(sys.stderr)))
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *foreign],
            foreign_pre_chain=first,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


log = structlog.get_logger("backend")
