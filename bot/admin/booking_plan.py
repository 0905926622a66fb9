"""A booking on a client's behalf, as far as it is known: which services, when, by whom, at last for whom."""

from collections.abc import Iterable

from backend.client.api import BackendRefused
from backend.contract.catalog import Service
from backend.contract.errors import Code
from backend.contract.overviews import ServiceChoice
from backend.contract.people import Client
from bot.admin.callbacks.bookings import (
    AdminDay,
    BookFor,
    BookForDayTimes,
    BookForForce,
    BookForForced,
    BookForNewClient,
    BookForPick,
    BookForServices,
    BookForTimes,
    BookingList,
    FindServiceToBook,
)
from bot.admin.callbacks.clients import AddClient, ClientCard, ClientList
from bot.admin.clients import client_name
from bot.client.offer import Offer, chosen_offer, offer_title
from bot.fsm import Draft, pause_draft
from bot.request import Request
from bot.specialist.callbacks import SpecialistDay
from bot.ui import cards
from bot.ui.callbacks import Callback, Ids
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.service_search import MANY
from bot.ui.text import escape, one_line
from bot.ui.times import from_epoch_minutes

A_PAGE = 8


class BookingPlan(Draft):
    """What is booked once the client is known; without services only a client's card is looked for.

    `specialist_id` 0 stands for any, `start` is epoch minutes, `force` takes a time off the grid. `typed` is whom staff
    have looked for last."""

    services: Ids = ()
    specialist_id: int = 0
    start: int = 0
    force: bool = False
    typed: str = ""

    def choose_client(self, client_id: int) -> Callback:
        """Return the button that goes on with that client; 0 asks for another one."""
        if not self.services:
            return ClientCard(client_id=client_id)
        kind = BookForForce if self.force else BookForPick
        return kind(subject=(client_id, *self.services), specialist_id=self.specialist_id, start=self.start)

    def new_client(self) -> Callback:
        """Return the button for entering a new client."""
        if not self.services:
            return AddClient()
        return BookForNewClient(
            services=self.services, specialist_id=self.specialist_id, start=self.start, force=self.force
        )

    def back(self, request: Request) -> Callback:
        """Return the button of the way back from looking for a client: to the times of the chosen day."""
        if not self.services:
            return ClientList()
        day = request.times.local(from_epoch_minutes(self.start)).date().toordinal()
        return BookForDayTimes(subject=(0, *self.services), specialist_id=self.specialist_id, day=day, page=0)


def whose_time(request: Request, specialist_id: int) -> int:
    """Return whose time is booked: for a specialist their own, for an admin the chosen specialist's (0: anybody)."""
    return specialist_id if request.is_admin else request.person.specialist_id or 0


def bookable_services(request: Request, services: Iterable[Service]) -> list[Service]:
    """Return those of the services that somebody does; for a specialist those that they do themselves."""
    own = whose_time(request, 0)
    return [each for each in services if (own in each.specialist_ids if own else each.specialist_ids)]


async def load_services_screen(request: Request, client_id: int, page: int = 0, day: int = 0) -> Screen:
    """Return what can be booked; `client_id` is 0 while nobody is chosen, `day` while any will do."""
    own = whose_time(request, 0) or None
    choice = await request.api.choose_services(client_id=client_id or None, specialist_id=own)
    return services_screen(request, choice, page, day)


def services_screen(request: Request, choice: ServiceChoice, page: int = 0, day: int = 0) -> Screen:
    """Return what can be booked, eight a page; each leads to the times of that day, or to the soonest (0)."""
    client = choice.choice.client
    client_id = 0 if client is None else client.id
    services = bookable_services(request, choice.offered)
    shown, turning = page_of(services, page, A_PAGE, lambda to: BookForServices(client_id=client_id, page=to, day=day))

    def to_times(service: Service) -> Callback:
        subject, specialist_id = (client_id, service.id), whose_time(request, 0)
        if day:
            return BookForDayTimes(subject=subject, specialist_id=specialist_id, day=day, page=0)
        return BookForTimes(subject=subject, specialist_id=specialist_id)

    rows: list[Row] = [[button_to(cards.service_label(request, service), to_times(service))] for service in shown]
    t = request.t
    back = button_to(t.label("button-back"), ClientCard(client_id=client_id) if client_id else _leave(request, day))
    if not services:
        return Screen(t.html("book-for-nothing"), [[back]])
    text = t.html("book-for-whom") if client is None else t.html("book-for-client", name=client_name(request, client))
    if len(services) >= MANY:
        rows.append([button_to(t.label("button-find-service"), FindServiceToBook(client_id=client_id))])
    return Screen(text, [*rows, turning, [back]])


def _leave(request: Request, day: int = 0) -> Callback:
    """Return where booking for a client leads back to: the day that it began on, the bookings, or one's own day."""
    if request.is_admin:
        return AdminDay(day=day) if day else BookingList()
    return SpecialistDay(day=day or request.times.today.toordinal())


async def load_confirm_screen(request: Request, client_id: int, plan: BookingPlan) -> Screen:
    """Return everything at a glance, for a client who is chosen; what can be booked where the plan is not on sale."""
    await pause_draft(request.state)
    choices = await load_service_choice(request, client_id, plan.services, plan.specialist_id)
    if choices is None or choices.choice.client is None:
        return await load_services_screen(request, client_id)
    return _confirm_screen(request, choices.choice.client, plan, chosen_offer(choices.choice, plan.specialist_id))


async def load_service_choice(
    request: Request, client_id: int, services: Ids, specialist_id: int
) -> ServiceChoice | None:
    """Return the services on the specialist's terms, the client (0: none) and what else is on sale.

    None where the services are not on sale (any more)."""
    if not services:
        return None
    try:
        choices = await request.api.choose_services(
            service_ids=services, specialist_id=specialist_id or None, client_id=client_id or None
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return None
    choice = choices.choice
    if specialist_id and not all(specialist_id in service.specialist_ids for service in choice.services):
        return None
    return choices


def _confirm_screen(request: Request, client: Client, plan: BookingPlan, offer: Offer) -> Screen:
    """Return the card of a plan; nothing is booked yet."""
    t = request.t
    parts = [
        t.html("book-for-ask", name=client_name(request, client)),
        "\n".join(line for line in _plan_lines(request, client, plan, offer) if line),
    ]
    if not client.in_telegram or client.unreachable:
        parts.append(t.html("client-not-told"))
    subject = (client.id, *plan.services)
    kind = BookForForced if plan.force else BookFor
    book = kind(subject=subject, specialist_id=plan.specialist_id, start=plan.start)
    times = BookForTimes(subject=subject, specialist_id=plan.specialist_id)
    rows: list[Row] = [
        [button_to(t.label("button-book"), book, style="success")],
        [
            button_to(t.label("button-change-time"), times),
            button_to(t.label("button-somebody-else"), plan.choose_client(0)),
        ],
        [button_to(t.label("button-cancel"), _leave(request))],
    ]
    return Screen("\n\n".join(parts), rows)


def _plan_lines(request: Request, client: Client, plan: BookingPlan, offer: Offer) -> list[str]:
    start = from_epoch_minutes(plan.start)
    return [
        offer_title(request, offer),
        f"{request.times.when(start)} ({escape(request.times.zone_name(start))})",
        "" if offer.specialist else request.t.html("any-specialist"),
        escape(one_line(client.phone or "")),
    ]
