"""The `slotgate` command: finds the asked-for command lazily, and turns every failure into one sentence and a code.

Exit codes: 0 done, 1 refused, 2 usage, 3 configuration, 4 something unreachable.
"""

import importlib
import os
import sys
from typing import Any

import rich_click as click

from gateway.cli import COMMANDS, GROUPS

click.rich_click.MAX_WIDTH = 100


class LazyGroup(click.RichGroup):
    """Imports a command's module when the command is run: `tenants check` must not pay for a server's imports."""

    def __init__(self, *args: Any, table: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The order of the table, which is the order of use."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in self.table:
            return None
        module, name = self.table[cmd_name]
        if module == "group":
            help_text, table = GROUPS[name]
            return LazyGroup(name=cmd_name, help=help_text, table=table)
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


cli = LazyGroup(
    name="slotgate",
    help="Appointment booking inside Telegram for many businesses at once, each with its own bot.",
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line and exit."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    from gateway.cli.failures import explain

    try:
        code = cli.main(args=arguments, prog_name="slotgate", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has seen enough; the interpreter must not complain about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:  # noqa: BLE001  the one place that renders failures
        return explain(error)
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
