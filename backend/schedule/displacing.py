"""Changes that leave bookings without their place: previewed or made, with what becomes of those bookings, in one step.

@post("/v1/closures", access=Access.ADMIN)
async def post_closure(data: JSONBody[NewClosure], alterations: Alterations, handling: Bookings = "keep"):
    return await alterations.make(lambda unit: add_closure(unit, data), DisplacementPlan("closure", handling, "false"))
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from backend.contract.catalog import ChangedRoom, ChangedService, ChangedSpecialist, Removed
from backend.contract.schedule import Cause, Changed, Handling, PreviewMode
from backend.transactions import Transactions, UnitOfWork

if TYPE_CHECKING:
    from backend.idempotency import Answered

# The answers of such changes: `displaced` are the bookings that cannot take place as booked any more, and the counts are
# put in when those have been handled.
A = TypeVar("A", Changed, ChangedService, ChangedSpecialist, ChangedRoom, Removed)


class Displaced(NamedTuple):
    """Bookings that a change leaves without their place, why, and in whose calendar (None: in all)."""

    booking_ids: Sequence[int]
    cause: Cause
    specialist_id: int | None


class HandledCounts(NamedTuple):
    """How many bookings were handled, and of how many no message reaches the client."""

    handled: int
    unreached: int


# Handles displaced bookings as was asked for, and settles what can take place as booked again. The feature of tasks,
# which stands above this one, gives it when the application is made.
DisplacedHandler = Callable[[UnitOfWork, Displaced, Handling], HandledCounts]


class DisplacementPlan(NamedTuple):
    """Why bookings lose their place, what is to become of them, whether to look only, and in whose calendar."""

    cause: Cause
    handling: Handling
    preview: PreviewMode
    specialist_id: int | None = None


class Alterations:
    """Changes as one request makes them. Handlers take it by the name `alterations`."""

    def __init__(self, transactions: Transactions, handle_displaced: DisplacedHandler) -> None:
        self._transactions = transactions
        self._handle_displaced = handle_displaced

    async def make(self, fn: Callable[[UnitOfWork], A], plan: DisplacementPlan, status: int = 200) -> "Answered[A]":
        """Make the change, handle the bookings that it displaces, and answer with what it returns.

        A preview does all of it and undoes it."""

        def change(unit: UnitOfWork) -> A:
            answer = fn(unit)
            by_cause: dict[Cause, list[int]] = {plan.cause: []}
            for booking in answer.displaced:
                by_cause.setdefault(booking.cause or plan.cause, []).append(booking.booking_id)
            for cause, booking_ids in by_cause.items():
                displaced = Displaced(booking_ids, cause, plan.specialist_id)
                handled, unreached = self._handle_displaced(unit, displaced, plan.handling)
                answer.handled += handled
                answer.unreached += unreached
            return answer

        if plan.preview == "false":
            return await self._transactions.write(change, status)
        return await self._transactions.preview(
            change, status, lambda answer: plan.preview == "true" or bool(answer.displaced)
        )
