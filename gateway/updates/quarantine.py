"""Where updates go that fail each time: kept on disk for an operator to look at and to replay, never lost.

Files, not Redis: Redis may be flushed, and may be absent. `<data>/quarantine/<slug>/<bot>-<update>.json`, readable by
the service's own user only, since an update holds what a person wrote. `.replay` in place of `.json`: an operator wants
it processed again; `.taken`: a worker does so.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from backend.kit.logging import utc_timestamp
from gateway.updates.incoming import IncomingUpdate

MAX_PER_TENANT = 1000
REQUESTED, TAKEN = ".replay", ".taken"
# Longer than any update is processed.
ABANDONED_S = 120.0


class QuarantinedUpdate(msgspec.Struct):
    """The content of a file. `error` says where it failed and of what type, without the error's own words."""

    tenant: str
    bot_id: int
    update_id: int
    at: str
    error: str
    request_id: str
    update: dict[str, object]

    @property
    def name(self) -> str:
        """What an operator calls it by: `<slug>/<bot>-<update>`."""
        return f"{self.tenant}/{self.bot_id}-{self.update_id}"

    @property
    def kind(self) -> str:
        """The kind of update, which reveals nothing of its content."""
        return next((key for key in self.update if key != "update_id"), "")


class Quarantine:
    """Writes durably: once `add` returns, the update survives a power cut."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def add(self, update: IncomingUpdate, error: str) -> None:
        """Keep an update. Raises OSError if that fails: then it must not be acknowledged."""
        quarantined = QuarantinedUpdate(
            tenant=update.tenant.slug,
            bot_id=update.tenant.bot_id,
            update_id=update.envelope.update_id,
            at=utc_timestamp(),
            error=error,
            request_id=update.request_id,
            update=msgspec.json.decode(update.body),
        )
        await asyncio.to_thread(self._write, quarantined)

    def read_all(self) -> list[QuarantinedUpdate]:
        """Return all that are kept, oldest first; a file that cannot be read is skipped."""
        decoder = msgspec.json.Decoder(QuarantinedUpdate)
        quarantined = []
        for path in _oldest_first(self._directory.glob("*/*.json")):
            try:
                quarantined.append(decoder.decode(path.read_bytes()))
            except (OSError, msgspec.MsgspecError):
                continue
        return quarantined

    def delete(self, quarantined: QuarantinedUpdate) -> None:
        """Delete one that was given up."""
        self._path(quarantined).unlink(missing_ok=True)

    def request_replay(self, quarantined: QuarantinedUpdate) -> bool:
        """Ask the gateway to process it again. Return False if it is gone meanwhile."""
        try:
            self._path(quarantined).rename(self._path(quarantined).with_suffix(REQUESTED))
        except FileNotFoundError:
            return False
        return True

    def is_pending(self, quarantined: QuarantinedUpdate) -> bool:
        """Return whether the gateway has not finished its replay yet."""
        return any(self._path(quarantined).with_suffix(suffix).exists() for suffix in (REQUESTED, TAKEN))

    def contains(self, quarantined: QuarantinedUpdate) -> bool:
        """Return whether it is in quarantine, perhaps again."""
        return self._path(quarantined).exists()

    def claim_replay(self) -> QuarantinedUpdate | None:
        """Return the next one to process again, for this caller alone, or None. The caller ends it by `finish_replay`."""
        for path in sorted(self._directory.glob(f"*/*{REQUESTED}")):
            taken = path.with_suffix(TAKEN)
            try:
                path.rename(taken)
                return msgspec.json.decode(taken.read_bytes(), type=QuarantinedUpdate)
            except (OSError, msgspec.MsgspecError):
                continue  # another worker was quicker, or it is not a file of ours
        return None

    def finish_replay(self, quarantined: QuarantinedUpdate, error: str | None) -> None:
        """Delete what was claimed for a replay; with an error, put it back into quarantine first."""
        taken = self._path(quarantined).with_suffix(TAKEN)
        if error is not None:
            self._write(msgspec.structs.replace(quarantined, error=error, at=utc_timestamp()))
        taken.unlink(missing_ok=True)

    def restore_abandoned(self) -> None:
        """Put back those whose worker died while it processed them."""
        for path in self._directory.glob(f"*/*{TAKEN}"):
            try:
                if path.stat().st_ctime < time.time() - ABANDONED_S:
                    path.rename(path.with_suffix(".json"))
            except OSError:
                continue

    def _path(self, quarantined: QuarantinedUpdate) -> Path:
        return self._directory / quarantined.tenant / f"{quarantined.bot_id}-{quarantined.update_id}.json"

    def _write(self, quarantined: QuarantinedUpdate) -> None:
        path = self._path(quarantined)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(quarantined))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._trim(path.parent)

    def _trim(self, folder: Path) -> None:
        """Delete the oldest beyond the limit: a business whose bot fails each time must not fill the disk."""
        for file in _oldest_first(folder.glob("*.json"))[:-MAX_PER_TENANT]:
            file.unlink(missing_ok=True)


def _oldest_first(files: Iterable[Path]) -> list[Path]:
    """Return the files by age, without those that vanish meanwhile: other processes trim, delete and replay too."""
    aged = []
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            aged.append((file.stat().st_mtime_ns, file))
    return [file for _, file in sorted(aged)]
