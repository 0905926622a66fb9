"""What is being booked: services on one specialist's terms, how their sum reads, choosing a time for them, the draft."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from typing_extensions import override

from backend.contract.catalog import Service, Specialist
from backend.contract.overviews import Choice
from bot.client.callbacks import ClientHome, DayTimes, FreeDays, HeldBooking, PickTime, SoonestTimes, SpecialistChoice
from bot.client.home import not_on_sale_screen
from bot.client.purpose import Purpose
from bot.fsm import Draft
from bot.request import Request
from bot.ui import cards
from bot.ui.callbacks import Callback, Ids
from bot.ui.keyboards import Button, Screen, button_to
from bot.ui.text import DOT, Html, clean_text, escape, one_line


class BookingDraft(Draft):
    """What has been typed for a held booking of these services.

    `prompt_id` is the message that asks for the telephone number, while it is there."""

    booking_id: int = 0
    services: Ids = ()
    comment: str = ""
    prompt_id: int | None = None
    phone_required: bool = False


class Offer(NamedTuple):
    """Services on the terms of one specialist (None: of anybody). `lengths` are the minutes that they may take."""

    services: list[Service]
    specialist: Specialist | None
    lengths: list[int]


def chosen_offer(choice: Choice, specialist_id: int) -> Offer:
    """Return the offer of a choice that the backend has answered, of the chosen specialist (0: of anybody)."""
    specialist = next((person for person in choice.specialists if person.id == specialist_id), None)
    lengths = [each.duration_min for each in choice.specialists if each.duration_min is not None]
    if specialist is not None or not lengths:
        lengths = [sum(service.duration_min for service in choice.services)]
    return Offer(choice.services, specialist, lengths)


def offer_title(request: Request, offer: Offer) -> Html:
    """Return `Haircut + Colour · Anna · 4 500 ₽ · 2 h 15 min`: prices and minutes add up."""
    services, specialist, lengths = offer
    who = f"{DOT}{escape(one_line(specialist.name))}" if specialist else ""
    total = sum((Decimal(service.price) for service in services), Decimal())
    varies = any(service.price_from for service in services)
    tail = [
        cards.price_text(request, str(total), services[0].currency, at_least=varies),
        request.times.span_range(lengths),
    ]
    names = " + ".join(one_line(service.name) for service in services)
    title = f"<b>{escape(names)}</b>{who}{DOT}{escape(DOT.join(part for part in tail if part))}"
    if len(services) == 1 and services[0].description and specialist is None:
        title += f"\n{escape(clean_text(services[0].description, 600))}"
    return Html(title)


class BookingPurpose(Purpose):
    """Choosing a time for a client's own booking. Back leads to any specialist's times, from there home."""

    def __init__(
        self, service_ids: Ids, specialist_id: int, back: Callback | None = None, *, held_day: date | None = None
    ) -> None:
        super().__init__(specialist_id, service_ids=service_ids)
        self._held_day = held_day
        self._back = back or (self.soonest(0) if specialist_id else ClientHome())

    @override
    def soonest(self, specialist_id: int) -> SoonestTimes:
        return SoonestTimes(services=self.service_ids, specialist_id=specialist_id)

    @override
    def specialists(self, specialist_id: int, page: int = 0) -> SpecialistChoice:
        return SpecialistChoice(services=self.service_ids, specialist_id=specialist_id, page=page)

    @override
    def days(self, specialist_id: int, first: int) -> FreeDays:
        return FreeDays(services=self.service_ids, specialist_id=specialist_id, first=first)

    @override
    def day(self, specialist_id: int, day: int, page: int) -> DayTimes:
        return DayTimes(services=self.service_ids, specialist_id=specialist_id, day=day, page=page)

    @override
    def pick(self, specialist_id: int, start: int) -> PickTime:
        return PickTime(services=self.service_ids, specialist_id=specialist_id, start=start)

    @override
    def title(self, request: Request, choice: Choice) -> Html:
        title = offer_title(request, chosen_offer(choice, self.specialist_id))
        if choice.held_places == 1:
            return title
        key = "places-fewer" if choice.places < choice.held_places else "times-for-places"
        return Html(f"{title}\n{request.t.html(key, held=choice.held_places, count=choice.places)}")

    @override
    def back_button(self, request: Request, choice: Choice) -> Button:
        # a client who holds a time goes back to it, however far they have looked around
        back = self._back
        if choice.held_id is not None and isinstance(back, ClientHome):
            back = HeldBooking(booking_id=choice.held_id)
        return button_to(request.t.label("button-back"), back)

    @override
    def own_day(self, request: Request, choice: Choice) -> date | None:
        return self._held_day

    @override
    async def other_screen(self, request: Request, _: Choice | None) -> Screen:
        return await not_on_sale_screen(request)
