"""`slotgate quarantine list|replay|drop`: the updates that failed each time. What people wrote is never printed."""

import time
from pathlib import Path

import rich_click as click
from click.exceptions import Exit

from gateway.cli.options import data_option, json_option, load_settings, print_json, write_note
from gateway.errors import Refused
from gateway.updates.quarantine import Quarantine, QuarantinedUpdate

REPLAY_TIMEOUT_S = 30.0
POLL_S = 0.1
_DONE, _WAITING = "done", "waiting"

tenant_option = click.option("--tenant", help="Only this tenant's.")
all_option = click.option("--all", "everything", is_flag=True, help="All that are kept.")


@click.command("list")
@data_option
@tenant_option
@json_option
def list_command(data_dir: Path | None, tenant: str | None, as_json: bool) -> None:
    """List what is kept, oldest first: name, kind, since when, and where it failed."""
    rows = [_row(update) for update in _select(_open_quarantine(data_dir), (), tenant, True)]
    if as_json:
        print_json({"kept": rows})
        return
    for row in rows:
        click.echo("\t".join(str(row[field]) for field in ("name", "kind", "at", "error")))
    write_note(f"{len(rows)} in quarantine")


@click.command("replay")
@click.argument("names", nargs=-1)
@all_option
@tenant_option
@data_option
@json_option
def replay_command(
    names: tuple[str, ...], everything: bool, tenant: str | None, data_dir: Path | None, as_json: bool
) -> None:
    """Have the running gateway try them again, and wait for what comes of it; exits 1 if any failed again."""
    quarantine = _open_quarantine(data_dir)
    replayed = [
        update for update in _select(quarantine, names, tenant, everything) if quarantine.request_replay(update)
    ]
    deadline = time.monotonic() + REPLAY_TIMEOUT_S
    while any(map(quarantine.is_pending, replayed)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    errors = {update.name: update.error for update in quarantine.read_all()}
    results = {update.name: _result(quarantine, update, errors) for update in replayed}
    if as_json:
        print_json({"replayed": [{"name": name, "result": result} for name, result in results.items()]})
    else:
        for name, result in results.items():
            click.echo(f"{name}\t{result}")
    if _WAITING in results.values():
        write_note("Some still wait: is the gateway running on this data directory? It takes them when it does.")
    if any(result != _DONE for result in results.values()):
        raise Exit(1)


@click.command("drop")
@click.argument("names", nargs=-1)
@all_option
@tenant_option
@data_option
@json_option
def drop_command(
    names: tuple[str, ...], everything: bool, tenant: str | None, data_dir: Path | None, as_json: bool
) -> None:
    """Give them up for good."""
    quarantine = _open_quarantine(data_dir)
    dropped = _select(quarantine, names, tenant, everything)
    for update in dropped:
        quarantine.delete(update)
    if as_json:
        print_json({"dropped": [update.name for update in dropped]})
    else:
        for update in dropped:
            click.echo(update.name)


def _result(quarantine: Quarantine, update: QuarantinedUpdate, errors: dict[str, str]) -> str:
    if quarantine.is_pending(update):
        return _WAITING
    return f"failed again: {errors[update.name]}" if update.name in errors else _DONE


def _open_quarantine(data_dir: Path | None) -> Quarantine:
    return Quarantine(load_settings(data_dir=data_dir).data_dir / "quarantine")


def _select(
    quarantine: Quarantine, names: tuple[str, ...], tenant: str | None, everything: bool
) -> list[QuarantinedUpdate]:
    """Return updates by name, by tenant, or all of them. Raises Refused for a name that is not there."""
    updates = quarantine.read_all()
    if not names and not everything and tenant is None:
        raise click.UsageError("Say which: names as `slotgate quarantine list` prints them, --tenant, or --all.")
    if missing := set(names) - {update.name for update in updates}:
        raise Refused(f"Not in quarantine: {', '.join(sorted(missing))}.")
    return [update for update in updates if tenant in (None, update.tenant) and (not names or update.name in names)]


def _row(update: QuarantinedUpdate) -> dict[str, object]:
    fields = ("name", "tenant", "bot_id", "update_id", "kind", "at", "error", "request_id")
    return {field: getattr(update, field) for field in fields}
