"""The sandbox's state on disk: written at most once a second and at the end, by replacing the file."""

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from gateway.sandbox.model import Bot

DELAY_S = 1.0
UNCLEAN_GAP = 1000  # more ids than a sandbox gives out between its last save and a kill


class _State(msgspec.Struct, kw_only=True):
    bots: list[Bot]
    shift: float = 0.0
    clean: bool = False


class StateFile:
    """Saves bots and the clock's shift. Message ids never go back, even after a kill. Without a path nothing is saved.

    `snapshot` returns what is to be saved: the bots, and the shift in seconds. What an earlier sandbox saved is read
    at once: `shift`, and each bot through `take_bot`.
    """

    def __init__(self, path: Path | None, snapshot: Callable[[], tuple[Iterable[Bot], float]]) -> None:
        self.shift = 0.0
        self._path = path
        self._snapshot = snapshot
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._unclaimed: dict[str, Bot] = {}
        if path and path.is_file():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            state = msgspec.json.decode(path.read_bytes(), type=_State)
        except msgspec.DecodeError:
            path.replace(path.with_suffix(".unreadable"))
            return
        self.shift = state.shift
        for bot in state.bots:
            if not state.clean:
                bot.next_message_id += UNCLEAN_GAP
                bot.next_update_id += UNCLEAN_GAP
            self._unclaimed[bot.token] = bot

    def take_bot(self, token: str) -> Bot | None:
        """Return the saved bot, or None. It is the caller's from then on: a second call returns None."""
        return self._unclaimed.pop(token, None)

    def save_soon(self) -> None:
        """Have the state written within a second."""
        self._changed.set()

    def start(self) -> None:
        """Begin to save."""
        if self._path and self._task is None:
            self._task = asyncio.create_task(self._save_changes(self._path))

    async def stop(self) -> None:
        """Save for the last time."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._path:
            self._write(self._path, clean=True)

    async def _save_changes(self, path: Path) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._write(path, clean=False)
            await asyncio.sleep(DELAY_S)

    def _write(self, path: Path, *, clean: bool) -> None:
        bots, shift = self._snapshot()
        data = msgspec.json.encode(_State(bots=[*bots, *self._unclaimed.values()], shift=shift, clean=clean))
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds tokens
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)
