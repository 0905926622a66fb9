"""`slotgate tenants check|list|schema|remove`: quick enough for a pre-commit hook, and offline unless told otherwise."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import rich_click as click
from click.exceptions import Exit

from gateway.cli.options import json_option, note, print_json, settings, tenants_option
from gateway.errors import Refused
from gateway.tenants.directory import REMOVED, LoadedTenants, load_tenants
from gateway.tenants.file import SLUG

if TYPE_CHECKING:
    from gateway.cli.online import Answer


def loaded(tenants_dir: Path | None) -> LoadedTenants:
    """The tenants' folder as the gateway would read it. A missing internal key only matters to those who serve."""
    chosen = settings(tenants_dir=tenants_dir)
    return load_tenants(
        chosen.tenants_dir,
        env=os.environ,
        internal_key=chosen.internal_key,
        literals_allowed=chosen.literals_allowed,
    )


@click.command()
@tenants_option
@json_option
@click.option("--online", is_flag=True, help="Ask Telegram about every bot as well (token, webhook).")
def check(tenants_dir: Path | None, as_json: bool, online: bool) -> None:
    """Check every tenant file; exits 0, or 3 after printing every problem as file:line:column: message.

    Nothing is asked of anybody unless --online is given, which exits 4 where only Telegram's answer is missing.
    """
    found = loaded(tenants_dir)
    answers = _ask_telegram(found, tenants_dir) if online else []
    if as_json:
        problems = [msgspec.structs.asdict(problem) for problem in found.problems]
        report = {"ok": not (problems or any(one.code for one in answers)), "tenants": sorted(found.tenants)}
        asked = {"online": [msgspec.structs.asdict(one) for one in answers]} if online else {}
        print_json({**report, "problems": problems, **asked})
    else:
        for problem in found.problems:
            click.echo(str(problem))
    for one in answers:
        if one.code != 3:  # those are problems of their files, told above
            note(str(one))
    good, bad = len(found.tenants), len({problem.file for problem in found.problems})
    note(f"{good} tenant{'s' * (good != 1)} usable" + (f", {bad} file{'s' * (bad != 1)} with problems" if bad else ""))
    if found.problems:
        raise Exit(3)
    raise Exit(max((one.code for one in answers), default=0))


def _ask_telegram(found: LoadedTenants, tenants_dir: Path | None) -> "list[Answer]":
    """What Telegram says of each; a refused token becomes a problem of its file, and its tenant is not usable."""
    import asyncio

    from gateway.cli.online import ask_all, problems

    chosen = settings(tenants_dir=tenants_dir)
    answers = asyncio.run(ask_all(found.tenants.values(), chosen.telegram_api_url))
    found.problems += problems(answers, chosen.tenants_dir)
    for answer in answers:
        if answer.code == 3:
            del found.tenants[answer.slug]
    return answers


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
    from gateway.tenants.json_schema import tenant_schema

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
