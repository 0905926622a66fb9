"""Comparing everything that is kept, and everything that is offered, with the model."""

from datetime import timedelta
from typing import Any

from backend.db import tables
from tests.support.booking_model.bookings import ACTIVE, ModelBooking, minute_of, rfc
from tests.support.booking_model.business import FIRST, LAST, Model
from tests.support.booking_model.comparison import Comparison
from tests.support.business_rows import ADMIN, CLIENT

LEADS_MIN = (1440, 120)
# Reminders that fall on one minute are spread over at most so much time before it.
SPREAD_MIN = 6


async def compare_state(comparison: Comparison) -> None:
    """Compare everything that is kept, and everything that is offered, with the model."""
    await _compare_bookings(comparison)
    await _compare_wishes(comparison)
    await _compare_tasks(comparison)
    await _compare_reminders(comparison)
    await _compare_slots(comparison)


async def _compare_bookings(comparison: Comparison) -> None:
    model, shop = comparison.model, comparison.shop
    rows = {row.id: row for row in await shop.rows(tables.bookings)}
    assert set(rows) == set(model.bookings)
    items: dict[int, list[Any]] = {}
    for item in await shop.rows(tables.booking_items):
        items.setdefault(item.booking_id, []).append(item)
    for booking in model.bookings.values():
        row = rows[booking.id]
        status = row.status
        if status == "held" and row.hold_until <= model.now * 60:
            status = "expired"
        if status == "pending" and row.decide_by <= model.now * 60:
            status = "cancelled"
        assert (status, row.starts_at) == (booking.status, booking.start * 60), booking
        assert row.places == booking.places
        if booking.own or not booking.client:
            continue
        if status == row.status:
            assert row.end_reason == booking.end_reason, booking
        assert (row.local_start, row.timezone) == (booking.wall.isoformat()[:16], booking.zone), booking
        assert f"{row.price / 100:.2f}" == booking.price, booking
        assert {item.specialist_id for item in items[booking.id]} == {booking.specialist}, booking
        if booking.status in ACTIVE:
            own = sorted(items[booking.id], key=lambda item: item.position)
            assert [(item.occ_start // 60, item.occ_end // 60) for item in own] == [
                (stretch.start, stretch.end) for stretch in booking.stretches()
            ], booking
    active = {booking.id for booking in model.bookings.values() if booking.status in ACTIVE}
    placed = {each for each, own in items.items() if any(item.active for item in own)}
    assert placed >= active, [model.bookings[each] for each in active - placed]


async def _compare_wishes(comparison: Comparison) -> None:
    """Compare which other times wait for an answer, until when, and whether their places are held."""
    model, shop = comparison.model, comparison.shop
    bookings = {row.id: row for row in await shop.rows(tables.bookings)}
    waiting = {
        row.booking_id: (row.starts_at // 60, row.decide_by // 60, row.hold_id)
        for row in await shop.rows(tables.move_requests, tables.move_requests.c.outcome.is_(None))
        if row.decide_by > model.now * 60
        and bookings[row.booking_id].status == "confirmed"
        and (row.id, row.sequence) == (bookings[row.booking_id].move_request_id, bookings[row.booking_id].sequence)
    }
    expected = {
        booking.id: (booking.asked.start, booking.asked.decide_by, booking.asked.hold)
        for booking in model.bookings.values()
        if booking.asked is not None and booking.status == "confirmed"
    }
    assert waiting == expected
    for _, decide_by, hold in expected.values():
        assert hold is None or bookings[hold].hold_until == decide_by * 60


async def _compare_tasks(comparison: Comparison) -> None:
    """Compare which bookings need a new time, as staff see them, and whether their clients know."""
    model, shop = comparison.model, comparison.shop
    expected = [
        (booking.id, _asked(booking))
        for booking in sorted(model.bookings.values(), key=lambda booking: (booking.start, booking.id))
        if booking.task is not None
    ]
    listed = await shop.admin.ok("GET", "/v1/tasks")
    assert [(task["booking"]["id"], task["asked"]) for task in listed["items"]] == expected
    rows = await shop.rows(tables.tasks, tables.tasks.c.closed_at.is_(None))
    assert sorted(row.booking_id for row in rows) == sorted(each for each, _ in expected)
    waiting: dict[int, list[tuple[int, int]]] = {}
    outbox = tables.outbox.c
    for row in await shop.rows(
        tables.outbox, outbox.kind == "move_asked", outbox.role == "client", outbox.status == "waiting"
    ):
        if row.message_id is None:
            waiting.setdefault(row.booking_id, []).append((row.due_at // 60, row.expires_at // 60))
    for booking in model.bookings.values():
        questions = [(each.due, each.expires) for each in booking.questions if each.state == "waiting"]
        assert sorted(waiting.get(booking.id, [])) == sorted(questions), (
            "questions that wait",
            waiting.get(booking.id),
            booking,
        )
    for row in await shop.rows(tables.bookings):
        booking = model.bookings[row.id]
        needs = "open" if booking.task else "placed" if booking.placed else None
        lapsed = booking.end_reason == "request_expired" and row.status == "pending"
        assert row.task == needs or lapsed, booking


def _asked(booking: ModelBooking) -> str:
    """Return whether the client has been sent a message about the task, waits for one, or can be sent none."""
    if booking.was_reached():
        return "sent"
    assert booking.task is not None
    written = [each for each in booking.questions if each.written >= booking.task.opened]
    return "waiting" if any(each.state == "waiting" for each in written) else "unreachable"


async def _compare_reminders(comparison: Comparison) -> None:
    """Compare what waits: of each confirmed booking its reminders ahead, and none of a booking that needs a new time."""
    model, shop = comparison.model, comparison.shop
    outbox = tables.outbox.c
    rows = await shop.rows(tables.outbox, outbox.kind == "reminder", outbox.status.in_(("waiting", "leased")))
    waiting: dict[int, dict[int, int]] = {}
    for row in rows:
        if row.message_id is not None:
            continue  # it was sent, and is edited
        booking = model.bookings[row.booking_id]
        assert (booking.status, booking.task) == ("confirmed", None), ("a reminder waits", booking)
        assert row.expires_at == booking.start * 60, ("a reminder of another time", booking)
        assert row.lead_min not in waiting.setdefault(row.booking_id, {}), ("two reminders", booking)
        waiting[row.booking_id][row.lead_min] = row.due_at
    for booking in model.bookings.values():
        if booking.status != "confirmed" or booking.task is not None or booking.unasked:
            continue
        for lead in LEADS_MIN:
            due = _reminded_at(model, booking, lead)
            told = waiting.get(booking.id, {}).get(lead)
            assert told is None or (due - SPREAD_MIN) * 60 <= told <= due * 60, (lead, booking)
            # one that is due has been sent, or is so any moment
            missed = lead not in booking.reminded and due - SPREAD_MIN > model.now
            assert told is not None or not missed, ("no reminder waits", lead, booking)


def _reminded_at(model: Model, booking: ModelBooking, lead: int) -> int:
    """Return when a client is reminded: so long before on the wall."""
    return model.world.instant(model.world.walls[booking.start] - timedelta(minutes=lead), end=False)[0]


async def _compare_slots(comparison: Comparison) -> None:
    """Compare the free times of a service, for clients and for staff."""
    model, shop = comparison.model, comparison.shop
    service = comparison.dice.choice(model.services)
    starts = sorted(
        {*model.starts(), *(at for at in model.booked_starts() if FIRST <= model.world.walls[at].date() <= LAST)}
    )
    model.occupy()
    for who, limits in ((CLIENT, "client"), (ADMIN, "staff")):
        slots = await shop.caller(who).slots(service.id, day=FIRST.isoformat(), to=LAST.isoformat())
        told = {minute_of(slot["start"]): set(slot["specialist_ids"]) for slot in slots}
        expected: dict[int, set[int]] = {}
        for one, duration in service.durations.items():
            for start in starts:
                trial = model.trial([service], [duration], one, start)
                if model.code_beside(trial, limits) is None:  # type: ignore[arg-type]  # one of both
                    expected.setdefault(start, set()).add(one)
        pairs = {start: (told.get(start), expected.get(start)) for start in {*told, *expected}}
        differ = {rfc(start): pair for start, pair in pairs.items() if pair[0] != pair[1]}
        assert not differ, (who, service, differ)
        for slot in slots if service.capacity > 1 else ():
            start = minute_of(slot["start"])
            left = [model.world.count_places_left(one, service, start) for one in slot["specialist_ids"]]
            assert slot["places_left"] == max(left), slot
