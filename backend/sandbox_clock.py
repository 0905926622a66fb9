"""The clock that sandbox and tests may shift; without SLOTGATE_ADJUSTABLE_CLOCK these routes do not exist."""

from litestar import get, put
from litestar.datastructures import State
from litestar.params import JSONBody

from backend.auth.access import Access
from backend.clock import AdjustableClock, format_utc, parse_instant
from backend.contract.clock import ClockState, SetClock
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.notices.queries.state import load_next_reminder


def _adjustable(state: State) -> AdjustableClock:
    clock = state.clock
    if not state.settings.adjustable_clock or not isinstance(clock, AdjustableClock):
        raise NotFound()
    return clock


@get("/v1/clock", access=Access.OPERATOR)
async def read_clock(state: State, db: Database) -> ClockState:
    """Return the time, how far it is shifted, and when the next reminder is due."""
    clock = _adjustable(state)
    now = int(clock())
    due_at = await db.read(lambda conn: load_next_reminder(conn, now))
    return ClockState(format_utc(now), round(clock.shift_s), None if due_at is None else format_utc(due_at))


@put("/v1/clock", access=Access.OPERATOR)
async def set_clock(state: State, data: JSONBody[SetClock]) -> ClockState:
    """Move the clock."""
    clock = _adjustable(state)
    if (data.now is None) == (data.shift_s is None):
        raise Invalid("Either now or shift_s is needed.")
    if data.now is not None:
        clock.set(parse_instant(data.now, "now"))
    elif data.shift_s is not None:
        if abs(data.shift_s) > 100 * 366 * 86_400:
            raise Invalid("This shift is too far.", field="shift_s")
        clock.shift_s = data.shift_s
    return ClockState(format_utc(int(clock())), round(clock.shift_s))


handlers = [read_clock, set_clock]
