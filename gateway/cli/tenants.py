"""`slotgate tenants check|list|remove`: fast enough for a pre-commit hook, and offline except for `check --online`."""

import asyncio
from pathlib import Path

import msgspec
import rich_click as click
from click.exceptions import Exit

from gateway.cli.bot_status import BotStatus, token_problems
from gateway.cli.options import json_option, load_settings, print_json, tenants_option, write_note
from gateway.errors import Refused
from gateway.settings import Settings
from gateway.tenants.directory import REMOVED, LoadedTenants
from gateway.tenants.environment import load_configured_tenants
from gateway.tenants.file import SLUG


@click.command("check")
@tenants_option
@json_option
@click.option("--online", is_flag=True, help="Ask Telegram about every bot as well (token, webhook).")
def check_command(tenants_dir: Path | None, as_json: bool, online: bool) -> None:
    """Check every tenant file; exits 0, or 3 after printing every problem as file:line:column: message.

    Nothing is asked of anybody unless --online is given, which exits 4 where only Telegram's answer is missing.
    """
    settings = load_settings(tenants_dir=tenants_dir)
    loaded = load_configured_tenants(settings)
    statuses = _ask_telegram(loaded, settings) if online else []
    if as_json:
        problems = [msgspec.structs.asdict(problem) for problem in loaded.problems]
        failed = bool(problems) or any(status.code for status in statuses)
        report = {"ok": not failed, "tenants": sorted(loaded.tenants), "problems": problems}
        print_json(report | ({"online": msgspec.to_builtins(statuses)} if online else {}))
    else:
        for problem in loaded.problems:
            click.echo(str(problem))
    for status in statuses:
        if status.code != 3:  # a refused token is a problem of its file, printed above
            write_note(str(status))
    good, bad = len(loaded.tenants), len({problem.file for problem in loaded.problems})
    suffix = f", {bad} file{'s' * (bad != 1)} with problems" if bad else ""
    write_note(f"{good} tenant{'s' * (good != 1)} usable{suffix}")
    if loaded.problems:
        raise Exit(3)
    raise Exit(max((status.code for status in statuses), default=0))


def _ask_telegram(loaded: LoadedTenants, settings: Settings) -> list[BotStatus]:
    """Ask Telegram about every bot. A refused token becomes a problem of its file, whose tenant is not usable then."""
    from gateway.cli.online import ask_telegram  # imports aiohttp, which an offline check does without

    statuses = asyncio.run(ask_telegram(loaded.tenants.values(), settings))
    loaded.problems += token_problems(statuses, settings.tenants_dir)
    for status in statuses:
        if status.code == 3:
            del loaded.tenants[status.slug]
    return statuses


@click.command("list")
@tenants_option
@json_option
def list_command(tenants_dir: Path | None, as_json: bool) -> None:
    """List the usable tenants; problems of others go to stderr."""
    loaded = load_configured_tenants(load_settings(tenants_dir=tenants_dir))
    fields = ("slug", "name", "timezone", "locale", "currency", "enabled", "bot_id")
    rows = [
        # what the file leaves out is said in the bot
        {field: None if field in tenant.left_out else getattr(tenant, field) for field in fields}
        for tenant in loaded.tenants.values()
    ]
    if as_json:
        print_json({"tenants": rows})
    else:
        for row in rows:
            click.echo("\t".join(("yes" if row[f] else "no") if f == "enabled" else str(row[f] or "-") for f in fields))
    for problem in loaded.problems:
        write_note(str(problem))


@click.command("remove")
@click.argument("slug")
@tenants_option
def remove_command(slug: str, tenants_dir: Path | None) -> None:
    """Stop serving a tenant for good: its file is set aside as SLUG.yaml.removed, its data stays in the database."""
    directory = load_settings(tenants_dir=tenants_dir).tenants_dir
    file, aside = directory / f"{slug}.yaml", directory / f"{slug}.yaml{REMOVED}"
    if not SLUG.fullmatch(slug):
        raise Refused(f"{slug!r} is not a slug.")
    if aside.exists():
        raise Refused(f"{slug} was removed before; delete {aside} if you are sure.")
    if file.exists():
        file.rename(aside)
    else:
        # the file is gone already: the mark tells the gateways that this was intended
        aside.touch()
        write_note(
            f"There is no {file}; a gateway that still serves {slug} stops now. Delete {aside} if that was not meant."
        )
        return
    write_note(f"{slug} is removed; rename {aside} back to {file.name} to bring it back.")
