"""`slotgate tenants new`: writes a tenant file with a modeline for editors; asks on a terminal for missing flags."""

import difflib
import json
import os
import re
import sys
from pathlib import Path

import rich_click as click

from backend.contract.people import LOCALES
from gateway.cli.business_templates import TEMPLATES, business_text
from gateway.cli.options import load_settings, tenants_option, write_note
from gateway.errors import Misconfigured, Refused
from gateway.tenants.directory import REMOVED
from gateway.tenants.file import SLUG, list_currencies, list_zones, parse_tenant
from gateway.tenants.json_schema import MODELINE, SCHEMA_FILE, tenant_schema

_QUESTIONS = (
    ("name", "The business's name, as clients see it; - leaves it to its admin, in the bot"),
    ("timezone", "Its time zone (or -)"),
    ("locale", "Its language, ru or en (or -)"),
    ("currency", "Its currency (or -)"),
    ("bot_token", "Where its bot's token will be found (env:NAME or file:PATH)"),
)
_DEFAULTS = {"timezone": "UTC", "locale": "en", "currency": "USD"}


@click.command("new")
@click.argument("slug")
@tenants_option
@click.option("--name", help="The business's name.")
@click.option("--timezone", help="An IANA zone, such as Europe/Moscow.")
@click.option("--locale", type=click.Choice(LOCALES), help="The bot's language.")
@click.option("--currency", help="An ISO code, such as RUB.")
@click.option("--bot-token", help="env:NAME or file:PATH, never the token itself.")
@click.option(
    "--template",
    type=click.Choice(TEMPLATES),
    help="Write a business file as well, to be changed and imported: services and policies, nobody invented.",
)
@click.option("--dry-run", is_flag=True, help="Print the change as a diff and write nothing.")
def new_command(
    slug: str, tenants_dir: Path | None, template: str | None, dry_run: bool, **answers: str | None
) -> None:
    """Write the file of a new tenant; a running gateway serves it within a second.

    Name, zone, language and currency that are not given are left out: then the business's admin says them in the bot."""
    if not SLUG.match(slug):
        raise click.UsageError("A slug has 2 to 32 of a-z, 0-9 and -, beginning with a letter or digit.")
    directory = load_settings(tenants_dir=tenants_dir).tenants_dir
    file = directory / f"{slug}.yaml"
    if file.exists():
        raise Refused(f"{file} exists already.")
    if (directory / f"{slug}.yaml{REMOVED}").exists():
        raise Refused(f"{slug} was removed before: rename {file.name}{REMOVED} back, or delete it first.")
    values = _ask(file, answers)
    _check_values(file, values)
    texts = {file: _render(values)}
    if template is not None:
        business = directory / "business" / file.name
        if business.exists():
            raise Refused(f"{business} exists already.")
        texts[business] = business_text(template, values.get("locale", "en"))
    if dry_run:
        for path, text in texts.items():
            diff = difflib.unified_diff([], text.splitlines(keepends=True), "/dev/null", str(path))
            sys.stdout.writelines(diff)
        return
    for path, text in texts.items():
        _write(directory, path, text)
        click.echo(str(path))
    source, _, where = values["bot_token"].partition(":")
    step = f"set {where}" if source == "env" else f"put the token into {where}"
    write_note(f"Next: {step}, then `slotgate tenants check` and `slotgate init-admin --tenant {slug} --tg-id N`.")
    if template is not None:
        write_note(f"Make {business} yours, then `slotgate import {slug} {business}`.")


def _render(values: dict[str, str]) -> str:
    """Return the file's text. A JSON string is a YAML string, so every name is quoted correctly."""

    def line(key: str, example: str) -> str:
        if key in values:
            return f"{key}: {_scalar(values[key]) if key == 'name' else values[key]}"
        return f"# {key}: {example:<{33 - len(key)}}# left out: the business's admin says it in the bot"

    return f"""{MODELINE}
{line("name", "Barber House")}
bot_token: {_scalar(values["bot_token"])}
# webhook_secret: env:NAME           # left out: derived from the internal key and the slug
{line("timezone", "Europe/Moscow")}
{line("locale", "ru")}
{line("currency", "RUB")}
enabled: true
rate_limits:
  per_user: 30/minute
  per_tenant: 1200/minute
  public: 60/minute
public:
  enabled: false
  origins: []
"""


def _scalar(value: str) -> str:
    return value if re.match(r"\A(env|file):[A-Za-z0-9_./-]+\Z", value) else json.dumps(value, ensure_ascii=False)


def _ask(file: Path, answers: dict[str, str | None]) -> dict[str, str]:
    slug = file.stem
    variable = re.sub(r"[^A-Z0-9]", "_", slug.upper())
    # a variable may not begin with a digit
    token = f"env:{'_' if variable[0].isdigit() else ''}{variable}_BOT_TOKEN"
    defaults = {**_DEFAULTS, "name": slug.replace("-", " ").title(), "bot_token": token}
    on_terminal = sys.stdin.isatty()
    values = {}
    for key, question in _QUESTIONS:
        answer = answers[key]
        if answer is None and on_terminal:
            answer = _prompt(file, question, key, defaults)
        if answer is None and key == "bot_token":
            answer = token
        if answer is not None:
            values[key] = answer
    return values


def _prompt(file: Path, question: str, key: str, defaults: dict[str, str]) -> str | None:
    """Ask until the answer is valid; the problem of one that is not is written. None for what is left to the bot."""
    while True:
        answer = str(click.prompt(question, default=defaults[key], err=True))
        if answer == "-" and key != "bot_token":
            return None
        try:
            _check_values(file, {**defaults, key: answer})
        except click.UsageError as error:
            write_note(error.message)
        else:
            return answer


def _check_values(file: Path, values: dict[str, str]) -> None:
    """Raise UsageError for what the loader would refuse. The variable of the token may be unset yet."""
    if not values["bot_token"].startswith(("env:", "file:")):
        raise click.UsageError("The token goes into a variable or a file: --bot-token env:NAME or file:PATH.")
    if "timezone" in values and values["timezone"] not in list_zones():
        raise click.UsageError(f"{values['timezone']} is not a zone that is known; write it as Europe/Moscow.")
    if "currency" in values and values["currency"] not in list_currencies():
        raise click.UsageError(f"{values['currency']} is not an ISO currency code.")
    placeholders = {**values, "bot_token": "env:TOKEN"}
    parsed = parse_tenant(
        file, _render(placeholders).encode(), env={"TOKEN": "1:stand-in"}, internal_key="", literals_allowed=False
    )
    if parsed.problems:
        raise click.UsageError(f"{parsed.problems[0].path}: {parsed.problems[0].message}.")


def _write(directory: Path, file: Path, text: str) -> None:
    """Write the file as a whole: a gateway that watches the folder must not read half of it. Raises Misconfigured."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(directory / SCHEMA_FILE, json.dumps(tenant_schema(), ensure_ascii=False, indent=1) + "\n")
        _replace(file, text)
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written: {error.strerror}.") from None


def _replace(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
