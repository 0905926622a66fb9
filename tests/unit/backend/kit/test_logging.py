"""Log lines: one each, and never a secret in them."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.kit.logging import LogFormat, _sink, configure_logging, describe_fault, log, write_line

TOKEN = "7100000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    sink = _sink.readable, _sink.secrets
    yield
    _sink.readable, _sink.secrets = sink
    root.handlers[:] = handlers
    root.setLevel(level)


def test_secrets_are_taken_out_of_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", secrets=("the-internal-key",))
    log.warning("call_failed", url=f"https://api.telegram.org/bot{TOKEN}/getMe")
    logging.getLogger("aiohttp.client").error("the-internal-key at https://x/bot%s", TOKEN)
    try:
        raise ValueError(f"bot{TOKEN}")
    except ValueError as error:
        log.exception("it_failed", error)
    printed = capsys.readouterr().err
    assert TOKEN not in printed
    assert "the-internal-key" not in printed
    assert printed.count("[secret]") >= 4
    assert next(json.loads(line)["event"] for line in printed.splitlines()) == "call_failed"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_newline_in_a_value_begins_no_line(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(form)
    log.warning("seen", value='x\n{"level":"info","event":"forged"}\r\nmore')
    write_line({"timestamp": "t", "level": "info", "event": "update", "from": "a\nb"})
    assert len(capsys.readouterr().err.splitlines()) == 2


_FULL = """
import logging, os, resource, sys
from backend.kit.logging import configure_logging, log, write_line

def all_three():
    write_line({"event": "an update"})
    log.warning("ours")
    logging.getLogger("a").warning("a library's")

configure_logging(sys.argv[1])
write_line({"event": "before"})
most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.fstat(2).st_size + 9, most[1]))
all_three()
resource.setrlimit(resource.RLIMIT_FSIZE, most)
all_three()
"""


def test_a_log_without_room_fails_nobody_and_says_afterwards_how_much_is_missing(tmp_path: Path) -> None:
    """Also where a line was cut in the middle: the next one is whole."""
    for form in ("json", "console"):
        with (tmp_path / form).open("wb") as file:
            subprocess.run([sys.executable, "-c", _FULL, form], stderr=file, check=True)
    lines = (tmp_path / "json").read_text().splitlines()
    assert len(lines[1]) == 9
    said = [json.loads(line) for line in (lines[0], *lines[2:])]
    assert [line["event"] for line in said] == ["before", "log_lost", "an update", "ours", "a library's"]
    assert said[1]["lines"] == 3
    assert "log_lost lines=3" in (tmp_path / "console").read_text()


def test_lines_of_one_turn_leave_together_in_order_and_never_more_than_a_pipe_keeps_whole(tmp_path: Path) -> None:
    """Several workers share one stderr: a write that a pipe may split would mix their lines up."""
    program = """
import asyncio, os
from backend.kit.logging import configure_logging, log, write_line

written = []
original = os.write
os.write = lambda fd, data: (written.append(len(data)), original(fd, data))[1]
configure_logging("json")

async def main():
    for n in range(40):
        write_line({"n": n, "event": "x" * 300})
    assert len(written) > 0, "what is enough for a write is written"
    log.warning("between")
    write_line({"n": 40, "event": "last"})
    await asyncio.sleep(0)

asyncio.run(main())
assert max(written) <= 4096, written
assert len(written) < 10, written
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 0, said
    assert [line.get("n", line["event"]) for line in said] == [*range(40), "between", 40]


def test_a_fault_tells_where_and_not_what() -> None:
    try:
        raise ValueError("somebody's diagnosis")
    except ValueError as error:
        told = describe_fault(error)
    assert told.startswith(f"ValueError at {Path(__file__).name}:")
    assert "diagnosis" not in told
    assert sys.exc_info() == (None, None, None)
