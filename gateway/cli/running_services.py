"""What `doctor` sees of a running gateway and backend: their metrics, as Prometheus would read them, and what these say.

The limits are those of the alert rules in `gateway/observability/prometheus`.
"""

import asyncio
import shutil
import time
from collections.abc import Iterable, Iterator
from math import inf
from pathlib import Path

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from backend.contract.versions import HEAD, OLDEST, describe_program
from backend.kit.http import Http, NoAnswer, Reply
from gateway.cli.finding import Finding
from gateway.settings import Settings

TIMEOUT_S = 5.0
MEASURED_S = 1.5  # how long the event loops are watched
MAX_LAG_S = 0.25
MAX_SILENCE_S = 10.0
MAX_OUTBOX_AGE_S = 300
MAX_BACKUP_AGE_S = 26 * 3600
MIN_FREE_BYTES = 1e9
MIN_FREE_SHARE = 0.1
# The exit code of what works and needs attention all the same.
ATTENTION = 1


class MetricsPage:
    """The samples of one `/metrics` page."""

    def __init__(self, text: str) -> None:
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def __len__(self) -> int:
        """Return how many series it has."""
        return len(self._samples)

    def value(self, name: str) -> float | None:
        """Return the value of the first sample of that name; None where there is none."""
        return next((sample.value for sample in self._samples if sample.name == name), None)

    def labels(self, name: str) -> dict[str, str]:
        """Return the labels of the first sample of that name."""
        return next((dict(sample.labels) for sample in self._samples if sample.name == name), {})

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """Return the samples of that name by the values of a label."""
        return {sample.labels[label]: sample.value for sample in self._samples if sample.name == name}


async def examine_services(settings: Settings, gateway_url: str) -> list[Finding]:
    """Return what the running services say of themselves."""
    backend, gateway = await asyncio.gather(_watch(settings.backend_url), _watch(gateway_url))
    findings = [
        *_reachability("backend metrics", settings.backend_url, backend),
        *await _gateway_findings(gateway_url),
        *_reachability("gateway metrics", gateway_url, gateway),
    ]
    pages = {name: watched[-1] for name, watched in (("backend", backend), ("gateway", gateway)) if watched}
    if pages:
        findings.append(_version_finding(pages))
    for name, watched in (("backend", backend), ("gateway", gateway)):
        findings += _event_loop_findings(name, watched)
    if backend:
        findings += [*_schema_findings(backend[-1]), *_outbox_findings(backend[-1]), *_backup_findings(backend[-1])]
    return [*findings, *_disk_findings(settings, backend[-1] if backend else None)]


async def _watch(url: str) -> list[MetricsPage]:
    """Return the page twice, some time apart; nothing where it cannot be had or read."""
    pages = []
    for pause in (0.0, MEASURED_S):
        await asyncio.sleep(pause)
        reply = await _get(url, "/metrics")
        if reply is None or reply.status != 200 or not reply.headers.get("content-type", "").startswith("text/plain"):
            return []
        try:
            pages.append(MetricsPage(reply.body.decode()))
        except ValueError:
            return []
    return pages


async def _get(url: str, path: str) -> Reply | None:
    http = Http(url, timeout_s=TIMEOUT_S, connect_s=TIMEOUT_S)
    try:
        return await http.request("GET", path, {})
    except NoAnswer:
        return None
    finally:
        await http.close()


def _reachability(what: str, url: str, watched: list[MetricsPage]) -> Iterator[Finding]:
    if watched:
        yield Finding(what, ok=True, seen=f"{url}/metrics has {len(watched[-1])} series, and Prometheus can read them")
    else:
        remedy = "let Prometheus, and this machine, reach it; nginx passes it on to nobody"
        yield Finding(what, ok=False, seen=f"{url}/metrics cannot be read", remedy=remedy)


async def _gateway_findings(url: str) -> list[Finding]:
    reply = await _get(url, "/health/ready")
    if reply is None:
        remedy = "start it: `slotgate up`; where it listens elsewhere, name the address with --gateway"
        return [Finding("gateway", ok=False, seen=f"{url} does not answer", remedy=remedy)]
    try:
        parts = msgspec.json.decode(reply.body, type=dict[str, object])
    except msgspec.DecodeError:
        return [
            Finding("gateway", ok=False, seen=f"{url} is another program", remedy="name its address with --gateway")
        ]
    if reply.status == 200:
        return [Finding("gateway", ok=True, seen=f"{url} is ready")]
    if parts.get("backend") == "refuses the internal key":
        remedy = "give both the same SLOTGATE_INTERNAL_KEY, and restart the one that has the other"
        return [Finding("gateway", ok=False, seen="its key is not the backend's", remedy=remedy, code=3)]
    seen = f"{url} is not ready: " + ", ".join(f"{name} {state}" for name, state in parts.items() if name != "pid")
    return [
        Finding("gateway", ok=False, seen=seen, remedy="start what is down; its log says why the bot is not loaded")
    ]


def _version_finding(pages: dict[str, MetricsPage]) -> Finding:
    versions = {"this program": describe_program()["version"]}
    versions |= {name: page.labels("slotgate_build_info").get("version", "?") for name, page in pages.items()}
    seen = ", ".join(f"{name} {version}" for name, version in versions.items())
    if len(set(versions.values())) == 1:
        return Finding("version", ok=True, seen=seen)
    remedy = "upgrade what is older, and restart it; `slotgate --version` says what is installed"
    return Finding("version", ok=False, seen=seen, remedy=remedy, code=3)


def _schema_findings(page: MetricsPage) -> Iterator[Finding]:
    """Compare the database's revision, and from which one on it can be used, with this program's range."""
    schema = page.labels("slotgate_schema_info")
    if not schema:
        return
    revision, usable_from = schema["revision"], schema["usable_from"]
    seen = f"at revision {revision}; this program works with {OLDEST} to {HEAD}"
    if usable_from > HEAD:
        remedy = f"the database needs a program of revision {usable_from} or later: upgrade this one"
    elif revision < OLDEST:
        remedy = "run `slotgate migrate`"
    else:
        yield Finding("database version", ok=True, seen=seen)
        return
    yield Finding("database version", ok=False, seen=seen, remedy=remedy, code=3)


def _outbox_findings(page: MetricsPage) -> Iterator[Finding]:
    age, due = page.value("slotgate_outbox_oldest_due_seconds"), page.value("slotgate_outbox_due")
    if age is None or due is None:
        return
    seen = f"{due:.0f} messages are due, the oldest for {age:.0f} s"
    ok = age <= MAX_OUTBOX_AGE_S
    remedy = "a ready gateway with the business's tenant file sends them: see the findings about gateway and bots"
    yield Finding("outbox", ok=ok, seen=seen, remedy="" if ok else remedy, code=ATTENTION)


def _event_loop_findings(name: str, watched: list[MetricsPage]) -> Iterator[Finding]:
    """Say how late the event loops woke up between two readings, and whether one of them has stopped."""
    if len(watched) < 2:
        return
    what, bucket = f"{name} event loop", "slotgate_event_loop_lag_seconds_bucket"
    before, after = (page.by_label(bucket, "le") for page in watched)
    turned = [float(bound) for bound, count in after.items() if count > before.get(bound, 0.0)]
    # the smallest bound that counts every turn of the loop in between
    turns = {bound: after[bound] - before.get(bound, 0.0) for bound in after}
    most = max(turns.values(), default=0.0)
    lag_s = min((float(bound) for bound, count in turns.items() if count == most), default=inf)
    silent = [
        worker
        for worker, at in watched[-1].by_label("slotgate_worker_heartbeat_timestamp_seconds", "worker").items()
        if time.time() - at > MAX_SILENCE_S
    ]
    if silent:
        remedy = "it is replaced by itself after half a minute; if not, restart the service"
        yield Finding(what, ok=False, seen=f"worker {', '.join(silent)} hangs", remedy=remedy, code=ATTENTION)
    elif turned and lag_s > MAX_LAG_S:
        remedy = "the processor is full or something blocks: add workers or a machine, or see which requests are slow"
        yield Finding(what, ok=False, seen=f"up to {lag_s:g} s late", remedy=remedy, code=ATTENTION)
    else:
        yield Finding(what, ok=True, seen=f"at most {lag_s * 1000:g} ms late" if turned else "turns")


def _backup_findings(page: MetricsPage) -> Iterator[Finding]:
    made_at = page.value("slotgate_backup_timestamp_seconds")
    since = made_at or page.value("slotgate_installation_timestamp_seconds")
    if since is None:
        yield Finding("backup", ok=True, seen="none, and nothing to back up yet")
        return
    age_s = time.time() - since
    seen = f"the last one is {_duration(age_s)} old" if made_at else f"none yet, {_duration(age_s)} after the beginning"
    ok = age_s <= MAX_BACKUP_AGE_S
    remedy = "run `slotgate backup FILE` every day, by a timer, and try a restore now and then"
    yield Finding("backup", ok=ok, seen=seen, remedy="" if ok else remedy, code=ATTENTION)


def _disk_findings(settings: Settings, backend: MetricsPage | None) -> Iterator[Finding]:
    """Look at the disk with the database, as the backend sees it, and at this machine's data directory."""
    disks = []
    if backend is not None and (size := backend.value("slotgate_disk_size_bytes")):
        disks.append(("disk of the database", backend.value("slotgate_disk_free_bytes") or 0.0, size))
    folder = next((f for f in _with_parents(settings.data_dir) if f.exists()), None)
    if folder is not None:
        usage = shutil.disk_usage(folder)
        disks.append((f"disk of {settings.data_dir}", usage.free, usage.total))
    for what, free, size in disks:
        ok = free >= MIN_FREE_BYTES and free / size >= MIN_FREE_SHARE
        seen = f"{free / 1e9:.1f} GB of {size / 1e9:.1f} GB are free"
        remedy = "make room (old backups, logs): on a full disk bookings are refused"
        yield Finding(what, ok=ok, seen=seen, remedy="" if ok else remedy, code=ATTENTION)


def _with_parents(folder: Path) -> Iterable[Path]:
    absolute = folder.absolute()
    return (absolute, *absolute.parents)


def _duration(seconds: float) -> str:
    hours = seconds / 3600
    return (
        f"{hours / 24:.0f} days"
        if hours >= 48
        else f"{hours:.0f} hours"
        if hours >= 2
        else f"{seconds / 60:.0f} minutes"
    )
