"""The audit log: who did what; altered, removed, cut off or sealed by another, it shows. On both databases."""

from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import Connection, delete, select, text, update

from backend.audit import routes
from backend.audit.queries.chain import (
    MAX_DETAIL,
    Entry,
    append_entries,
    find_faults,
    find_lost_hashes,
    find_lost_heads,
    load_heads,
)
from backend.audit.routes import log_heads
from backend.audit.rules import Line, line_hash, seal_key, seal_of
from backend.db import guards, tables
from backend.db.rows import columns_of
from tests.support.backend_api import Api
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, NOW
from tests.support.servers import INTERNAL_KEY

TENANT = {"name": "Barber", "timezone": "UTC", "locale": "en", "currency": "EUR"}


@pytest_asyncio.fixture
async def logged(api: Api) -> Api:
    """Open two businesses with some lines in the log of each."""
    for slug in ("barber", "studio"):
        await api.call("PUT", "/v1/tenant", tenant=slug, json=TENANT)
        items = [{"actor": "gateway", "action": f"a{n}", "object": "x:1", "detail": {"n": n}} for n in range(5)]
        answer = await api.call("POST", "/v1/audit", tenant=slug, json={"items": items})
        assert answer.body == {"count": 5}
    return api


async def faults(api: Api, key: str = INTERNAL_KEY) -> list[str]:
    return await api.db.read(lambda conn: find_faults(conn, key))


async def tamper(api: Api, *statements: Any) -> None:
    """Change the log as somebody with the database in their hands would: drop the guards first."""

    def write(conn: Any) -> None:
        for event in ("update", "delete"):
            conn.execute(text(guards.drop_statement(conn.dialect.name, f"guard_audit_{event}")))
        for statement in statements:
            conn.execute(statement)

    await api.db.write(None, write)


async def test_an_untouched_log_is_whole(logged: Api) -> None:
    assert await faults(logged) == []


@pytest.mark.parametrize("statement", [update(tables.audit).values(actor="nobody"), delete(tables.audit)])
async def test_the_database_itself_refuses_changes(logged: Api, statement: Any) -> None:
    with pytest.raises(Exception, match="append_only"):
        await logged.db.write(None, lambda conn: conn.execute(statement).rowcount)


A, H, OTHERS = tables.audit.c, tables.audit_heads.c, tables.audit_heads.alias().c


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(actor="nobody")], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(at=A.at + 1)], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 6, A.tenant_id == 1).values(detail="{}")], "line 6 was altered"),
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(action="other")], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(object="x:2")], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(request_id="r-9")], "line 3 was altered"),
        ([delete(tables.audit).where(A.seq == 3, A.tenant_id == 1)], "lines 3 to 3 are missing"),
        ([delete(tables.audit).where(A.seq > 4, A.tenant_id == 1)], "cut off after line 4 of 6"),
        ([delete(tables.audit).where(A.tenant_id == 1)], "cut off after line 0 of 6"),
        ([delete(tables.audit_heads).where(H.tenant_id == 1)], "head is missing"),
        (
            [delete(tables.audit).where(A.tenant_id == 1), delete(tables.audit_heads).where(H.tenant_id == 1)],
            "head is missing",
        ),
        (
            [
                delete(tables.audit).where(A.seq > 4, A.tenant_id == 1),
                update(tables.audit_heads)
                .where(H.tenant_id == 1)
                .values(seq=4, hash=select(A.hash).where(A.tenant_id == 1, A.seq == 4).scalar_subquery()),
            ],
            "not sealed with this key",
        ),
        ([update(tables.audit_heads).values(seal=b"x" * 32)], "not sealed with this key"),
        ([update(tables.audit_heads).where(H.tenant_id == 1).values(seq=5)], "not sealed with this key"),
        ([update(tables.audit_heads).where(H.tenant_id == 1).values(hash=b"x" * 32)], "not sealed with this key"),
        (
            [
                update(tables.audit_heads)
                .where(H.tenant_id == 1)
                .values(
                    {
                        name: select(OTHERS[name]).where(OTHERS.tenant_id == 2).scalar_subquery()
                        for name in ("seq", "hash", "seal")
                    }
                )
            ],
            "not sealed with this key",
        ),
    ],
)
async def test_every_tampering_shows(logged: Api, statements: list[Any], said: str) -> None:
    await tamper(logged, *statements)
    found = await faults(logged)
    assert any(fault.startswith("tenant 1: ") and said in fault for fault in found), found


@pytest.mark.parametrize(
    ("seq", "said"), [(3, "line 4 was altered, or the one before it"), (6, "does not end where its head says (line 6)")]
)
async def test_a_line_that_was_replaced_together_with_its_hash_shows(logged: Api, seq: int, said: str) -> None:
    """Each hash covers the one before, and the head the last."""
    columns = columns_of(Line, tables.audit)

    def load(conn: Connection) -> Line:
        return Line(*conn.execute(select(*columns).where(A.tenant_id == 1, A.seq == seq)).one())

    line = (await logged.db.read(load))._replace(actor="nobody")
    forged = line_hash(await _hash_of(logged, seq - 1), line)
    await tamper(logged, update(tables.audit).where(A.tenant_id == 1, A.seq == seq).values(actor="nobody", hash=forged))
    assert await faults(logged) == [f"tenant 1: {'the log ' if seq == 6 else ''}{said}"]


async def _roll_back(api: Api) -> None:
    """Put the first business's log back to its fourth line, with the head that was sealed then."""
    seal = seal_of(seal_key(INTERNAL_KEY), 1, 4, await _hash_of(api, 4))
    fourth = select(A.hash).where(A.tenant_id == 1, A.seq == 4).scalar_subquery()
    await tamper(
        api,
        delete(tables.audit).where(A.seq > 4, A.tenant_id == 1),
        update(tables.audit_heads).where(H.tenant_id == 1).values(seq=4, hash=fourth, seal=seal),
    )


async def _write_anew(api: Api) -> None:
    """Replace the first business's log by another of the same length, as somebody with the key can."""
    await tamper(api, delete(tables.audit).where(A.tenant_id == 1), delete(tables.audit_heads).where(H.tenant_id == 1))
    entries = [Entry(0, "gateway", "forged", "x:1") for _ in range(6)]
    await api.db.write(None, lambda conn: append_entries(conn, 1, entries))


async def _remove_the_business(api: Api) -> None:
    await tamper(
        api,
        delete(tables.audit).where(A.tenant_id == 1),
        delete(tables.audit_heads).where(H.tenant_id == 1),
        update(tables.tenants).where(tables.tenants.c.id == 1).values(slug="gone"),
    )
    await api.db.write(None, lambda conn: append_entries(conn, 1, [Entry(0, "gateway", "forged", "x:1")]))


async def _hash_of(api: Api, seq: int) -> bytes:
    line = select(A.hash).where(A.tenant_id == 1, A.seq == seq)
    return await api.db.read(lambda conn: conn.execute(line).scalar_one())


@pytest.mark.parametrize("attack", [_roll_back, _write_anew, _remove_the_business])
async def test_a_log_that_is_whole_in_itself_is_held_against_heads_noted_outside(logged: Api, attack: Any) -> None:
    noted = await logged.db.read(load_heads)
    assert [(head.slug, head.seq) for head in noted] == [("barber", 6), ("studio", 6)]

    async def lost() -> tuple[list[str], list[str]]:
        hashes = [head.hash for head in noted]
        return await logged.db.read(lambda conn: (find_lost_heads(conn, noted), find_lost_hashes(conn, hashes)))

    items = [{"actor": "gateway", "action": "later", "object": "x:1"}]
    await logged.call("POST", "/v1/audit", tenant="barber", json={"items": items})
    assert await lost() == ([], [])
    await attack(logged)
    assert await faults(logged) == []
    by_head, by_hash = await lost()
    assert by_head == ["business barber: line 6 is not the one that was noted: rolled back or replaced"]
    assert by_hash == [f"no log has a line with the hash {noted[0].hash.hex()}: rolled back or replaced"]


async def test_lines_in_another_order_show(logged: Api) -> None:
    swap = [
        update(tables.audit).where(A.tenant_id == 1, A.seq == a).values(seq=b) for a, b in ((3, 99), (4, 3), (99, 4))
    ]
    await tamper(logged, *swap)
    assert any("line 3 was altered" in fault for fault in await faults(logged))


async def test_heads_are_logged_once_a_day_where_something_was_written(
    logged: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    async def log_at(now: int) -> list[str]:
        await log_heads(logged.db, now)
        lines = [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines() if "audit head" in line]
        return [f"{line['tenant']} {line['seq']}" for line in lines]

    routes._logged.pop(logged.db, None)  # as after a start: the application may have logged a moment ago
    assert await log_at(NOW + 1) == ["barber 6", "studio 6"]
    assert await log_at(NOW + 86_000) == []
    logged.clock.set(NOW + 3_600)
    items = [{"actor": "gateway", "action": "later", "object": "x:1"}]
    await logged.call("POST", "/v1/audit", tenant="studio", json={"items": items})
    capsys.readouterr()
    assert await log_at(NOW + 86_401) == ["studio 7"]
    assert await log_at(NOW + 2 * 86_401) == []


async def test_another_key_does_not_verify(logged: Api) -> None:
    assert len(await faults(logged, "another-key")) == 2


async def test_changes_are_written_down_without_names_and_texts(barber: Business, studio: Business) -> None:
    await barber.admin.ok(
        "POST", "/v1/clients", json={"name": "Secret Name", "note": "private words", "phone": "+49 30 555555"}
    )
    await barber.admin.ok("PATCH", "/v1/tenant", json={"address": "Hidden street"})
    await barber.admin.ok("POST", "/v1/rooms", json={"name": "Cellar"})
    page = await barber.admin.ok("GET", "/v1/audit", params={"limit": 2})
    assert [line["action"] for line in page["items"]] == ["room.added", "tenant.changed"]
    assert page["items"][0]["actor"] == f"person:{barber.people[ADMIN]}"
    rest = await barber.admin.ok("GET", "/v1/audit", params={"cursor": page["next"]})
    assert [line["action"] for line in rest["items"]] == ["client.added"]
    for word in ("Secret", "private", "555555", "Hidden", "Cellar"):
        assert word not in str(page["items"]) + str(rest["items"]), "names stand beside the lines alone"
    assert (await studio.admin.ok("GET", "/v1/audit"))["items"] == []
    await barber.client.refused("forbidden", "GET", "/v1/audit")
    for cursor in ("x", "9" * 30, "-1"):
        await barber.admin.refused("invalid", "GET", "/v1/audit", params={"cursor": cursor})


async def test_people_of_that_business_alone_are_named(barber: Business, studio: Business) -> None:
    actors = [f"person:{barber.people[ADMIN]}", f"person:{barber.people[CLIENT]}", "gateway"]
    items = [{"actor": actor, "action": "a", "object": "x:1"} for actor in actors]
    for business, known in ((barber, (f"Person {ADMIN}", f"Person {CLIENT}", None)), (studio, (None, None, None))):
        await business.nobody.ok("POST", "/v1/audit", json={"items": items})
        lines = (await business.admin.ok("GET", "/v1/audit"))["items"]
        names = {line["actor"]: line["actor_name"] for line in lines}
        assert names == dict(zip(actors, known, strict=True))


async def test_a_detail_that_is_too_long_is_left_out_and_the_line_stays(barber: Business) -> None:
    entries = [
        Entry(NOW, "system", "business.imported", "tenant:1", {"names": "x" * length})
        for length in (MAX_DETAIL - len('{"names":""}'), MAX_DETAIL)
    ]
    await barber.api.db.write(barber.id, lambda conn: append_entries(conn, barber.id, entries))
    first, second = (await barber.admin.ok("GET", "/v1/audit", params={"limit": 2}))["items"]
    assert (first["detail"], first["action"]) == ({"too_long": True}, "business.imported")
    assert len(second["detail"]["names"]) > 3_900


async def test_the_keys_of_a_detail_are_in_order(barber: Business) -> None:
    """A search for one of a pair of ids relies on what may stand behind them."""
    entry = Entry(NOW, "system", "booking.move", "booking:1", {"start": [1, 2], "specialist_id": [3, 4]})
    await barber.api.db.write(barber.id, lambda conn: append_entries(conn, barber.id, [entry]))
    (row,) = await barber.rows(tables.audit, A.action == "booking.move")
    assert row.detail == '{"specialist_id":[3,4],"start":[1,2]}'
