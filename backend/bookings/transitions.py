"""The steps of a booking's life after it was taken; each in one write transaction, each with a line of history.

To add one: name it in `rules.Step` with the states it may leave, write its function here, its route in `routes.py`.
"""

from functools import partial

from backend.auth.actor import decode_policies
from backend.bookings import rules
from backend.bookings.access import LoadedBooking, load_visible
from backend.bookings.client_bookings import ClientBookings
from backend.bookings.endings import end_booking, free_lapsed_places
from backend.bookings.history import record_change
from backend.bookings.placement import (
    PlaceRequest,
    find_place,
    load_services_as_booked,
    stay_with_specialists,
)
from backend.bookings.queries.loading import BookingRow
from backend.bookings.queries.tasks import close_task, reopen_task
from backend.bookings.queries.writing import (
    BookingChanges,
    complete_batch,
    expire_holds,
    keep_places,
    retake_places,
    tenants_with_unmarked,
    update_booking,
)
from backend.bookings.rules import Step
from backend.bookings.view import render_booking, render_items
from backend.clock import load_zone
from backend.contract.bookings import CAME, MARKS_CHANGE_S, Booking, Cancel, Confirm, EndReason, Status
from backend.contract.notices import Kind
from backend.db.engine import Database
from backend.errors import Forbidden, IllegalStep, Invalid, OutsideHours, SlotTaken, TooLate, TooSoon
from backend.kit.text import clean_lines
from backend.outbox.queries import renew_client_notices
from backend.outbox.service import announce_change, announce_shown_change
from backend.quiet_hours import answer_deadline, leaves_time
from backend.schedule.service import SlotQuery
from backend.transactions import UnitOfWork

_WORDS: dict[Step, str] = {
    "confirm": "confirmed",
    "approve": "approved",
    "decline": "declined",
    "cancel": "cancelled",
    "undo": "brought back",
    "arrived": "marked as arrived",
    "complete": "completed",
    "no_show": "marked as missed",
    "unmark": "unmarked",
    "coming": "answered",
    "late": "announced as late",
    "comment": "commented on",
    "places": "given another number of places",
}


def load_for_step(unit: UnitOfWork, booking_id: int, step: Step) -> LoadedBooking:
    """Return the booking on which the actor takes the step. Raises NotFound, Forbidden, IllegalStep."""
    return check_step(load_after_lapses(unit, booking_id), step)


def load_after_lapses(unit: UnitOfWork, booking_id: int) -> LoadedBooking:
    """Return the booking as it is after whatever has lapsed. Raises NotFound."""
    free_lapsed_places(unit)
    return load_visible(unit, booking_id)


def check_step(booking: LoadedBooking, step: Step) -> LoadedBooking:
    """Return the booking if the actor may take the step. Raises Forbidden, IllegalStep."""
    if booking.row.client_id is None and step == "confirm":
        raise IllegalStep("A visitor holds this place; nobody has taken the hold over yet.")
    if step in rules.STAFF_ONLY and not booking.by_staff:
        raise Forbidden("Only the business may do this.")
    if not rules.is_allowed(step, booking.row.status):
        raise IllegalStep(f"A booking that is {rules.status_words(booking.row.status)} cannot be {_WORDS[step]}.")
    if booking.row.task == "open" and step in rules.NOT_WITH_TASK:
        raise IllegalStep(f"A booking that needs a new time cannot be {_WORDS[step]}.")
    return booking


def finish_step(
    unit: UnitOfWork,
    before: LoadedBooking,
    after: BookingRow,
    step: Step,
    kind: Kind | None = None,
    *,
    tell_client: bool = True,
    at_once: bool = False,
    **detail: object,
) -> Booking:
    """Record the step, announce_change it as a message of that kind, and return the booking as the actor sees it."""
    record_change(unit, after.id, step, before.row.status, after.status, detail)
    if kind is not None:
        announce_change(unit, after, kind, tell_client=tell_client, at_once=at_once)
    return render_booking(unit, after, render_items(before.items))


def confirm_booking(unit: UnitOfWork, booking_id: int, body: Confirm) -> Booking:
    """Turn a hold into a booking, or into a request where the business approved by hand when it was taken.

    Raises LimitReached where the client has booked too much meanwhile, or at the same time.
    """
    hold = load_for_step(unit, booking_id, "confirm")
    if body.allow_overlap and not hold.by_staff:
        raise Forbidden("Only the business may book a client twice at a time.", field="allow_overlap")
    return confirm_loaded(unit, hold, body)[1]


def confirm_loaded(unit: UnitOfWork, hold: LoadedBooking, body: Confirm) -> tuple[BookingRow, Booking]:
    """Confirm a hold on which the actor may take the step; return its row as it is now, and as the actor sees it."""
    if hold.row.client_id is not None:
        theirs = ClientBookings(unit, hold.row.client_id, hold.row.starts_at, ignored_booking_id=hold.row.id)
        if not hold.by_staff:
            theirs.check_limit()
        if not body.allow_overlap:
            theirs.check_overlap(hold.row.starts_at, hold.row.ends_at)
    approval = decode_policies(hold.row.policies).approval
    status = rules.initial_status(approval=approval, by_staff=hold.by_staff)
    decide_by = _answer_deadline(unit, hold.row) if status == "pending" else None
    changes: BookingChanges = {"status": status, "hold_until": None, "decide_by": decide_by}
    if body.comment is not None:
        changes["comment"] = clean_lines(body.comment)
    row = update_booking(unit.conn, unit.tenant_id, hold.row, **changes)
    keep_places(unit.conn, unit.tenant_id, row.id, decide_by)
    record_change(unit, row.id, "confirm", hold.row.status, row.status)
    announce_shown_change(unit, row, rules.notice_kind(status), body.message_id, tell_client=body.notify)
    return row, render_booking(unit, row, render_items(hold.items))


def _answer_deadline(unit: UnitOfWork, hold: BookingRow) -> int:
    """Return until when the request is answered: as was said with the hold, unless too little of that time is left.

    Raises TooSoon where there is no time for an answer any more.
    """
    policies, tz = unit.tenant.policies, load_zone(unit.tenant.timezone)
    decide_by = hold.decide_by
    if decide_by is None or not leaves_time(policies, tz, unit.now, decide_by):
        decide_by = answer_deadline(policies, tz, unit.now, hold.starts_at)
    if decide_by <= unit.now:
        raise TooSoon("It is too late to ask for this time: nobody could answer before it begins.", field="start")
    return decide_by


def cancel_booking(unit: UnitOfWork, booking_id: int, cancel: Cancel) -> Booking:
    """Give the place back.

    Its client may do so until it begins; after the cut-off that was agreed when booking they are late. Raises TooLate
    for a client whose booking has begun, IllegalStep, Forbidden.
    """
    if not cancel.notify and not unit.actor.is_staff:
        raise Forbidden("Only the business may cancel without a word.", field="notify")
    booking = load_for_step(unit, booking_id, "cancel")
    if cancel.held_only and booking.row.status != "held":
        raise IllegalStep(f"A booking that is {rules.status_words(booking.row.status)} is not held any more.")
    if booking.row.status == "held":
        expire_holds(unit.conn, unit.tenant_id, [booking_id])
        expired = booking.row._replace(status="expired")
        return finish_step(unit, booking, expired, "cancel")
    ended = end_booking(unit, booking.row, _cancel_reason(unit, booking), clean_lines(cancel.reason))
    return finish_step(
        unit,
        booking,
        ended,
        "cancel",
        "cancelled",
        tell_client=cancel.notify,
        at_once=ended.end_reason == "client_late",
        notified=cancel.notify,
    )


def _cancel_reason(unit: UnitOfWork, booking: LoadedBooking) -> EndReason:
    """Return why a booking ends that the actor cancels. Raises TooLate for a client whose booking has begun."""
    if booking.by_staff:
        return "business"
    row = booking.row
    if row.starts_at <= unit.now:
        raise TooLate("This booking has begun already; please call.")
    cut_off_min = decode_policies(row.policies).cancel_until_min
    until = rules.free_until(row.starts_at, cut_off_min, row.created_at, has_task=row.task is not None)
    return "client" if unit.now <= until else "client_late"


def undo_cancellation(unit: UnitOfWork, booking_id: int) -> Booking:
    """Take a cancellation back within five minutes. Raises TooLate, SlotTaken, Forbidden for another person's."""
    booking = load_for_step(unit, booking_id, "undo")
    row = booking.row
    if row.end_reason == "request_expired":
        raise IllegalStep("A request that has expired is made anew.")
    if not booking.by_staff and row.cancelled_by != unit.actor.person_id:
        raise Forbidden("This booking was cancelled by the business.")
    until = rules.undo_until(row.cancelled_at)
    if until is None or row.cancelled_from is None or unit.now > until:
        raise TooLate("A cancellation can be taken back for five minutes only.")
    _check_place_is_free(unit, booking)
    if row.client_id is not None:
        ClientBookings(unit, row.client_id, row.starts_at).check_overlap(row.starts_at, row.ends_at)
    decide_by = _answer_deadline(unit, row) if row.cancelled_from == "pending" else None
    retake_places(unit.conn, unit.tenant_id, booking_id, decide_by)
    revived = update_booking(
        unit.conn,
        unit.tenant_id,
        row,
        calendars_follow=True,
        status=row.cancelled_from,
        cancelled_at=None,
        cancelled_from=None,
        cancelled_by=None,
        end_reason=None,
        decide_by=decide_by,
        decided_by=None,
        end_note="",
        task="open" if reopen_task(unit.conn, unit.tenant_id, booking_id, row.cancelled_at) else row.task,
    )
    renew_client_notices(unit.conn, unit.tenant_id, booking_id, unit.now)
    kind: Kind = "approval_asked" if revived.status == "pending" else "restored"
    # a client who takes back their own cancellation sees the booking in the chat
    return finish_step(unit, booking, revived, "undo", kind, tell_client=unit.actor.person_id != row.client_id)


def _check_place_is_free(unit: UnitOfWork, booking: LoadedBooking) -> None:
    """Raise SlotTaken with alternatives where the booking's place is gone. The hours of today do not matter."""
    items = booking.items
    services = stay_with_specialists(load_services_as_booked(unit.conn, unit.tenant_id, items), items)
    service_ids = [item.service_id for item in items]
    query = SlotQuery(unit.tenant, service_ids, items[0].specialist_id, unit.now, client_limits=True)
    try:
        find_place(unit.conn, PlaceRequest(query, services, booking.row.starts_at, force=True))
    except OutsideHours:  # pragma: no cover - force lifts the hours
        raise SlotTaken() from None


def mark_booking(
    unit: UnitOfWork, booking_id: int, step: Step, status: Status, places_came: int | None = None
) -> Booking:
    """Note what staff see (arrived, completed, missed), change what was noted, or take it back.

    `places_came`: of how many places somebody came; None: as noted, else of all. Raises TooSoon, TooLate a day after its
    end for those who are not admins, IllegalStep for the mark that it has, Invalid.
    """
    booking = load_for_step(unit, booking_id, step)
    row = booking.row
    if unit.now < rules.earliest_mark(step, row.starts_at):
        raise TooSoon("This booking has not begun yet.")
    if unit.now > row.ends_at + MARKS_CHANGE_S and not unit.actor.is_admin:
        raise TooLate("A day after its end only an admin can change this.")
    came = _check_places_came(row, status, places_came)
    if status == row.status and not row.unconfirmed and came == row.came_places:
        raise IllegalStep(f"This booking is {rules.status_words(status)} already.")
    close_task(unit.conn, unit.tenant_id, row, "took_place", unit.now)
    task = None if row.task == "open" else row.task
    marked = update_booking(
        unit.conn, unit.tenant_id, row, status=status, unconfirmed=False, task=task, came_places=came
    )
    if came is None:
        return finish_step(unit, booking, marked, step)
    return finish_step(unit, booking, marked, step, places_came=[came, row.places])


def _check_places_came(row: BookingRow, status: Status, places_came: int | None) -> int | None:
    """Return what is kept of how many places somebody came of; None: of all, or nobody came. Raises Invalid."""
    if status not in CAME:
        if places_came is not None:
            raise Invalid("Only who has come can be counted.", field="places_came")
        return None
    if places_came is None:
        return row.came_places if row.status in CAME else None
    if places_came > row.places:
        raise Invalid(f"This booking has {row.places} places.", field="places_came")
    return places_came if places_came < row.places else None


def change_comment(unit: UnitOfWork, booking_id: int, text: str) -> Booking:
    """Change the comment."""
    booking = load_for_step(unit, booking_id, "comment")
    row = update_booking(unit.conn, unit.tenant_id, booking.row, comment=clean_lines(text))
    return finish_step(unit, booking, row, "comment")


async def complete_unmarked(db: Database, now: int) -> int:
    """Complete what nobody has marked half a day after its end, in batches, and return how many there were."""
    count = 0
    for tenant_id in await db.read(lambda conn: tenants_with_unmarked(conn, now - rules.UNMARKED_S)):
        while completed := await db.write(tenant_id, partial(complete_batch, tenant_id=tenant_id, now=now)):
            count += completed
    return count
