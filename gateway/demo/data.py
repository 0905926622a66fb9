"""The demo's data directory: marked, kept between starts, wiped by `--fresh`."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

import msgspec

from gateway.errors import Misconfigured
from gateway.supervisor.data_directory import DEMO_MARKER


class _Marker(msgspec.Struct):
    key: str
    seeded: list[str] = msgspec.field(default_factory=list)


class DemoData:
    """The directory with what its marker file holds: the internal key, and which samples are complete."""

    def __init__(self, directory: Path, marker: _Marker) -> None:
        self.directory = directory
        self.logs = directory / "logs"
        self._marker = marker

    @classmethod
    def open(cls, directory: Path, *, fresh: bool) -> "DemoData":
        """Open a demo's directory, or mark an empty one. The caller holds its lock.

        Raises Misconfigured for a directory that holds anything else: it is neither used nor wiped.
        """
        path = directory / DEMO_MARKER
        try:
            if not path.exists() and any(directory.iterdir()):
                raise Misconfigured(f"{directory} holds data that is not the demo's; choose another with --data.")
            if fresh and path.exists():
                _wipe(directory)
            marker = _read(path)
            demo = cls(directory, marker)
            demo._save()
            demo.logs.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise Misconfigured(f"The data directory {directory} cannot be used: {error.strerror}.") from None
        return demo

    @staticmethod
    def default_directory(directory: Path) -> Path:
        """Return `directory` if it is the demo's or empty, else its subdirectory `demo`."""
        try:
            usable = (directory / DEMO_MARKER).exists() or not directory.exists() or not any(directory.iterdir())
        except OSError:
            return directory
        return directory if usable else directory / "demo"

    @property
    def key(self) -> str:
        """The demo's internal key. It is kept, so that codes and webhook secrets outlive a restart."""
        return self._marker.key

    @property
    def seeded(self) -> frozenset[str]:
        """The slugs of the samples that are complete."""
        return frozenset(self._marker.seeded)

    def mark_seeded(self, slug: str) -> None:
        """Note that a sample is complete: later starts do not change it."""
        self._marker.seeded.append(slug)
        self._save()

    def _save(self) -> None:
        draft = self.directory / f".{DEMO_MARKER}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self._marker))
        draft.replace(self.directory / DEMO_MARKER)


def _read(path: Path) -> _Marker:
    if not path.exists():
        return _Marker(secrets.token_hex(32))
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Marker)
    except msgspec.DecodeError:
        raise Misconfigured(f"{path} is damaged; `slotgate demo --fresh` starts over.") from None


def _wipe(directory: Path) -> None:
    """Remove everything, the marker last: an interrupted wipe can be repeated."""
    for entry in directory.iterdir():
        if entry.name == DEMO_MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            with contextlib.suppress(FileNotFoundError):
                entry.unlink()
    (directory / DEMO_MARKER).unlink(missing_ok=True)
