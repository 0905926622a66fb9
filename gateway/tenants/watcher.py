"""Watches the tenants' folder while the gateway serves. Apart from `directory`, since commands need not import this."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import watchfiles

from gateway.errors import Misconfigured
from gateway.tenants.directory import Changes, Directory

RESCAN_S = 30.0
_log = logging.getLogger(__name__)


async def watch_directory(
    directory: Directory,
    on_change: Callable[[Changes], Awaitable[None]],
    *,
    rescan_s: float = RESCAN_S,
    debounce_ms: int = 200,
) -> None:
    """Rescan at each event until cancelled, and every `rescan_s` seconds besides: bind-mounted files fire no event.

    `on_change` is awaited for each rescan that changed something; an exception that it raises is logged.
    """
    folder = directory.directory
    while True:
        await _rescan(directory, on_change)
        try:
            before = folder.stat()
            async for _ in watchfiles.awatch(
                folder,
                debounce=debounce_ms,
                step=min(50, debounce_ms),
                recursive=False,
                rust_timeout=int(rescan_s * 1000),
                yield_on_timeout=True,
            ):
                await _rescan(directory, on_change)
                now = folder.stat()
                if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                    break  # the folder was swapped (a symlink): the watch still looks at the old one
        except OSError:
            # gone for the moment, or the system has no watches left: the rescans go on
            await asyncio.sleep(min(rescan_s, 5.0))


async def _rescan(directory: Directory, on_change: Callable[[Changes], Awaitable[None]]) -> None:
    try:
        changes = await asyncio.to_thread(directory.rescan)
        if changes:
            await on_change(changes)
    except Misconfigured as error:
        _log.warning("%s", error)
    except Exception:  # noqa: BLE001  one tenant's failure must not end the watch over all others
        _log.exception("a change of the tenants' files could not be applied")
