"""Exceptions that end a command, each with the process's exit code. Imports nothing: every command loads this file."""


class CommandFailed(Exception):
    """Base of what ends a command. `str()` is one sentence for the operator, without secrets; empty if it was printed already.

    To add one: derive from this and set `exit_code`.
    """

    exit_code = 1


class Refused(CommandFailed):
    """The command was understood and will not be carried out."""


class Misconfigured(CommandFailed):
    """A setting or a file that cannot be used."""

    exit_code = 3


class Unreachable(CommandFailed):
    """A service that must answer does not, or has ended."""

    exit_code = 4


class NotAnswering(Unreachable):
    """A service that does not answer now, and may do so later: what serves waits for it."""


class ChildFailed(CommandFailed):
    """A child process ended with an exit code of its own, after it had printed why on stderr. Ours is the same."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code
