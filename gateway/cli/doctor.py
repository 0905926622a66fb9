"""`slotgate tenants doctor`: examines a running installation, and names a remedy for every problem."""

import asyncio
import os
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec
import rich_click as click
from click.exceptions import Exit

from backend.client.api import BackendClient, BackendRefused, BackendUnavailable
from backend.contract.tenancy import Policies
from backend.kit.http import Http, NoAnswer
from gateway.cli.bot_status import BotStatus
from gateway.cli.finding import Finding
from gateway.cli.online import ask_telegram
from gateway.cli.options import json_option, load_settings, print_json, tenants_option
from gateway.cli.running_services import examine_services
from gateway.errors import Unreachable
from gateway.settings import Settings
from gateway.supervisor.redis_check import ExaminedRedis, examine_redis
from gateway.supervisor.redis_server import embedded_redis_url
from gateway.supervisor.stack import gateway_url
from gateway.tenants.environment import load_configured_tenants
from gateway.tenants.file import Tenant

_TIMEOUT_S = 10.0
CLOCK_TOLERANCE_S = 30
RECENT_S = 600
MIN_KEY = 32
# As the backend's own warning has it: a full Redis refuses to write, and that takes a while to mend.
REDIS_FULL_FROM = 0.7


class _RedisMemory(msgspec.Struct):
    """The part of the readiness route's body that tells of the memory of Redis."""

    redis_used_bytes: int = 0
    redis_limit_bytes: int = 0


@click.command("doctor")
@click.argument("slug", required=False)
@tenants_option
@click.option(
    "--gateway", "gateway_address", metavar="URL", help="Where the gateway listens (SLOTGATE_HOST and _PORT)."
)
@json_option
def doctor_command(slug: str | None, tenants_dir: Path | None, gateway_address: str | None, as_json: bool) -> None:
    """Check key, files, services, versions, lag, disk, backup, Redis and every bot, with a remedy for each problem."""
    settings = load_settings(tenants_dir=tenants_dir)
    findings = asyncio.run(examine_installation(settings, slug, gateway_address))
    if as_json:
        print_json({"ok": all(f.ok for f in findings), "findings": [msgspec.structs.asdict(f) for f in findings]})
    else:
        for finding in findings:
            mark = _mark(finding)
            # None lets click look whether this is a terminal, but click does not look for NO_COLOR
            click.echo(f"{mark} {finding.what}: {finding.seen}", color=False if os.environ.get("NO_COLOR") else None)
            if finding.remedy:
                click.echo(f"     {finding.remedy}")
    codes = [finding.code for finding in findings if not finding.ok]
    if codes:
        # a wrong setting (3) counts more than a missing answer (4), of which it often is the cause
        raise Exit(min(codes, key=(3, 4, 1).index))


def _mark(finding: Finding) -> str:
    if not finding.ok:
        return click.style("FAIL", fg="red")
    return click.style("warn", fg="yellow") if finding.remedy else click.style("ok  ", fg="green")


async def examine_installation(settings: Settings, slug: str | None, gateway: str | None = None) -> list[Finding]:
    """Return every finding, in the order in which problems should be solved. `slug`: of this tenant only.

    `gateway` is the address of the gateway where it is not that of the settings.
    """
    findings = [_key_finding(settings.internal_key)]
    loaded = load_configured_tenants(settings)
    problems = [p for p in loaded.problems if slug is None or Path(p.file).stem == slug]
    findings += [Finding("tenant file", ok=False, seen=str(p), remedy="mend the file", code=3) for p in problems]
    if slug is not None and slug not in loaded.tenants and not problems:
        seen = f"there is no {slug}.yaml in {settings.tenants_dir}"
        findings.append(Finding("tenant file", ok=False, seen=seen, remedy=f"slotgate tenants new {slug}", code=3))
    findings += await _check_backend(settings)
    findings += await examine_services(settings, gateway or gateway_url(settings))
    findings += await _check_redis(settings)
    findings += await _check_clock(settings)
    tenants = [tenant for tenant in loaded.tenants.values() if slug in (None, tenant.slug)]
    findings += await _check_policies(settings, tenants)
    statuses = await ask_telegram(tenants, settings)
    for tenant, status in zip(tenants, statuses, strict=True):
        findings += _bot_findings(settings, tenant, status)
    return findings


def _key_finding(key: str) -> Finding:
    if not key:
        remedy = "set it to what gateway and backend run with"
        return Finding("internal key", ok=False, seen="SLOTGATE_INTERNAL_KEY is not set", remedy=remedy, code=3)
    if len(key) < MIN_KEY:
        seen = f"SLOTGATE_INTERNAL_KEY has {len(key)} characters, which can be guessed"
        remedy = "make one with `openssl rand -hex 32`, give it to all services, and restart them"
        return Finding("internal key", ok=False, seen=seen, remedy=remedy, code=3)
    return Finding("internal key", ok=True, seen="set, and long enough")


async def _check_backend(settings: Settings) -> list[Finding]:
    url = settings.backend_url
    client = BackendClient(url, settings.internal_key, timeout_s=_TIMEOUT_S)
    try:
        ready = await client.request("GET", "/health/ready", {}, None)
        if settings.internal_key and not await client.accepts_key("doctor"):
            seen = f"{url} refuses this SLOTGATE_INTERNAL_KEY"
            return [Finding("backend", ok=False, seen=seen, remedy="all services must share one", code=3)]
    except BackendUnavailable as error:
        remedy = "start it: `slotgate up`, or `slotgate backend` where it runs alone"
        return [Finding("backend", ok=False, seen=f"{url}: {error}", remedy=remedy)]
    finally:
        await client.close()
    answers = Finding("backend", ok=True, seen=f"{url} answers")
    return [answers, _database_finding(ready.status, ready.body), *_redis_memory_findings(ready.body)]


def _database_finding(status: int, body: bytes) -> Finding:
    """Return what the backend's readiness route says about its database, where it tries to write."""
    try:
        state = str(msgspec.json.decode(body, type=dict[str, object]).get("database", status))
    except msgspec.DecodeError:
        state = str(status)
    if status == 200:
        return Finding("database", ok=True, seen="a write reaches it")
    remedy = "look at SLOTGATE_DATABASE_URL, whether its server or file is there, and run `slotgate migrate`"
    if state == "storage_full":
        remedy = "make room on the disk that SLOTGATE_DATABASE_URL points to"
    return Finding("database", ok=False, seen=f"no write reaches it ({state})", remedy=remedy)


def _redis_memory_findings(body: bytes) -> list[Finding]:
    """Return what the backend's readiness route says about the memory of Redis; nothing where it does not know."""
    try:
        memory = msgspec.json.decode(body, type=_RedisMemory)
    except msgspec.DecodeError:
        return []
    if not memory.redis_limit_bytes:
        return []
    seen = f"{memory.redis_used_bytes / 2**20:.0f} of {memory.redis_limit_bytes / 2**20:.0f} MB are in use"
    ok = memory.redis_used_bytes < memory.redis_limit_bytes * REDIS_FULL_FROM
    remedy = (
        "" if ok else "raise `maxmemory`, or give the embedded server's work to one of your own (SLOTGATE_REDIS_URL)"
    )
    return [Finding("redis memory", ok=ok, seen=seen, remedy=remedy)]


async def _check_redis(settings: Settings) -> list[Finding]:
    """Ask the server what it is, and what its users may do; the embedded one where no address is set."""
    url = settings.redis_url or embedded_redis_url(settings.data_dir)
    if url is None:
        seen = f"no SLOTGATE_REDIS_URL, and no embedded one has run on {settings.data_dir}"
        return [Finding("redis", ok=False, seen=seen, remedy="`slotgate up` brings its own")]
    try:
        found = await examine_redis(url, settings.internal_key)
    except Unreachable as error:
        remedy = (
            "load the users that `slotgate redis-acl` prints" if settings.redis_url else "`slotgate up` starts its own"
        )
        return [Finding("redis", ok=False, seen=str(error), remedy=f"start it; {remedy}")]
    what = found.server if settings.redis_url else f"{found.server}, embedded"
    return [Finding("redis", ok=True, seen=what), *_redis_findings(found)]


def _redis_findings(found: ExaminedRedis) -> list[Finding]:
    findings = []
    if not found.excess:
        findings.append(
            Finding("redis users", ok=True, seen="the address has credentials of its own: no users of ours")
        )
    elif beyond := {user: commands for user, commands in found.excess.items() if commands}:
        seen = "; ".join(f"{user} may also say {_shorten(commands)}" for user, commands in beyond.items())
        remedy = "load the users that `slotgate redis-acl` prints anew"
        findings.append(Finding("redis users", ok=False, seen=seen, remedy=remedy, code=3))
    else:
        findings.append(Finding("redis users", ok=True, seen="bot, gateway and backend have exactly their rights"))
    if found.policy not in ("", "noeviction"):
        seen, remedy = f"a full one drops keys ({found.policy})", "set maxmemory-policy to noeviction"
        findings.append(Finding("redis policy", ok=False, seen=seen, remedy=remedy, code=3))
    return findings


def _shorten(commands: tuple[str, ...]) -> str:
    """Return the first of many commands, and how many there are."""
    shown = ", ".join(commands[:5])
    return f"{shown} and {len(commands) - 5} more" if len(commands) > 5 else shown


async def _check_policies(settings: Settings, tenants: list[Tenant]) -> list[Finding]:
    """Return what the businesses have decided that their clients will stumble over; nothing where the backend is silent."""
    client = BackendClient(settings.backend_url, settings.internal_key, timeout_s=_TIMEOUT_S)
    findings = []
    try:
        for tenant in tenants:
            try:
                business = await client.act_as(tenant.slug, None, "doctor").get_tenant()
            except BackendRefused:
                continue  # the business is switched off, or has not been served yet
            findings.append(_currency_finding(tenant, business.currency, locked=business.currency_locked))
            findings.append(_reminders_finding(tenant.slug, business.policies))
            findings.append(_retention_finding(tenant.slug, business.policies))
    except BackendUnavailable:
        return []
    finally:
        await client.close()
    return findings


def _currency_finding(tenant: Tenant, kept: str, *, locked: bool) -> Finding:
    """Say where the file names another currency than the business has: bookings keep theirs, whatever the file says."""
    what = f"{tenant.slug}: currency"
    if "currency" in tenant.left_out or tenant.currency == kept:
        return Finding(what, ok=True, seen=f"{kept}, set in the bot" if "currency" in tenant.left_out else kept)
    seen = f"{tenant.slug}.yaml says {tenant.currency}, but the business runs in {kept}"
    if locked:
        seen += ", as there are bookings: the file is not followed"
        return Finding(what, ok=True, seen=seen, remedy=f"put `currency: {kept}` back into the file, or leave it out")
    return Finding(what, ok=True, seen=seen, remedy="a running gateway takes it from the file; see its log")


def _reminders_finding(slug: str, policies: Policies) -> Finding:
    what, cut_off = f"{slug}: reminders", _span(policies.cancel_until_min)
    if not (late := policies.reminders_after_cut_off()):
        return Finding(what, ok=True, seen=f"all come before the cut-off for cancelling ({cut_off} before the start)")
    leads = ", ".join(map(_span, late))
    seen = f"clients are asked {leads} before the start, when cancelling already counts as late (cut-off {cut_off})"
    remedy = "an admin sets an earlier reminder, or a later cut-off, in the bot's Settings"
    return Finding(what, ok=True, seen=seen, remedy=remedy)


def _retention_finding(slug: str, policies: Policies) -> Finding:
    months = policies.retention_months
    seen = f"clients are unlinked after {months} months without a booking" if months else "clients are kept (off)"
    return Finding(f"{slug}: old data", ok=True, seen=seen)


def _span(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


async def _check_clock(settings: Settings) -> list[Finding]:
    """Compare the clock with Telegram's. Returns nothing if Telegram does not answer: the bots' findings say so."""
    http = Http(settings.telegram_api_url, timeout_s=_TIMEOUT_S, connect_s=5.0, proxy=settings.telegram_proxy)
    try:
        reply = await http.request("GET", "/", {})
        skew = time.time() - parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (NoAnswer, ValueError, KeyError):
        return []
    finally:
        await http.close()
    seen = f"{skew:+.0f} s against Telegram's"
    ok = abs(skew) <= CLOCK_TOLERANCE_S
    return [Finding("clock", ok=ok, seen=seen, remedy="" if ok else "run an NTP client", code=3)]


def _bot_findings(settings: Settings, tenant: Tenant, status: BotStatus) -> list[Finding]:
    what = f"{tenant.slug}: token"
    if status.code:
        return [Finding(what, ok=False, seen=status.problem, remedy=status.remedy, code=status.code)]
    return [Finding(what, ok=True, seen=f"@{status.username}"), _webhook_finding(settings, tenant, status)]


def _webhook_finding(settings: Settings, tenant: Tenant, status: BotStatus) -> Finding:
    what = f"{tenant.slug}: webhook"
    # a disabled tenant may have none: the gateway registers it when the tenant is enabled
    expected = settings.webhook_url(tenant.slug) if tenant.enabled else None
    seen = f"{status.webhook or 'none'}, {status.waiting} waiting"
    if expected is not None and status.webhook != expected:
        remedy = f"expected {expected}: a running gateway registers it; check SLOTGATE_PUBLIC_URL"
        return Finding(what, ok=False, seen=seen, remedy=remedy, code=3)
    if status.waiting and time.time() - status.last_error_at < RECENT_S:
        seen += f", last error: {status.last_error or '?'}"
        return Finding(what, ok=False, seen=seen, remedy=_webhook_remedy(str(status.last_error)))
    return Finding(what, ok=True, seen=seen)


def _webhook_remedy(last_error: str) -> str:
    """Return the remedy for a webhook's last error. Telegram never tells the secret, only the answer that it got."""
    if "401" in last_error:
        return "the secret differs: a running gateway sets it anew within 15 minutes, and at once when restarted"
    return "see the gateway's log"
