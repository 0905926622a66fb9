"""People over HTTP, on both databases: identify, me, clients, staff, erasure."""

import asyncio

import pytest
from sqlalchemy import Connection, func, insert, select

from backend.db import tables
from backend.kit.text import fold_for_search
from tests.support.business import STRANGER, Business
from tests.support.business_rows import ADMIN, CLIENT, NOW, OTHER, SPECIALIST


async def test_identify_gets_or_makes_and_follows_telegram(barber: Business) -> None:
    body = {"tg_id": STRANGER, "first_name": "Вася", "username": "vasya", "language_code": "ru-RU"}
    first = await barber.nobody.ok("POST", "/v1/people/identify", json=body)
    assert first | {"id": 0} == {
        "id": 0, "tg_id": STRANGER, "roles": ["client"], "locale": "ru", "name": "Вася", "phone": None,
        "specialist_id": None, "blocked": False, "staff_notices": "all", "news": True,
    }  # fmt: skip
    again = await barber.nobody.ok(
        "POST", "/v1/people/identify", json=body | {"first_name": "V\u202e\x00a", "language_code": "de"}
    )
    assert (again["id"], again["name"], again["locale"]) == (first["id"], "V a", "en")


async def test_a_name_stays_where_telegram_gives_none(barber: Business) -> None:
    body = {"tg_id": STRANGER, "first_name": "Вася", "username": "vasya"}
    first = await barber.nobody.ok("POST", "/v1/people/identify", json=body)
    for nothing in ({}, {"first_name": ""}, {"first_name": "\u200b \u202e"}):
        again = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": STRANGER, **nothing})
        assert again["name"] == "Вася"
    # also where something else is news, so that the row is written
    again = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": STRANGER, "language_code": "en"})
    assert (again["id"], again["name"], again["locale"]) == (first["id"], "Вася", "en")
    found = await barber.admin.ok("GET", "/v1/clients", params={"query": "вася"})
    assert [one["id"] for one in found["items"]] == [first["id"]]


async def test_a_crowd_that_is_identified_at_once_is_one_person(barber: Business) -> None:
    body = {"tg_id": STRANGER, "first_name": "X"}
    answers = await asyncio.gather(*(barber.nobody.ok("POST", "/v1/people/identify", json=body) for _ in range(20)))
    assert len({answer["id"] for answer in answers}) == 1


async def test_identify_tells_roles_and_calendar(barber: Business) -> None:
    anna = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": SPECIALIST, "first_name": "A"})
    assert (anna["roles"], anna["specialist_id"]) == (["client", "specialist"], barber.specialists["Anna"])


async def test_a_name_that_somebody_chose_stays(barber: Business) -> None:
    await barber.client.ok("PATCH", "/v1/people/me", json={"name": "Alexander", "locale": "ru"})
    told = await barber.nobody.ok(
        "POST", "/v1/people/identify", json={"tg_id": CLIENT, "first_name": "alx", "language_code": "en"}
    )
    assert (told["name"], told["locale"]) == ("Alexander", "ru")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "\u200b\u202e"},
        {"name": "x" * 65},
        {"phone": "call me"},
        {"phone": "12"},
        {"locale": "de"},
        {"role": "admin"},
    ],
)
async def test_what_one_may_not_say_of_oneself(barber: Business, change: dict[str, str]) -> None:
    await barber.client.refused("invalid", "PATCH", "/v1/people/me", json=change)


async def test_an_unknown_person_and_an_unknown_tenant(barber: Business) -> None:
    await barber.stranger.refused("forbidden", "GET", "/v1/people/me")
    unknown = await barber.api.call("POST", "/v1/people/identify", tenant="nowhere", json={"tg_id": 1})
    assert (unknown.status, unknown.code) == (404, "not_found")


async def test_erasing_forgets_who_it_was_and_keeps_the_bookings(barber: Business, studio: Business) -> None:
    await barber.client.ok("PATCH", "/v1/people/me", json={"phone": "+49 30 123456"}, key="k1")
    booking = await barber.add_booking(NOW - 86_400, status="completed", comment="my words")
    ahead = await barber.add_booking()
    await barber.client.refused("in_use", "DELETE", "/v1/people/me")
    await barber.api.db.write(
        barber.id,
        lambda conn: (
            conn.execute(
                tables.bookings.update().where(tables.bookings.c.id == ahead).values(status="cancelled")
            ).rowcount
        ),
    )
    await barber.client.ok("DELETE", "/v1/people/me")
    await barber.client.refused("forbidden", "GET", "/v1/people/me")
    row = (await barber.rows(tables.people, tables.people.c.id == barber.people[CLIENT]))[0]
    assert (row.tg_id, row.name, row.name_search, row.phone, row.phone_digits, row.username) == (
        None,
        "",
        "",
        None,
        "",
        None,
    )
    kept = (await barber.rows(tables.bookings, tables.bookings.c.id == booking))[0]
    assert (kept.client_id, kept.comment) == (row.id, "")
    assert await barber.rows(tables.idempotency, tables.idempotency.c.scope == f"p{row.id}") == []
    again = await barber.nobody.ok("POST", "/v1/people/identify", json={"tg_id": CLIENT})
    assert again["id"] != row.id
    # the same Telegram account elsewhere is another person
    assert (await studio.client.call("GET", "/v1/people/me")).status == 200


async def test_export_has_everything_also_what_staff_have_noted(barber: Business, studio: Business) -> None:
    """Notes, tags and a block are data about the client; what is noted about others is not in it."""
    booking = await barber.add_booking(comment="Short, please")
    client = f"/v1/clients/{barber.people[CLIENT]}"
    await barber.admin.ok("PATCH", client, json={"note": "never pays", "team_note": "allergic to latex"})
    await barber.admin.ok("POST", f"{client}/tags", json={"names": ["VIP"]})
    await barber.admin.ok("PATCH", f"/v1/clients/{barber.people[OTHER]}", json={"note": "of somebody else"})
    other = await barber.other.ok("GET", "/v1/people/me/export")
    assert (other["note"], other["team_note"], other["tags"], other["blocked"]) == ("of somebody else", "", [], False)
    assert (await studio.client.ok("GET", "/v1/people/me/export"))["note"] == ""
    data = await barber.client.ok("GET", "/v1/people/me/export")
    assert [one["id"] for one in data["bookings"]] == [booking]
    assert data["bookings"][0]["comment"] == "Short, please"
    assert (data["note"], data["team_note"], data["tags"]) == ("never pays", "allergic to latex", ["VIP"])
    await barber.admin.ok("PATCH", client, json={"blocked": True})
    blocked = await barber.client.ok("GET", "/v1/people/me/export")
    assert blocked["blocked"], "who is blocked may still know"


async def test_clients_are_found_by_name_and_phone(barber: Business) -> None:
    for name, phone in (("Иван Ёлкин", "8 (495) 123-45-67"), ("Елена Иванова", None), ("100% _x", None)):
        await barber.admin.ok("POST", "/v1/clients", json={"name": name, "phone": phone})

    async def found(query: str) -> list[str]:
        answer = await barber.admin.ok("GET", "/v1/clients", params={"query": query})
        return [client["name"] for client in answer["items"]]

    assert await found("иван") == ["Иван Ёлкин", "Елена Иванова"]  # the name that begins with it comes first
    assert await found("елкин") == ["Иван Ёлкин"]
    assert await found("+7 495 123-45-67") == ["Иван Ёлкин"]
    assert await found("7495123") == ["Иван Ёлкин"]
    assert await found("1234567") == ["Иван Ёлкин"]
    assert await found("0% _") == ["100% _x"]
    assert await found("%") == ["100% _x"]
    assert await found("\\") == []


async def test_pages_of_clients_meet_without_a_gap(barber: Business) -> None:
    for name in ("Maria", "Zoe"):
        await barber.admin.ok("POST", "/v1/clients", json={"name": name})
    everybody = [client["id"] for client in (await barber.admin.ok("GET", "/v1/clients"))["items"]]
    seen, cursor = [], None
    while True:
        page = await barber.admin.ok("GET", "/v1/clients", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [client["id"] for client in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == everybody
    assert len(seen) == 4
    await barber.admin.refused("invalid", "GET", "/v1/clients", params={"cursor": "nonsense"})


async def test_ten_thousand_clients_are_searched(barber: Business) -> None:
    """What is found; how soon is measured by `python -m tests.bench.search`."""

    def fill(conn: Connection) -> None:
        conn.execute(
            insert(tables.people),
            [
                {"tenant_id": barber.id, "tg_id": 100_000 + i, "name": f"Имя {i} Фамилия", "created_at": 0,
                 "name_search": fold_for_search(f"Имя {i} Фамилия"), "phone_digits": f"7900{i:07}"}
                for i in range(10_000)
            ],
        )  # fmt: skip

    await barber.api.db.write(barber.id, fill)
    for query, count in (("9999 фам", 1), ("Имя 12", 50), ("79000000777", 1), ("нет такого", 0)):
        answer = await barber.admin.ok("GET", "/v1/clients", params={"query": query})
        assert len(answer["items"]) == count


async def test_a_client_as_staff_see_them(barber: Business) -> None:
    client = barber.people[CLIENT]
    await barber.add_booking(NOW - 86_400, status="completed")
    await barber.add_booking(NOW - 2 * 86_400, status="no_show")
    await barber.admin.ok("PATCH", f"/v1/clients/{client}", json={"note": "likes tea", "blocked": True})
    seen = await barber.admin.ok("GET", f"/v1/clients/{client}")
    assert (seen["bookings"], seen["no_shows"], seen["note"], seen["blocked"]) == (1, 1, "likes tea", True)
    own = await barber.specialist.ok("GET", f"/v1/clients/{client}")
    assert (own["id"], own["note"]) == (client, "")
    # a specialist sees those who have had a booking with them, and nobody else
    await barber.specialist.refused("not_found", "GET", f"/v1/clients/{barber.people[OTHER]}")
    assert [one["id"] for one in (await barber.specialist.ok("GET", "/v1/clients"))["items"]] == [client]


async def test_the_last_admin_stays_also_when_two_go_at_once(barber: Business) -> None:
    admin, other = barber.people[ADMIN], barber.people[OTHER]
    await barber.admin.refused("last_admin", "DELETE", f"/v1/staff/{admin}/roles/admin")
    await barber.admin.refused("last_admin", "DELETE", "/v1/people/me")
    await barber.api.db.write(
        barber.id,
        lambda conn: (
            conn.execute(
                insert(tables.roles).values(tenant_id=barber.id, person_id=other, role="admin", granted_at=0)
            ).rowcount
        ),
    )
    answers = await asyncio.gather(
        barber.admin.call("DELETE", f"/v1/staff/{other}/roles/admin"),
        barber.other.call("DELETE", f"/v1/staff/{admin}/roles/admin"),
    )
    assert sorted(answer.status for answer in answers) == [200, 409] or 403 in {a.status for a in answers}
    admins = select(func.count()).where(tables.roles.c.tenant_id == barber.id, tables.roles.c.role == "admin")
    assert await barber.api.db.read(lambda conn: conn.execute(admins).scalar()) == 1


async def test_a_revoked_role_is_refused_at_the_next_request(barber: Business) -> None:
    assert (await barber.specialist.call("GET", "/v1/clients")).status == 200
    await barber.admin.ok("DELETE", f"/v1/staff/{barber.people[SPECIALIST]}/roles/specialist")
    await barber.specialist.refused("forbidden", "GET", "/v1/clients")
    assert [member["roles"] for member in (await barber.admin.ok("GET", "/v1/staff"))["items"]] == [["client", "admin"]]
    anna = await barber.admin.ok("GET", f"/v1/specialists/{barber.specialists['Anna']}")
    assert anna["has_account"] is False


async def test_writes_replay_byte_for_byte(barber: Business) -> None:
    first = await barber.admin.call("POST", "/v1/clients", json={"name": "Twice"}, key="same")
    second = await barber.admin.call("POST", "/v1/clients", json={"name": "Twice"}, key="same")
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    await barber.admin.refused("idem_mismatch", "POST", "/v1/clients", json={"name": "Other"}, key="same")


async def test_a_client_is_found_by_the_number_however_it_is_written(barber: Business) -> None:
    await barber.admin.ok("PATCH", "/v1/tenant", json={"phones": ["+44 20 7946 0100"]})
    stored = ["+44 7911 123456", "07911 123457", "0044 (0)7911 123458", "tel:+44-7911-123459"]
    for phone in stored:
        await barber.admin.ok("POST", "/v1/clients", json={"name": phone, "phone": phone})
    for number, name in zip("6789", stored, strict=True):
        for typed in (
            f"07911 12345{number}",
            f"+44 (0)7911 12345{number}",
            f"0044 7911-12345{number}",
            f"7911–12345{number}",
        ):
            found = (await barber.admin.ok("GET", "/v1/clients", params={"query": typed}))["items"]
            assert [client["name"] for client in found] == [name], typed
    found = (await barber.admin.ok("GET", "/v1/clients", params={"query": "+44 (0)7911"}))["items"]
    assert len(found) == len(stored)
