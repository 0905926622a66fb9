"""Options that several commands share, and the settings they make."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from gateway.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

tenants_option = click.option(
    "--tenants", "tenants_dir", type=click.Path(path_type=Path), help="The folder of tenant files (tenants)."
)
data_option = click.option("--data", "data_dir", type=click.Path(path_type=Path), help="The data directory (data).")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def listening(command: F) -> F:
    """--host, --port and --workers of whatever serves the gateway."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 64), help="Worker processes of the gateway (1)."),
        click.option("--port", type=click.IntRange(0, 65535), help="The gateway's port (8000; 0: any free one)."),
        click.option("--host", help="The gateway's address (127.0.0.1)."),
    ):
        command = option(command)
    return command


def settings(**flags: Any) -> Settings:
    """The settings of this run: a flag that was given wins over the environment."""
    return Settings.from_env({name: value for name, value in flags.items() if value not in (None, False)})


def print_json(value: Any) -> None:
    """Data for programs: stdout, UTF-8 as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def note(text: str) -> None:
    """Words for people: stderr."""
    click.echo(text, err=True)
