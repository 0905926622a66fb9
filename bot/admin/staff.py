"""Staff: the specialists and the admins, a new specialist, the card of one."""

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.catalog import Specialist, UpdateSpecialist
from backend.contract.errors import Code
from backend.contract.overviews import SpecialistCard as SpecialistDetails
from backend.contract.people import StaffMember
from bot.admin.callbacks.business import AuditLog
from bot.admin.callbacks.staff import (
    AddSpecialist,
    AdminCard,
    AskRemoveSpecialist,
    AskRevokeRole,
    EditSpecialist,
    Invite,
    OfferList,
    RemoveSpecialist,
    SpecialistCard,
    StaffList,
    ThisIsMe,
    WorkAlone,
)
from bot.admin.menu import manage_row
from bot.admin.offers import own_terms
from bot.admin.opening import bot_link
from bot.fsm import Draft, drop_draft, load_draft, pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.affected_bookings import (
    PREVIEW,
    PREVIEW_KEY,
    add_handled,
    affected_lines,
    choose_handling,
    handling_rows,
)
from bot.specialist.callbacks import DaysOff, SpecialDates, WeekHours
from bot.specialist.week_hours import hours_lines
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.prompts import add_above, ask_for_text, more_lines
from bot.ui.text import clean_text, escape, one_line, visible_name

A_PAGE = 20
SERVICES_SHOWN = 20
DESCRIPTION_MAX = 1000
# `EditSpecialist.field` of the description; 0 is the name.
DESCRIPTION_FIELD = 1

router = Router(for_staff=True)


class SpecialistForm(StatesGroup):
    """What is typed about a specialist."""

    name = State()
    description = State()


class SpecialistDraft(Draft):
    """The specialist that it is typed about."""

    specialist_id: int


@router.press(StaffList)
async def show_staff(request: Request, callback: StaffList) -> Screen:
    """Show the staff, page by page."""
    return await staff_screen(request, callback.page)


async def staff_screen(request: Request, page: int = 0) -> Screen:
    """Return the specialists in the business's order, then the admins."""
    await pause_draft(request.state)
    staff = await request.api.list_staff()
    t = request.t
    rows: list[Row] = [
        [button_to(_specialist_label(request, specialist), SpecialistCard(specialist_id=specialist.id))]
        for specialist in staff.specialists
    ]
    admins = [member for member in staff.items if "admin" in member.roles]
    rows += [
        [
            button_to(
                t.label("label-admin", name=admin.name or str(admin.person_id)),
                AdminCard(person_id=admin.person_id),
            )
        ]
        for admin in admins
    ]
    shown, turning = page_of(rows, page, A_PAGE, lambda to: StaffList(page=to))
    rows = [
        *shown,
        turning,
        [button_to(t.label("button-add-specialist"), AddSpecialist(), style="primary")],
        [] if staff.specialists else [button_to(t.label("button-work-alone"), WorkAlone())],
        [button_to(t.label("button-invite-admin"), Invite(admin=True, specialist_id=0))],
        manage_row(request),
    ]
    return Screen(t.html("staff-title" if staff.specialists else "staff-none"), rows)


def _specialist_label(request: Request, specialist: Specialist) -> str:
    if specialist.has_account:
        return specialist.name
    return request.t.label("label-no-account", name=one_line(specialist.name, 40))


@router.press(SpecialistCard)
async def show_specialist(request: Request, callback: SpecialistCard) -> Screen:
    """Show one specialist."""
    return await specialist_card(request, callback.specialist_id)


async def specialist_card(request: Request, specialist_id: int) -> Screen:
    """Return a specialist's card as the backend has it."""
    await pause_draft(request.state)
    return await _specialist_screen(request, await request.api.get_specialist_card(specialist_id))


async def _specialist_screen(request: Request, card: SpecialistDetails) -> Screen:
    """Return what a specialist does, when they work, and which account acts for them."""
    t, specialist, account = request.t, card.specialist, card.account
    offers = {offer.service_id: offer for offer in specialist.services}
    own = [own_terms(service, offers[service.id]) for service in card.services if service.id in offers]
    lines = [f"<b>{escape(one_line(specialist.name))}</b>"]
    if specialist.description:
        lines.append(escape(clean_text(specialist.description, 600)))
    lines += ["", *(escape(cards.service_label(request, service)) for service in own[:SERVICES_SHOWN])]
    lines += more_lines(request, len(own) - SERVICES_SHOWN)
    if not offers:
        lines.append(t.html("specialist-idle"))
    lines += ["", *hours_lines(request, card.hours), ""]
    if account is None:
        lines.append(t.html("account-none"))
    else:
        lines.append(t.html("account-of", name=account.name or str(account.tg_id)))
    return Screen("\n".join(lines), await _specialist_rows(request, specialist.id, account))


async def _specialist_rows(request: Request, specialist_id: int, account: StaffMember | None) -> list[Row]:
    label = request.t.label
    link = await bot_link(request, f"p_{specialist_id}")
    description = EditSpecialist(specialist_id=specialist_id, field=DESCRIPTION_FIELD)
    return [
        [
            button_to(label("button-their-services"), OfferList(specialist_id=specialist_id)),
            button_to(label("button-hours"), WeekHours(specialist_id=specialist_id)),
        ],
        [
            button_to(label("button-dates"), SpecialDates(specialist_id=specialist_id)),
            button_to(label("button-day-off"), DaysOff(specialist_id=specialist_id)),
        ],
        [
            button_to(label("button-person-name"), EditSpecialist(specialist_id=specialist_id, field=0)),
            button_to(label("button-description"), description),
        ],
        _account_row(request, specialist_id, account),
        [
            Button(label("button-copy-link"), copy=link),
            button_to(label("button-audit"), AuditLog.only("specialist", specialist_id)),
        ],
        [
            button_to(label("button-remove"), AskRemoveSpecialist(specialist_id=specialist_id), style="danger"),
            button_to(label("button-back"), StaffList()),
        ],
        manage_row(request),
    ]


def _account_row(request: Request, specialist_id: int, account: StaffMember | None) -> Row:
    """Return how to invite, or to take the access away; an admin without a calendar may take this one."""
    if account is not None:
        revoke = AskRevokeRole(admin=False, person_id=account.person_id)
        return [button_to(request.t.label("button-revoke"), revoke, style="danger")]
    row = [button_to(request.t.label("button-invite"), Invite(admin=False, specialist_id=specialist_id))]
    if request.person.specialist_id is None:
        row.append(button_to(request.t.label("button-me"), ThisIsMe(specialist_id=specialist_id)))
    return row


@router.press(EditSpecialist)
async def edit_specialist(request: Request, callback: EditSpecialist) -> Screen:
    """Ask for another name or description."""
    step = SpecialistForm.description if callback.field else SpecialistForm.name
    return await _ask_specialist_text(request, callback.specialist_id, step)


async def _ask_specialist_text(request: Request, specialist_id: int, step: State) -> Screen:
    specialist = await request.api.get_specialist(specialist_id)
    key = "ask-description" if step is SpecialistForm.description else "ask-specialist-name"
    back = button_to(request.t.label("button-back"), SpecialistCard(specialist_id=specialist_id))
    question = request.t.html(key, name=specialist.name)
    return await ask_for_text(request, step, question, back, draft=SpecialistDraft(specialist_id=specialist_id))


@router.message(StateFilter(SpecialistForm.name))
async def take_specialist_name(message: Message, request: Request) -> Screen:
    """Rename a specialist."""
    specialist_id = (await load_draft(request.state, SpecialistDraft)).specialist_id
    name = visible_name(message.text or "")
    if not name:
        screen = await _ask_specialist_text(request, specialist_id, SpecialistForm.name)
        return add_above(request.t.html("not-read"), screen)
    try:
        return await _change_specialist(request, specialist_id, UpdateSpecialist(name=name))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        screen = await _ask_specialist_text(request, specialist_id, SpecialistForm.name)
        return add_above(request.t.html("name-taken"), screen)


@router.message(StateFilter(SpecialistForm.description))
async def take_specialist_description(message: Message, request: Request) -> Screen:
    """Describe a specialist."""
    specialist_id = (await load_draft(request.state, SpecialistDraft)).specialist_id
    description = clean_text(message.text or "", DESCRIPTION_MAX)
    if not description:
        screen = await _ask_specialist_text(request, specialist_id, SpecialistForm.description)
        return add_above(request.t.html("not-read"), screen)
    return await _change_specialist(request, specialist_id, UpdateSpecialist(description=description))


async def _change_specialist(request: Request, specialist_id: int, change: UpdateSpecialist) -> Screen:
    key = request.idempotency_key("specialist")
    await request.api.update_specialist(specialist_id, change, key=key)
    await drop_draft(request.state)
    return (await specialist_card(request, specialist_id))._replace(toast=request.t.label("saved"))


@router.press(AskRemoveSpecialist)
async def ask_remove_specialist(request: Request, callback: AskRemoveSpecialist) -> Screen:
    """Ask before a specialist is removed."""
    return await _remove_screen(request, callback.specialist_id)


async def _remove_screen(request: Request, specialist_id: int) -> Screen:
    """Return the question, with the specialist's bookings ahead and what may become of them."""
    try:
        removed = await request.api.remove_specialist(specialist_id, PREVIEW, key=PREVIEW_KEY)
        name = (await request.api.get_specialist(specialist_id)).name
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await staff_screen(request)  # removed meanwhile
    lines: list[str] = [request.t.html("remove-ask", name=name)]
    yes = RemoveSpecialist(specialist_id=specialist_id)
    rows: list[Row] = [[button_to(request.t.label("button-yes-remove"), yes, style="danger")]]
    if removed.displaced:
        lines += ["", *affected_lines(request, removed.displaced)]
        rows = handling_rows(request, lambda handling: RemoveSpecialist(specialist_id=specialist_id, mode=handling))
    rows.append([button_to(request.t.label("button-back"), SpecialistCard(specialist_id=specialist_id))])
    return Screen("\n".join(lines), rows)


@router.press(RemoveSpecialist)
async def remove_specialist(request: Request, callback: RemoveSpecialist) -> Screen:
    """Remove a specialist with the role of their account and handle the bookings ahead; past ones still name them."""
    key, mode = request.idempotency_key("remove"), callback.mode
    removed = await request.api.remove_specialist(callback.specialist_id, choose_handling(mode), key=key)
    screen = add_handled(request, mode, removed, await staff_screen(request))
    return screen._replace(toast=request.t.label("saved"))
