"""`slotgate quarantine list|replay|drop`: the updates that failed each time. What people wrote is never printed."""

import time
from pathlib import Path
from typing import Any

import rich_click as click
from click.exceptions import Exit

from gateway.cli.options import data_option, json_option, note, print_json, settings
from gateway.errors import Refused
from gateway.updates.quarantine import Quarantine, QuarantinedUpdate

WAIT_S = 30.0
LOOK_S = 0.1

tenant_option = click.option("--tenant", help="Only this tenant's.")
all_option = click.option("--all", "everything", is_flag=True, help="All that are kept.")


@click.command("list")
@data_option
@tenant_option
@json_option
def list_(data_dir: Path | None, tenant: str | None, as_json: bool) -> None:
    """List what is kept, oldest first: name, kind, since when, and where it failed."""
    rows = [_row(kept) for kept in _chosen(_quarantine(data_dir), (), tenant, True)]
    if as_json:
        print_json({"kept": rows})
        return
    for row in rows:
        click.echo("\t".join(str(row[field]) for field in ("name", "kind", "at", "error")))
    note(f"{len(rows)} in quarantine")


@click.command()
@click.argument("names", nargs=-1)
@all_option
@tenant_option
@data_option
@json_option
def replay(names: tuple[str, ...], everything: bool, tenant: str | None, data_dir: Path | None, as_json: bool) -> None:
    """Have the running gateway try them again, and wait for what comes of it; exits 1 if any failed again."""
    quarantine = _quarantine(data_dir)
    handed = [kept for kept in _chosen(quarantine, names, tenant, everything) if quarantine.request_replay(kept)]
    until = time.monotonic() + WAIT_S
    while any(map(quarantine.is_pending, handed)) and time.monotonic() < until:
        time.sleep(LOOK_S)
    again = {kept.name: kept.error for kept in quarantine.read_all()}
    results = [{"name": kept.name, "result": _result(quarantine, kept, again)} for kept in handed]
    if as_json:
        print_json({"replayed": results})
    else:
        for one in results:
            click.echo(f"{one['name']}\t{one['result']}")
    if any(one["result"] == _WAITING for one in results):
        note("Some still wait: is the gateway running on this data directory? It takes them when it does.")
    if any(one["result"] != _DONE for one in results):
        raise Exit(1)


@click.command()
@click.argument("names", nargs=-1)
@all_option
@tenant_option
@data_option
@json_option
def drop(names: tuple[str, ...], everything: bool, tenant: str | None, data_dir: Path | None, as_json: bool) -> None:
    """Give them up for good."""
    quarantine = _quarantine(data_dir)
    given_up = _chosen(quarantine, names, tenant, everything)
    for kept in given_up:
        quarantine.delete(kept)
    if as_json:
        print_json({"dropped": [kept.name for kept in given_up]})
    else:
        for kept in given_up:
            click.echo(kept.name)


_DONE, _WAITING = "done", "waiting"


def _result(quarantine: Quarantine, kept: QuarantinedUpdate, again: dict[str, str]) -> str:
    if quarantine.is_pending(kept):
        return _WAITING
    return f"failed again: {again[kept.name]}" if kept.name in again else _DONE


def _quarantine(data_dir: Path | None) -> Quarantine:
    return Quarantine(settings(data_dir=data_dir).data_dir / "quarantine")


def _chosen(
    quarantine: Quarantine, names: tuple[str, ...], tenant: str | None, everything: bool
) -> list[QuarantinedUpdate]:
    """By name, by tenant, or all; a name that is not there is refused before anything is done."""
    found = quarantine.read_all()
    if not names and not everything and tenant is None:
        raise click.UsageError("Say which: names as `slotgate quarantine list` prints them, --tenant, or --all.")
    if missing := set(names) - {kept.name for kept in found}:
        raise Refused(f"Not in quarantine: {', '.join(sorted(missing))}.")

    return [kept for kept in found if tenant in (None, kept.tenant) and (not names or kept.name in names)]


def _row(kept: QuarantinedUpdate) -> dict[str, Any]:
    fields = ("name", "tenant", "bot_id", "update_id", "kind", "at", "error", "request_id")
    return {field: getattr(kept, field) for field in fields}
