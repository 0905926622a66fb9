"""The steps of a visit's life after it was taken; each in one write transaction, each with a line of history.

To add one: name it in `rules.Step` with the states it may leave, write its function here, its route in `routes.py`.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from backend.auth.actor import Actor, decode_policies
from backend.bookings import queries, rules, service, view
from backend.bookings.placement import Place, place
from backend.bookings.rules import Step
from backend.bookings.service import note
from backend.contract.bookings import Booking, Status
from backend.contract.notices import Kind
from backend.errors import Forbidden, IllegalStep, NotFound, OutsideHours, SlotTaken, TooLate
from backend.kit.text import clean_lines
from backend.notices.service import announce
from backend.schedule.queries.services import load_booked_services
from backend.schedule.service import SlotQuery

_WORDS: dict[Step, str] = {
    "confirm": "confirmed",
    "approve": "approved",
    "decline": "declined",
    "cancel": "cancelled",
    "undo": "brought back",
    "arrived": "marked as arrived",
    "complete": "completed",
    "no_show": "marked as missed",
    "coming": "answered",
    "comment": "commented on",
}


class _Taken(NamedTuple):
    """A visit on which the actor may take a step."""

    row: Any
    status: Status
    by_staff: bool


def _take(conn: Connection, actor: Actor, booking_id: int, step: Step, now: int) -> _Taken:
    """The visit, after lapsed holds have expired. Raises NotFound, Forbidden, IllegalStep."""
    queries.lapse(conn, actor.tenant.id, now)
    row = queries.seen(conn, actor.tenant.id, booking_id, view.seen_by(actor))
    if row is None:
        raise NotFound()
    if row.client_id is None and step == "confirm":
        raise IllegalStep("A visitor holds this place; nobody has taken the hold over yet.")
    by_staff = service.acts_as_staff(conn, actor, row)
    if step in rules.STAFF_ONLY and not by_staff:
        raise Forbidden("Only the business may do this.")
    if not rules.may(step, row.status):
        raise IllegalStep(f"A visit that is {row.status.replace('_', ' ')} cannot be {_WORDS[step]}.")
    return _Taken(row, row.status, by_staff)


def _finish(
    conn: Connection, actor: Actor, taken: _Taken, step: str, after: Status, now: int, **detail: object
) -> Booking:
    note(conn, actor, taken.row.id, step, taken.status, after, detail, now)
    return view.show(conn, actor, taken.row.id, now)


def _announce(
    conn: Connection, actor: Actor, booking_id: int, kind: Kind, now: int, *, tell_client: bool = True
) -> None:
    announce(conn, actor.tenant, booking_id, kind, actor_id=actor.person_id, now=now, tell_client=tell_client)


def confirm(
    conn: Connection, actor: Actor, booking_id: int, comment: str | None, now: int, *, notify: bool = True
) -> Booking:
    """Turn a hold into a visit, or into a request where the business approved by hand when it was taken."""
    taken = _take(conn, actor, booking_id, "confirm", now)
    after = rules.taken(approval=decode_policies(taken.row.policies).approval, by_staff=taken.by_staff)
    values: dict[str, Any] = {} if comment is None else {"comment": clean_lines(comment)}
    queries.change(conn, actor.tenant.id, booking_id, status=after, hold_until=None, **values)
    queries.keep(conn, actor.tenant.id, booking_id)
    booking = _finish(conn, actor, taken, "confirm", after, now)
    _announce(conn, actor, booking_id, rules.told(after), now, tell_client=notify)
    return booking


def approve(conn: Connection, actor: Actor, booking_id: int, now: int) -> Booking:
    """Accept a request."""
    taken = _take(conn, actor, booking_id, "approve", now)
    queries.change(conn, actor.tenant.id, booking_id, status="confirmed", sequence=True)
    booking = _finish(conn, actor, taken, "approve", "confirmed", now)
    _announce(conn, actor, booking_id, "approved", now)
    return booking


def decline(conn: Connection, actor: Actor, booking_id: int, reason: str, now: int) -> Booking:
    """Refuse a request; its place is free again."""
    return _end(conn, actor, booking_id, "decline", "declined", now, reason=reason)


def cancel(conn: Connection, actor: Actor, booking_id: int, reason: str, notify: bool, now: int) -> Booking:
    """Give the place back. Raises TooLate for a client after the cut-off that was agreed when booking."""
    if not notify and not actor.is_staff:
        raise Forbidden("Only the business may cancel without a word.", field="notify")
    return _end(conn, actor, booking_id, "cancel", "cancelled", now, reason=reason, notify=notify)


def _end(
    conn: Connection,
    actor: Actor,
    booking_id: int,
    step: Step,
    kind: Kind,
    now: int,
    *,
    reason: str,
    notify: bool = True,
) -> Booking:
    taken = _take(conn, actor, booking_id, step, now)
    row = taken.row
    cut_off = decode_policies(row.policies).cancel_until_min
    if not taken.by_staff and not rules.client_may_cancel(row.status, row.starts_at, cut_off, now):
        raise TooLate("It is too late to cancel this visit here; please call.")
    queries.release(conn, actor.tenant.id, booking_id)
    queries.change(
        conn,
        actor.tenant.id,
        booking_id,
        status="cancelled",
        cancelled_at=now,
        cancelled_from=row.status,
        cancelled_by=actor.person_id,
        sequence=True,
    )
    booking = _finish(conn, actor, taken, step, "cancelled", now, reason=reason, notified=notify)
    if row.status != "held":
        announce(conn, actor.tenant, booking_id, kind, actor_id=actor.person_id, now=now, tell_client=notify)
    return booking


def undo(conn: Connection, actor: Actor, booking_id: int, now: int) -> Booking:
    """Take a cancellation back within five minutes. Raises TooLate, SlotTaken, Forbidden for somebody else's."""
    taken = _take(conn, actor, booking_id, "undo", now)
    row = taken.row
    if not taken.by_staff and row.cancelled_by != actor.person_id:
        raise Forbidden("This visit was cancelled by the business.")
    until = rules.undo_until(row.cancelled_at)
    if until is None or now > until:
        raise TooLate("A cancellation can be taken back for five minutes only.")
    after: Status = row.cancelled_from
    hold_until = row.hold_until if after == "held" else None
    if hold_until is not None and hold_until <= now:
        raise IllegalStep("This hold has run out.")
    _still_free(conn, actor, row, now)
    queries.reactivate(conn, actor.tenant.id, booking_id, hold_until)
    queries.change(
        conn,
        actor.tenant.id,
        booking_id,
        status=after,
        cancelled_at=None,
        cancelled_from=None,
        cancelled_by=None,
        sequence=True,
    )
    booking = _finish(conn, actor, taken, "undo", after, now)
    if after != "held":
        # whoever takes their own cancellation back sees that it is back
        _announce(conn, actor, booking_id, rules.told(after), now, tell_client=actor.person_id != row.client_id)
    return booking


def _still_free(conn: Connection, actor: Actor, row: Any, now: int) -> None:
    """The place as it was, whatever the hours are by now. Raises SlotTaken with alternatives."""
    old = queries.items(conn, actor.tenant.id, row.id)
    rooms = queries.item_room_ids(conn, actor.tenant.id, [item.id for item in old])
    visit = load_booked_services(conn, actor.tenant.id, old, rooms)
    only = [
        step._replace(durations={item.specialist_id: item.duration_min * 60})
        for step, item in zip(visit.steps, old, strict=True)
    ]
    ask = SlotQuery(actor.tenant, [item.service_id for item in old], old[0].specialist_id, now, client_limits=True)
    wanted = Place(ask, visit._replace(steps=only), row.starts_at, force=True)
    try:
        place(conn, wanted)
    except OutsideHours:  # pragma: no cover - force lifts the hours
        raise SlotTaken() from None


def mark(conn: Connection, actor: Actor, booking_id: int, step: Step, after: Status, now: int) -> Booking:
    """Arrived, completed or missed: what staff note down."""
    taken = _take(conn, actor, booking_id, step, now)
    queries.change(conn, actor.tenant.id, booking_id, status=after)
    return _finish(conn, actor, taken, step, after, now)


def coming(conn: Connection, actor: Actor, booking_id: int, now: int) -> Booking:
    """The client says that they will come."""
    taken = _take(conn, actor, booking_id, "coming", now)
    queries.change(conn, actor.tenant.id, booking_id, coming_at=now)
    return _finish(conn, actor, taken, "coming", taken.status, now)


def comment(conn: Connection, actor: Actor, booking_id: int, text: str, now: int) -> Booking:
    """Change the comment."""
    taken = _take(conn, actor, booking_id, "comment", now)
    queries.change(conn, actor.tenant.id, booking_id, comment=clean_lines(text))
    return _finish(conn, actor, taken, "comment", taken.status, now)
