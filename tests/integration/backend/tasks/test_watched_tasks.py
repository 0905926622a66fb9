"""Open tasks as time goes on: no reminders, asked again, staff warned, the end at the start; on both databases."""

import random
from typing import Any

import pytest
from sqlalchemy import update

from backend.bookings.queries.loading import HistoryRow
from backend.bookings.queries.writing import insert_history
from backend.db import tables
from tests.support.business import Business
from tests.support.business_rows import CLIENT, NOW, OTHER
from tests.support.displaced_bookings import (
    DAY,
    HOUR,
    START,
    booking_of,
    claim,
    day_of,
    deliver,
    go_to,
    open_tasks,
    remind,
    send_as_gateway,
    take_off,
    utc,
)


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
        "+49 1511 2345678",
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


async def test_what_a_release_without_tasks_has_moved_is_settled(barber: Business) -> None:
    """It leaves the task open: the chore closes it, and the client is reminded of the new time and asked nothing more."""
    booking = await barber.add_booking(START)
    stays = await barber.add_booking(START + HOUR, who=OTHER)
    await take_off(barber)
    await deliver(barber)
    elsewhere = START + DAY

    def move(conn: Any) -> None:
        for table, length in ((tables.bookings, 1800), (tables.booking_items, 1800)):
            own = table.c.id == booking if table is tables.bookings else table.c.booking_id == booking
            times = {"starts_at": elsewhere, "ends_at": elsewhere + length}
            if table is tables.booking_items:
                times |= {"occ_start": elsewhere, "occ_end": elsewhere + length}
            conn.execute(update(table).where(own).values(**times))
        change = HistoryRow(NOW, None, "internal", "move", "confirmed", "confirmed", "{}")
        insert_history(conn, barber.id, booking, change)

    await barber.api.db.write(barber.id, move)
    await go_to(barber, NOW)
    assert await open_tasks(barber) == [stays]
    shown = await booking_of(barber, booking)
    assert (shown["task"], shown["start"]) == (None, utc(elsewhere))
    reminders = tables.outbox.c.kind == "reminder"
    waiting = await barber.rows(tables.outbox, reminders, tables.outbox.c.status == "waiting")
    assert [(row.booking_id, row.expires_at) for row in waiting] == [(booking, elsewhere)] * 2
    await go_to(barber, START)
    assert (await booking_of(barber, booking))["status"] == "confirmed"
    # what was moved before its task was opened is no settled task
    await barber.client.ok("POST", f"/v1/bookings/{booking}/cancel")
    again = await barber.client.booked(barber.services["Haircut"], start=utc(START + 2 * DAY))
    await barber.client.ok("POST", f"/v1/bookings/{again['id']}/move", json={"start": utc(START + 2 * DAY + HOUR)})
    await take_off(barber, START + 2 * DAY)
    await go_to(barber, START)
    assert again["id"] in await open_tasks(barber)


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


@pytest.mark.parametrize("ending", ["cancel", "told"])
async def test_what_is_brought_back_needs_a_new_time_again(barber: Business, ending: str) -> None:
    """Unless what was in the way was taken back meanwhile: then it takes place as booked."""
    booking = await barber.add_booking(START)
    time_off = (await take_off(barber))["id"]
    await barber.specialist.ok("POST", f"/v1/bookings/{booking}/{ending}")
    again = await barber.specialist.ok("POST", f"/v1/bookings/{booking}/undo")
    assert (again["status"], again["task"]) == ("confirmed", "open")
    assert await open_tasks(barber) == [booking]
    await barber.specialist.ok("POST", f"/v1/bookings/{booking}/{ending}")
    await barber.specialist.ok("DELETE", f"/v1/specialists/{barber.specialists['Anna']}/time-off/{time_off}")
    again = await barber.specialist.ok("POST", f"/v1/bookings/{booking}/undo")
    assert (again["status"], again["task"]) == ("confirmed", None)
    assert await open_tasks(barber) == []
    reminders = await barber.rows(
        tables.outbox, tables.outbox.c.kind == "reminder", tables.outbox.c.status == "waiting"
    )
    assert {row.booking_id for row in reminders} == {booking}


async def test_asked_twice_in_a_night_a_client_is_asked_once_in_the_morning(barber: Business) -> None:
    """A day off that is taken, withdrawn and taken again before anybody was asked is one question."""
    await barber.add_booking(START)
    barber.api.clock.set(NOW + 14 * HOUR)
    off = (await take_off(barber))["id"]
    await barber.specialist.ok("DELETE", f"/v1/specialists/{barber.specialists['Anna']}/time-off/{off}")
    await take_off(barber)
    assert "move_asked" not in {kind for kind, _ in await deliver(barber)}
    await go_to(barber, NOW + 23 * HOUR)
    assert [sent for sent in await deliver(barber) if sent[0] == "move_asked"] == [("move_asked", "client")]
