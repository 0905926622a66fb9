"""Random steps in the life of a booking: confirmed, approved, cancelled, brought back, marked; and time that passes."""

from backend.tasks.watch import watch_tasks
from tests.support.booking_model.bookings import AskedTime, ModelBooking, minute_of, rfc
from tests.support.booking_model.business import LIMIT, UNDO_MIN
from tests.support.booking_model.comparison import Comparison
from tests.support.booking_model.task_rules import end_booking, tend

# a mark -> the state after it, and how many minutes before the start it may be made
MARKS = {
    "arrived": ("arrived", 30),
    "no-show": ("no_show", 0),
    "complete": ("completed", 0),
    "unmark": ("confirmed", 30),
}
STEPS = ["confirm", "cancel", "cancel", "undo", "undo", "approve", "arrived", "no-show", "complete", "unmark", "coming"]
OF_STAFF = {"approve", *MARKS}
# What makes no sense of a booking that needs a new time.
NOT_WITH_TASK = {"approve", "no-show", "coming"}


async def wait(comparison: Comparison) -> None:
    """Let time pass."""
    model = comparison.model
    model.now += comparison.dice.choice([1, 4, 6, 11, 60])
    comparison.shop.api.set_time(rfc(model.now))
    model.lapse()


async def tend_tasks(comparison: Comparison) -> None:
    """Let the clock do what is due about tasks; it does so after every step, as a chore does every few seconds."""
    await watch_tasks(comparison.shop.api.db, comparison.model.now * 60)
    tend(comparison.model)


async def take_step(comparison: Comparison) -> None:
    """Take a random step of a booking."""
    model, booking = comparison.model, comparison.some_booking()
    if booking is None:
        return
    who, staff = comparison.some_actor(booking)
    name = comparison.dice.choice(STEPS)
    status, code = _decide(comparison, name, booking, who, staff=staff)
    reply = await comparison.shop.caller(who).step({"id": booking.id}, name)
    if not comparison.expect(reply, 200, code, (name, who, booking)):
        return
    if name == "cancel":
        _cancel(comparison, booking, who, staff=staff)
        assert reply.body["late"] == (booking.end_reason == "client_late"), booking
    elif name == "undo":
        ended = booking.cancelled
        booking.task, booking.end_reason = None if ended is None else ended.task, None
    elif name in MARKS:
        booking.task = None
    elif name == "approve" and booking.asked is not None:
        model.relocate(booking, booking.specialist, booking.asked.start)
        assert (minute_of(reply.body["start"]), reply.body["price"]) == (booking.start, booking.price)
    booking.status = status
    assert (reply.body["status"], reply.body["end_reason"]) == (status, booking.end_reason), booking
    assert reply.body["task"] == ("open" if booking.task else "placed" if booking.placed else None), (
        name,
        reply,
        booking,
    )
    if name == "approve":
        booking.decide_by = None
        model.settle(booking)
    if name in ("confirm", "undo"):
        _renew_deadline(comparison, name, booking)
        comparison.check_deadline(booking, reply)
    if status != "held":
        booking.hold_until = None if name == "confirm" else booking.hold_until


def _cancel(comparison: Comparison, booking: ModelBooking, who: int, *, staff: bool) -> None:
    model = comparison.model
    if booking.status == "held":
        booking.status = "expired"
        return
    late = not staff and not model.is_before_cut_off(booking)
    reason = "business" if staff else "client_late" if late else "client"
    end_booking(model, booking, reason, comparison.shop.people[who])


def _renew_deadline(comparison: Comparison, name: str, booking: ModelBooking) -> None:
    """Keep the deadline that was told with a hold, unless too little of it is left; one that is new has none yet."""
    told, model = booking.decide_by, comparison.model
    if booking.status != "pending":
        booking.decide_by = None
    elif name == "undo" or told is None or not model.leaves_an_hour(told):
        booking.decide_by = model.answered_by(booking.start)


def _decide(  # noqa: C901  a table of steps
    comparison: Comparison, name: str, booking: ModelBooking, who: int, *, staff: bool
) -> tuple[str, str | None]:
    """Return (status afterwards, code of the refusal)."""
    model, status = comparison.model, booking.status
    asked = booking.asked if status == "confirmed" else None
    if name in OF_STAFF and not staff:
        return status, "forbidden"
    if name == "confirm":
        return _decide_confirm(comparison, booking, staff=staff)
    if name == "approve" and asked is not None:
        return "confirmed", _code_of_asked(comparison, booking, asked)
    if name == "undo":
        return _decide_undo(comparison, booking, who, staff=staff)
    if name == "cancel":
        if status not in ("held", "pending", "confirmed"):
            return status, "illegal_step"
        late = status != "held" and not staff and model.now >= booking.start
        return ("expired" if status == "held" else "cancelled"), "too_late" if late else None
    if name == "approve":
        return "confirmed", None if status == "pending" and booking.task is None else "illegal_step"
    if name == "coming":
        if not booking.lies_ahead or booking.task is not None:
            return status, "illegal_step"
        return status, "too_late" if booking.start <= model.now else None
    after, early = MARKS[name]
    allowed = {"confirmed", "arrived", "completed", "no_show"} - {after}
    if status not in allowed and not (status == after == "completed"):
        return after, "illegal_step"
    if booking.task is not None and name in NOT_WITH_TASK:
        return after, "illegal_step"
    if model.now < booking.start - early:
        return after, "too_soon"
    return after, "illegal_step" if status == after else None


def _decide_confirm(comparison: Comparison, booking: ModelBooking, *, staff: bool) -> tuple[str, str | None]:
    model = comparison.model
    after = "pending" if model.approval and not staff else "confirmed"
    if booking.status != "held":
        return after, "illegal_step"
    too_many = not staff and model.ahead(booking.client) >= LIMIT
    if too_many or model.overlaps(booking.client, booking.start, booking.end, without=booking.id):
        return after, "limit_reached"
    return after, "too_soon" if after == "pending" and _is_too_late_to_ask(comparison, booking) else None


def _decide_undo(comparison: Comparison, booking: ModelBooking, who: int, *, staff: bool) -> tuple[str, str | None]:
    model, ended = comparison.model, booking.cancelled
    if booking.status != "cancelled" or ended is None:
        return booking.status, "illegal_step"
    if not staff and ended.by != comparison.shop.people[who]:
        return booking.status, "forbidden"
    if model.now > ended.at + UNDO_MIN:
        return booking.status, "too_late"
    if not model.still_fits(booking):
        return ended.status, "slot_taken"
    if model.overlaps(booking.client, booking.start, booking.end):
        return ended.status, "limit_reached"
    too_late = ended.status == "pending" and model.answered_by(booking.start) <= model.now
    return ended.status, "too_soon" if too_late else None


def _code_of_asked(comparison: Comparison, booking: ModelBooking, asked: AskedTime) -> str | None:
    """Return the code with which a wish is refused whose time is not free any more; what is held is free."""
    model = comparison.model
    trial = model.trial(booking.services, booking.durations, booking.specialist, asked.start, booking.places)
    code = model.code_of(trial, "staff", without=booking.id) if asked.hold is None else None
    overlaps = model.overlaps(booking.client, asked.start, trial.end, without=booking.id)
    return code or ("limit_reached" if overlaps else None)


def _is_too_late_to_ask(comparison: Comparison, booking: ModelBooking) -> bool:
    """Return whether a hold would become a request that nobody could answer in time."""
    told, model = booking.decide_by, comparison.model
    if told is not None and model.leaves_an_hour(told):
        return False
    return model.answered_by(booking.start) <= model.now
