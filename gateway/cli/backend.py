"""The backend's commands under the `slotgate` name. This process becomes the backend's: no import crosses."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import rich_click as click

from gateway.cli.options import data_option, load_settings, tenants_option, write_note
from gateway.settings import Settings
from gateway.supervisor.own_command import own_command


def _forwarding_command(name: str, *arguments: str, help_text: str) -> click.Command:
    """Return a command that leaves its arguments to the backend, `--help` among them."""

    @click.command(
        name,
        help=help_text,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
        add_help_option=False,
    )
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def command(rest: tuple[str, ...]) -> None:
        become_backend(load_settings(), *arguments, *rest)

    return command


backend_command = _forwarding_command("backend", "serve", help_text="Run the backend alone, at SLOTGATE_BACKEND_URL.")
migrate_command = _forwarding_command(
    "migrate", "migrate", help_text="Bring the database to the newest schema; safe while an older version serves."
)
export_command = _forwarding_command(
    "export", "export", help_text="Print a whole business as the YAML that `import` reads."
)
backup_command = _forwarding_command(
    "backup", "backup", help_text="Write a consistent copy of the database, while serving."
)
restore_command = _forwarding_command(
    "restore", "restore", help_text="Verify a backup, then put it in the database's place."
)
move_command = _forwarding_command(
    "move-to-postgres",
    "move-to-postgres",
    help_text="Copy a SQLite installation into an empty PostgreSQL and verify every table; the source stays as it is.",
)
audit_command = _forwarding_command(
    "audit", "audit", help_text="The audit log: `verify` exits 1 if it was altered, `export` prints it."
)


@click.command("init-admin")
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@click.option("--tg-id", type=click.IntRange(1, 2**53 - 1), required=True, help="The first admin's Telegram id.")
@click.option("--name", help="Their name.")
@tenants_option
@data_option
def init_admin_command(
    slug: str, tg_id: int, name: str | None, tenants_dir: Path | None, data_dir: Path | None
) -> None:
    """Make a person the first admin of a tenant: once; a second run says who is admin and exits 1."""
    arguments = ["--tenant", slug, "--tg-id", str(tg_id), *(["--name", name] if name is not None else [])]
    become_backend(load_settings(tenants_dir=tenants_dir, data_dir=data_dir), "init-admin", *arguments, slug=slug)


@click.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@tenants_option
@data_option
def import_command(slug: str, file: Path, as_json: bool, tenants_dir: Path | None, data_dir: Path | None) -> None:
    """Read a whole business (services, specialists, hours, closures, policies) from one YAML file; repeatable."""
    arguments = [slug, str(file), *(["--json"] if as_json else [])]
    become_backend(load_settings(tenants_dir=tenants_dir, data_dir=data_dir), "import", *arguments, slug=slug)


def become_backend(settings: Settings, *arguments: str, slug: str | None = None) -> NoReturn:
    """Replace this process by the backend's command. `slug`: the tenant whose file's values the command gets."""
    env = {**os.environ, **settings.to_env()}
    if slug is not None:
        # most commands read no tenant's file
        from gateway.tenants.environment import tenant_variables

        env |= tenant_variables(settings, slug, write_note)
    sys.stdout.flush()
    sys.stderr.flush()
    command = own_command("backend", *arguments)
    os.execve(command[0], command, env)  # noqa: S606  our own interpreter
