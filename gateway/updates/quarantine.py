"""Where updates go that always fail: kept on disk for an operator to look at and to replay, never lost.

Files, not Redis: Redis may be flushed and is allowed to be absent. `<data>/quarantine/<slug>/<bot>-<update>.json`,
readable by the service's own user only, since an update holds what somebody wrote. `.replay` in place of `.json`: an
operator wants it tried again; `.taken`: a worker is at it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from backend.kit.logging import utc_timestamp
from gateway.tenants.snapshot import TenantSnapshot

KEPT_PER_TENANT = 1000
WANTED, TAKEN = ".replay", ".taken"
# Longer than any update is worked on.
ABANDONED_S = 120.0


class Kept(msgspec.Struct):
    """One file. `error` says where it failed and of what type, without the error's own words."""

    tenant: str
    bot_id: int
    update_id: int
    at: str
    error: str
    request_id: str
    update: dict[str, Any]

    @property
    def name(self) -> str:
        """What an operator calls it by: `<slug>/<bot>-<update>`."""
        return f"{self.tenant}/{self.bot_id}-{self.update_id}"

    @property
    def kind(self) -> str:
        """What kind of update it is, which says nothing of its content."""
        return next((key for key in self.update if key != "update_id"), "")


class Quarantine:
    """Writes durably: when `keep` returns, the update survives a power cut."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def keep(self, served: TenantSnapshot, body: bytes, error: str, request_id: str) -> None:
        """`body` is the update as it came. Raises OSError when it cannot be kept: then it must not be acknowledged."""
        update = msgspec.json.decode(body)
        kept = Kept(
            tenant=served.slug,
            bot_id=served.bot_id,
            update_id=update["update_id"],
            at=utc_timestamp(),
            error=error,
            request_id=request_id,
            update=update,
        )
        await asyncio.to_thread(self._write, kept)

    def list(self) -> list[Kept]:
        """All that is kept, oldest first; a file that cannot be read is skipped."""
        decoder = msgspec.json.Decoder(Kept)
        found = []
        for path in _oldest_first(self._directory.glob("*/*.json")):
            try:
                found.append(decoder.decode(path.read_bytes()))
            except (OSError, msgspec.MsgspecError):
                continue
        return found

    def drop(self, kept: Kept) -> None:
        """Forgets one that was given up."""
        self._path(kept).unlink(missing_ok=True)

    def hand_over(self, kept: Kept) -> bool:
        """Leaves it to the gateway to be tried again; False where it is gone meanwhile."""
        try:
            self._path(kept).rename(self._path(kept).with_suffix(WANTED))
        except FileNotFoundError:
            return False
        return True

    def pending(self, kept: Kept) -> bool:
        """Whether the gateway has still to try it."""
        return any(self._path(kept).with_suffix(suffix).exists() for suffix in (WANTED, TAKEN))

    def kept(self, kept: Kept) -> bool:
        """Whether it is in quarantine (again)."""
        return self._path(kept).exists()

    def take(self) -> "Kept | None":
        """The next one that is to be tried again, for this caller alone: `settle` it."""
        for path in sorted(self._directory.glob(f"*/*{WANTED}")):
            taken = path.with_suffix(TAKEN)
            try:
                path.rename(taken)
                return msgspec.json.decode(taken.read_bytes(), type=Kept)
            except (OSError, msgspec.MsgspecError):
                continue  # another worker was quicker, or it is none of ours
        return None

    def settle(self, kept: Kept, error: str | None) -> None:
        """What came of trying it again: gone, or kept with the new error."""
        taken = self._path(kept).with_suffix(TAKEN)
        if error is not None:
            self._write(msgspec.structs.replace(kept, error=error, at=utc_timestamp()))
        taken.unlink(missing_ok=True)

    def recover(self) -> None:
        """Those whose worker died with them go back into quarantine."""
        for path in self._directory.glob(f"*/*{TAKEN}"):
            try:
                if path.stat().st_ctime < time.time() - ABANDONED_S:
                    path.rename(path.with_suffix(".json"))
            except OSError:
                continue

    def _path(self, kept: Kept) -> Path:
        return self._directory / kept.tenant / f"{kept.bot_id}-{kept.update_id}.json"

    def _write(self, kept: Kept) -> None:
        path = self._path(kept)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(kept))
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
        """A business's bot that fails on everything must not fill the disk: the oldest go."""
        for file in _oldest_first(folder.glob("*.json"))[:-KEPT_PER_TENANT]:
            file.unlink(missing_ok=True)


def _oldest_first(files: Iterable[Path]) -> list[Path]:
    """Without those that vanish meanwhile: others trim, drop and replay at the same time."""
    found = []
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            found.append((file.stat().st_mtime_ns, file))
    return [file for _, file in sorted(found)]
