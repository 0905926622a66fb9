"""Looking for a service by a word: to open its card, or to book it for a client."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.contract.catalog import Service
from bot.admin.booking_plan import bookable_services
from bot.admin.callbacks.bookings import BookForServices, BookForTimes, FindServiceToBook
from bot.admin.callbacks.catalog import AdminServices, FindServiceCard, ServiceCard
from bot.fsm import Draft, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import ask_for_text
from bot.ui.service_search import find_services
from bot.ui.text import one_line

SHOWN = 10

router = Router(for_staff=True)


class ServiceSearchForm(StatesGroup):
    """What is typed to find a service."""

    query = State()


class ServiceSearchDraft(Draft):
    """What is done with the service: booked for the client (0: not yet known), or its card opened (None)."""

    client_id: int | None = None

    def take(self, service: Service) -> Callback:
        """Return the button that goes on with the service."""
        if self.client_id is None:
            return ServiceCard(service_id=service.id)
        return BookForTimes(subject=(self.client_id, service.id), specialist_id=0)

    def back(self) -> Callback:
        """Return the button to the list."""
        return AdminServices() if self.client_id is None else BookForServices(client_id=self.client_id)


@router.press(FindServiceCard)
async def ask_for_service_card(request: Request, _: FindServiceCard) -> Screen:
    """Ask what to look for, to open its card."""
    return await _ask(request, ServiceSearchDraft())


@router.press(FindServiceToBook)
async def ask_for_service_to_book(request: Request, callback: FindServiceToBook) -> Screen:
    """Ask what to look for, to book it."""
    return await _ask(request, ServiceSearchDraft(client_id=callback.client_id))


async def _ask(request: Request, draft: ServiceSearchDraft) -> Screen:
    back = button_to(request.t.label("button-back"), draft.back())
    return await ask_for_text(request, ServiceSearchForm.query, request.t.html("find-service-ask"), back, draft=draft)


@router.message(StateFilter(ServiceSearchForm.query))
async def find_services_typed(message: Message, request: Request) -> Screen:
    """Show the services that were found; the next text is looked for as well."""
    draft = await load_draft(request.state, ServiceSearchDraft)
    query = one_line(message.text or "")
    services = (await request.api.list_services()).items
    found = find_services(services if draft.client_id is None else bookable_services(request, services), query)
    await keep_draft(request.state, draft, ServiceSearchForm.query)
    rows: list[Row] = [
        [button_to(cards.service_label(request, service), draft.take(service))] for service in found[:SHOWN]
    ]
    key = "find-service-none" if not found else "find-service-more" if len(found) > SHOWN else "find-service-found"
    text = request.t.html(key, query=query, count=len(found), shown=SHOWN)
    return Screen(text, [*rows, [button_to(request.t.label("button-back"), draft.back())]])
