"""Options that several commands share, and the settings, the data and the notes that these read and write."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import rich_click as click

from gateway.settings import Settings

F = TypeVar("F", bound=Callable[..., object])

tenants_option = click.option(
    "--tenants", "tenants_dir", type=click.Path(path_type=Path), help="The folder of tenant files (tenants)."
)
data_option = click.option("--data", "data_dir", type=click.Path(path_type=Path), help="The data directory (data).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def listen_options(command: F) -> F:
    """Add --host, --port and --workers to a command that serves the gateway."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 64), help="Worker processes of the gateway (1)."),
        click.option("--port", type=click.IntRange(0, 65535), help="The gateway's port (8000; 0: any free one)."),
        click.option("--host", help="The gateway's address (127.0.0.1)."),
    ):
        command = option(command)
    return command


def load_settings(**flags: object) -> Settings:
    """Return the settings of this run. A flag that was given wins over the environment. Raises Misconfigured.

    A switch that is off counts as not given. `--port 0` is given, although 0 equals False.
    """
    return Settings.from_env({name: value for name, value in flags.items() if value is not None and value is not False})


def print_json(value: object) -> None:
    """Print data for programs to stdout, as UTF-8 without escapes."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_note(text: str) -> None:
    """Write a line for people to stderr."""
    click.echo(text, err=True)
