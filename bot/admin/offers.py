"""What a specialist does: services on and off, with a price and a length of their own."""

from enum import IntEnum

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message
from msgspec.structs import replace

from backend.client.requests import KEEP, Displacing
from backend.contract.catalog import ChangedSpecialist, Offer, Service, Specialist, UpdateSpecialist
from bot.admin.callbacks.catalog import AddService
from bot.admin.callbacks.staff import (
    AskOfferTerms,
    OfferList,
    OfferTerms,
    SetOfferTerms,
    SpecialistCard,
    ToggleOffer,
)
from bot.admin.service_fields import DURATION, PRICE, clamp_minutes, format_price
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import Handling, add_handled, change_or_ask
from bot.ui import cards, typed_values
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to, page_of
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import one_line

A_PAGE = 20

router = Router(for_staff=True)


class Term(IntEnum):
    """A term of an offer; a button carries the number."""

    PRICE = 0
    DURATION = 1
    # both are the service's own again
    USUAL = 2


class OfferForm(StatesGroup):
    """What is typed about a service of one specialist."""

    price = State()
    duration = State()


class OfferDraft(Draft):
    """The offer that a term is typed for."""

    specialist_id: int
    service_id: int


@router.press(OfferList)
async def show_offers(request: Request, callback: OfferList) -> Screen:
    """Show what a specialist does."""
    await pause_draft(request.state)
    card = await request.api.get_specialist_card(callback.specialist_id)
    return _own_offers_screen(request, card.specialist, card.services, callback.page)


def _own_offers_screen(request: Request, specialist: Specialist, services: list[Service], page: int = 0) -> Screen:
    done = button_to(request.t.label("button-done"), SpecialistCard(specialist_id=specialist.id), style="primary")
    return offers_screen(request, specialist, services, done, page)


def offers_screen(
    request: Request, specialist: Specialist, services: list[Service], done: Button, page: int = 0
) -> Screen:
    """Return every service page by page, one tap on, one off; those that are on lead to terms of their own."""
    shown, turning = page_of(services, page, A_PAGE, lambda to: OfferList(specialist_id=specialist.id, page=to))
    offers = {offer.service_id: offer for offer in specialist.services}
    rows: list[Row] = []
    for service in shown:
        offer = offers.get(service.id)
        label = cards.ticked_label(service.name, on=offer is not None)
        row = [button_to(label, ToggleOffer(specialist_id=specialist.id, service_id=service.id, page=page))]
        if offer is not None:
            terms = OfferTerms(specialist_id=specialist.id, service_id=service.id)
            row.append(button_to(_terms_text(request, service, offer), terms))
        rows.append(row)
    if not services:
        rows.append([button_to(request.t.label("button-add-service"), AddService())])
    text = request.t.html("offers-ask" if services else "offers-none", name=specialist.name)
    return Screen(text, [*rows, turning, [done]])


def own_terms(service: Service, offer: Offer) -> Service:
    """Return the service at the offer's own price and length, where it has some."""
    minutes = offer.duration_min or service.duration_min
    if offer.price is None:
        return replace(service, price_from=service.own_price_from, duration_min=minutes)
    return replace(service, price=offer.price, price_from=offer.price_from, duration_min=minutes)


def _terms_text(request: Request, service: Service, offer: Offer) -> str:
    """Return `1 500 ₽ · 45 min`."""
    own = own_terms(service, offer)
    texts = (
        cards.price_text(request, own.price, own.currency, at_least=own.price_from),
        request.times.span(own.duration_min),
    )
    return " · ".join(text for text in texts if text)


@router.press(ToggleOffer)
async def toggle_offer(request: Request, callback: ToggleOffer) -> Screen:
    """Add a service to what the specialist does, or take it out; where bookings ahead have it, ask first."""
    card = await request.api.get_specialist_card(callback.specialist_id)
    specialist, page, mode = card.specialist, callback.page, callback.mode
    offers = [offer for offer in specialist.services if offer.service_id != callback.service_id]
    if len(offers) == len(specialist.services) and mode == Handling.ASK:
        offers.append(Offer(service_id=callback.service_id))
    changed = await change_or_ask(
        request,
        mode,
        lambda displacing: _save_offers(request, specialist.id, offers, displacing),
        lambda handling: ToggleOffer(specialist.id, callback.service_id, page=page, mode=handling),
        OfferList(specialist_id=specialist.id, page=page),
    )
    await pause_draft(request.state)
    if isinstance(changed, Screen):
        return changed
    return add_handled(request, mode, changed, _own_offers_screen(request, changed, card.services, page))


async def _save_offers(
    request: Request, specialist_id: int, offers: list[Offer], displacing: Displacing = KEEP
) -> ChangedSpecialist:
    change = UpdateSpecialist(services=offers)
    return await request.api.update_specialist(specialist_id, change, displacing, key=request.idempotency_key("offers"))


@router.press(OfferTerms)
async def show_offer_terms(request: Request, callback: OfferTerms) -> Screen:
    """Show the price and the length of one service by one specialist."""
    await pause_draft(request.state)
    card = await request.api.get_specialist_card(callback.specialist_id)
    return _terms_screen(request, card.specialist, card.services, callback.service_id)


def _terms_screen(request: Request, specialist: Specialist, services: list[Service], service_id: int) -> Screen:
    service = next((service for service in services if service.id == service_id), None)
    if service is None:  # taken off sale meanwhile
        return _own_offers_screen(request, specialist, services)
    t, ids = request.t, (specialist.id, service_id)
    terms = _terms_text(request, service, _find_offer(specialist, service_id))
    rows: list[Row] = [
        [
            button_to(t.label("button-price"), AskOfferTerms(*ids, field=Term.PRICE)),
            button_to(t.label("button-duration"), AskOfferTerms(*ids, field=Term.DURATION)),
        ],
        [button_to(t.label("button-usual-terms"), SetOfferTerms(*ids, field=Term.USUAL, value=0))],
        [button_to(t.label("button-back"), OfferList(specialist_id=specialist.id))],
    ]
    return Screen(t.html("own-terms", name=specialist.name, service=service.name, terms=terms), rows)


def _find_offer(specialist: Specialist, service_id: int) -> Offer:
    """Return the specialist's offer of the service, on the usual terms where they do not do it."""
    offers = (offer for offer in specialist.services if offer.service_id == service_id)
    return next(offers, Offer(service_id=service_id))


@router.press(AskOfferTerms)
async def ask_offer_terms(request: Request, callback: AskOfferTerms) -> Screen:
    """Ask for another price or length."""
    draft = OfferDraft(specialist_id=callback.specialist_id, service_id=callback.service_id)
    return await _ask_term(request, draft, Term(min(callback.field, Term.DURATION)))


async def _ask_term(request: Request, draft: OfferDraft, term: Term) -> Screen:
    specialist = await request.api.get_specialist(draft.specialist_id)
    ids = (draft.specialist_id, draft.service_id)
    field, step = (DURATION, OfferForm.duration) if term is Term.DURATION else (PRICE, OfferForm.price)
    presets = [
        button_to(field.preset_label(request, value), SetOfferTerms(*ids, field=term, value=value))
        for value in field.presets(request)
    ]
    question = request.t.html(field.question, name=one_line(specialist.name))
    back = button_to(request.t.label("button-back"), OfferTerms(*ids))
    return await ask_for_text(request, step, question, back, button_grid(presets, 3), draft=draft)


@router.message(StateFilter(OfferForm.price))
async def take_offer_price(message: Message, request: Request) -> Screen:
    """Set the price that has been typed."""
    draft = await load_draft(request.state, OfferDraft)
    price = typed_values.read_price_terms(message.text or "")
    if price is None:
        return add_above(request.t.html("not-read"), await _ask_term(request, draft, Term.PRICE))
    await drop_draft(request.state)
    return await _change_offer(request, draft.specialist_id, draft.service_id, price=price)


@router.message(StateFilter(OfferForm.duration))
async def take_offer_duration(message: Message, request: Request) -> Screen:
    """Set the length that has been typed."""
    draft = await load_draft(request.state, OfferDraft)
    minutes = typed_values.read_minutes(message.text or "")
    if not minutes:
        return add_above(request.t.html("not-read"), await _ask_term(request, draft, Term.DURATION))
    await drop_draft(request.state)
    return await _change_offer(request, draft.specialist_id, draft.service_id, minutes=minutes)


@router.press(SetOfferTerms)
async def set_offer_terms(request: Request, callback: SetOfferTerms) -> Screen:
    """Set the price or the length that has been tapped, or take both back."""
    ids = (callback.specialist_id, callback.service_id)
    if callback.field == Term.PRICE:
        price = typed_values.PriceTerms(format_price(callback.value), at_least=False)
        return await _change_offer(request, *ids, price=price)
    if callback.field == Term.DURATION:
        return await _change_offer(request, *ids, minutes=clamp_minutes(callback.value))
    return await _change_offer(request, *ids)


async def _change_offer(
    request: Request,
    specialist_id: int,
    service_id: int,
    *,
    price: typed_values.PriceTerms | None = None,
    minutes: int | None = None,
) -> Screen:
    """Save another price or length, or with neither the service's own ones; an offer that was not there is added."""
    card = await request.api.get_specialist_card(specialist_id)
    offers = [offer for offer in card.specialist.services if offer.service_id != service_id]
    offer = Offer(service_id=service_id)
    if price is not None or minutes is not None:
        old = _find_offer(card.specialist, service_id)
        offer = replace(old, duration_min=minutes or old.duration_min)
        if price is not None:
            offer = replace(offer, price=price.amount, price_from=price.at_least)
    changed = await _save_offers(request, specialist_id, [*offers, offer])
    await pause_draft(request.state)
    screen = _terms_screen(request, changed, card.services, service_id)._replace(toast=request.t.label("saved"))
    if changed.affected:
        return add_above(request.t.html("keep-old-terms", count=len(changed.affected)), screen)
    return screen
