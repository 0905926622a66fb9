"""People over HTTP, on both databases: identify, me, clients, staff, erasure."""

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import Connection, func, insert, select

from backend.db import tables
from backend.kit.text import fold_for_search
from tests.support.api import NOW, Api
from tests.support.town import ADMIN, CLIENT, OTHER, SPECIALIST, STRANGER, THERE, Town, settle


@pytest_asyncio.fixture
async def town(api: Api) -> Town:
    return await settle(api)


async def test_identify_gets_or_makes_and_follows_telegram(town: Town) -> None:
    body = {"tg_id": STRANGER, "first_name": "Вася", "username": "vasya", "language_code": "ru-RU"}
    first = await town.ok("POST", "/v1/people/identify", None, json=body)
    assert first | {"id": 0} == {
        "id": 0, "tg_id": STRANGER, "roles": ["client"], "locale": "ru", "name": "Вася", "phone": None,
        "specialist_id": None, "blocked": False, "staff_notices": "all", "news": True,
    }  # fmt: skip
    again = await town.ok(
        "POST", "/v1/people/identify", None, json=body | {"first_name": "V\u202e\x00a", "language_code": "de"}
    )
    assert (again["id"], again["name"], again["locale"]) == (first["id"], "V a", "en")


async def test_a_name_stays_where_telegram_gives_none(town: Town) -> None:
    body = {"tg_id": STRANGER, "first_name": "Вася", "username": "vasya"}
    first = await town.ok("POST", "/v1/people/identify", None, json=body)
    for nothing in ({}, {"first_name": ""}, {"first_name": "\u200b \u202e"}):
        again = await town.ok("POST", "/v1/people/identify", None, json={"tg_id": STRANGER, **nothing})
        assert again["name"] == "Вася"
    # also where something else is news, so that the row is written
    again = await town.ok("POST", "/v1/people/identify", None, json={"tg_id": STRANGER, "language_code": "en"})
    assert (again["id"], again["name"], again["locale"]) == (first["id"], "Вася", "en")
    found = await town.ok("GET", "/v1/clients", ADMIN, params={"query": "вася"})
    assert [one["id"] for one in found["items"]] == [first["id"]]


async def test_a_crowd_that_is_identified_at_once_is_one_person(town: Town) -> None:
    body = {"tg_id": STRANGER, "first_name": "X"}
    answers = await asyncio.gather(*(town.ok("POST", "/v1/people/identify", None, json=body) for _ in range(20)))
    assert len({answer["id"] for answer in answers}) == 1


async def test_identify_tells_roles_and_calendar(town: Town) -> None:
    anna = await town.ok("POST", "/v1/people/identify", None, json={"tg_id": SPECIALIST, "first_name": "A"})
    assert (anna["roles"], anna["specialist_id"]) == (["client", "specialist"], town.here.specialists["Anna"])


async def test_a_name_that_somebody_chose_stays(town: Town) -> None:
    await town.ok("PATCH", "/v1/people/me", CLIENT, json={"name": "Alexander", "locale": "ru"})
    told = await town.ok(
        "POST", "/v1/people/identify", None, json={"tg_id": CLIENT, "first_name": "alx", "language_code": "en"}
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
async def test_what_one_may_not_say_of_oneself(town: Town, change: dict[str, str]) -> None:
    await town.refused("invalid", "PATCH", "/v1/people/me", CLIENT, json=change)


async def test_an_unknown_person_and_an_unknown_tenant(town: Town) -> None:
    await town.refused("forbidden", "GET", "/v1/people/me", STRANGER)
    await town.refused("not_found", "POST", "/v1/people/identify", None, json={"tg_id": 1}, tenant="nowhere")


async def test_erasing_forgets_who_it_was_and_keeps_the_bookings(town: Town) -> None:
    await town.ok("PATCH", "/v1/people/me", CLIENT, json={"phone": "+49 30 123456"}, key="k1")
    booking = await town.add_booking(NOW - 86_400, status="completed", comment="my words")
    ahead = await town.add_booking()
    await town.refused("in_use", "DELETE", "/v1/people/me", CLIENT)
    await town.api.db.write(
        town.here.id,
        lambda conn: (
            conn.execute(
                tables.bookings.update().where(tables.bookings.c.id == ahead).values(status="cancelled")
            ).rowcount
        ),
    )
    await town.ok("DELETE", "/v1/people/me", CLIENT)
    await town.refused("forbidden", "GET", "/v1/people/me", CLIENT)
    row = (await town.rows(tables.people, tables.people.c.id == town.here.people[CLIENT]))[0]
    assert (row.tg_id, row.name, row.name_search, row.phone, row.phone_digits, row.username) == (
        None,
        "",
        "",
        None,
        "",
        None,
    )
    kept = (await town.rows(tables.bookings, tables.bookings.c.id == booking))[0]
    assert (kept.client_id, kept.comment) == (row.id, "")
    assert await town.rows(tables.idempotency, tables.idempotency.c.scope == f"p{row.id}") == []
    again = await town.ok("POST", "/v1/people/identify", None, json={"tg_id": CLIENT})
    assert again["id"] != row.id
    # the same Telegram account elsewhere is another person
    assert (await town.call("GET", "/v1/people/me", CLIENT, tenant=THERE)).status_code == 200


async def test_export_has_everything_and_nothing_of_the_admins_own(town: Town) -> None:
    booking = await town.add_booking(comment="Short, please")
    await town.ok("PATCH", f"/v1/clients/{town.here.people[CLIENT]}", json={"note": "never pays"})
    data = await town.ok("GET", "/v1/people/me/export", CLIENT)
    assert [one["id"] for one in data["bookings"]] == [booking]
    assert data["bookings"][0]["comment"] == "Short, please"
    assert "never pays" not in str(data)


async def test_clients_are_found_by_name_and_phone(town: Town) -> None:
    for name, phone in (("Иван Ёлкин", "8 (495) 123-45-67"), ("Елена Иванова", None), ("100% _x", None)):
        await town.ok("POST", "/v1/clients", json={"name": name, "phone": phone})

    async def found(query: str) -> list[str]:
        answer = await town.ok("GET", "/v1/clients", params={"query": query})
        return [client["name"] for client in answer["items"]]

    assert await found("иван") == ["Иван Ёлкин", "Елена Иванова"]  # the name that begins with it comes first
    assert await found("елкин") == ["Иван Ёлкин"]
    assert await found("+7 495 123-45-67") == ["Иван Ёлкин"]
    assert await found("7495123") == ["Иван Ёлкин"]
    assert await found("1234567") == ["Иван Ёлкин"]
    assert await found("0% _") == ["100% _x"]
    assert await found("%") == ["100% _x"]
    assert await found("\\") == []


async def test_pages_of_clients_meet_without_a_gap(town: Town) -> None:
    everybody = [client["id"] for client in (await town.ok("GET", "/v1/clients"))["items"]]
    seen, cursor = [], None
    while True:
        page = await town.ok("GET", "/v1/clients", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [client["id"] for client in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == everybody
    assert len(seen) == 4
    await town.refused("invalid", "GET", "/v1/clients", params={"cursor": "nonsense"})


async def test_ten_thousand_clients_are_searched(town: Town) -> None:
    """What is found; how soon is measured by `python -m tests.bench.search`."""

    def fill(conn: Connection) -> None:
        conn.execute(
            insert(tables.people),
            [
                {"tenant_id": town.here.id, "tg_id": 100_000 + i, "name": f"Имя {i} Фамилия", "created_at": 0,
                 "name_search": fold_for_search(f"Имя {i} Фамилия"), "phone_digits": f"7900{i:07}"}
                for i in range(10_000)
            ],
        )  # fmt: skip

    await town.api.db.write(town.here.id, fill)
    for query, count in (("9999 фам", 1), ("Имя 12", 50), ("79000000777", 1), ("нет такого", 0)):
        answer = await town.ok("GET", "/v1/clients", params={"query": query})
        assert len(answer["items"]) == count


async def test_a_client_as_staff_see_them(town: Town) -> None:
    client = town.here.people[CLIENT]
    await town.add_booking(NOW - 86_400, status="completed")
    await town.add_booking(NOW - 2 * 86_400, status="no_show")
    await town.ok("PATCH", f"/v1/clients/{client}", json={"note": "likes tea", "blocked": True})
    seen = await town.ok("GET", f"/v1/clients/{client}")
    assert (seen["visits"], seen["no_shows"], seen["note"], seen["blocked"]) == (1, 1, "likes tea", True)
    own = await town.ok("GET", f"/v1/clients/{client}", SPECIALIST)
    assert (own["id"], own["note"]) == (client, "")
    # a specialist sees those who have had a booking with them, and nobody else
    await town.refused("not_found", "GET", f"/v1/clients/{town.here.people[OTHER]}", SPECIALIST)
    assert [one["id"] for one in (await town.ok("GET", "/v1/clients", SPECIALIST))["items"]] == [client]


async def test_the_last_admin_stays_also_when_two_go_at_once(town: Town) -> None:
    admin, other = town.here.people[ADMIN], town.here.people[OTHER]
    await town.refused("last_admin", "DELETE", f"/v1/staff/{admin}/roles/admin")
    await town.refused("last_admin", "DELETE", "/v1/people/me")
    await town.api.db.write(
        town.here.id,
        lambda conn: (
            conn.execute(
                insert(tables.roles).values(tenant_id=town.here.id, person_id=other, role="admin", granted_at=0)
            ).rowcount
        ),
    )
    answers = await asyncio.gather(
        town.call("DELETE", f"/v1/staff/{other}/roles/admin", ADMIN),
        town.call("DELETE", f"/v1/staff/{admin}/roles/admin", OTHER),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409] or 403 in {a.status_code for a in answers}
    admins = select(func.count()).where(tables.roles.c.tenant_id == town.here.id, tables.roles.c.role == "admin")
    assert await town.api.db.read(lambda conn: conn.execute(admins).scalar()) == 1


async def test_a_revoked_role_is_refused_at_the_next_request(town: Town) -> None:
    assert (await town.call("GET", "/v1/clients", SPECIALIST)).status_code == 200
    await town.ok("DELETE", f"/v1/staff/{town.here.people[SPECIALIST]}/roles/specialist")
    await town.refused("forbidden", "GET", "/v1/clients", SPECIALIST)
    assert [member["roles"] for member in (await town.ok("GET", "/v1/staff"))["items"]] == [["client", "admin"]]
    anna = await town.ok("GET", f"/v1/specialists/{town.here.specialists['Anna']}")
    assert anna["has_account"] is False


async def test_writes_replay_byte_for_byte(town: Town) -> None:
    first = await town.call("POST", "/v1/clients", json={"name": "Twice"}, key="same")
    second = await town.call("POST", "/v1/clients", json={"name": "Twice"}, key="same")
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"
    await town.refused("idem_mismatch", "POST", "/v1/clients", json={"name": "Other"}, key="same")
