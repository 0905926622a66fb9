"""The demo's businesses: the samples' files and those that are added while it runs, in one folder that is watched."""

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import watchfiles

from gateway.sandbox import Sandbox
from gateway.sandbox.people import ActionRefused
from gateway.settings import Settings
from gateway.supervisor.stack import write_progress
from gateway.tenants.directory import Changes, Directory
from gateway.tenants.file import Tenant, parse_tenant
from gateway.tenants.watcher import watch_directory

# Shorter than the gateway's: the sandbox must know a bot before the gateway asks it.
DEBOUNCE_MS = 20
READY_S = 60.0
_LETTERS = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", (
    "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "h", "ts",
    "ch", "sh", "sch", "", "y", "", "e", "yu", "ya",
), strict=True))  # fmt: skip


def copy_samples(samples: Path, folder: Path) -> None:
    """Bring the samples' files into the folder; what else is in it stays."""
    for file in [*samples.glob("*.yaml"), *samples.glob("business/*.yaml")]:
        target = folder / file.relative_to(samples)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not target.exists() or target.read_bytes() != file.read_bytes():
            draft = target.with_name(f".{target.name}")
            shutil.copyfile(file, draft)
            draft.replace(target)


class Businesses:
    """Keeps the sandbox's bots as the folder's files have them. `prepare` makes what a business new in the demo needs.

    `samples` is a folder whose files are copied into the demo's own whenever they change; None where there is none."""

    def __init__(
        self, settings: Settings, samples: Path | None, sandbox: Sandbox, prepare: Callable[[Tenant], Awaitable[None]]
    ) -> None:
        self._settings = settings
        self._samples = samples
        self._sandbox = sandbox
        self._prepare = prepare
        self._folder = Directory(
            settings.tenants_dir, env=os.environ, internal_key=settings.internal_key, literals_allowed=True
        )
        self._ready: set[str] = set()

    @property
    def tenants(self) -> dict[str, Tenant]:
        """The usable ones by slug, as they were when the folder was looked at last."""
        return dict(self._folder.tenants)

    def load(self) -> None:
        """Look at the folder for the first time, and give each business its bot."""
        self._folder.rescan(log_problems=False)
        for tenant in self._folder.tenants.values():
            self._add_bot(tenant)
            self._ready.add(tenant.slug)

    async def follow(self) -> None:
        """Take up what changes in the folder, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(watch_directory(self._folder, self._take, debounce_ms=DEBOUNCE_MS))
            if self._samples is not None:
                group.create_task(self._follow_samples(self._samples))

    async def add(self, name: str) -> str:
        """Write the file of a business that says no more than its name (or not even that), and return its slug.

        It can be used when this returns. Raises ActionRefused."""
        slug = self._free_slug(name)
        token = f"{7_100_000_000 + secrets.randbelow(800_000_000)}:sandbox-{secrets.token_hex(16)}"
        said = f"name: {json.dumps(name, ensure_ascii=False)}\n" if name else ""
        text = f"# Added in the demo. What a file leaves out, its admin says in the bot.\n{said}bot_token: {json.dumps(token)}\n"
        file = self._settings.tenants_dir / f"{slug}.yaml"
        parsed = parse_tenant(file, text.encode(), env={}, internal_key="", literals_allowed=True)
        if parsed.tenant is None:
            raise ActionRefused(f"{parsed.problems[0].path} {parsed.problems[0].message}", 400)
        self._add_bot(parsed.tenant)
        draft = file.with_name(f".{file.name}")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(file)
        except OSError as error:
            raise ActionRefused(f"{file} cannot be written: {error.strerror}", 409) from None
        deadline = time.monotonic() + READY_S
        while slug not in self._ready:
            if time.monotonic() > deadline:
                raise ActionRefused("the business is not ready yet: look at the terminal", 409)
            await asyncio.sleep(0.05)
        return slug

    def _free_slug(self, name: str) -> str:
        latin = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
        base = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:24].strip("-")
        if len(base) < 2:
            base = "business"
        known = {file.name.partition(".")[0] for file in self._settings.tenants_dir.iterdir()}
        taken = known | {bot.slug for bot in self._sandbox.bots.values()}
        return next(
            slug for number in range(1, 10_000) if (slug := base if number == 1 else f"{base}-{number}") not in taken
        )

    def _add_bot(self, tenant: Tenant) -> None:
        name = tenant.name or tenant.slug.replace("-", " ").title()
        try:
            self._sandbox.add_bot(tenant.token, name, language=tenant.locale, slug=tenant.slug)
        except ValueError as error:
            write_progress(f"{tenant.slug}: {error}")

    async def _take(self, changes: Changes) -> None:
        for tenant in (*changes.added, *(new for _, new in changes.changed)):
            self._add_bot(tenant)
        for tenant in changes.added:
            await self._prepare(tenant)
            self._ready.add(tenant.slug)
            write_progress(f"{tenant.slug} has been added.")

    async def _follow_samples(self, samples: Path) -> None:
        with contextlib.suppress(OSError):
            async for _ in watchfiles.awatch(samples, debounce=DEBOUNCE_MS, step=10):
                copy_samples(samples, self._settings.tenants_dir)
