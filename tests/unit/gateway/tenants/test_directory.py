"""The tenants' folder: what a changed, broken, lost or swapped file does to what is served."""

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import Misconfigured
from gateway.tenants.directory import load_tenants
from tests.support.tenant_files import TENANT, open_directory, write_tenant


def test_a_new_a_changed_and_an_untouched_tenant(tmp_path: Path) -> None:
    write_tenant(tmp_path, "one", 1)
    write_tenant(tmp_path, "two", 2)
    living = open_directory(tmp_path)
    assert [tenant.slug for tenant in living.rescan().added] == ["one", "two"]
    assert not living.rescan()
    before, two = living.tenants, living.tenants.get("two")
    write_tenant(tmp_path, "one", 1, name="Renamed")
    write_tenant(tmp_path, "three", 3)
    changes = living.rescan()
    assert [tenant.slug for tenant in changes.added] == ["three"]
    assert [(old.name, new.name) for old, new in changes.changed] == [("Shop", "Renamed")]
    # a reader of the old ones goes on with them
    assert before["one"].name == "Shop"
    assert living.tenants.get("two") is two


def test_touching_a_file_changes_nothing(tmp_path: Path) -> None:
    write_tenant(tmp_path, "one", 1)
    living = open_directory(tmp_path)
    living.rescan()
    write_tenant(tmp_path, "one", 1, age_s=-60)
    assert not living.rescan()


def test_a_broken_file_keeps_the_last_good_state_and_the_others(tmp_path: Path) -> None:
    file = write_tenant(tmp_path, "one", 1)
    write_tenant(tmp_path, "two", 2)
    living = open_directory(tmp_path)
    living.rescan()
    file.write_text("name: [")
    assert not living.rescan()
    assert set(living.tenants) == {"one", "two"}
    assert living.problems[0].file == str(file)
    write_tenant(tmp_path, "one", 1, name="Mended")
    assert living.rescan().changed[0][1].name == "Mended"
    assert living.problems == []


def test_a_vanished_file_serves_on_until_it_is_removed_explicitly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write_tenant(tmp_path, "one", 1)
    living = open_directory(tmp_path)
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
    write_tenant(tenants, "two", 2)
    link, target = tenants / "one.yaml", write_tenant(elsewhere, "one", 1)
    link.symlink_to(target)
    living = open_directory(tenants)
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
    file = write_tenant(tmp_path, "one", 1)
    living = open_directory(tmp_path)
    living.rescan()
    file.write_text(file.read_text() + "enabled: false\n")
    changes = living.rescan()
    assert [new.enabled for _, new in changes.changed] == [False]
    assert living.tenants.get("one") is not None


def test_a_renewed_secret_file_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:first-token")
    (tmp_path / "one.yaml").write_text(
        TENANT.format(name="Shop", bot=1).replace("'1:token-of-the-tests'", "file:token")
    )
    living = open_directory(tmp_path)
    living.rescan()
    (tmp_path / "token").write_text("1:second-token")
    assert living.rescan().changed[0][1].token == "1:second-token"


class TestOneBotInTwoFiles:
    def test_both_are_named_and_the_newer_is_refused(self, tmp_path: Path) -> None:
        write_tenant(tmp_path, "younger", 7)
        write_tenant(tmp_path, "older", 7, age_s=3600)
        loaded = load_tenants(tmp_path, env={}, internal_key="key", literals_allowed=True)
        assert set(loaded.tenants) == {"older"}
        (problem,) = loaded.problems
        assert problem.file.endswith("younger.yaml")
        assert "older.yaml and younger.yaml have one bot (id 7)" in problem.message

    def test_whoever_serves_it_keeps_it_though_its_file_was_edited_since(self, tmp_path: Path) -> None:
        write_tenant(tmp_path, "first", 7, age_s=3600)
        living = open_directory(tmp_path)
        living.rescan()
        write_tenant(tmp_path, "second", 7, age_s=1800)
        write_tenant(tmp_path, "first", 7, name="Edited")
        changes = living.rescan()
        assert [new.name for _, new in changes.changed] == ["Edited"]
        assert set(living.tenants) == {"first"}

    def test_a_broken_file_does_not_lose_its_bot(self, tmp_path: Path) -> None:
        file = write_tenant(tmp_path, "first", 7, age_s=3600)
        living = open_directory(tmp_path)
        living.rescan()
        file.write_text("broken")
        write_tenant(tmp_path, "second", 7)
        living.rescan()
        assert set(living.tenants) == {"first"}


def test_what_is_no_tenant_is_left_alone(tmp_path: Path) -> None:
    write_tenant(tmp_path, "one", 1)
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
    write_tenant(tmp_path, "one", 1)
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
    write_tenant(folder, "one", 1)
    make(folder / "odd.yaml")
    living = open_directory(folder)
    assert [tenant.slug for tenant in living.rescan().added] == ["one"]
    (problem,) = [p for p in living.problems if p.file == str(folder / "odd.yaml")]
    assert told in problem.message
    assert (problem.line, problem.column) == (1, 1)
    assert "hidden" not in caplog.text + "".join(map(str, living.problems))


def test_a_folder_that_is_itself_a_link_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "tenants").symlink_to("real")
    write_tenant(tmp_path / "real", "one", 1)
    (tmp_path / "real" / "two.yaml").symlink_to(write_tenant(tmp_path / "real", "..two", 2))
    living = open_directory(tmp_path / "tenants")
    assert [tenant.slug for tenant in living.rescan().added] == ["one", "two"]
