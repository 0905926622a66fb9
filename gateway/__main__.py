"""The `slotgate` command: imports the command that is run, and turns every failure into one sentence and a code.

Exit codes: 0 done, 1 refused, 2 usage, 3 configuration, 4 something unreachable.
"""

import importlib
import os
import sys
from collections.abc import Mapping

import rich_click as click

from backend.contract.versions import describe_program
from gateway.cli import COMMANDS, GROUPS
from gateway.cli.failures import report_failure

click.rich_click.MAX_WIDTH = 100


class LazyGroup(click.RichGroup):
    """Imports a command's module when the command is run: `tenants check` must not pay for a server's imports."""

    def __init__(self, name: str, help_text: str, table: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(name=name, help=help_text, context_settings={"help_option_names": ["-h", "--help"]})
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names in the table's order, which is the order of use."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Import the command."""
        if cmd_name not in self.table:
            return None
        module, name = self.table[cmd_name]
        if module == "group":
            help_text, table = GROUPS[name]
            return LazyGroup(cmd_name, help_text, table)
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        about = describe_program()
        click.echo(f"slotgate {about['version']}, Python {about['python']}")
        click.echo(f"database revision {about['database_revision']}, works from {about['oldest_database_revision']} on")
        context.exit()


cli = LazyGroup(
    "slotgate", "Appointment booking inside Telegram for many businesses at once, each with its own bot.", COMMANDS
)
cli.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version, Python and the database's revisions.",
    )
)


def main() -> None:
    """Run the command line and exit."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        code = cli.main(args=arguments, prog_name="slotgate", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output has ended, which is no error; the interpreter must not report it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:  # noqa: BLE001  the one place that renders failures
        return report_failure(error)
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
