"""Requests: the deadline before Confirm, what happens when nobody answers, who may answer, and what everybody reads then."""

import asyncio
from typing import Any

import pytest

from backend.bookings import endings
from backend.bookings.endings import free_all_lapsed_places
from backend.db import tables
from backend.people.queries.people import erase_person
from tests.support.backend_api import Api
from tests.support.business import ANNA, Business, open_business, open_staffed_business
from tests.support.business_rows import ADMIN, CLIENT

DAY = "2026-06-01"
# ten o'clock in Berlin
MORNING = f"{DAY}T08:00:00+00:00"
AT_17 = f"{DAY}T16:00:00+02:00"
NEXT_WEEK = "2026-06-08T10:00:00+02:00"
KIM = 5001


async def open_shop(backend: Api, **policies: Any) -> tuple[Business, int]:
    """Open a business that approves by hand, at ten in the morning, with two admins and a specialist in the bot."""
    shop, service, _ = await open_staffed_business(backend, approval=True, **policies)
    await shop.add_person(KIM, "admin", name="Kim")
    backend.set_time(MORNING)
    return shop, service


async def let_clock_tend(backend: Api) -> int:
    """Run the chore as the backend does every few seconds."""
    return await free_all_lapsed_places(backend.db, int(backend.clock()))


async def seen(shop: Business, booking: Any) -> Any:
    """Return the booking as its admin sees it now."""
    return await shop.admin.ok("GET", f"/v1/bookings/{booking['id']}")


async def test_the_deadline_stands_before_confirm_and_is_kept(backend: Api) -> None:
    shop, service = await open_shop(backend)
    held = await shop.client.booked(service, start=AT_17, hold=True)
    # an hour before the start at the latest
    assert (held["status"], held["decide_by"]) == ("held", "2026-06-01T13:00:00Z")
    backend.clock.shift_s += 300
    asked = (await shop.client.step(held, "confirm")).body
    assert (asked["status"], asked["decide_by"]) == ("pending", "2026-06-01T13:00:00Z")
    far = await shop.other.booked(service, start=NEXT_WEEK, hold=True)
    # twelve hours, of which none runs at night: 10:05 to 22:00 and five minutes of the next morning
    assert far["decide_by"] == "2026-06-02T06:05:00Z"
    # staff who may approve ask nobody
    own = await shop.admin.booked(service, start="2026-06-09T10:00:00+02:00", hold=True)
    assert own["decide_by"] is None


async def test_a_start_that_leaves_no_waking_hour_is_not_offered_for_a_request(backend: Api) -> None:
    shop, service = await open_shop(backend)
    starts = [slot["local"][11:16] for slot in await shop.client.slots(service, day=DAY)]
    assert starts == ["12:00", "13:00", "14:00", "15:00", "16:00"]
    assert [slot["local"][11:16] for slot in await shop.admin.slots(service, day=DAY)][:2] == ["10:00", "11:00"]
    early = await shop.client.book(service, start=f"{DAY}T11:00:00+02:00")
    assert (early.status, early.code) == (409, "too_soon")
    visitor = await shop.nobody.call(
        "POST", "/v1/holds", client_type="public", key="visitor-7f3a9c-4be2d1-c80a",
        json={"service_ids": [service], "start": f"{DAY}T11:00:00+02:00"},
    )  # fmt: skip
    assert (visitor.status, visitor.code) == (409, "too_soon")
    # in the night the hour begins in the morning
    backend.set_time(f"{DAY}T21:00:00+00:00")
    starts = [slot["local"][11:16] for slot in await shop.client.slots(service, day="2026-06-02")]
    assert starts[0] == "10:00"


async def test_an_unanswered_request_expires_and_its_place_is_free(backend: Api) -> None:
    """Row 18 of the reports: it waited past its start, blocked its place, and could still be approved."""
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=AT_17)
    backend.set_time("2026-06-01T13:00:00+00:00")
    # at that instant, before anything has been written
    assert (await seen(shop, asked))["end_reason"] == "request_expired"
    reply = await shop.admin.step(asked, "approve")
    assert (reply.status, reply.code) == (409, "illegal_step")
    assert await let_clock_tend(backend) >= 1
    ended = await seen(shop, asked)
    assert (ended["status"], ended["end_reason"], ended["decide_by"]) == ("cancelled", "request_expired", None)
    history = (await shop.admin.ok("GET", f"/v1/bookings/{asked['id']}/history"))["items"]
    last = history[-1]
    assert [last[name] for name in ("action", "actor_role", "from_status", "to_status")] == [
        "expire", "system", "pending", "cancelled",
    ]  # fmt: skip
    again = await shop.admin.book(service, start=AT_17)
    assert again.status == 201, again


async def test_a_free_place_is_shown_and_booked_before_the_chore_comes(backend: Api) -> None:
    shop, service = await open_shop(backend, request_expiry_min=60)
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    assert NEXT_WEEK not in [slot["local"] for slot in await shop.other.slots(service, day=NEXT_WEEK[:10])]
    backend.clock.shift_s += 3600
    assert NEXT_WEEK in [slot["local"] for slot in await shop.other.slots(service, day=NEXT_WEEK[:10])]
    assert (await shop.other.book(service, start=NEXT_WEEK)).status == 201
    assert (await seen(shop, asked))["end_reason"] == "request_expired"
    (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == asked["id"])
    assert row.status == "cancelled"


async def test_the_client_gets_other_times(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=AT_17)
    await shop.gateway.send(shop.slug)
    backend.set_time(f"{DAY}T18:16:00+00:00")  # 20:16: long after the start
    await let_clock_tend(backend)
    notices = await shop.gateway.claim(shop.slug)
    (told,) = [one for one in notices if one["role"] == "client"]
    assert (told["kind"], told["booking"]["id"]) == ("request_expired", asked["id"])
    assert [slot["local"][:16] for slot in told["alternatives"]] == [
        "2026-06-02T09:00", "2026-06-02T10:00", "2026-06-02T11:00",
    ]  # fmt: skip
    changed = [one for one in notices if one["role"] != "client"]
    assert {(one["kind"], one["message_id"] is not None) for one in changed} == {("approval_asked", True)}


async def test_expiry_and_its_message_are_one_change(backend: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the two, nothing has happened; the next round does both."""
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=AT_17)
    backend.set_time(f"{DAY}T14:00:00+00:00")

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(endings, "announce_change", die)
        with pytest.raises(RuntimeError):
            await let_clock_tend(backend)
    (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == asked["id"])
    kinds = tables.outbox.c.kind
    assert row.status == "pending"
    assert await shop.rows(tables.outbox, kinds == "request_expired") == []
    assert await let_clock_tend(backend) >= 1
    await let_clock_tend(backend)
    assert len(await shop.rows(tables.outbox, kinds == "request_expired")) == 1


async def test_expiry_and_approval_race(backend: Api) -> None:
    """One of them wins, whichever comes first; the place is the client's, or free and the client has been told."""
    shop, service = await open_shop(backend, request_expiry_min=60)
    for hour in range(10, 16):
        backend.set_time(MORNING)
        asked = await shop.client.booked(service, start=f"2026-06-08T{hour}:00:00+02:00")
        deadline = int(backend.clock()) + 3600
        backend.clock.shift_s += 3599
        approval = shop.admin.step(asked, "approve")
        chore = free_all_lapsed_places(backend.db, deadline)
        if hour % 2:
            reply, _ = await asyncio.gather(approval, chore)
        else:
            _, reply = await asyncio.gather(chore, approval)
        (row,) = await shop.rows(tables.bookings, tables.bookings.c.id == asked["id"])
        (item,) = await shop.rows(tables.booking_items, tables.booking_items.c.booking_id == asked["id"])
        of_it = tables.outbox.c.booking_id == asked["id"]
        told = {one.kind for one in await shop.rows(tables.outbox, of_it)}
        if reply.status == 200:
            assert (row.status, item.active, item.hold_until) == ("confirmed", True, None)
            assert "request_expired" not in told
        else:
            assert (reply.code, row.status, row.end_reason) == ("illegal_step", "cancelled", "request_expired")
            assert not item.active
            assert "approved" not in told


async def test_of_two_admins_at_once_one_decides(backend: Api) -> None:
    shop, service = await open_shop(backend)
    for hour in range(10, 14):
        asked = await shop.client.booked(service, start=f"2026-06-08T{hour}:00:00+02:00")
        yes, no = await asyncio.gather(shop.caller(KIM).step(asked, "approve"), shop.admin.step(asked, "decline"))
        assert sorted((yes.status, no.status)) == [200, 409]
        ended = await seen(shop, asked)
        expected = ("confirmed", "Kim") if yes.status == 200 else ("cancelled", f"Person {ADMIN}")
        assert (ended["status"], ended["decided_by"]) == expected


async def test_every_notice_says_who_has_decided(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    sent = await shop.gateway.send(shop.slug)
    assert sorted((one["tg_id"], one["kind"], one["may_decide"]) for one in sent) == [
        (tg_id, "approval_asked", True) for tg_id in sorted((ADMIN, ANNA, KIM))
    ]
    assert (await shop.caller(KIM).step(asked, "approve")).status == 200
    changed = [one for one in await shop.gateway.send(shop.slug) if one["message_id"] is not None]
    assert sorted((one["tg_id"], one["message_id"]) for one in changed) == sorted(
        (one["tg_id"], number) for number, one in enumerate(sent, 100)
    )
    assert {one["booking"]["decided_by"] for one in changed} == {"Kim"}
    assert [one["kind"] for one in await shop.gateway.claim(shop.slug)] == []


async def test_a_notice_on_its_way_is_changed_when_it_has_arrived(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    on_their_way = await shop.gateway.claim(shop.slug)
    assert (await shop.admin.step(asked, "decline", {"reason": "full"})).status == 200
    for number, notice in enumerate(on_their_way, 500):
        await shop.gateway.mark_sent(notice, number)
    changed = [one for one in await shop.gateway.claim(shop.slug) if one["message_id"] is not None]
    assert sorted(one["message_id"] for one in changed) == [500, 501, 502]


async def test_staff_are_reminded_when_half_the_time_is_over(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=NEXT_WEEK)  # to be answered by 22:00
    answered = await shop.client.booked(service, start="2026-06-08T12:00:00+02:00")
    await shop.gateway.send(shop.slug)
    assert (await shop.admin.step(answered, "approve")).status == 200
    await shop.gateway.send(shop.slug, first_id=200)
    backend.set_time(f"{DAY}T13:59:00+00:00")
    assert await shop.gateway.claim(shop.slug) == []
    backend.set_time(f"{DAY}T14:00:00+00:00")
    reminded = await shop.gateway.send(shop.slug, first_id=300)
    assert {(one["kind"], one["booking"]["id"]) for one in reminded} == {("approval_reminder", asked["id"])}
    assert {one["tg_id"] for one in reminded} == {ADMIN, ANNA, KIM}
    assert (await shop.admin.step(asked, "approve")).status == 200
    # the first notice and the reminder of each
    assert len([one for one in await shop.gateway.claim(shop.slug) if one["message_id"] is not None]) == 6


async def test_a_reason_is_read_by_the_client_and_erased_with_them(backend: Api) -> None:
    """Words stand in columns that erasing clears, and nowhere else."""
    shop, service = await open_shop(backend)
    words = "we are at the seaside"
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    assert (await shop.admin.step(asked, "decline", {"reason": words})).body["end_note"] == words
    other = await shop.client.booked(service, start="2026-06-08T12:00:00+02:00")
    assert (await shop.admin.step(other, "cancel", {"reason": words})).body["end_note"] == words
    told = [one for one in await shop.gateway.send(shop.slug) if one["role"] == "client"]
    assert {(one["kind"], one["booking"]["end_note"]) for one in told} == {("declined", words), ("cancelled", words)}
    (declined,) = [one for one in told if one["kind"] == "declined"]
    assert len(declined["alternatives"]) == 3
    assert NEXT_WEEK not in [slot["local"] for slot in declined["alternatives"]]
    assert (await shop.client.ok("GET", f"/v1/bookings/{asked['id']}"))["end_note"] == words
    await backend.db.write(shop.id, lambda conn: erase_person(conn, shop.id, shop.people[CLIENT], 1_780_000_000))
    for table in tables.metadata.sorted_tables:
        if "tenant_id" in table.c and table.name != "idempotency":
            assert words not in str(await shop.rows(table)), table.name


async def test_a_specialist_decides_over_what_is_theirs_alone(backend: Api) -> None:
    shop = await open_business(backend, approval=True)
    backend.set_time(MORNING)
    cut, dye = await shop.add_service(60), await shop.add_service(60)
    await shop.add_specialist(cut, tg_id=ANNA)
    await shop.add_specialist(dye, tg_id=2002)
    own = await shop.client.booked(cut, start=NEXT_WEEK)
    assert (await shop.caller(ANNA).step(own, "approve")).status == 200
    shared = await shop.client.booked(cut, dye, start="2026-06-09T10:00:00+02:00")
    refused = await shop.caller(ANNA).step(shared, "approve")
    assert (refused.status, refused.code) == (403, "forbidden")
    told = {one["tg_id"]: one for one in await shop.gateway.send(shop.slug) if one["booking"]["id"] == shared["id"]}
    assert {tg_id: one["may_decide"] for tg_id, one in told.items()} == {ANNA: False, 2002: False, ADMIN: True}
    assert told[ANNA]["deciders"] == [f"Person {ADMIN}"]


async def test_staff_who_move_a_request_have_answered_it(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    moved = (await shop.admin.step(asked, "move", {"start": "2026-06-08T12:00:00+02:00"})).body
    assert (moved["status"], moved["decide_by"]) == ("confirmed", None)
    backend.clock.shift_s += 86_400
    await let_clock_tend(backend)
    assert (await seen(shop, asked))["status"] == "confirmed"
    # a client who moves their own request asks anew
    own = await shop.client.booked(service, start="2026-06-08T14:00:00+02:00")
    body = {"start": "2026-06-02T16:00:00+02:00"}
    again = (await shop.client.step(own, "move", body)).body
    assert (again["status"], again["decide_by"]) == ("pending", "2026-06-02T13:00:00Z")


async def test_a_withdrawn_request_comes_back_as_one(backend: Api) -> None:
    shop, service = await open_shop(backend)
    asked = await shop.client.booked(service, start=NEXT_WEEK)
    assert (await shop.client.step(asked, "cancel")).body["decide_by"] is None
    back = (await shop.client.step(asked, "undo")).body
    assert (back["status"], back["decide_by"]) == ("pending", asked["decide_by"])
    (item,) = await shop.rows(tables.booking_items)
    assert item.hold_until is not None
