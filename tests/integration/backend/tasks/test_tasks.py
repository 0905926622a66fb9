"""Bookings that cannot take place as booked: opened by a change, offered new times, settled; on both databases."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from backend.auth.queries import load_tenant
from backend.bookings.queries.loading import load_bookings
from backend.db import tables
from backend.outbox.service import renew_reminders
from backend.tasks.watch import watch_tasks
from backend.tenancy.business import apply_business, load_business
from tests.support.backend_api import NOW
from tests.support.business import CLIENT, OTHER, SPECIALIST, Business
from tests.support.business_rows import add_specialist

HOUR, DAY = 3600, 86_400
# Thursday 4 June 2026, 14:00 in UTC
START = NOW + 3 * DAY + 5 * HOUR
FAIR = ["keep", "need_new_times", "cancel"]


def day_of(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def utc(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()[:19] + "Z"


async def grace_of(barber: Business, price: int | None = 900) -> int:
    """Add Grace, who does the same for less, and return her id."""

    def add(conn: Any) -> int:
        who = add_specialist(conn, barber.seeded, "Grace")
        offer = tables.specialist_services
        conn.execute(update(offer).where(offer.c.specialist_id == who).values(price=price))
        return who

    return int(await barber.api.db.write(barber.id, add))


async def take_off(barber: Business, start: int = START, bookings: str = "need_new_times", **more: Any) -> Any:
    """Anna takes a day off."""
    day, after = day_of(start), day_of(start + DAY)
    body = {"start": f"{day}T00:00", "end": f"{after}T00:00"}
    path = f"/v1/specialists/{barber.specialists['Anna']}/time-off"
    return await barber.specialist.ok("POST", path, json=body, params={"bookings": bookings}, **more)


async def remind(barber: Business, booking: int) -> None:
    """Write the reminders of a booking that was put straight into the tables."""

    def write(conn: Any) -> None:
        unit = barber.unit(conn, CLIENT)
        (row,) = load_bookings(conn, barber.id, [booking])
        renew_reminders(conn, unit.tenant, row, unit.now)

    await barber.api.db.write(barber.id, write)


async def open_tasks(barber: Business) -> list[int]:
    rows = await barber.rows(tables.tasks, tables.tasks.c.closed_at.is_(None))
    return sorted(row.booking_id for row in rows)


async def claim(barber: Business) -> list[Any]:
    body = {"tenants": ["barber", "studio"], "lease_s": 600}
    return (await barber.gateway.ok("POST", "/v1/notices/claim", json=body))["items"]  # type: ignore[no-any-return]


async def deliver(barber: Business) -> list[tuple[str, str]]:
    """Send everything that is due and return (kind, role) of each new message; the others are brought up to date."""
    sent = []
    while items := await claim(barber):
        for notice in items:
            report = {"epoch": notice["epoch"], "outcome": "sent", "message_id": notice["id"]}
            await barber.gateway.ok("POST", f"/v1/notices/{notice['id']}/report", json=report)
            if notice["message_id"] is None:
                sent.append((notice["kind"], notice["role"]))
    return sent


async def go_to(barber: Business, instant: int) -> None:
    """Let it be that instant, and let the chore run."""
    barber.api.clock.set(instant)
    await watch_tasks(barber.api.db, instant)


async def booking_of(barber: Business, booking: int) -> Any:
    return await barber.admin.ok("GET", f"/v1/bookings/{booking}")


CHANGES: dict[str, tuple[str, str, Any]] = {
    "time_off": (
        "POST",
        "/v1/specialists/{anna}/time-off",
        {"start": f"{day_of(START)}T00:00", "end": f"{day_of(START + DAY)}T00:00"},
    ),
    "closure": ("POST", "/v1/closures", {"date": day_of(START - DAY), "last": day_of(START + DAY)}),
    "hours": ("PATCH", "/v1/specialists/{anna}/hours", {"thu": ["09:00-12:00"]}),
    "date": ("PUT", f"/v1/specialists/{{anna}}/dates/{day_of(START)}", {"shifts": []}),
    "service": ("DELETE", "/v1/services/{haircut}", None),
    "offer": ("PATCH", "/v1/specialists/{anna}", {"services": []}),
    "specialist": ("DELETE", "/v1/specialists/{anna}", None),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_shows_what_it_touches_and_does_what_is_chosen(barber: Business, change: str) -> None:
    """The preview changes nothing; by default bookings stay; a task each, or they are cancelled, only where chosen."""
    booking = await barber.add_booking(START)
    request = await barber.add_booking(START + HOUR, who=OTHER, status="pending")
    later = await barber.add_booking(START + 8 * DAY - 4 * HOUR)
    method, path, body = CHANGES[change]
    path = path.format(anna=barber.specialists["Anna"], haircut=barber.services["Haircut"])
    ids = {booking, request} if change in ("time_off", "closure", "hours", "date") else {booking, request, later}

    async def make(**params: Any) -> Any:
        answer = await barber.admin.ok(method, path, json=body, params=params)
        return {one["booking_id"] for one in answer.get("displaced", answer.get("affected"))}, answer["handled"]

    before = await barber.rows(tables.audit), await barber.rows(tables.outbox), await barber.rows(tables.bookings)
    for handling in FAIR:
        assert await make(bookings=handling, preview="true") == (ids, 0 if handling == "keep" else len(ids))
    after = await barber.rows(tables.audit), await barber.rows(tables.outbox), await barber.rows(tables.bookings)
    assert before == after
    assert await open_tasks(barber) == []
    assert await make(bookings="need_new_times") == (ids, len(ids))
    assert await open_tasks(barber) == sorted(ids)
    assert sorted(await deliver(barber)) == [("move_asked", "client")] * len(ids)
    tasks = await barber.admin.ok("GET", "/v1/tasks")
    assert [one["booking"]["id"] for one in tasks["items"]] == [n for n in (booking, request, later) if n in ids]
    assert {one["asked"] for one in tasks["items"]} == {"sent"}
    assert tasks["items"][0]["booking"]["client_name"] == f"Person {CLIENT}"


@pytest.mark.parametrize(
    ("handling", "status", "kinds"), [("keep", "confirmed", set()), ("cancel", "cancelled", {"cancelled"})]
)
async def test_kept_or_cancelled(barber: Business, handling: str, status: str, kinds: set[str]) -> None:
    booking, held = (
        await barber.add_booking(START),
        await barber.add_booking(START + HOUR, who=OTHER, status="held", hold_until=NOW + 60),
    )
    assert (await take_off(barber, bookings=handling))["handled"] == (handling == "cancel")
    assert await open_tasks(barber) == []
    shown = await booking_of(barber, booking)
    assert (shown["status"], shown["task"]) == (status, None)
    assert {kind for kind, _ in await deliver(barber)} == kinds
    # a place that is only held is not booked: it goes with everything but "keep"
    (row,) = await barber.rows(tables.bookings, tables.bookings.c.id == held)
    assert row.status == ("held" if handling == "keep" else "expired")


async def test_while_a_task_is_open_nobody_is_reminded_and_nobody_is_late(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await remind(barber, booking)
    await take_off(barber)
    shown = await booking_of(barber, booking)
    assert (shown["task"], shown["can_cancel_until"]) == ("open", utc(START))
    reminders = await barber.rows(tables.outbox, tables.outbox.c.kind == "reminder")
    assert {row.status for row in reminders} == {"dropped"}
    await barber.client.refused("illegal_step", "POST", f"/v1/bookings/{booking}/coming")
    barber.api.clock.set(START - 60)
    cancelled = await barber.client.ok("POST", f"/v1/bookings/{booking}/cancel")
    assert (cancelled["late"], cancelled["end_reason"], cancelled["task"]) == (False, "client", None)
    assert await open_tasks(barber) == []
    # taken back, it needs a new time again
    barber.api.clock.set(START - 30)
    again = await barber.client.ok("POST", f"/v1/bookings/{booking}/undo")
    assert (again["status"], again["task"]) == ("confirmed", "open")
    assert await open_tasks(barber) == [booking]


async def test_a_reminder_that_a_sender_has_already_may_not_go_out(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await remind(barber, booking)
    barber.api.clock.set(START - DAY + 60)
    (reminder,) = await claim(barber)
    assert reminder["kind"] == "reminder"
    begin = {"epoch": reminder["epoch"]}
    await barber.gateway.ok("POST", f"/v1/notices/{reminder['id']}/begin", json=begin)
    await take_off(barber)
    await barber.gateway.refused("illegal_step", "POST", f"/v1/notices/{reminder['id']}/begin", json=begin)
    assert [notice["kind"] for notice in await claim(barber)] == ["move_asked"]


async def test_the_same_time_with_another_is_offered_for_the_lower_price(barber: Business) -> None:
    """Free of notice and approval, also a minute before; the duration stays, and a repeated press changes nothing more."""
    grace = await grace_of(barber)
    booking = await barber.add_booking(START, minutes=45)
    await remind(barber, booking)
    await take_off(barber)
    (notice,) = await claim(barber)
    offered = notice["new_times"]
    asked = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert asked.pop("booking")["task"] == "open"
    assert {**offered, "booking": None} == {**asked, "booking": None}
    same = offered["same_time"]
    assert (offered["cause"], offered["name"]) == ("time_off", "Anna")
    assert (same["start"], same["specialist_id"], same["specialist_name"], same["price"]) == (
        utc(START),
        grace,
        "Grace",
        "9.00",
    )
    assert len(offered["others"]) == 3
    assert utc(START) not in [one["start"] for one in offered["others"]]
    barber.api.clock.set(START - 60)
    body = {"start": same["start"], "specialist_id": grace}
    taken = await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body)
    assert (taken["price"], taken["specialist_id"], taken["task"]) == ("9.00", grace, None)
    assert taken["items"][0]["duration_min"] == 45
    assert await open_tasks(barber) == []
    await barber.client.refused("illegal_step", "POST", f"/v1/bookings/{booking}/new-time", json=body)
    await barber.client.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")


async def test_the_booked_price_stays_where_the_other_is_dearer(barber: Business) -> None:
    grace = await grace_of(barber, 1200)
    booking = await barber.add_booking(START)
    await take_off(barber)
    offered = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert offered["same_time"]["price"] == "10.00"
    body = {"start": utc(START), "specialist_id": grace}
    assert (await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body))["price"] == "10.00"


async def test_without_another_the_three_nearest_times_and_never_where_the_client_is(barber: Business) -> None:
    booking = await barber.add_booking(START)
    # the client is elsewhere in the first hour of the day after, which would be nearest
    next_day = START + DAY - 5 * HOUR
    await barber.add_booking(next_day, minutes=60)
    await take_off(barber)
    offered = await barber.client.ok("GET", f"/v1/bookings/{booking}/new-times")
    assert offered["same_time"] is None
    near = [START - DAY + 3 * HOUR + 1800, next_day + HOUR, next_day + HOUR + 1800]
    assert [one["start"] for one in offered["others"]] == [utc(at) for at in near]
    body = {"start": offered["others"][0]["start"], "specialist_id": offered["others"][0]["specialist_id"]}
    moved = await barber.client.ok("POST", f"/v1/bookings/{booking}/new-time", json=body)
    assert (moved["start"], moved["task"]) == (body["start"], None)


async def test_whoever_presses_second_gets_the_next_three(barber: Business) -> None:
    grace = await grace_of(barber)
    first, second = await barber.add_booking(START), await barber.add_booking(START + 1800, who=OTHER)
    await take_off(barber)
    body = {"start": utc(START), "specialist_id": grace}
    await barber.client.ok("POST", f"/v1/bookings/{first}/new-time", json=body)
    problem = await barber.other.refused("slot_taken", "POST", f"/v1/bookings/{second}/new-time", json=body)
    assert len(problem["alternatives"]) == 3
    assert utc(START) not in [one["start"] for one in problem["alternatives"]]
    assert await open_tasks(barber) == [second]
    offered = await barber.other.ok("GET", f"/v1/bookings/{second}/new-times")
    assert utc(START) not in [one["start"] for one in offered["others"]]


async def test_a_change_that_is_taken_back_lets_the_time_stand(barber: Business) -> None:
    """Only once nothing else is in the way; who was asked is told, and is reminded again."""
    booking, quick = await barber.add_booking(START), await barber.add_booking(START + HOUR, who=OTHER)
    await remind(barber, booking)
    time_off = (await take_off(barber))["id"]
    assert await deliver(barber) == [("move_asked", "client")] * 2
    await barber.admin.ok("POST", "/v1/closures", json={"date": day_of(START)}, params={"bookings": "need_new_times"})
    await barber.other.ok("POST", f"/v1/bookings/{quick}/cancel")
    await deliver(barber)
    anna = barber.specialists["Anna"]
    await barber.specialist.ok("DELETE", f"/v1/specialists/{anna}/time-off/{time_off}")
    assert await open_tasks(barber) == [booking]
    await barber.admin.ok("DELETE", f"/v1/closures/{day_of(START)}")
    assert await open_tasks(barber) == []
    assert (await booking_of(barber, booking))["task"] is None
    assert await deliver(barber) == [("time_stands", "client")]
    waiting = await barber.rows(tables.outbox, tables.outbox.c.kind == "reminder", tables.outbox.c.status == "waiting")
    assert {row.booking_id for row in waiting} == {booking}
    await barber.client.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")


async def test_taken_back_before_anybody_was_asked_nobody_hears_of_it(barber: Business) -> None:
    booking = await barber.add_booking(START)
    time_off = (await take_off(barber))["id"]
    await barber.specialist.ok("DELETE", f"/v1/specialists/{barber.specialists['Anna']}/time-off/{time_off}")
    assert (await booking_of(barber, booking))["task"] is None
    assert await deliver(barber) == []


async def test_asked_again_warned_and_cancelled_at_the_start(barber: Business) -> None:
    booking = await barber.add_booking(START)
    await take_off(barber)
    assert await deliver(barber) == [("move_asked", "client")]
    await go_to(barber, NOW + 2 * HOUR - 1)
    assert await deliver(barber) == []
    await go_to(barber, NOW + 2 * HOUR)
    assert await deliver(barber) == [("move_asked", "client")]
    await go_to(barber, START - 3 * HOUR - 1)
    assert await deliver(barber) == []
    await go_to(barber, START - 3 * HOUR)
    assert sorted(await deliver(barber)) == [("move_asked", "admin"), ("move_asked", "specialist")]
    await go_to(barber, START - 1)
    assert (await booking_of(barber, booking))["status"] == "confirmed"
    await go_to(barber, START)
    ended = await booking_of(barber, booking)
    assert (ended["status"], ended["end_reason"], ended["task"]) == ("cancelled", "task_unanswered", None)
    assert sorted(await deliver(barber)) == [("cancelled", who) for who in ("admin", "client", "specialist")]
    await barber.client.refused("illegal_step", "POST", f"/v1/bookings/{booking}/new-time", json={"start": utc(START)})


async def test_nothing_is_sent_at_night_and_nothing_after_its_time(barber: Business) -> None:
    """Asked at 21:00 for 08:30 of the next day: the second time and the warning wait for 08:00."""
    start = NOW + DAY - 1800
    await barber.add_booking(start)
    barber.api.clock.set(NOW + 12 * HOUR)
    await take_off(barber, start)
    assert await deliver(barber) == [("move_asked", "client")]
    for hour in range(13, 23):
        await go_to(barber, NOW + hour * HOUR)
        assert await deliver(barber) == [], hour
    await go_to(barber, NOW + 23 * HOUR)
    assert {role for _, role in await deliver(barber)} == {"client", "specialist", "admin"}
    # two hours before the start the second time would come too late, and the warning's time has passed
    soon = await barber.add_booking(NOW + 5 * DAY + 2 * HOUR)
    barber.api.clock.set(NOW + 5 * DAY)
    await take_off(barber, NOW + 5 * DAY)
    (task,) = await barber.rows(tables.tasks, tables.tasks.c.booking_id == soon)
    assert (task.ask_again_at, task.warn_at) == (None, None)


async def test_who_was_not_reached_stays_on_the_home_until_told(barber: Business) -> None:
    """Never cancelled by the clock, never missed, never completed; Told ends it without a message to the client."""
    person = {"name": "Walk-in", "phone": "+4915112345678"}
    client_id = (await barber.admin.ok("POST", "/v1/clients", json=person))["id"]
    booking = await barber.add_booking(START)

    def give(conn: Any) -> None:
        conn.execute(update(tables.bookings).where(tables.bookings.c.id == booking).values(client_id=client_id))

    await barber.api.db.write(barber.id, give)
    changed = await take_off(barber)
    assert (changed["handled"], changed["unreached"]) == (1, 1)
    await go_to(barber, START + 20 * HOUR)
    (task,) = (await barber.specialist.ok("GET", "/v1/tasks"))["items"]
    assert (task["asked"], task["booking"]["client_phone"], task["booking"]["status"]) == (
        "unreachable",
        "+4915112345678",
        "confirmed",
    )
    home = await barber.admin.ok("GET", "/v1/home")
    assert home["tasks"] == 1
    await barber.specialist.refused("illegal_step", "POST", f"/v1/bookings/{booking}/no-show")
    await barber.client.refused("forbidden", "POST", f"/v1/bookings/{booking}/told")
    told = await barber.specialist.ok("POST", f"/v1/bookings/{booking}/told")
    assert (told["status"], told["end_reason"], told["task"]) == ("cancelled", "business", None)
    assert await open_tasks(barber) == []
    (row,) = await barber.rows(tables.tasks)
    assert row.outcome == "told"


async def test_all_are_placed_with_others_as_far_as_there_are_any(barber: Business) -> None:
    """Two others and five bookings, two of them at one time: the preview says what is done, fairly; the client may refuse."""
    grace, clara = await grace_of(barber), await barber.add_specialist(barber.services["Haircut"], hours="09:00-18:00")
    ids = [await barber.add_booking(START + n * HOUR) for n in range(3)]
    left = await barber.add_booking(START + 3 * HOUR - 1800, who=OTHER)
    for who in (grace, clara):
        await barber.add_booking(START + 3 * HOUR - 1800, who=SPECIALIST, specialist_id=who)
    await take_off(barber)
    await barber.specialist.refused("forbidden", "POST", "/v1/tasks/placements", json={})
    preview = await barber.admin.ok("POST", "/v1/tasks/placements", json={"preview": True})
    assert len(await open_tasks(barber)) == 4
    done = await barber.admin.ok("POST", "/v1/tasks/placements", json={}, key="place")
    shown = [
        [(one["booking"]["id"], one["booking"]["specialist_id"]) for one in each["placed"]] for each in (preview, done)
    ]
    assert shown[0] == shown[1]
    assert [number for number, _ in shown[1]] == ids
    assert sorted({who for _, who in shown[1]}) == sorted([grace, clara])
    assert (done["left"], await open_tasks(barber)) == (1, [left])
    assert {one["previous_name"] for one in done["placed"]} == {"Anna"}
    placed = await booking_of(barber, ids[0])
    assert (placed["task"], placed["start"]) == ("placed", utc(START))
    assert ("moved", "client") in await deliver(barber)
    barber.api.clock.set(START - 60)
    refused = await barber.client.ok("POST", f"/v1/bookings/{ids[0]}/cancel")
    assert (refused["late"], refused["end_reason"]) == (False, "client")


async def test_tasks_are_seen_by_whom_they_concern(barber: Business, studio: Business) -> None:
    booking = await barber.add_booking(START)
    await take_off(barber)
    boris = await barber.add_specialist(barber.services["Haircut"], tg_id=5005)
    assert boris
    assert (await barber.caller(5005).ok("GET", "/v1/tasks"))["total"] == 0
    assert (await studio.admin.ok("GET", "/v1/tasks"))["total"] == 0
    assert (await barber.specialist.ok("GET", "/v1/tasks"))["total"] == 1
    assert (await barber.specialist.ok("GET", "/v1/home"))["tasks"] == 1
    await barber.client.refused("forbidden", "GET", "/v1/tasks")
    for path, body in (("new-time", {"start": utc(START)}), ("told", None), ("keep-time", None)):
        await studio.admin.refused("not_found", "POST", f"/v1/bookings/{booking}/{path}", json=body)
    await barber.other.refused("not_found", "POST", f"/v1/bookings/{booking}/new-time", json={"start": utc(START)})
    await studio.admin.refused("not_found", "GET", f"/v1/bookings/{booking}/new-times")
    await barber.client.refused("forbidden", "POST", f"/v1/bookings/{booking}/told")
    await barber.client.refused("forbidden", "POST", f"/v1/bookings/{booking}/keep-time")
    kept = await barber.specialist.ok("POST", f"/v1/bookings/{booking}/keep-time")
    assert kept["task"] is None


async def test_a_lowered_capacity_lists_who_was_booked_last_and_drops_nobody(barber: Business) -> None:
    """Five of eight remain: of seven booked the last two; one more place lets the earlier of them stand."""
    yoga = await barber.add_service(60, capacity=8)
    anna = await barber.add_specialist(yoga, hours="09:00-18:00")
    clients = [await barber.add_person(7000 + number) for number in range(7)]
    assert clients
    ids = [
        await barber.add_booking(START, 60, who=7000 + number, service_id=yoga, specialist_id=anna, capacity=8)
        for number in range(7)
    ]
    path, ask = f"/v1/services/{yoga}", {"bookings": "need_new_times"}
    kept = await barber.admin.ok("PATCH", path, json={"capacity": 5}, params={"preview": "true"})
    assert [one["booking_id"] for one in kept["displaced"]] == ids[5:]
    assert {one["cause"] for one in kept["displaced"]} == {"capacity"}
    lowered = await barber.admin.ok("PATCH", path, json={"capacity": 5}, params=ask)
    assert (lowered["handled"], await open_tasks(barber)) == (2, ids[5:])
    assert {(await booking_of(barber, number))["status"] for number in ids} == {"confirmed"}
    await barber.admin.ok("PATCH", path, json={"capacity": 6})
    assert await open_tasks(barber) == ids[6:]


async def test_a_room_that_is_taken_away_displaces_who_was_booked_last(barber: Business) -> None:
    grace, chair = await grace_of(barber), barber.rooms["Chair"]
    ids = [
        await barber.add_booking(START, specialist_id=who, who=client, rooms=(chair,))
        for who, client in ((barber.specialists["Anna"], CLIENT), (grace, OTHER))
    ]
    changed = await barber.admin.ok(
        "PATCH", f"/v1/rooms/{chair}", json={"count": 1}, params={"bookings": "need_new_times"}
    )
    assert [one["booking_id"] for one in changed["displaced"]] == await open_tasks(barber) == ids[1:]
    await barber.admin.ok("PATCH", f"/v1/rooms/{chair}", json={"count": 2})
    assert await open_tasks(barber) == []


async def test_twenty_bookings_of_a_sick_specialist_race_for_three_places(barber: Business) -> None:
    """Three get Grace's last places, each one; the others keep their tasks and their old places."""
    service = await barber.add_service(30)
    ill = [await barber.add_specialist(service, hours="09:00-18:00") for _ in range(20)]
    grace = await barber.add_specialist(service, hours="14:00-15:30")
    for number in range(20):
        await barber.add_person(8000 + number)
    ids = [
        await barber.add_booking(START, who=8000 + number, service_id=service, specialist_id=who)
        for number, who in enumerate(ill)
    ]
    await barber.admin.ok(
        "POST", "/v1/closures", json={"date": day_of(START)}, params={"bookings": "need_new_times", "preview": "true"}
    )
    for who in ill:
        await barber.admin.ok(
            "PATCH", f"/v1/specialists/{who}", json={"services": []}, params={"bookings": "need_new_times"}
        )
    assert await open_tasks(barber) == sorted(ids)
    places = [START, START + 1800, START + 3600]

    async def press(number: int) -> list[int]:
        answers = []
        for start in places[number % 3 :] + places[: number % 3]:
            body = {"start": utc(start), "specialist_id": grace}
            reply = await barber.caller(8000 + number).call(
                "POST", f"/v1/bookings/{ids[number]}/new-time", json=body, key=f"{number}-{start}"
            )
            answers.append(reply.status)
            if reply.status == 200:
                break
        return answers

    answers = await asyncio.gather(*(press(number) for number in range(20)))
    assert sum(200 in each for each in answers) == 3
    assert {status for each in answers for status in each} == {200, 409}
    items = await barber.rows(tables.booking_items, tables.booking_items.c.specialist_id == grace)
    assert sorted(item.starts_at for item in items if item.active) == places
    assert len(await open_tasks(barber)) == 17


async def test_nothing_of_a_change_is_kept_without_its_messages(
    barber: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the message cannot be written, the day off is not taken and no task is open: all of it is one transaction."""
    booking = await barber.add_booking(START)

    def fail(*_: object) -> None:
        raise RuntimeError("killed here")

    path = f"/v1/specialists/{barber.specialists['Anna']}/time-off"
    body = {"start": f"{day_of(START)}T00:00", "end": f"{day_of(START + DAY)}T00:00"}
    with monkeypatch.context() as patch:
        patch.setattr("backend.outbox.service.insert_notices", fail)
        reply = await barber.specialist.call("POST", path, json=body, params={"bookings": "need_new_times"}, key="off")
        assert reply.status == 500
    assert (await barber.rows(tables.time_off), await barber.rows(tables.tasks)) == ([], [])
    assert (await booking_of(barber, booking))["task"] is None
    await barber.specialist.ok("POST", path, json=body, params={"bookings": "need_new_times"}, key="off")
    assert await open_tasks(barber) == [booking]


@pytest.mark.parametrize("seed", [0, 5, 8])
async def test_no_reminder_ever_leaves_for_a_booking_with_an_open_task(barber: Business, seed: int) -> None:
    """Whatever happens in between: claimed before, due meanwhile, taken back and taken again, moved by the client."""
    chance = random.Random(seed)
    ids = [await barber.add_booking(START + n * HOUR, who=CLIENT if n % 2 else OTHER) for n in range(3)]
    for booking in ids:
        await remind(barber, booking)
    now, off, held = START - 25 * HOUR, None, list[Any]()
    await go_to(barber, now)
    # around the times at which the reminders are due, so that they are often claimed and not yet sent
    for step in chance.choices(["off", "back", "claim", "send", "wait", "take"], [4, 3, 5, 2, 6, 0.2], k=300):
        if step == "off" and off is None:
            off = (await take_off(barber))["id"]
        elif step == "back" and off is not None:
            await barber.specialist.ok("DELETE", f"/v1/specialists/{barber.specialists['Anna']}/time-off/{off}")
            off = None
        elif step == "claim":
            held += await claim(barber)
        elif step == "send":
            for notice in held:
                await send_as_gateway(barber, notice)
            held = []
        elif step == "take":
            booking = chance.choice(ids)
            found = await barber.admin.call("GET", f"/v1/bookings/{booking}/new-times")
            if found.status == 200 and found.body["others"]:
                body = {"start": found.body["others"][0]["start"]}
                await barber.admin.call("POST", f"/v1/bookings/{booking}/new-time", json=body)
        else:
            now += chance.choice([60, 300, HOUR])
            await go_to(barber, now)


async def send_as_gateway(barber: Business, notice: Any) -> None:
    """Send a claimed message as the gateway does; a reminder that is let out must be of a booking without a task."""
    path = f"/v1/notices/{notice['id']}"
    if notice["kind"] == "reminder" and notice["message_id"] is None:
        begun = await barber.gateway.call("POST", f"{path}/begin", json={"epoch": notice["epoch"]})
        if begun.status != 200:
            return
        shown = await booking_of(barber, notice["booking"]["id"])
        assert shown["task"] != "open"
        assert shown["start"] == notice["booking"]["start"]
    report = {"epoch": notice["epoch"], "outcome": "sent", "message_id": notice["id"]}
    await barber.gateway.call("POST", f"{path}/report", json=report)


async def test_a_client_may_choose_any_other_time_at_the_last_minute(barber: Business) -> None:
    """Notice and cut-off bind nobody whose booking cannot take place: what is listed can be taken at once."""
    await grace_of(barber)
    booking = await barber.add_booking(START)
    await take_off(barber)
    barber.api.clock.set(START - 600)
    path, day = f"/v1/bookings/{booking}", day_of(START)
    listed = await barber.client.ok("GET", f"{path}/slots", params={"from": day, "to": day, "any_specialist": True})
    starts = [slot["start"] for slot in listed["slots"]]
    assert starts[0] == utc(START + 1800)
    moved = await barber.client.ok("POST", f"{path}/move", json={"start": starts[0], "any_specialist": True})
    assert (moved["start"], moved["status"], moved["task"]) == (starts[0], "confirmed", None)


async def test_an_import_that_opens_the_day_again_lets_the_time_stand(barber: Business) -> None:
    booking = await barber.add_booking(START)
    day = {"date": day_of(START)}
    await barber.admin.ok("POST", "/v1/closures", json=day, params={"bookings": "need_new_times"})
    assert await open_tasks(barber) == [booking]

    def run(conn: Any) -> None:
        tenant = load_tenant(conn, barber.slug)
        assert tenant is not None
        business, problems = load_business("closures: []\n", "barber.yaml")
        assert business is not None, problems
        apply_business(conn, tenant, business, NOW)

    await barber.api.db.write(barber.id, run)
    assert await open_tasks(barber) == []
