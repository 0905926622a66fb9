"""All tenants: the folder of files as one snapshot, kept up to date while the gateway serves."""

import hashlib
import logging
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from backend.kit.strict_yaml import MAX_BYTES, Problem
from gateway.errors import Misconfigured
from gateway.tenants.file import PublicApi, Rate, RateLimits, Tenant, parse
from gateway.tenants.secret_file import MAX_SECRET_BYTES

__all__ = [
    "Changes",
    "Directory",
    "Loaded",
    "Problem",
    "PublicApi",
    "Rate",
    "RateLimits",
    "Tenant",
    "load",
]

REMOVED = ".removed"
_log = logging.getLogger(__name__)


class Loaded(msgspec.Struct):
    """What a folder holds: the usable tenants by slug, and every problem of the others."""

    tenants: dict[str, Tenant]
    problems: list[Problem]


class Changes(msgspec.Struct):
    """What a rescan found. `changed` pairs what was served with what is served now; `removed` are served no more."""

    added: list[Tenant] = msgspec.field(default_factory=list)
    changed: list[tuple[Tenant, Tenant]] = msgspec.field(default_factory=list)
    removed: list[Tenant] = msgspec.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """A file as it was last read. Only the digest of its content is kept: ten thousand of these stay for good."""

    digest: bytes
    mtime_ns: int
    tenant: Tenant | None
    problems: tuple[Problem, ...]
    secret_files: tuple[Path, ...] = ()


def load(directory: Path, *, env: Mapping[str, str], internal_key: str, literals_allowed: bool) -> Loaded:
    """Read every tenant of a folder once. Raises Misconfigured where there is no such folder."""
    whole = Directory(directory, env=env, internal_key=internal_key, literals_allowed=literals_allowed)
    whole.rescan(announce=False)
    return Loaded(dict(whole.tenants), whole.problems)


class Directory:
    """The living folder. `tenants` is replaced as a whole, so whoever took it finishes on what they began with.

    A file that breaks keeps its tenant's last good state; a file that vanishes keeps serving, with a warning, until
    its tenant is disabled in a file or removed explicitly (`<slug>.yaml` renamed to `<slug>.yaml.removed`, which is
    what `slotgate tenants remove` does). Both hold while this process lives: nothing is cached on disk, where it would
    put secrets into a second place.
    """

    def __init__(
        self,
        directory: Path,
        *,
        env: Mapping[str, str],
        internal_key: str,
        literals_allowed: bool,
        rescan_s: float = 30.0,
    ) -> None:
        self.directory = directory
        self.tenants: Mapping[str, Tenant] = {}
        self.problems: list[Problem] = []
        self.vanished: frozenset[str] = frozenset()
        self._env = env
        self._internal_key = internal_key
        self._literals_allowed = literals_allowed
        self._rescan_s = rescan_s
        self._entries: dict[str, _Entry] = {}

    def get(self, slug: str) -> Tenant | None:
        """The tenant that is served under this slug now."""
        return self.tenants.get(slug)

    def rescan(self, *, announce: bool = True) -> Changes:
        """Read what changed, by content (also that of the secrets' files), and swap the snapshot.

        Raises Misconfigured where the folder cannot be listed.
        """
        try:
            names = sorted(path.name for path in self.directory.iterdir())
        except OSError as error:
            raise Misconfigured(f"The tenants' folder {self.directory} cannot be read: {error.strerror}.") from None
        # hidden files are editors' and Kubernetes' own
        files = [n for n in names if n.endswith((".yaml", ".yml")) and not n.startswith(".")]
        self._entries = {name: entry for name in files if (entry := self._read(name)) is not None}
        problems = [problem for entry in self._entries.values() for problem in entry.problems]
        found = [((entry.mtime_ns, name), entry.tenant) for name, entry in self._entries.items()]
        present = {name.rpartition(".")[0] for name in files}
        dropped = {n.removesuffix(".yaml" + REMOVED) for n in names if n.endswith(".yaml" + REMOVED)} - present
        usable = [(age, tenant) for age, tenant in found if tenant is not None]
        fresh, refused = _one_file_per_bot(usable, self.tenants, dropped, self.directory)
        kept = {slug: t for slug, t in self.tenants.items() if slug not in fresh and slug not in dropped}
        changes = self._compare(fresh, dropped)
        self._tell(kept.keys() - present, problems + refused, announce=announce)
        self.tenants = {**kept, **fresh}
        return changes

    async def run(self, on_change: Callable[[Changes], Awaitable[None]]) -> None:
        """Watch until cancelled, and rescan every `rescan_s` besides: bind-mounted files fire no event.

        `on_change` is awaited for each rescan that changed something; what it raises is logged and ends nothing.
        """
        import asyncio

        import watchfiles

        while True:
            await self._once(on_change)
            try:
                before = self.directory.stat()
                async for _ in watchfiles.awatch(
                    self.directory,
                    debounce=200,
                    step=50,
                    recursive=False,
                    rust_timeout=int(self._rescan_s * 1000),
                    yield_on_timeout=True,
                ):
                    await self._once(on_change)
                    now = self.directory.stat()
                    if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                        break  # the folder was swapped (a symlink): the watch still looks at the old one
            except OSError:
                # gone for the moment, or the system has no watches left: the rescans go on
                await asyncio.sleep(min(self._rescan_s, 5.0))

    async def _once(self, on_change: Callable[[Changes], Awaitable[None]]) -> None:
        import asyncio

        try:
            changes = await asyncio.to_thread(self.rescan)
            if changes:
                await on_change(changes)
        except Misconfigured as error:
            _log.warning("%s", error)
        except Exception:  # noqa: BLE001  one tenant's trouble must not end the watch over all others
            _log.exception("a change of the tenants' files could not be carried out")

    def _read(self, name: str) -> _Entry | None:
        old = self._entries.get(name)
        file = self.directory / name
        try:
            status = file.stat()
            # a pipe would hang the reload of every tenant
            data = _beginning(file) if stat.S_ISREG(status.st_mode) else b""
        except FileNotFoundError:
            if not file.is_symlink():
                return None  # gone since the folder was listed
            problem = Problem(str(file), 1, 1, "", "is a link to a file that is not there")
            return _Entry(b"", 0, None, (problem,))
        except OSError as error:
            problem = Problem(str(file), 1, 1, "", f"cannot be read: {error.strerror}")
            return _Entry(b"", 0, None, (problem,))
        digest = _digest(data, old.secret_files if old is not None else ())
        if old is not None and old.digest == digest:
            return old
        parsed = parse(
            file,
            data,
            env=self._env,
            internal_key=self._internal_key,
            literals_allowed=self._literals_allowed,
        )
        digest = _digest(data, parsed.secret_files)
        return _Entry(digest, status.st_mtime_ns, parsed.tenant, tuple(parsed.problems), parsed.secret_files)

    def _compare(self, fresh: dict[str, Tenant], dropped: Iterable[str]) -> Changes:
        changes = Changes(removed=[self.tenants[slug] for slug in sorted(dropped) if slug in self.tenants])
        for slug, tenant in fresh.items():
            old = self.tenants.get(slug)
            if old is None:
                changes.added.append(tenant)
            elif old.fingerprint != tenant.fingerprint:
                changes.changed.append((old, tenant))
        return changes

    def _tell(self, vanished: Iterable[str], problems: list[Problem], *, announce: bool) -> None:
        """Keep what is wrong, and log each thing once, when it appears."""
        told = set(self.problems)
        for problem in problems:
            if announce and problem not in told:
                serving = self.tenants.get(Path(problem.file).stem) is not None
                _log.error("%s (%s)", problem, "its last good state serves on" if serving else "not served")
        for slug in sorted(set(vanished) - self.vanished):
            _log.warning("%s.yaml has vanished; its tenant is served until `slotgate tenants remove %s`", slug, slug)
        self.problems = problems
        self.vanished = frozenset(vanished)


def _one_file_per_bot(
    found: list[tuple[tuple[int, str], Tenant]], serving: Mapping[str, Tenant], dropped: set[str], directory: Path
) -> tuple[dict[str, Tenant], list[Problem]]:
    """Where two files have one bot, whoever serves it already keeps it, else the older file; the other is refused."""

    def rank(item: tuple[tuple[int, str], Tenant]) -> tuple[bool, tuple[int, str]]:
        age, tenant = item
        incumbent = serving.get(tenant.slug)
        return (incumbent is None or incumbent.bot_id != tenant.bot_id, age)

    # whoever goes on serving without a usable file of their own keeps their bot as well
    settled = {tenant.slug for _, tenant in found} | dropped
    owners = {tenant.bot_id: slug for slug, tenant in serving.items() if slug not in settled}
    accepted: dict[str, Tenant] = {}
    refused: list[Problem] = []
    for _, tenant in sorted(found, key=rank):
        owner = owners.setdefault(tenant.bot_id, tenant.slug)
        if owner == tenant.slug:
            accepted[tenant.slug] = tenant
            continue
        both = f"{owner}.yaml and {tenant.slug}.yaml have one bot (id {tenant.bot_id}); {tenant.slug}.yaml is the newer"
        refused.append(Problem(str(directory / f"{tenant.slug}.yaml"), 1, 1, "bot_token", f"{both} and is refused"))
    return dict(sorted(accepted.items())), refused


def _beginning(file: Path) -> bytes:
    """All of it, or so much that it is seen to be too large: a file of gigabytes must not fill the memory."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _digest(data: bytes, secret_files: Iterable[Path]) -> bytes:
    digest = hashlib.blake2b(data, digest_size=16)
    for file in secret_files:
        try:
            status = file.stat()
            content = b""
            if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_SECRET_BYTES:
                content = file.read_bytes()
            digest.update(b"\0" + content)
        except OSError as error:
            digest.update(b"\1" + str(error.errno).encode())
    return digest.digest()
