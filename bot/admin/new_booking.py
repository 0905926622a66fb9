"""Booking on a client's behalf: services, time, for whom, Book. From a client's card the client is known at once.

Admins book into everybody's time, specialists into their own; the backend refuses anything else.

`subject` in the buttons is the client (0: not yet known) and then the services."""

from typing_extensions import override

from backend.client.api import BackendRefused
from backend.contract.bookings import NewBooking
from backend.contract.errors import Code
from backend.contract.overviews import Choice
from backend.contract.people import Client
from bot.admin.booking_plan import (
    A_PAGE,
    BookingPlan,
    bookable_services,
    load_confirm_screen,
    load_service_choice,
    load_services_screen,
    whose_time,
)
from bot.admin.callbacks.bookings import (
    BookAllTheSame,
    BookFor,
    BookForDays,
    BookForDayTimes,
    BookForForce,
    BookForForced,
    BookForMore,
    BookForPick,
    BookForServices,
    BookForSpecialists,
    BookForTimes,
)
from bot.admin.client_search import ask_client_screen
from bot.admin.clients import client_name
from bot.client import times
from bot.client.offer import Offer, chosen_offer, offer_title
from bot.client.purpose import Purpose
from bot.request import Request
from bot.router import Router
from bot.specialist.card import overlap_screen, staff_card_screen
from bot.ui import cards
from bot.ui.callbacks import Ids, ids_fit
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above
from bot.ui.text import Html
from bot.ui.times import from_epoch_minutes

# While nobody is chosen, so much of a button is kept free for the client.
WIDEST_CLIENT = 36**6 - 1

router = Router(for_staff=True)


@router.press(BookForServices)
async def show_services_to_book(request: Request, callback: BookForServices) -> Screen:
    """Show what can be booked for a client."""
    return await load_services_screen(request, callback.client_id, callback.page, callback.day)


class BookForPurpose(Purpose):
    """Choosing a time for a client's booking, on `day` (0: any). Back leads to the services."""

    def __init__(self, request: Request, subject: Ids, specialist_id: int, day: int = 0) -> None:
        super().__init__(
            whose_time(request, specialist_id),
            service_ids=subject[1:],
            client_id=subject[0] or None,
            own_calendar=not request.is_admin,
        )
        self._subject = subject
        self._day = day

    @override
    def soonest(self, specialist_id: int) -> BookForTimes:
        return BookForTimes(subject=self._subject, specialist_id=specialist_id)

    @override
    def specialists(self, specialist_id: int, page: int = 0) -> BookForSpecialists:
        return BookForSpecialists(subject=self._subject, specialist_id=specialist_id, page=page)

    @override
    def days(self, specialist_id: int, first: int) -> BookForDays:
        return BookForDays(subject=self._subject, specialist_id=specialist_id, first=first)

    @override
    def day(self, specialist_id: int, day: int, page: int) -> BookForDayTimes:
        return BookForDayTimes(subject=self._subject, specialist_id=specialist_id, day=day, page=page)

    @override
    def pick(self, specialist_id: int, start: int) -> BookForPick:
        return BookForPick(subject=self._subject, specialist_id=specialist_id, start=start)

    @override
    def title(self, request: Request, choice: Choice) -> Html:
        return _title(request, chosen_offer(choice, self.specialist_id), choice.client)

    @override
    def own_day(self, request: Request, choice: Choice) -> None:
        return None

    @override
    def back_button(self, request: Request, _: Choice) -> Button:
        return button_to(request.t.label("button-back"), BookForServices(client_id=self._subject[0], day=self._day))

    @override
    async def other_screen(self, request: Request, _: Choice | None) -> Screen:
        return await load_services_screen(request, self._subject[0])


def _title(request: Request, offer: Offer, client: Client | None) -> Html:
    title = offer_title(request, offer)
    if client is None:
        return title
    return Html(f"{request.t.html('book-for-name', name=client_name(request, client))}\n{title}")


@router.press(BookForTimes)
async def show_times_to_book(request: Request, callback: BookForTimes) -> Screen:
    """Show the soonest times, with a way to one service more or less in the same booking."""
    subject, specialist_id = callback.subject, callback.specialist_id
    label = request.t.label("button-add-service" if len(subject) == 2 else "button-change-services")
    more = button_to(label, BookForMore(subject=subject, specialist_id=specialist_id, page=0))
    return await times.soonest_screen(request, BookForPurpose(request, subject, specialist_id), more=more)


@router.press(BookForMore)
async def show_more_services(request: Request, callback: BookForMore) -> Screen:
    """Show what can be added to the booking or left out. The specialist stays where they do the added service as well."""
    subject, specialist_id = callback.subject, whose_time(request, callback.specialist_id)
    client_id, chosen = subject[0], subject[1:]
    choices = await load_service_choice(request, client_id, chosen, specialist_id)
    if choices is None:
        return await load_services_screen(request, client_id)
    t, title = request.t, _title(request, chosen_offer(choices.choice, specialist_id), choices.choice.client)
    offered = {service.id: service for service in bookable_services(request, choices.offered)}
    widest = (subject[0] or WIDEST_CLIENT, *subject[1:])
    others = [service for service in offered.values() if service.id not in chosen and ids_fit((*widest, service.id))]
    shown, turning = page_of(
        others,
        callback.page,
        A_PAGE,
        lambda to: BookForMore(subject=subject, specialist_id=specialist_id, page=to),
    )
    rows: list[Row] = []
    for service in shown:
        kept_id = specialist_id if specialist_id in service.specialist_ids else 0
        longer = BookForTimes(subject=(*subject, service.id), specialist_id=kept_id)
        rows.append([button_to(cards.service_label(request, service), longer)])
    rows.append(turning)
    for place in range(1, len(subject) if len(subject) > 2 else 0):
        label = t.label("button-without", service=cuttable_name(offered[subject[place]].name))
        shorter = BookForTimes(subject=(*subject[:place], *subject[place + 1 :]), specialist_id=specialist_id)
        rows.append([button_to(label, shorter)])
    text = f"{title}\n\n{t.html('add-service' if others else 'add-service-none')}"
    back = button_to(t.label("button-back"), BookForTimes(subject=subject, specialist_id=specialist_id))
    return Screen(text, [*rows, [back]])


@router.press(BookForSpecialists)
async def show_specialists_to_book(request: Request, callback: BookForSpecialists) -> Screen:
    """Show who does it; to a specialist their own times."""
    if not request.is_admin:
        return await show_times_to_book(request, BookForTimes(subject=callback.subject, specialist_id=0))
    return await times.specialists_screen(request, BookForPurpose(request, callback.subject, 0), callback.page)


@router.press(BookForDays)
async def show_days_to_book(request: Request, callback: BookForDays) -> Screen:
    """Show five weeks with their free days."""
    purpose = BookForPurpose(request, callback.subject, callback.specialist_id)
    return await times.days_screen(request, purpose, callback.first)


@router.press(BookForDayTimes)
async def show_day_times_to_book(request: Request, callback: BookForDayTimes) -> Screen:
    """Show the times of one day."""
    purpose = BookForPurpose(request, callback.subject, callback.specialist_id, callback.day)
    return await times.day_screen(request, purpose, callback.day, callback.page)


def _plan_of(request: Request, callback: BookForPick | BookForForce | BookFor | BookForForced) -> BookingPlan:
    return BookingPlan(
        services=callback.subject[1:],
        specialist_id=whose_time(request, callback.specialist_id),
        start=callback.start,
        force=isinstance(callback, BookForForce | BookForForced),
    )


@router.press(BookForPick)
async def pick_time_to_book(request: Request, callback: BookForPick) -> Screen:
    """Take this time and ask for whom or, where that is known, whether everything is right."""
    return await _pick_time(request, callback.subject[0], _plan_of(request, callback))


@router.press(BookForForce)
async def force_time_to_book(request: Request, callback: BookForForce) -> Screen:
    """Take a time off the grid, which only an admin may book."""
    return await _pick_time(request, callback.subject[0], _plan_of(request, callback))


async def _pick_time(request: Request, client_id: int, plan: BookingPlan) -> Screen:
    if client_id:
        return await load_confirm_screen(request, client_id, plan)
    when = request.times.when(from_epoch_minutes(plan.start))
    return add_above(when, await ask_client_screen(request, plan))


@router.press(BookFor, books=True)
async def book_for_client(request: Request, callback: BookFor) -> Screen:
    """Book for the client, who is told."""
    return await _book(request, callback.subject[0], _plan_of(request, callback))


@router.press(BookForForced, books=True)
async def book_off_grid(request: Request, callback: BookForForced) -> Screen:
    """Book off the grid or outside the hours; never over another booking."""
    return await _book(request, callback.subject[0], _plan_of(request, callback))


@router.press(BookAllTheSame, books=True)
async def book_all_the_same(request: Request, callback: BookAllTheSame) -> Screen:
    """Book for a client who has another booking at this time: a mother and her child."""
    plan = BookingPlan(
        services=callback.subject[1:],
        specialist_id=whose_time(request, callback.specialist_id),
        start=callback.start,
        force=callback.force,
    )
    return await _book(request, callback.subject[0], plan, allow_overlap=True)


async def _book(request: Request, client_id: int, plan: BookingPlan, *, allow_overlap: bool = False) -> Screen:
    new = NewBooking(
        service_ids=list(plan.services),
        start=from_epoch_minutes(plan.start),
        specialist_id=plan.specialist_id or None,
        client_id=client_id,
        force=plan.force,
        allow_overlap=allow_overlap,
    )
    try:
        booking = await request.api.create_booking(new, key=request.idempotency_key("book-for"))
    except BackendRefused as refusal:
        if refusal.problem.booking is not None:
            subject = (client_id, *plan.services)
            book = BookAllTheSame(subject=subject, specialist_id=plan.specialist_id, start=plan.start, force=plan.force)
            back = BookForTimes(subject=subject, specialist_id=plan.specialist_id)
            return overlap_screen(request, refusal.problem.booking, book, back)
        if refusal.code is not Code.SLOT_TAKEN and refusal.code not in times.OLD_TIME:
            raise
        purpose = BookForPurpose(request, (client_id, *plan.services), plan.specialist_id)
        return await times.other_times_screen(request, purpose, refusal)
    screen = add_above(request.t.html("book-for-done"), staff_card_screen(request, booking))
    return screen._replace(toast=request.t.label("saved"))
