"""`audit export`, `verify` and `head`: a log line by line, and one that was altered or rolled back."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from backend.db.connect import open_database
from backend.db.tables import audit
from tests.support.servers import apart

Run = Callable[..., tuple[int, str, str]]


def test_the_audit_log_is_exported_line_by_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.cli.audit.PAGE", 2)  # so that there is more than one page
    for slug in ("barber", "studio"):
        assert run("init-admin", "--tenant", slug, "--tg-id", "77")[0] == 0
    run("init-admin", "--tenant", "barber", "--tg-id", "78")
    code, out, err = run("audit", "export")
    lines = [msgspec.json.decode(line) for line in out.splitlines()]
    assert (code, err) == (0, f"{len(lines)} lines.\n")
    of = {slug: [line for line in lines if line["tenant"] == slug] for slug in ("barber", "studio")}
    assert sum(map(len, of.values())) == len(lines)
    for slug in of:
        assert [line["seq"] for line in of[slug]] == list(range(1, len(of[slug]) + 1))
        granted = of[slug][-1]
        assert (granted["actor"], granted["action"], granted["detail"]) == (
            "operator",
            "role.granted",
            {"role": "admin"},
        )
        assert granted["at"].endswith("Z")
        assert len(granted["hash"]) == 64
    code, out, _ = run("audit", "export", "studio")
    assert (code, [msgspec.json.decode(line) for line in out.splitlines()]) == (0, of["studio"])
    code, out, err = run("audit", "export", "nobody")
    assert (code, out, "nobody" in err) == (3, "", True)


def test_a_new_internal_key_leaves_the_audit_log_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, third = (
        os.environ["SLOTGATE_INTERNAL_KEY"],
        "a-new-key-of-32-characters-0123456",
        "a-third-key-" + "0" * 32,
    )
    for slug in ("barber", "studio"):
        run("init-admin", "--tenant", slug, "--tg-id", "5")
    ends = run("audit", "head")[1]
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", new)
    assert run("audit", "verify")[0] == 1
    for wrong, code in (("", 3), ("short", 3), (new, 3), (third, 1)):
        monkeypatch.setenv("SLOTGATE_PREVIOUS_INTERNAL_KEY", wrong)
        assert run("audit", "reseal")[0] == code
    monkeypatch.setenv("SLOTGATE_PREVIOUS_INTERNAL_KEY", old)
    for count in ("2", "0"):
        code, _, err = run("audit", "reseal")
        assert (code, f"{count} of its heads" in err, old in err, new in err) == (0, True, False, False), err
        assert run("audit", "verify")[0] == 0
    assert run("audit", "head")[1] == ends
    monkeypatch.setenv("SLOTGATE_INTERNAL_KEY", old)
    assert run("audit", "verify")[0] == 1


def test_an_altered_audit_log_is_found(run: Run, database_url: str) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    assert run("audit", "verify")[:2] == (0, "")

    async def alter() -> None:
        db = await open_database(database_url)
        guard = "DROP TRIGGER guard_audit_update" + (" ON audit" if db.dialect == "postgresql" else "")
        await db.write(None, lambda conn: conn.execute(text(guard)))
        await db.write(None, lambda conn: conn.execute(audit.update().values(actor="nobody")))
        await db.close()

    apart(lambda: asyncio.run(alter()))
    code, out, _ = run("audit", "verify")
    assert code == 1
    assert "altered" in out
    assert msgspec.json.decode(run("audit", "verify", "--json")[1])["faults"]


def test_a_log_that_was_rolled_back_is_found_by_a_head_noted_outside(
    run: Run, database_url: str, tmp_path: Path
) -> None:
    run("init-admin", "--tenant", "barber", "--tg-id", "5")
    assert run("backup", str(tmp_path / "older"))[0] == 0
    run("init-admin", "--tenant", "studio", "--tg-id", "6")
    code, heads, _ = run("audit", "head")
    noted = [msgspec.json.decode(line) for line in heads.splitlines()]
    assert (code, [head["tenant"] for head in noted]) == (0, ["barber", "studio"])
    (tmp_path / "heads").write_text(heads)
    # the line that the backend logs each day has the same fields
    logged = msgspec.json.encode({"event": "audit head", "level": "info", **noted[1]})
    (tmp_path / "log").write_bytes(logged + b"\n")
    checks = (("--heads", str(tmp_path / "heads")), ("--heads", str(tmp_path / "log")), ("--head", noted[1]["hash"]))
    for check in checks:
        assert run("audit", "verify", *check)[:2] == (0, "")
    assert run("restore", str(tmp_path / "older"))[0] == 0
    assert run("audit", "verify")[0] == 0
    for check in checks:
        code, out, _ = run("audit", "verify", *check)
        assert code == 1
        assert "rolled back or replaced" in out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("secret words\n", "heads:1:1: this is no line of"),
        ('{"tenant": "barber", "seq": 1, "hash": "secret"}', "heads:1:1: its hash is not"),
        ("\n\n", "heads names no head"),
        ("\n" + '{"tenant": "barber", "seq": "1"}', "heads:2:1: this is no line of"),
        ("\xff", "heads:1:1: this is no line of"),
    ],
)
def test_a_file_of_heads_that_is_none(run: Run, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "heads").write_bytes(content.encode("latin-1"))
    code, out, err = run("audit", "verify", "--heads", str(tmp_path / "heads"))
    assert (code, out) == (3, "")
    assert told in err
    assert "secret" not in err
    for no_hash in ("x", "", "ab" * 31, "zz" * 32):
        assert run("audit", "verify", "--head", no_hash)[0] == 2
