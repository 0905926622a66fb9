"""`/v1/agenda`, `/v1/agendas`: days as staff see them."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from backend import clock
from backend.auth.access import Access
from backend.contract.overviews import Agenda, Agendas
from backend.errors import Invalid
from backend.overviews.agenda import load_agendas
from backend.transactions import Transactions

MAX_DAYS = 14


@get("/v1/agenda", access=Access.STAFF)
async def get_agenda(
    transactions: Transactions, date: FromQuery[str], specialist_id: FromQuery[int | None] = None
) -> Agenda:
    """Return one date of all specialists, or of one."""
    day = clock.parse_date(date, "date").toordinal()
    return await transactions.read(lambda unit: load_agendas(unit, day, day, specialist_id)[0])


@get("/v1/agendas", access=Access.STAFF)
async def list_agendas(
    transactions: Transactions,
    since: Annotated[str, QueryParameter(name="from")],
    until: Annotated[str, QueryParameter(name="to")],
    specialist_id: FromQuery[int | None] = None,
) -> Agendas:
    """Return the dates from `from` to `to`, both included, at most 14, of all specialists or of one."""
    first, last = clock.parse_date(since, "from").toordinal(), clock.parse_date(until, "to").toordinal()
    if not 0 <= last - first < MAX_DAYS:
        raise Invalid(f"A range runs forward and has at most {MAX_DAYS} days.", field="to")
    return Agendas(items=await transactions.read(lambda unit: load_agendas(unit, first, last, specialist_id)))


handlers = [get_agenda, list_agendas]
