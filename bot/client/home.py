"""The client's home: what can be booked, the next visit, the same again."""

from backend.contract.bookings import Booking
from backend.contract.catalog import Service
from bot.request import Turn
from bot.ui import cards
from bot.ui.callbacks import fit, route
from bot.ui.keyboards import Button, Row, Screen, go, paged
from bot.ui.times import parse

SHOWN = 6
A_PAGE = 8


@route("c.home")
async def client_home(turn: Turn) -> Screen:
    """Also what a specialist or an admin sees "as a client"."""
    services, visits = await cards.services_and_visits(turn)
    held = [one for one in visits if one.status == "held" and _ahead(turn, one.hold_until)]
    upcoming = [one for one in visits if one.status != "held" and parse(one.end).timestamp() > turn.now]
    if not services and not upcoming:
        return _opening_soon(turn)
    known = upcoming[:1] or await _latest(turn)
    rows: list[Row] = [[go(turn.t.label("button-continue", visit=cards.booking_label(turn, one)), "c.draft", one.id)]
                       for one in held[:1]]  # fmt: skip
    if upcoming:
        text = turn.t.html(
            "home-next",
            when=turn.times.own(upcoming[0].start),
            service=cards.service_names(upcoming[0]),
            specialist=cards.specialist_names(upcoming[0]),
        )
        rows.append([go(turn.t.label("button-open-next"), "b.card", upcoming[0].id)])
    else:
        text = turn.t.html("home-again" if known else "home-new", business=turn.tenant.name)
    if known:
        rows += _repeat(turn, known[0], services)
        rows.append([go(turn.t.label("button-book-another"), "c.all", 0)])
    else:
        rows += [[_service(turn, one)] for one in services[:SHOWN]]
        if len(services) > SHOWN:
            rows.append([go(turn.t.label("button-all-services"), "c.all", 0)])
    return Screen(text, rows + _footer(turn))


def _ahead(turn: Turn, instant: str | None) -> bool:
    return instant is not None and parse(instant).timestamp() > turn.now


async def _latest(turn: Turn) -> list[Booking]:
    """The last visit that took place or was to, for repeating it; [] for a newcomer."""
    found = await turn.api.bookings(
        to=turn.times.today.isoformat(),
        status=("confirmed", "arrived", "completed"),
        client_id=turn.person.id,
        order="desc",
        limit=1,
    )
    return found.items


def _repeat(turn: Turn, last: Booking, services: list[Service]) -> list[Row]:
    """Repeat is offered while the service is still on sale by that specialist."""
    ids, specialist = tuple(last.service_ids), cards.sole_specialist(last)
    offered = {one.id for one in services if specialist in one.specialist_ids}
    if not offered.issuperset(ids) or not fit(ids):
        return []
    label = turn.t.label("button-repeat", service=cards.service_names(last), specialist=last.items[0].specialist_name)
    return [[go(label, "c.rep", ids, specialist, style="primary")]]


def _service(turn: Turn, service: Service) -> Button:
    return go(cards.service_label(turn, service), "c.near", service.id, 0)


def _footer(turn: Turn) -> list[Row]:
    rows: list[Row] = [
        [go(turn.t.label("button-my-bookings"), "c.mine", 0, 0), go(turn.t.label("button-contacts"), "c.addr")],
        [go(turn.t.label("button-language"), "c.lang"), go(turn.t.label("button-my-data"), "c.data")],
    ]
    if turn.is_admin or turn.is_specialist:
        rows.append([go(turn.t.label("button-my-day"), "home")])
    return rows


def _opening_soon(turn: Turn) -> Screen:
    return Screen(turn.t.html("opening-soon", business=turn.tenant.name), _footer(turn))


@route("c.all")
async def all_services(turn: Turn, page: int = 0) -> Screen:
    """Every service, eight a page."""
    services = (await turn.api.services()).items
    if not services:
        return _opening_soon(turn)
    shown, turning = paged(services, page, A_PAGE, lambda label, to: go(label, "c.all", to))
    rows: list[Row] = [[_service(turn, one)] for one in shown]
    return Screen(turn.t.html("all-services"), [*rows, turning, [go(turn.t.label("button-home"), "c.home")]])


@route("c.addr")
async def contacts(turn: Turn) -> Screen:
    """Address and telephone, with a map."""
    tenant = await turn.api.tenant()
    lines = [turn.t.html("contacts", business=tenant.name)]
    if tenant.address:
        lines.append(turn.t.html("contacts-address", address=tenant.address))
    if tenant.phone:
        lines.append(turn.t.html("contacts-phone", phone=tenant.phone))
    if len(lines) == 1:
        lines.append(turn.t.html("contacts-none"))
    lines.append(turn.t.html("zone-line", zone=turn.times.zone_name()))
    rows: list[Row] = [cards.place_buttons(turn, tenant), [go(turn.t.label("button-home"), "c.home")]]
    return Screen("\n".join(lines), rows)
