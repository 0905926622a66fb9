"""`/v1/home`, `/v1/agenda`: what whole screens show, over several features, in one answer."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from backend import clock
from backend.auth.access import Access
from backend.contract.overviews import Agenda, Agendas, Home
from backend.contract.people import Role
from backend.errors import Invalid
from backend.overviews.agenda import load_agendas
from backend.overviews.home import load_home
from backend.transactions import Transactions

MAX_DAYS = 14


@get("/v1/home", access=Access.CLIENT)
async def get_home(transactions: Transactions, role: FromQuery[Role | None] = None) -> Home:
    """Return the caller's first screen, in their strongest role or in another of theirs: staff may see a client's."""
    return await transactions.read(lambda unit: load_home(unit, role))


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


handlers = [get_home, get_agenda, list_agendas]
