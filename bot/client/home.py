"""The client's home: what can be booked, the next booking, the same again."""

from backend.contract.bookings import Booking
from backend.contract.catalog import Service
from bot.client.callbacks import (
    BookingCard,
    ClientHome,
    Contacts,
    HeldBooking,
    LanguageChoice,
    MyBookings,
    MyData,
    NewTimesMenu,
    RepeatBooking,
    ServiceList,
    SoonestTimes,
)
from bot.notices.callbacks import UnsentWords
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Home, ids_fit
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above
from bot.ui.text import Html
from bot.ui.times import parse

SHOWN = 6

router = Router()


@router.press(ClientHome)
async def show_client_home(request: Request, _: ClientHome) -> Screen:
    """Show the client's home, to staff as well."""
    return await client_home_screen(request)


async def client_home_screen(request: Request) -> Screen:
    """Return the services, the next booking, and the same again."""
    t = request.t
    home = (await request.api.get_home("client")).client
    assert home is not None, "a client's home has services and bookings"
    services = home.services
    held = [booking for booking in home.bookings if booking.status == "held" and _is_ahead(request, booking.hold_until)]
    upcoming = [booking for booking in home.bookings if booking.status != "held" and _is_ahead(request, booking.end)]
    if not services and not upcoming:
        return opening_soon_screen(request)
    latest = upcoming[0] if upcoming else home.latest
    rows: list[Row] = [
        [
            button_to(
                t.label("button-continue", booking=cards.booking_label(request, booking)),
                HeldBooking(booking_id=booking.id),
            )
        ]
        for booking in held[:1]
    ]
    if home.unsent:
        rows.append([button_to(t.label("button-unsent"), UnsentWords())])
    if upcoming:
        text, next_row = _next_booking(request, upcoming)
        rows.append(next_row)
    else:
        text = t.html("home-again" if latest else "home-new", business=request.tenant.name)
    if latest:
        rows += _repeat_rows(request, latest, services)
        rows.append([button_to(t.label("button-book-another"), ServiceList())])
    else:
        rows += [[service_button(request, service)] for service in services[:SHOWN]]
        if len(services) > SHOWN:
            rows.append([button_to(t.label("button-all-services"), ServiceList())])
    return Screen(text, rows + _footer(request))


def _next_booking(request: Request, upcoming: list[Booking]) -> tuple[Html, Row]:
    """Return what stands at home of the next booking, and the way to it; of one that needs a new time first of all."""
    displaced = next((booking for booking in upcoming if booking.task == "open"), None)
    booking = displaced or upcoming[0]
    text = request.t.html(
        "home-next" if displaced is None else "reminder-over",
        when=request.times.time_tag(booking.start),
        service=cards.service_names(booking),
        specialist=cards.specialist_names(booking),
    )
    if displaced is not None:
        new_times = button_to(
            request.t.label("button-new-times"), NewTimesMenu(booking_id=displaced.id), style="primary"
        )
        return Html(f"{text}\n{request.t.html('own-task-open')}"), [new_times]
    if booking.status == "pending":
        text = Html(f"{text}\n{request.t.html('status-pending')}")
    return text, [button_to(request.t.label("button-open-next"), BookingCard(booking_id=booking.id))]


def _is_ahead(request: Request, instant: str | None) -> bool:
    return instant is not None and parse(instant).timestamp() > request.now


def _repeat_rows(request: Request, latest: Booking, services: list[Service]) -> list[Row]:
    """Return Repeat, while the services are still on sale by that specialist."""
    ids, specialist_id = tuple(latest.service_ids), cards.sole_specialist(latest)
    offered = {service.id for service in services if specialist_id in service.specialist_ids}
    if not offered.issuperset(ids) or not ids_fit(ids):
        return []
    label = request.t.label(
        "button-repeat", service=cuttable_name(cards.service_names(latest)), specialist=latest.items[0].specialist_name
    )
    return [[button_to(label, RepeatBooking(services=ids, specialist_id=specialist_id), style="primary")]]


def service_button(request: Request, service: Service) -> Button:
    """Return the button of a service, which leads to its soonest times."""
    times = SoonestTimes(services=(service.id,), specialist_id=0)
    return button_to(cards.service_label(request, service), times)


def _footer(request: Request) -> list[Row]:
    t = request.t
    rows: list[Row] = [
        [
            button_to(t.label("button-my-bookings"), MyBookings(past=False, page=0)),
            button_to(t.label("button-contacts"), Contacts()),
        ],
        [button_to(t.label("button-language"), LanguageChoice()), button_to(t.label("button-my-data"), MyData())],
    ]
    if request.is_admin or request.is_specialist:
        rows.append([button_to(t.label("button-my-day"), Home())])
    return rows


def opening_soon_screen(request: Request) -> Screen:
    """Return what clients see while nothing is on sale yet."""
    return Screen(request.t.html("opening-soon", business=request.tenant.name), _footer(request))


async def not_on_sale_screen(request: Request) -> Screen:
    """Return the home screen with the sentence that something is not on sale (any more)."""
    return add_above(request.t.html("not-on-sale"), await client_home_screen(request))


@router.press(Contacts)
async def show_contacts(request: Request, _: Contacts) -> Screen:
    """Show address and telephone, with a map."""
    tenant = await request.api.get_tenant()
    lines = [request.t.html("contacts", business=tenant.name)]
    if tenant.address:
        lines.append(request.t.html("contacts-address", address=tenant.address))
    if tenant.phone:
        lines.append(request.t.html("contacts-phone", phone=tenant.phone))
    if len(lines) == 1:
        lines.append(request.t.html("contacts-none"))
    lines.append(request.t.html("zone-line", zone=request.times.zone_name()))
    home = button_to(request.t.label("button-home"), ClientHome())
    return Screen("\n".join(lines), [cards.place_buttons(request, tenant.address), [home]])
