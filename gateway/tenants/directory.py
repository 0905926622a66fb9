"""All tenants: the folder of their files, read once by commands and kept up to date while the gateway serves."""

import hashlib
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from backend.kit.files import open_regular_file
from backend.kit.yaml_document import MAX_BYTES, FileProblem
from gateway.errors import Misconfigured
from gateway.tenants.file import Tenant, TenantFile, parse_tenant
from gateway.tenants.secret_file import read_secret_state

REMOVED = ".removed"
_log = logging.getLogger(__name__)


class LoadedTenants(msgspec.Struct):
    """What a command gets of a folder: the usable tenants by slug, and every problem of the others.

    Apart from `Directory`, which lives on and is not the command's to change.
    """

    tenants: dict[str, Tenant]
    problems: list[FileProblem]


class Changes(msgspec.Struct):
    """What a rescan found. `changed` pairs each tenant as it was with what it is now; `removed` are no longer served."""

    added: list[Tenant] = msgspec.field(default_factory=list)
    changed: list[tuple[Tenant, Tenant]] = msgspec.field(default_factory=list)
    removed: list[Tenant] = msgspec.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def load_tenants(
    directory: Path, *, env: Mapping[str, str], internal_key: str, literals_allowed: bool
) -> LoadedTenants:
    """Read every tenant of a folder once. Raises Misconfigured where there is no such folder."""
    folder = Directory(directory, env=env, internal_key=internal_key, literals_allowed=literals_allowed)
    folder.rescan(log_problems=False)
    return LoadedTenants(dict(folder.tenants), folder.problems)


class Directory:
    """The folder while the gateway serves. `tenants` is replaced as a whole: a reader of the old one goes on with it.

    A file that breaks keeps its tenant's last good state. A file that vanishes keeps its tenant served, with a warning,
    until the tenant is removed explicitly (`<slug>.yaml` renamed to `<slug>.yaml.removed`, which is what
    `slotgate tenants remove` does). Both hold as long as this process lives; nothing is cached on disk, where secrets
    would have a second place.
    """

    def __init__(self, directory: Path, *, env: Mapping[str, str], internal_key: str, literals_allowed: bool) -> None:
        self.directory = directory
        self.tenants: Mapping[str, Tenant] = {}
        self.problems: list[FileProblem] = []
        self.vanished: frozenset[str] = frozenset()
        self._env = env
        self._internal_key = internal_key
        self._literals_allowed = literals_allowed
        self._files: dict[str, TenantFile] = {}

    def rescan(self, *, log_problems: bool = True) -> Changes:
        """Read what has changed, by content (that of the secrets' files too), and replace `tenants` and `problems`.

        Raises Misconfigured if the folder cannot be listed.
        """
        try:
            names = sorted(path.name for path in self.directory.iterdir())
        except OSError as error:
            raise Misconfigured(f"The tenants' folder {self.directory} cannot be read: {error.strerror}.") from None
        # hidden files are editors' and Kubernetes' own
        listed = [n for n in names if n.endswith((".yaml", ".yml")) and not n.startswith(".")]
        self._files = {name: file for name in listed if (file := self._read(name)) is not None}
        problems = [problem for file in self._files.values() for problem in file.problems]
        present = {name.rpartition(".")[0] for name in listed}
        removed = {n.removesuffix(".yaml" + REMOVED) for n in names if n.endswith(".yaml" + REMOVED)} - present
        usable = [
            (_Age(file.mtime_ns, name), file.tenant) for name, file in self._files.items() if file.tenant is not None
        ]
        accepted, refused = _one_file_per_bot(usable, self.tenants, removed, self.directory)
        kept = {slug: t for slug, t in self.tenants.items() if slug not in accepted and slug not in removed}
        changes = self._compare(accepted, removed)
        self._report(kept.keys() - present, problems + refused, log_problems=log_problems)
        self.tenants = {**kept, **accepted}
        return changes

    def _read(self, name: str) -> TenantFile | None:
        """Return the file as it is now, the same object if it has not changed; None if it is gone."""
        known = self._files.get(name)
        path = self.directory / name
        try:
            data, mtime_ns = _read_beginning(path)
        except FileNotFoundError:
            if not path.is_symlink():
                return None  # gone since the folder was listed
            return TenantFile(None, (FileProblem(str(path), 1, 1, "", "is a link to a file that is not there"),))
        except OSError as error:
            return TenantFile(None, (FileProblem(str(path), 1, 1, "", f"cannot be read: {error.strerror}"),))
        except ValueError as error:
            return TenantFile(None, (FileProblem(str(path), 1, 1, "", f"cannot be used: {error}"),))
        if known is not None and known.digest == _digest(data, known.secret_files):
            return known
        parsed = parse_tenant(
            path,
            data,
            env=self._env,
            internal_key=self._internal_key,
            literals_allowed=self._literals_allowed,
        )
        digest = _digest(data, parsed.secret_files)
        return msgspec.structs.replace(parsed, digest=digest, mtime_ns=mtime_ns)

    def _compare(self, accepted: dict[str, Tenant], removed: Iterable[str]) -> Changes:
        changes = Changes(removed=[self.tenants[slug] for slug in sorted(removed) if slug in self.tenants])
        for slug, tenant in accepted.items():
            old = self.tenants.get(slug)
            if old is None:
                changes.added.append(tenant)
            elif old.fingerprint != tenant.fingerprint:
                changes.changed.append((old, tenant))
        return changes

    def _report(self, vanished: Iterable[str], problems: list[FileProblem], *, log_problems: bool) -> None:
        """Keep what is wrong, and log each thing once, when it appears."""
        known = set(self.problems)
        for problem in problems:
            if log_problems and problem not in known:
                serving = self.tenants.get(Path(problem.file).stem) is not None
                _log.error("%s (%s)", problem, "its last good state serves on" if serving else "not served")
        for slug in sorted(set(vanished) - self.vanished):
            _log.warning("%s.yaml has vanished; its tenant is served until `slotgate tenants remove %s`", slug, slug)
        self.problems = problems
        self.vanished = frozenset(vanished)


class _Age(NamedTuple):
    """Orders files by age, and files of one age by name."""

    mtime_ns: int
    name: str


def _one_file_per_bot(
    usable: list[tuple[_Age, Tenant]], serving: Mapping[str, Tenant], removed: set[str], directory: Path
) -> tuple[dict[str, Tenant], list[FileProblem]]:
    """Return the accepted tenants by slug, and a problem for each refused file.

    If two files have one bot, the tenant that already has it keeps it, else the older file; the other is refused.
    """

    def rank(item: tuple[_Age, Tenant]) -> tuple[bool, _Age]:
        age, tenant = item
        incumbent = serving.get(tenant.slug)
        return (incumbent is None or incumbent.bot_id != tenant.bot_id, age)

    # a tenant that is served without a usable file of its own keeps its bot as well
    with_file = {tenant.slug for _, tenant in usable} | removed
    owners = {tenant.bot_id: slug for slug, tenant in serving.items() if slug not in with_file}
    accepted: dict[str, Tenant] = {}
    refused: list[FileProblem] = []
    for _, tenant in sorted(usable, key=rank):
        owner = owners.setdefault(tenant.bot_id, tenant.slug)
        if owner == tenant.slug:
            accepted[tenant.slug] = tenant
            continue
        both = f"{owner}.yaml and {tenant.slug}.yaml have one bot (id {tenant.bot_id}); {tenant.slug}.yaml is the newer"
        refused.append(FileProblem(str(directory / f"{tenant.slug}.yaml"), 1, 1, "bot_token", f"{both} and is refused"))
    return dict(sorted(accepted.items())), refused


def _read_beginning(file: Path) -> tuple[bytes, int]:
    """Return the content, or enough of it to see that it is too large, and when it was changed.

    Raises OSError, and ValueError for what is no file of this folder: a link that leads out of it would show, in what is
    said about its mistakes, what stands in another file. Links within the folder are what Kubernetes mounts.
    """
    real = Path(os.path.realpath(file, strict=True))
    if not real.is_relative_to(os.path.realpath(file.parent)):
        raise ValueError("it is a link to something outside of this folder")
    with open_regular_file(real) as opened:
        return opened.read(MAX_BYTES + 1), os.fstat(opened.fileno()).st_mtime_ns


def _digest(data: bytes, secret_files: Iterable[Path]) -> bytes:
    digest = hashlib.blake2b(data, digest_size=16)
    for file in secret_files:
        digest.update(read_secret_state(file))
    return digest.digest()
