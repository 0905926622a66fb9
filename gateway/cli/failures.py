"""Failures as an operator reads them: one clear sentence on stderr and the contract's exit code, never a traceback."""

import os
import sys
import traceback

import rich_click as click
from click.exceptions import Exit

from gateway.settings import Misconfigured


class Refused(Exception):
    """The command understood and will not do it: one sentence (exit code 1)."""


def explain(error: BaseException) -> int:
    """Print what happened and return the exit code."""
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
    code = _code(error)
    if code is not None:
        if str(error):
            sys.stderr.write(f"slotgate: {error}\n")
        return code
    if os.environ.get("SLOTGATE_DEBUG"):
        traceback.print_exception(error)
    sys.stderr.write(
        f"slotgate: something unexpected happened ({type(error).__name__}); "
        "SLOTGATE_DEBUG=1 shows where, and a report would be welcome.\n"
    )
    return 1


def _code(error: BaseException) -> int | None:
    if isinstance(error, Misconfigured):
        return 3
    if isinstance(error, Refused):
        return 1
    # by name, since importing the supervisor's modules only to compare would cost every command their imports
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if name == "gateway.supervisor.processes.Unreachable":
        return 4
    if name == "gateway.supervisor.stack.ChildFailed":
        code = error.exit_code  # type: ignore[attr-defined]
        error.args = ()
        return int(code)
    return None
