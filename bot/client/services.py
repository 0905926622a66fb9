"""Everything that can be booked: page by page, by category, or looked for by a word."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.contract.catalog import Service
from bot.client.callbacks import CategoryServices, ClientHome, FindService, ServiceList
from bot.client.home import opening_soon_screen, service_button
from bot.fsm import keep_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import ask_for_text
from bot.ui.service_search import MANY, Category, find_services, list_categories
from bot.ui.text import one_line

A_PAGE = 8

router = Router()


class FindServiceForm(StatesGroup):
    """What is typed to find a service."""

    query = State()


@router.press(ServiceList)
async def show_services(request: Request, callback: ServiceList) -> Screen:
    """Show every service, eight a page, or their categories where they are more than a page."""
    await pause_draft(request.state)
    return _services_screen(request, (await request.api.list_services()).items, callback.page)


def _services_screen(request: Request, services: list[Service], page: int = 0) -> Screen:
    if not services:
        return opening_soon_screen(request)
    categories = list_categories(services) if len(services) > A_PAGE else []
    rows: list[Row]
    if categories:
        shown, turning = page_of(list(enumerate(categories)), page, A_PAGE, lambda to: ServiceList(page=to))
        rows = [
            [button_to(_category_label(request, category), CategoryServices(category=place, page=0))]
            for place, category in shown
        ]
    else:
        on_page, turning = page_of(services, page, A_PAGE, lambda to: ServiceList(page=to))
        rows = [[service_button(request, service)] for service in on_page]
    return Screen(request.t.html("all-services"), [*rows, turning, *_last_rows(request, services)])


def _category_label(request: Request, category: Category) -> str:
    name = _category_name(request, category)
    return request.t.label("label-category", category=cuttable_name(one_line(name)), count=len(category.services))


def _category_name(request: Request, category: Category) -> str:
    return category.name or request.t.label("category-other")


def _last_rows(request: Request, services: list[Service]) -> list[Row]:
    home = button_to(request.t.label("button-home"), ClientHome())
    if len(services) < MANY:
        return [[home]]
    return [[button_to(request.t.label("button-find-service"), FindService()), home]]


@router.press(CategoryServices)
async def show_category(request: Request, callback: CategoryServices) -> Screen:
    """Show the services of one category, eight a page."""
    services = (await request.api.list_services()).items
    categories = list_categories(services)
    if callback.category >= len(categories):
        return _services_screen(request, services)
    category = categories[callback.category]
    shown, turning = page_of(
        category.services, callback.page, A_PAGE, lambda to: CategoryServices(category=callback.category, page=to)
    )
    rows: list[Row] = [[service_button(request, service)] for service in shown]
    title = request.t.html("category-title", category=_category_name(request, category))
    back = button_to(request.t.label("button-back"), ServiceList())
    return Screen(title, [*rows, turning, [back, button_to(request.t.label("button-home"), ClientHome())]])


@router.press(FindService)
async def ask_for_service(request: Request, _: FindService) -> Screen:
    """Ask what to look for."""
    back = button_to(request.t.label("button-back"), ServiceList())
    return await ask_for_text(request, FindServiceForm.query, request.t.html("find-service-ask"), back)


@router.message(StateFilter(FindServiceForm.query))
async def find_service(message: Message, request: Request) -> Screen:
    """Show the services that were found; the next text is looked for as well."""
    query = one_line(message.text or "")
    found = find_services((await request.api.list_services()).items, query)
    await keep_draft(request.state, None, FindServiceForm.query)
    rows: list[Row] = [[service_button(request, service)] for service in found[:A_PAGE]]
    key = "find-service-none" if not found else "find-service-more" if len(found) > A_PAGE else "find-service-found"
    text = request.t.html(key, query=query, count=len(found), shown=A_PAGE)
    return Screen(text, [*rows, [button_to(request.t.label("button-back"), ServiceList())]])
