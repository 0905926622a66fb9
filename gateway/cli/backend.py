"""The backend's commands under the `slotgate` name: this process becomes `python -m backend …`, no import crosses."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import msgspec
import rich_click as click

from gateway.cli.options import data_option, note, settings, tenants_option
from gateway.settings import Settings


def _passed_on(name: str, *arguments: str, help_text: str) -> click.Command:
    """A command whose arguments are the backend's to check and to explain, `--help` among them."""

    @click.command(
        name,
        help=help_text,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
        add_help_option=False,
    )
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def command(rest: tuple[str, ...]) -> None:
        become_backend(settings(), *arguments, *rest)

    return command


backend = _passed_on("backend", "serve", help_text="Run the backend alone, at SLOTGATE_BACKEND_URL.")
migrate = _passed_on(
    "migrate", "migrate", help_text="Bring the database to the newest schema; safe while an older version serves."
)
export = _passed_on("export", "export", help_text="Print a whole business as the YAML that `import` reads.")
backup = _passed_on("backup", "backup", help_text="Write a consistent copy of the database, while serving.")
restore = _passed_on("restore", "restore", help_text="Verify a backup, then put it in the database's place.")
audit = _passed_on("audit", "audit", help_text="The audit log: `verify` exits 1 if it was altered, `export` prints it.")


@click.command("init-admin")
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@click.option("--tg-id", type=click.IntRange(1, 2**53 - 1), required=True, help="The first admin's Telegram id.")
@click.option("--name", help="Their name.")
@tenants_option
@data_option
def init_admin(slug: str, tg_id: int, name: str | None, tenants_dir: Path | None, data_dir: Path | None) -> None:
    """Make a person the first admin of a tenant: once; a second run says who is admin and exits 1."""
    arguments = ["--tenant", slug, "--tg-id", str(tg_id), *(["--name", name] if name is not None else [])]
    become_backend(settings(tenants_dir=tenants_dir, data_dir=data_dir), "init-admin", *arguments, slug=slug)


@click.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@tenants_option
@data_option
def import_(slug: str, file: Path, as_json: bool, tenants_dir: Path | None, data_dir: Path | None) -> None:
    """Read a whole business (services, specialists, hours, closures, policies) from one YAML file; repeatable."""
    arguments = [slug, str(file), *(["--json"] if as_json else [])]
    become_backend(settings(tenants_dir=tenants_dir, data_dir=data_dir), "import", *arguments, slug=slug)


def become_backend(chosen: Settings, *arguments: str, slug: str | None = None) -> NoReturn:
    """Replace this process by the backend's command. With `slug`, tell it what the tenant's file says."""
    env = {**os.environ, **chosen.to_env()}
    if slug is not None:
        env |= tenant_environment(chosen, slug)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", "backend", *arguments], env)  # noqa: S606  our own interpreter


def tenant_environment(chosen: Settings, slug: str) -> dict[str, str]:
    """SLOTGATE_TENANT_JSON (`contract.tenancy.PutTenant`): so that init-admin and import work before any gateway ran.

    Empty where the tenant has no usable file: the backend then knows it already, or says that it does not.
    """
    from gateway.errors import Misconfigured
    from gateway.tenants.directory import load_tenants

    try:
        found = load_tenants(
            chosen.tenants_dir,
            env=os.environ,
            internal_key=chosen.internal_key,
            literals_allowed=chosen.literals_allowed,
        )
    except Misconfigured:
        return {}
    tenant = found.tenants.get(slug)
    if tenant is None:
        for problem in found.problems:
            if Path(problem.file).stem == slug:
                note(str(problem))
        return {}
    fields = ("name", "timezone", "locale", "currency", "enabled")
    return {"SLOTGATE_TENANT_JSON": msgspec.json.encode({f: getattr(tenant, f) for f in fields}).decode()}
