"""`slotgate tenants doctor`: looks at a living installation, and names the remedy of whatever is wrong."""

import asyncio
import os
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from click.exceptions import Exit

from backend.client.api import BackendClient, BackendUnavailable
from backend.kit.http import Http, NoAnswer
from gateway.cli.online import Answer, ask_all
from gateway.cli.options import json_option, print_json, settings, tenants_option
from gateway.errors import Unreachable
from gateway.settings import Settings
from gateway.supervisor.redis_server import check as check_redis
from gateway.tenants.directory import load_tenants
from gateway.tenants.file import Tenant

_TIMEOUT_S = 10.0
CLOCK_TOLERANCE_S = 30
RECENT_S = 600


class Finding(msgspec.Struct, frozen=True):
    """One look: what, whether it is well, what was seen, and what to do if not. `code` is the exit code it calls for."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""
    code: int = 4


@click.command()
@click.argument("slug", required=False)
@tenants_option
@json_option
def doctor(slug: str | None, tenants_dir: Path | None, as_json: bool) -> None:
    """Check key, files, backend, Redis and every bot (token, webhook, waiting updates, clock), with remedies."""
    findings = asyncio.run(examine(settings(tenants_dir=tenants_dir), slug))
    if as_json:
        print_json({"ok": all(f.ok for f in findings), "findings": [msgspec.structs.asdict(f) for f in findings]})
    else:
        for finding in findings:
            mark = click.style("ok  ", fg="green") if finding.ok else click.style("FAIL", fg="red")
            # None: click looks whether this is a terminal, but not for NO_COLOR
            click.echo(f"{mark} {finding.what}: {finding.seen}", color=False if os.environ.get("NO_COLOR") else None)
            if not finding.ok and finding.remedy:
                click.echo(f"     {finding.remedy}")
    bad = [finding.code for finding in findings if not finding.ok]
    if bad:
        # a wrong setting first: it often is why something does not answer
        raise Exit(min(bad))


async def examine(chosen: Settings, slug: str | None) -> list[Finding]:
    """Every finding, in the order in which they should be mended."""
    if not chosen.internal_key:
        remedy = "set it to what gateway and backend run with"
        findings = [Finding("internal key", ok=False, seen="SLOTGATE_INTERNAL_KEY is not set", remedy=remedy, code=3)]
    else:
        findings = [Finding("internal key", ok=True, seen="set")]
    loaded = load_tenants(
        chosen.tenants_dir,
        env=os.environ,
        internal_key=chosen.internal_key,
        literals_allowed=chosen.literals_allowed,
    )
    problems = [p for p in loaded.problems if slug is None or Path(p.file).stem == slug]
    findings += [Finding("tenant file", ok=False, seen=str(p), remedy="mend the file", code=3) for p in problems]
    if slug is not None and slug not in loaded.tenants and not problems:
        seen = f"there is no {slug}.yaml in {chosen.tenants_dir}"
        findings.append(Finding("tenant file", ok=False, seen=seen, remedy=f"slotgate tenants new {slug}", code=3))
    findings += await _backend(chosen)
    findings.append(await _redis(chosen))
    findings += await _clock(chosen)
    asked = [tenant for tenant in loaded.tenants.values() if slug in (None, tenant.slug)]
    answers = await ask_all(asked, chosen.telegram_api_url)
    for tenant, answer in zip(asked, answers, strict=True):
        findings += _bot(chosen, tenant, answer)
    return findings


async def _backend(chosen: Settings) -> list[Finding]:
    url = chosen.backend_url
    client = BackendClient(url, chosen.internal_key, timeout_s=_TIMEOUT_S)
    try:
        ready = await client.request("GET", "/health/ready", {}, None)
        if chosen.internal_key and not await client.accepts_key("doctor"):
            seen = f"{url} refuses this SLOTGATE_INTERNAL_KEY"
            return [Finding("backend", ok=False, seen=seen, remedy="all services must share one", code=3)]
    except BackendUnavailable as error:
        remedy = "start it: `slotgate up`, or `slotgate backend` where it runs alone"
        return [Finding("backend", ok=False, seen=f"{url}: {error}", remedy=remedy)]
    finally:
        await client.close()
    return [Finding("backend", ok=True, seen=f"{url} answers"), _database(ready.status, ready.body)]


def _database(status: int, body: bytes) -> Finding:
    """What the backend says of its database, after it tried to write there."""
    try:
        said = str(msgspec.json.decode(body, type=dict[str, Any]).get("database", status))
    except msgspec.DecodeError:
        said = str(status)
    if status == 200:
        return Finding("database", ok=True, seen="a write reaches it")
    remedy = "look at SLOTGATE_DATABASE_URL, whether its server or file is there, and run `slotgate migrate`"
    if said == "storage_full":
        remedy = "make room on the disk that SLOTGATE_DATABASE_URL points to"
    return Finding("database", ok=False, seen=f"no write reaches it ({said})", remedy=remedy)


async def _redis(chosen: Settings) -> Finding:
    if chosen.redis_url is None:
        return Finding("redis", ok=True, seen="embedded: `slotgate up` brings its own")
    try:
        await check_redis(chosen.redis_url, chosen.internal_key, strict=True)
    except Unreachable as error:
        remedy = "start it, and load the users that `slotgate redis-acl` prints"
        return Finding("redis", ok=False, seen=str(error), remedy=remedy)
    return Finding("redis", ok=True, seen="the users bot, gateway and backend can log in, with their rights")


async def _clock(chosen: Settings) -> list[Finding]:
    """Compare this machine's clock with Telegram's; nothing where Telegram does not answer, which the bots report."""
    http = Http(chosen.telegram_api_url, timeout_s=_TIMEOUT_S, connect_s=5.0)
    try:
        reply = await http.request("GET", "/", {})
        skew = time.time() - parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (NoAnswer, ValueError, KeyError):
        return []
    finally:
        await http.close()
    seen = f"{skew:+.0f} s against Telegram's"
    well = abs(skew) <= CLOCK_TOLERANCE_S
    return [Finding("clock", ok=well, seen=seen, remedy="" if well else "run an NTP client", code=3)]


def _bot(chosen: Settings, tenant: Tenant, answer: Answer) -> list[Finding]:
    what = f"{tenant.slug}: token"
    if answer.code:
        return [Finding(what, ok=False, seen=answer.said, remedy=answer.remedy, code=answer.code)]
    return [Finding(what, ok=True, seen=f"@{answer.username}"), _webhook(chosen, tenant, answer)]


def _webhook(chosen: Settings, tenant: Tenant, answer: Answer) -> Finding:
    what = f"{tenant.slug}: webhook"
    # one that is switched off may have none: the gateway registers it when it is switched on
    expected = chosen.webhook_url(tenant.slug) if tenant.enabled else None
    seen = f"{answer.webhook or 'none'}, {answer.waiting} waiting"
    if expected is not None and answer.webhook != expected:
        remedy = f"expected {expected}: a running gateway registers it; check SLOTGATE_PUBLIC_URL"
        return Finding(what, ok=False, seen=seen, remedy=remedy, code=3)
    if answer.waiting and time.time() - answer.last_error_at < RECENT_S:
        seen += f", last error: {answer.last_error or '?'}"
        return Finding(what, ok=False, seen=seen, remedy=_remedy(str(answer.last_error)))
    return Finding(what, ok=True, seen=seen)


def _remedy(last_error: str) -> str:
    """Telegram never tells a webhook's secret, but what it was answered with."""
    if "401" in last_error:
        return "the secret differs: a running gateway sets it anew within 15 minutes, and at once when restarted"
    return "see the gateway's log"
