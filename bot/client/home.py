"""The client's home: what can be booked, the next visit, the same again."""

from backend.contract.bookings import Booking
from backend.contract.catalog import Service
from bot.old_way import old_go, old_paged, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import ids_fit
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.times import parse

SHOWN = 6
A_PAGE = 8


@old_route("c.home")
async def client_home(request: Request) -> Screen:
    """Also what a specialist or an admin sees "as a client"."""
    services, visits = await cards.load_services_and_bookings(request)
    held = [one for one in visits if one.status == "held" and _ahead(request, one.hold_until)]
    upcoming = [one for one in visits if one.status != "held" and parse(one.end).timestamp() > request.now]
    if not services and not upcoming:
        return _opening_soon(request)
    known = upcoming[:1] or await _latest(request)
    rows: list[Row] = [[old_go(request.t.label("button-continue", visit=cards.booking_label(request, one)), "c.draft", one.id)]
                       for one in held[:1]]  # fmt: skip
    if upcoming:
        text = request.t.html(
            "home-next",
            when=request.times.own(upcoming[0].start),
            service=cards.service_names(upcoming[0]),
            specialist=cards.specialist_names(upcoming[0]),
        )
        rows.append([old_go(request.t.label("button-open-next"), "b.card", upcoming[0].id)])
    else:
        text = request.t.html("home-again" if known else "home-new", business=request.tenant.name)
    if known:
        rows += _repeat(request, known[0], services)
        rows.append([old_go(request.t.label("button-book-another"), "c.all", 0)])
    else:
        rows += [[_service(request, one)] for one in services[:SHOWN]]
        if len(services) > SHOWN:
            rows.append([old_go(request.t.label("button-all-services"), "c.all", 0)])
    return Screen(text, rows + _footer(request))


def _ahead(request: Request, instant: str | None) -> bool:
    return instant is not None and parse(instant).timestamp() > request.now


async def _latest(request: Request) -> list[Booking]:
    """The last visit that took place or was to, for repeating it; [] for a newcomer."""
    found = await request.api.list_bookings(
        to=request.times.today.isoformat(),
        status=("confirmed", "arrived", "completed"),
        client_id=request.person.id,
        order="desc",
        limit=1,
    )
    return found.items


def _repeat(request: Request, last: Booking, services: list[Service]) -> list[Row]:
    """Repeat is offered while the service is still on sale by that specialist."""
    ids, specialist = tuple(last.service_ids), cards.sole_specialist(last)
    offered = {one.id for one in services if specialist in one.specialist_ids}
    if not offered.issuperset(ids) or not ids_fit(ids):
        return []
    label = request.t.label(
        "button-repeat", service=cards.service_names(last), specialist=last.items[0].specialist_name
    )
    return [[old_go(label, "c.rep", ids, specialist, style="primary")]]


def _service(request: Request, service: Service) -> Button:
    return old_go(cards.service_label(request, service), "c.near", service.id, 0)


def _footer(request: Request) -> list[Row]:
    rows: list[Row] = [
        [
            old_go(request.t.label("button-my-bookings"), "c.mine", 0, 0),
            old_go(request.t.label("button-contacts"), "c.addr"),
        ],
        [old_go(request.t.label("button-language"), "c.lang"), old_go(request.t.label("button-my-data"), "c.data")],
    ]
    if request.is_admin or request.is_specialist:
        rows.append([old_go(request.t.label("button-my-day"), "home")])
    return rows


def _opening_soon(request: Request) -> Screen:
    return Screen(request.t.html("opening-soon", business=request.tenant.name), _footer(request))


@old_route("c.all")
async def all_services(request: Request, page: int = 0) -> Screen:
    """Every service, eight a page."""
    services = (await request.api.list_services()).items
    if not services:
        return _opening_soon(request)
    shown, turning = old_paged(services, page, A_PAGE, lambda label, to: old_go(label, "c.all", to))
    rows: list[Row] = [[_service(request, one)] for one in shown]
    return Screen(request.t.html("all-services"), [*rows, turning, [old_go(request.t.label("button-home"), "c.home")]])


@old_route("c.addr")
async def contacts(request: Request) -> Screen:
    """Address and telephone, with a map."""
    tenant = await request.api.get_tenant()
    lines = [request.t.html("contacts", business=tenant.name)]
    if tenant.address:
        lines.append(request.t.html("contacts-address", address=tenant.address))
    if tenant.phone:
        lines.append(request.t.html("contacts-phone", phone=tenant.phone))
    if len(lines) == 1:
        lines.append(request.t.html("contacts-none"))
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    rows: list[Row] = [cards.place_buttons(request, tenant), [old_go(request.t.label("button-home"), "c.home")]]
    return Screen("\n".join(lines), rows)
