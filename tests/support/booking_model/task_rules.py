"""What the model says of bookings that cannot take place as booked: which they are, what is offered, how their tasks end."""

from typing import Literal, NamedTuple

from tests.support.booking_model.bookings import Cancellation, Cause, ModelBooking, Question, Task
from tests.support.booking_model.business import HORIZON_DAYS, UNDO_MIN, Model

Handling = Literal["keep", "need_new_times", "cancel"]
ASK_AGAIN_MIN = 120
OFFERED, LOOKED_AT = 3, 24
# From the change that is taken back most easily to the one that stands in the way longest.
CAUSES: tuple[Cause, ...] = ("asked", "closure", "time_off", "hours")


class Before(NamedTuple):
    """A booking's services before a change: their minutes, and how many of each lay in the hours."""

    booking: ModelBooking
    items: list[range]
    opened: list[int]


def look_before(model: Model) -> list[Before]:
    """Return what a change may touch: every service that has not begun of what is held, asked for or confirmed."""
    before = []
    for booking in model.bookings.values():
        if booking.status == "held" or booking.lies_ahead:
            items = [item for item in booking.items() if item.start >= model.now]
            before.append(Before(booking, items, [count_open(model, booking, item) for item in items]))
    return before


def count_open(model: Model, booking: ModelBooking, item: range) -> int:
    """Return how many minutes of a service lie in its specialist's hours, without days off."""
    return len(model.open_minutes(booking.specialist).intersection(item))


def touched_since(model: Model, before: list[Before], cut: range | None, whose: int | None) -> set[int]:
    """Return the bookings that lie less in the hours than before, or in what was cut out of somebody's (None: all) time."""
    return {
        booking.id
        for booking, items, opened in before
        for item, was_open in zip(items, opened, strict=True)
        if whose in (None, booking.specialist)
        and (count_open(model, booking, item) < was_open or (cut is not None and overlap(item, cut)))
    }


def overlap(one: range, other: range) -> bool:
    """Return whether two stretches have a minute in common."""
    return one.start < other.stop and other.start < one.stop


def handle(model: Model, touched: set[int], cause: Cause, handling: Handling, by: int) -> set[int]:
    """Do with the touched bookings what was chosen; return those that became tasks or were cancelled."""
    handled = set()
    for booking in [model.bookings[each] for each in sorted(touched)]:
        if handling == "keep":
            continue
        if booking.status == "held":
            give_hold_up(model, booking)
        elif booking.lies_ahead and booking.start > model.now:
            handled.add(booking.id)
            if handling == "cancel":
                end_booking(model, booking, "business", by)
            else:
                open_task(model, booking, cause)
    return handled


def give_hold_up(model: Model, hold: ModelBooking) -> None:
    """End a hold; where it was kept for a move, its booking stays where it is and asks for nothing any more."""
    hold.status = "expired"
    for booking in model.bookings.values():
        if booking.asked is not None and booking.asked.hold == hold.id:
            booking.asked = None


def end_booking(model: Model, booking: ModelBooking, reason: str, by: int) -> None:
    """Cancel a booking; the one who did may take it back, and its task is open again then."""
    booking.cancelled = Cancellation(model.now, booking.status, by, booking.task)
    booking.status, booking.end_reason, booking.task = "cancelled", reason, None
    model.settle(booking)


def open_task(model: Model, booking: ModelBooking, cause: Cause) -> None:
    """Open the booking's task and ask its client, not at night; one that is open has the heavier of both causes."""
    if booking.task is not None:
        booking.task.cause = max(booking.task.cause, cause, key=CAUSES.index)
        return
    morning = model.next_waking(model.now)
    ask_at = morning if morning < booking.start else model.now
    again = model.next_waking(ask_at + ASK_AGAIN_MIN)
    booking.task = Task(cause, model.now, again if again < booking.start else None)
    booking.placed = False
    for question in booking.questions:
        question.state = "dropped" if question.state == "waiting" else question.state
    booking.questions.append(Question(model.now, ask_at, booking.start))


def is_in_the_way(model: Model, task: Task, booking: ModelBooking) -> bool:
    """Return whether what opened a task still keeps its booking from taking place as booked."""
    if task.cause == "asked":
        return True
    world = model.world
    days_off = [world.stretch(*off) for off in world.time_off.get(booking.specialist, [])]
    return any(
        any(world.walls[minute].date() in world.closures for minute in item)
        or any(overlap(item, off) for off in days_off)
        or (task.cause == "hours" and count_open(model, booking, item) < len(item))
        for item in booking.items()
    )


def settle_withdrawn(model: Model) -> list[ModelBooking]:
    """Close the tasks of bookings ahead that nothing keeps from taking place any more; return their bookings.

    What was cancelled a moment ago comes back without a task then."""
    settled = []
    for booking in model.bookings.values():
        if booking.task is not None and booking.start > model.now and not is_in_the_way(model, booking.task, booking):
            booking.task = None
            settled.append(booking)
        ended = booking.cancelled
        if ended is None or ended.task is None or booking.start <= model.now or model.now > ended.at + UNDO_MIN:
            continue
        if not is_in_the_way(model, ended.task, booking):
            ended.task = None
    return settled


def tend(model: Model) -> None:
    """Let the clock ask clients once more, by day, and cancel at its start what a client was asked about in vain."""
    for booking in model.bookings.values():
        task = booking.task
        if task is None:
            continue
        if booking.start <= model.now:
            if booking.was_reached():
                end_booking(model, booking, "task_unanswered", 0)
                booking.cancelled.task = None  # type: ignore[union-attr]  # it has just been cancelled
        elif task.ask_again is not None and task.ask_again <= model.now and model.is_waking(model.now):
            task.ask_again = None
            booking.questions.append(Question(model.now, model.now, booking.start))


def deliver(model: Model) -> None:
    """Send the questions that are due; what is not true any more is dropped."""
    for booking in model.bookings.values():
        for question in booking.questions:
            if question.state == "waiting" and question.due <= model.now:
                true = booking.lies_ahead and booking.task is not None and question.expires > model.now
                question.state = "sent" if true else "dropped"


def others_at_same_time(model: Model, booking: ModelBooking) -> set[int]:
    """Return the other specialists who can do the booking at its own time for its client."""
    if booking.start <= model.now or model.overlaps(booking.client, booking.start, booking.end, without=booking.id):
        return set()
    others = set(model.able(booking.services)) - {booking.specialist}
    return {one for one in others if code_elsewhere(model, booking, one, booking.start) is None}


def code_elsewhere(model: Model, booking: ModelBooking, one: int, start: int) -> str | None:
    """Return why a client whose booking cannot take place may not have this time with this specialist; None: they may."""
    trial = model.trial(booking.services, booking.durations, one, start, booking.places)
    return model.code_of(trial, "displaced", without=booking.id)


def nearest_times(model: Model, booking: ModelBooking) -> dict[int, set[int]]:
    """Return the three nearest other times with those who are free then."""
    model.occupy(booking.id)
    free: dict[int, set[int]] = {}
    last = model.now + (HORIZON_DAYS + 2) * 1440
    quarters = {minute for minute in range(model.now, last) if minute % model.world.step == 0}
    for start in sorted(quarters | {minute for minute in model.booked_starts() if minute >= model.now}):
        for one in model.able(booking.services):
            trial = model.trial(booking.services, booking.durations, one, start, booking.places)
            if model.code_beside(trial, "displaced") is None:
                free.setdefault(start, set()).add(one)
    near = sorted(sorted(free), key=lambda start: abs(start - booking.start))[:LOOKED_AT]
    length = booking.end - booking.start
    possible = [
        start
        for start in near
        if start != booking.start and not model.overlaps(booking.client, start, start + length, without=booking.id)
    ]
    return {start: free[start] for start in sorted(possible[:OFFERED])}
