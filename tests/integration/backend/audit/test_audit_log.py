"""The audit log: who did what; altered, removed, cut off or sealed by another, it shows. On both databases."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, text, update

from backend.audit.queries import find_faults
from backend.db import guards, tables
from tests.support.backend_api import Api
from tests.support.business import ADMIN, CLIENT, Business
from tests.support.servers import INTERNAL_KEY

TENANT = {"name": "Barber", "timezone": "UTC", "locale": "en", "currency": "EUR"}


@pytest_asyncio.fixture
async def logged(api: Api) -> Api:
    """Two businesses with some lines each."""
    for slug in ("barber", "studio"):
        await api.call("PUT", "/v1/tenant", tenant=slug, json=TENANT)
        items = [{"actor": "gateway", "action": f"a{n}", "object": "x:1", "detail": {"n": n}} for n in range(5)]
        answer = await api.call("POST", "/v1/audit", tenant=slug, json={"items": items})
        assert answer.body == {"count": 5}
    return api


async def faults(api: Api, key: str = INTERNAL_KEY) -> list[str]:
    return await api.db.read(lambda conn: find_faults(conn, key))


async def tamper(api: Api, *statements: Any) -> None:
    """As somebody with the database in their hands would: the guards are dropped first."""

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


A, H = tables.audit.c, tables.audit_heads.c


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(actor="nobody")], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 3, A.tenant_id == 1).values(at=A.at + 1)], "line 3 was altered"),
        ([update(tables.audit).where(A.seq == 6, A.tenant_id == 1).values(detail="{}")], "line 6 was altered"),
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
    ],
)
async def test_every_tampering_shows(logged: Api, statements: list[Any], said: str) -> None:
    await tamper(logged, *statements)
    found = await faults(logged)
    assert any(fault.startswith("tenant 1: ") and said in fault for fault in found), found


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
        assert word not in str(page) + str(rest)
    assert (await studio.admin.ok("GET", "/v1/audit"))["items"] == []
    await barber.client.refused("forbidden", "GET", "/v1/audit")
    for cursor in ("x", "9" * 30, "-1"):
        await barber.admin.refused("invalid", "GET", "/v1/audit", params={"cursor": cursor})


async def test_who_is_on_the_staff_of_that_business_now_is_named(barber: Business, studio: Business) -> None:
    actors = [f"person:{barber.people[ADMIN]}", f"person:{barber.people[CLIENT]}", "gateway"]
    items = [{"actor": actor, "action": "a", "object": "x:1"} for actor in actors]
    for business, name in ((barber, f"Person {ADMIN}"), (studio, None)):
        await business.nobody.ok("POST", "/v1/audit", json={"items": items})
        lines = (await business.admin.ok("GET", "/v1/audit"))["items"]
        names = {line["actor"]: line["actor_name"] for line in lines}
        assert names == dict(zip(actors, (name, None, None), strict=True))
