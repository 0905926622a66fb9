"""`slotgate tenants check|list|schema|remove`: offline, and quick enough for a pre-commit hook."""

import os
from pathlib import Path

import msgspec
import rich_click as click
from click.exceptions import Exit

from gateway.cli.failures import Refused
from gateway.cli.options import json_option, note, print_json, settings, tenants_option
from gateway.tenant_file import SLUG
from gateway.tenants import REMOVED, Loaded, load


def loaded(tenants_dir: Path | None) -> Loaded:
    """The tenants' folder as the gateway would read it. A missing internal key only matters to those who serve."""
    chosen = settings(tenants_dir=tenants_dir)
    return load(
        chosen.tenants_dir,
        env=os.environ,
        internal_key=chosen.internal_key,
        literals_allowed=chosen.literals_allowed,
    )


@click.command()
@tenants_option
@json_option
def check(tenants_dir: Path | None, as_json: bool) -> None:
    """Check every tenant file offline; exits 0, or 3 after printing every problem as file:line:column: message."""
    found = loaded(tenants_dir)
    if as_json:
        problems = [msgspec.structs.asdict(problem) for problem in found.problems]
        print_json({"ok": not problems, "tenants": sorted(found.tenants), "problems": problems})
    else:
        for problem in found.problems:
            click.echo(str(problem))
    good, bad = len(found.tenants), len({problem.file for problem in found.problems})
    note(f"{good} tenant{'s' * (good != 1)} usable" + (f", {bad} file{'s' * (bad != 1)} with problems" if bad else ""))
    if found.problems:
        raise Exit(3)


@click.command("list")
@tenants_option
@json_option
def list_(tenants_dir: Path | None, as_json: bool) -> None:
    """List the usable tenants; problems of others go to stderr."""
    found = loaded(tenants_dir)
    fields = ("slug", "name", "timezone", "locale", "currency", "enabled", "bot_id")
    rows = [{field: getattr(tenant, field) for field in fields} for tenant in found.tenants.values()]
    if as_json:
        print_json({"tenants": rows})
    else:
        for row in rows:
            click.echo("\t".join(("yes" if row[f] else "no") if f == "enabled" else str(row[f]) for f in fields))
    for problem in found.problems:
        note(str(problem))


@click.command()
def schema() -> None:
    """Print the JSON Schema of tenant files, for editors."""
    from gateway.tenant_schema import schema as tenant_schema

    print_json(tenant_schema())


@click.command()
@click.argument("slug")
@tenants_option
def remove(slug: str, tenants_dir: Path | None) -> None:
    """Stop serving a tenant for good: its file is set aside as SLUG.yaml.removed, its data stays in the database."""
    directory = settings(tenants_dir=tenants_dir).tenants_dir
    file, aside = directory / f"{slug}.yaml", directory / f"{slug}.yaml{REMOVED}"
    if not SLUG.fullmatch(slug):
        raise Refused(f"{slug!r} is not a slug.")
    if aside.exists():
        raise Refused(f"{slug} was removed before; delete {aside} if you are sure.")
    if file.exists():
        file.rename(aside)
    else:
        # the file vanished earlier: the mark alone tells the gateways that it was meant
        aside.touch()
        note(f"There is no {file}; a gateway that still serves {slug} stops now. Delete {aside} if that was not meant.")
        return
    note(f"{slug} is removed; rename {aside} back to {file.name} to bring it back.")
