"""Watching the tenants' folder: what happens to its files is noticed, at once or by the rescan."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from gateway.tenants.directory import Changes, Directory
from gateway.tenants.watcher import watch_directory
from tests.support.tenant_files import open_directory, write_tenant


async def until(true: Callable[[], bool], within_s: float) -> float:
    """Wait until it is true; return the seconds that took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < within_s, "did not happen in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


class TestWatching:
    async def test_a_dropped_file_is_live_long_before_the_rescan_and_errors_end_nothing(self, tmp_path: Path) -> None:
        write_tenant(tmp_path, "one", 1)
        living = open_directory(tmp_path)
        seen: list[Changes] = []

        async def on_change(changes: Changes) -> None:
            seen.append(changes)
            raise RuntimeError("the callback fails")

        task = asyncio.create_task(watch_directory(living, on_change))
        try:
            await until(lambda: living.tenants.get("one") is not None, 10)

            def dropped() -> bool:
                # again and again, since the beginning of the system's watch cannot be seen
                write_tenant(tmp_path, "two", 2)
                return len(seen) == 2

            await until(dropped, 20)  # the rescan is due after 30 s
            assert [tenant.slug for tenant in seen[1].added] == ["two"]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def test_a_swapped_folder_is_found_by_the_rescan(self, tmp_path: Path) -> None:
        for version in ("v1", "v2"):
            (tmp_path / version).mkdir()
            write_tenant(tmp_path / version, "one", 1, name=version)
        link = tmp_path / "tenants"
        link.symlink_to("v1")
        living = open_directory(link)

        async def on_change(_: Changes) -> None:
            return

        task = asyncio.create_task(watch_directory(living, on_change, rescan_s=0.2))
        try:
            await until(lambda: living.tenants.get("one") is not None, 10)
            (tmp_path / "next").symlink_to("v2")
            (tmp_path / "next").rename(link)
            await until(lambda: living.tenants["one"].name == "v2", 10)
            write_tenant(tmp_path / "v2", "two", 2)
            await until(lambda: "two" in living.tenants, 10)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def test_the_swap_of_a_mounted_config_map_is_noticed_at_once(self, tmp_path: Path) -> None:
        """Kubernetes: every file is a link through `..data`, and only that link is exchanged."""
        for version in ("..v1", "..v2"):
            (tmp_path / version).mkdir()
            write_tenant(tmp_path / version, "one", 1, name=version)
        (tmp_path / "..data").symlink_to("..v1")
        (tmp_path / "one.yaml").symlink_to("..data/one.yaml")
        living = open_directory(tmp_path)
        async with watched(living):
            await until(lambda: living.tenants.get("one") is not None, 10)
            at = ["..v1"]

            def swapped() -> bool:
                # again and again, since the beginning of the system's watch cannot be seen
                at.append("..v2" if at[-1] == "..v1" else "..v1")
                (tmp_path / "..data_tmp").symlink_to(at[-1])
                (tmp_path / "..data_tmp").rename(tmp_path / "..data")
                return living.tenants["one"].name == "..v2"

            # far less than the rescan's 30 seconds: it was the watch that saw it
            assert await until(swapped, 10) < 5

    async def test_a_file_that_is_changed_behind_the_folders_back_is_found_by_the_rescan(self, tmp_path: Path) -> None:
        """A bind-mounted file has a second name elsewhere; writing there fires no event here. So has a hard link."""
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "tenants").mkdir()
        file = write_tenant(tmp_path / "elsewhere", "one", 1, name="before")
        (tmp_path / "tenants" / "one.yaml").hardlink_to(file)
        living = open_directory(tmp_path / "tenants")
        async with watched(living, rescan_s=0.2):
            await until(lambda: living.tenants.get("one") is not None, 10)
            write_tenant(tmp_path / "elsewhere", "one", 1, name="after")
            await until(lambda: living.tenants["one"].name == "after", 10)


@contextlib.asynccontextmanager
async def watched(living: Directory, rescan_s: float = 30.0) -> AsyncIterator[None]:
    async def on_change(_: Changes) -> None:
        return

    task = asyncio.create_task(watch_directory(living, on_change, rescan_s=rescan_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
