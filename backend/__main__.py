"""`python -m backend`: one sentence and the contract's exit code for whatever goes wrong, never a stack trace."""

import importlib
import sys
from typing import Any

import rich_click as click

from backend.db.schema import DatabaseUnusable
from backend.errors import Refused
from backend.kit.logging import log, writes_json
from backend.settings import SettingsError

# command -> (module, attribute): a command imports what it needs when it is called.
COMMANDS = {
    "serve": ("backend.cli.serve", "serve"),
    "migrate": ("backend.cli.migrate", "migrate"),
    "init-admin": ("backend.cli.data", "init_admin"),
    "import": ("backend.cli.data", "import_"),
    "export": ("backend.cli.data", "export"),
    "seed": ("backend.cli.seed", "seed_samples"),
    "audit": ("backend.cli.audit", "audit_commands"),
    "backup": ("backend.cli.archive", "backup"),
    "restore": ("backend.cli.archive", "restore"),
    "move-to-postgres": ("backend.cli.move", "move_to_postgres"),
}


class _LazyGroup(click.RichGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), attribute)


@click.group(cls=_LazyGroup, help="Slotgate's backend.")
def command_group() -> None:
    """Gather the commands; each is imported when it is asked for."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 refused, 2 usage, 3 configuration, 4 something unreachable."""
    try:
        code = command_group.main(arguments, prog_name="slotgate", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except (SettingsError, DatabaseUnusable, Refused) as exc:
        return _say(exc, exc.exit_code)
    except OSError as exc:
        return _say(f"{exc.filename}: {exc.strerror}." if exc.filename else f"{exc}.", 3)
    except Exception as exc:  # noqa: BLE001 - the operator gets a sentence; a trace could hold what must not be shown
        return _say(f"This failed unexpectedly: {_first_line(exc)}", 1)


def _say(sentence: object, code: int) -> int:
    if writes_json():
        log.error("stopped", reason=str(sentence), exit_code=code)
    else:
        click.echo(str(sentence), err=True)
    return code


def _first_line(exc: Exception) -> str:
    lines = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {lines[0]}" if lines else type(exc).__name__


if __name__ == "__main__":
    sys.exit(main())
