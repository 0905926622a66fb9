"""The state on disk: written a moment after a change and on shutdown, by replacing the file."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .model import Bot

if TYPE_CHECKING:
    from .world import Sandbox

DELAY_S = 1.0
UNCLEAN_GAP = 1000  # ids that a sandbox may have given out after its last save before it was killed


class _State(msgspec.Struct, kw_only=True):
    bots: list[Bot]
    shift: float = 0.0
    clean: bool = False


class Saver:
    """Saves at most once a second; without a file it does nothing. Message ids never go back, even after a kill."""

    def __init__(self, sandbox: "Sandbox", path: Path | None) -> None:
        self._sandbox = sandbox
        self._path = path
        self._task: asyncio.Task[None] | None = None
        self._dirty = asyncio.Event()
        self._kept: dict[str, Bot] = {}
        if path and path.is_file():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            state = msgspec.json.decode(path.read_bytes(), type=_State)
        except msgspec.DecodeError:
            path.replace(path.with_suffix(".unreadable"))
            return
        self._sandbox.shift = state.shift
        for bot in state.bots:
            if not state.clean:
                bot.next_message_id += UNCLEAN_GAP
                bot.next_update_id += UNCLEAN_GAP
            self._kept[bot.token] = bot

    def saved(self, token: str) -> Bot | None:
        """The bot as it was when the sandbox stopped, once."""
        return self._kept.pop(token, None)

    def soon(self) -> None:
        """Something changed."""
        self._dirty.set()

    def start(self) -> None:
        """Begins to save."""
        if self._path and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._write(clean=False)
            await asyncio.sleep(DELAY_S)

    def _write(self, *, clean: bool) -> None:
        assert self._path is not None
        bots = [*self._sandbox.bots.values(), *self._kept.values()]
        data = msgspec.json.encode(_State(bots=bots, shift=self._sandbox.shift, clean=clean))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds tokens
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(self._path)

    async def stop(self) -> None:
        """The last save."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._path:
            self._write(clean=True)
