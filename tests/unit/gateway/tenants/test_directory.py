"""The tenants' folder: what a changed, broken, lost or swapped file does to what is served."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.errors import Misconfigured
from gateway.tenants.directory import Changes, Directory, load_tenants
from gateway.tenants.watcher import watch_directory

FILE = "name: {name}\nbot_token: '{bot}:token-of-the-tests'\ntimezone: UTC\nlocale: en\ncurrency: EUR\n"


def write(folder: Path, slug: str, bot: int, name: str = "Shop", age_s: int = 0) -> Path:
    file = folder / f"{slug}.yaml"
    file.write_text(FILE.format(name=name, bot=bot))
    moment = time.time() - age_s
    os.utime(file, (moment, moment))
    return file


def directory(folder: Path) -> Directory:
    return Directory(folder, env=os.environ, internal_key="key", literals_allowed=True)


def test_a_new_a_changed_and_an_untouched_tenant(tmp_path: Path) -> None:
    write(tmp_path, "one", 1)
    write(tmp_path, "two", 2)
    living = directory(tmp_path)
    assert [tenant.slug for tenant in living.rescan().added] == ["one", "two"]
    assert not living.rescan()
    before, two = living.tenants, living.tenants.get("two")
    write(tmp_path, "one", 1, name="Renamed")
    write(tmp_path, "three", 3)
    changes = living.rescan()
    assert [tenant.slug for tenant in changes.added] == ["three"]
    assert [(old.name, new.name) for old, new in changes.changed] == [("Shop", "Renamed")]
    # a reader of the old ones goes on with them
    assert before["one"].name == "Shop"
    assert living.tenants.get("two") is two


def test_touching_a_file_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "one", 1)
    living = directory(tmp_path)
    living.rescan()
    write(tmp_path, "one", 1, age_s=-60)
    assert not living.rescan()


def test_a_broken_file_keeps_the_last_good_state_and_the_others(tmp_path: Path) -> None:
    file = write(tmp_path, "one", 1)
    write(tmp_path, "two", 2)
    living = directory(tmp_path)
    living.rescan()
    file.write_text("name: [")
    assert not living.rescan()
    assert set(living.tenants) == {"one", "two"}
    assert living.problems[0].file == str(file)
    write(tmp_path, "one", 1, name="Mended")
    assert living.rescan().changed[0][1].name == "Mended"
    assert living.problems == []


def test_a_vanished_file_serves_on_until_it_is_removed_explicitly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write(tmp_path, "one", 1)
    living = directory(tmp_path)
    living.rescan()
    file.unlink()
    for _ in range(2):
        assert not living.rescan()
    assert living.tenants.get("one") is not None
    assert caplog.text.count("one.yaml has vanished") == 1
    (tmp_path / "one.yaml.removed").touch()
    assert [tenant.slug for tenant in living.rescan().removed] == ["one"]
    assert living.tenants.get("one") is None


def test_a_link_to_nothing_is_reported_and_keeps_the_last_good_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tenants, elsewhere = tmp_path / "tenants", tmp_path / "tenants" / "..data"
    tenants.mkdir()
    elsewhere.mkdir()
    write(tenants, "two", 2)
    link, target = tenants / "one.yaml", write(elsewhere, "one", 1)
    link.symlink_to(target)
    living = directory(tenants)
    assert [tenant.slug for tenant in living.rescan().added] == ["one", "two"]
    target.rename(elsewhere / "away")
    assert not living.rescan()
    assert sorted(living.tenants) == ["one", "two"]
    (problem,) = living.problems
    assert problem.file == str(link)
    assert "a link to a file that is not there" in str(problem)
    assert "its last good state serves on" in caplog.text
    # from the beginning there is no state to keep, and `check` says why
    found = load_tenants(tenants, env=os.environ, internal_key="key", literals_allowed=True)
    assert (list(found.tenants), len(found.problems)) == (["two"], 1)
    (elsewhere / "away").rename(target)
    living.rescan()
    assert living.problems == []


def test_a_disabled_tenant_stays_known(tmp_path: Path) -> None:
    file = write(tmp_path, "one", 1)
    living = directory(tmp_path)
    living.rescan()
    file.write_text(file.read_text() + "enabled: false\n")
    changes = living.rescan()
    assert [new.enabled for _, new in changes.changed] == [False]
    assert living.tenants.get("one") is not None


def test_a_renewed_secret_file_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:first-token")
    (tmp_path / "one.yaml").write_text(FILE.format(name="Shop", bot=1).replace("'1:token-of-the-tests'", "file:token"))
    living = directory(tmp_path)
    living.rescan()
    (tmp_path / "token").write_text("1:second-token")
    assert living.rescan().changed[0][1].token == "1:second-token"


class TestOneBotInTwoFiles:
    def test_both_are_named_and_the_newer_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path, "younger", 7)
        write(tmp_path, "older", 7, age_s=3600)
        loaded = load_tenants(tmp_path, env={}, internal_key="key", literals_allowed=True)
        assert set(loaded.tenants) == {"older"}
        (problem,) = loaded.problems
        assert problem.file.endswith("younger.yaml")
        assert "older.yaml and younger.yaml have one bot (id 7)" in problem.message

    def test_whoever_serves_it_keeps_it_though_its_file_was_edited_since(self, tmp_path: Path) -> None:
        write(tmp_path, "first", 7, age_s=3600)
        living = directory(tmp_path)
        living.rescan()
        write(tmp_path, "second", 7, age_s=1800)
        write(tmp_path, "first", 7, name="Edited")
        changes = living.rescan()
        assert [new.name for _, new in changes.changed] == ["Edited"]
        assert set(living.tenants) == {"first"}

    def test_a_broken_file_does_not_lose_its_bot(self, tmp_path: Path) -> None:
        file = write(tmp_path, "first", 7, age_s=3600)
        living = directory(tmp_path)
        living.rescan()
        file.write_text("broken")
        write(tmp_path, "second", 7)
        living.rescan()
        assert set(living.tenants) == {"first"}


def test_what_is_no_tenant_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "one", 1)
    (tmp_path / ".hidden.yaml").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "demo").mkdir()
    loaded = load_tenants(tmp_path, env={}, internal_key="key", literals_allowed=True)
    assert (set(loaded.tenants), loaded.problems) == ({"one"}, [])
    (tmp_path / "two.yml").write_text("x")
    assert "rename this file to two.yaml" in str(
        load_tenants(tmp_path, env={}, internal_key="", literals_allowed=True).problems[0]
    )


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read: No such file"):
        load_tenants(tmp_path / "nothing", env={}, internal_key="key", literals_allowed=True)


def test_a_file_of_gigabytes_is_refused_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, "one", 1)
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(100 << 30)  # nothing of it is on the disk; no memory would hold it
    loaded = load_tenants(tmp_path, env={}, internal_key="key", literals_allowed=True)
    assert list(loaded.tenants) == ["one"]
    (problem,) = loaded.problems
    assert "huge.yaml:1:1: the file is over 64 KiB" in str(problem)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(path.parent):
        listener.bind(path.name)  # a whole path may be too long for one


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_outside(path: Path) -> None:
    outside = path.parent.parent / "outside.yaml"
    outside.write_text("hidden-key: hidden value\ntimezone: hidden zone\n")
    path.symlink_to(outside)


def _link_by_steps(path: Path) -> None:
    _link_outside(path.with_name("step"))
    path.symlink_to("step")


def _link_through_a_folder(path: Path) -> None:
    _link_outside(path.parent / "unused")
    (path.parent / "up").symlink_to("..")
    path.symlink_to("up/outside.yaml")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_pipe, "it is not a regular file"),
        (_folder, "it is not a regular file"),
        (_socket, "cannot be read: No such device or address"),
        (_device, "it is a link to something outside of this folder"),
        (_link_outside, "it is a link to something outside of this folder"),
        (_link_by_steps, "it is a link to something outside of this folder"),
        (_link_through_a_folder, "it is a link to something outside of this folder"),
        (_link_to_itself, "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_of_the_folder_is_refused_and_nothing_of_it_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, make: Callable[[Path], None], told: str
) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    write(folder, "one", 1)
    make(folder / "odd.yaml")
    living = directory(folder)
    assert [tenant.slug for tenant in living.rescan().added] == ["one"]
    (problem,) = [p for p in living.problems if p.file == str(folder / "odd.yaml")]
    assert told in problem.message
    assert (problem.line, problem.column) == (1, 1)
    assert "hidden" not in caplog.text + "".join(map(str, living.problems))


def test_a_folder_that_is_itself_a_link_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "tenants").symlink_to("real")
    write(tmp_path / "real", "one", 1)
    (tmp_path / "real" / "two.yaml").symlink_to(write(tmp_path / "real", "..two", 2))
    living = directory(tmp_path / "tenants")
    assert [tenant.slug for tenant in living.rescan().added] == ["one", "two"]


async def until(true: Callable[[], bool], within_s: float) -> float:
    """Wait until it is true; return the seconds that took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < within_s, "did not happen in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


class TestWatching:
    async def test_a_dropped_file_is_live_long_before_the_rescan_and_errors_end_nothing(self, tmp_path: Path) -> None:
        write(tmp_path, "one", 1)
        living = directory(tmp_path)
        seen: list[Changes] = []

        async def on_change(changes: Changes) -> None:
            seen.append(changes)
            raise RuntimeError("the callback fails")

        task = asyncio.create_task(watch_directory(living, on_change))
        try:
            await until(lambda: living.tenants.get("one") is not None, 10)

            def dropped() -> bool:
                # again and again, since the beginning of the system's watch cannot be seen
                write(tmp_path, "two", 2)
                return len(seen) == 2

            await until(dropped, 20)  # the rescan is due after 30 s
            assert [tenant.slug for tenant in seen[1].added] == ["two"]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def test_a_swapped_folder_is_found_by_the_rescan(self, tmp_path: Path) -> None:
        for version in ("v1", "v2"):
            (tmp_path / version).mkdir()
            write(tmp_path / version, "one", 1, name=version)
        link = tmp_path / "tenants"
        link.symlink_to("v1")
        living = directory(link)

        async def on_change(_: Changes) -> None:
            return

        task = asyncio.create_task(watch_directory(living, on_change, rescan_s=0.2))
        try:
            await until(lambda: living.tenants.get("one") is not None, 10)
            (tmp_path / "next").symlink_to("v2")
            (tmp_path / "next").rename(link)
            await until(lambda: living.tenants["one"].name == "v2", 10)
            write(tmp_path / "v2", "two", 2)
            await until(lambda: "two" in living.tenants, 10)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def test_the_swap_of_a_mounted_config_map_is_noticed_at_once(self, tmp_path: Path) -> None:
        """Kubernetes: every file is a link through `..data`, and only that link is exchanged."""
        for version in ("..v1", "..v2"):
            (tmp_path / version).mkdir()
            write(tmp_path / version, "one", 1, name=version)
        (tmp_path / "..data").symlink_to("..v1")
        (tmp_path / "one.yaml").symlink_to("..data/one.yaml")
        living = directory(tmp_path)
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
        file = write(tmp_path / "elsewhere", "one", 1, name="before")
        (tmp_path / "tenants" / "one.yaml").hardlink_to(file)
        living = directory(tmp_path / "tenants")
        async with watched(living, rescan_s=0.2):
            await until(lambda: living.tenants.get("one") is not None, 10)
            write(tmp_path / "elsewhere", "one", 1, name="after")
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
