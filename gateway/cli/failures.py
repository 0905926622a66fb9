"""What an operator reads when a command fails: one sentence on stderr, never a traceback, and an exit code."""

import os
import sys
import traceback

import rich_click as click
from click.exceptions import Exit

from backend.kit.logging import log, writes_json
from gateway.errors import CommandFailed


def report_failure(error: BaseException) -> int:
    """Write what happened and return the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0
    if isinstance(error, Exit):
        return int(error.exit_code)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        sys.stderr.write("Stopped.\n")
        return 1
    if isinstance(error, click.ClickException):
        error.show()
        return 2 if isinstance(error, click.UsageError) else 1
    if isinstance(error, CommandFailed):
        if str(error) and writes_json():
            log.error("stopped", reason=str(error), exit_code=error.exit_code)
        elif str(error):
            sys.stderr.write(f"slotgate: {error}\n")
        return error.exit_code
    if isinstance(error, OSError) and error.filename is not None:
        sys.stderr.write(f"slotgate: {error.filename}: {error.strerror}.\n")
        return 3
    if os.environ.get("SLOTGATE_DEBUG"):
        traceback.print_exception(error)
    sys.stderr.write(
        f"slotgate: something unexpected happened ({type(error).__name__}); "
        "SLOTGATE_DEBUG=1 shows where, and a report would be welcome.\n"
    )
    return 1
