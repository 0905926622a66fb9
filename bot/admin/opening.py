"""From an empty bot to the first client: the first steps, then the link to share. Where an admin starts, by how far it is."""

from io import BytesIO
from typing import NamedTuple
from urllib.parse import quote_plus

import msgspec
import segno
from aiogram.fsm.state import State, StatesGroup

from backend.contract.tenancy import Tenant
from bot.admin.bookings import waiting_requests
from bot.admin.callbacks.bookings import AdminToday
from bot.admin.callbacks.business import (
    AskAddress,
    AskBusinessPhone,
    AskCurrency,
    AskName,
    AskZone,
    FirstSteps,
    ManageMenu,
    QrCode,
    ShareLink,
)
from bot.admin.callbacks.catalog import AddService, ServiceField
from bot.admin.callbacks.staff import AddSpecialist, Schedules
from bot.admin.day import agenda_screen
from bot.admin.menu import manage_row
from bot.admin.service_fields import STARTS_PLACE
from bot.admin.zone_change import zone_change_row
from bot.client.callbacks import ClientHome, LanguageChoice
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.tasks import add_tasks
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.prompts import ask_for_text
from bot.ui.text import one_line

# Of the basics those that an admin says where the tenant's file leaves them out -> its words, and where it is done.
BASICS: dict[str, tuple[str, Callback]] = {
    "name": ("todo-name", AskName()),
    "timezone": ("todo-zone", AskZone()),
    "currency": ("todo-currency", AskCurrency()),
}
# Field of the backend's checklist -> its words, and where it is done.
STEPS: dict[str, tuple[str, Callback]] = {
    "address": ("todo-address", AskAddress()),
    "services": ("todo-services", AddService()),
    "staff": ("todo-staff", AddSpecialist()),
    "hours": ("todo-hours", Schedules()),
    "test_booking": ("todo-test", ClientHome()),
    "shared": ("todo-share", ShareLink(opening=True)),
}

router = Router(for_staff=True)


class Step(NamedTuple):
    """One of the first steps: its words, where it is done, and whether it is. What is not counted may be left out."""

    key: str
    callback: Callback
    done: bool
    counted: bool = True


class NameForm(StatesGroup):
    """What is typed at the very beginning, without a press."""

    name = State()


async def admin_home_screen(request: Request) -> Screen:
    """Return the first steps until they are done, then the day."""
    home = await request.api.get_home("admin")
    assert home.agenda is not None, "an admin's home has an agenda"
    if is_open(home.tenant):
        screen = agenda_screen(request, home.agenda)
        undecided = [
            [button_to(request.t.label("button-decide-starts", name=one_line(group.name, 30)), _decide(group.id))]
            for group in home.undecided_groups
        ]
        rows = [zone_change_row(request, home.tenant), _requests_row(request, home.pending), *undecided, *screen.rows]
        screen = screen._replace(rows=rows)
    else:
        screen = await first_steps_screen(request, home.tenant)
    return add_tasks(request, screen, home.tasks)


def _requests_row(request: Request, count: int) -> Row:
    """Return the way to the requests of whatever day that wait for an answer."""
    if not count:
        return []
    return [button_to(request.t.label("button-waiting", count=count), waiting_requests(), style="primary")]


def _decide(service_id: int) -> ServiceField:
    return ServiceField(service_id=service_id, field=STARTS_PLACE)


def is_open(tenant: Tenant) -> bool:
    """Return whether all first steps are done."""
    return all(step.done for step in list_steps(tenant) if step.counted)


def list_steps(tenant: Tenant) -> list[Step]:
    """Return the first steps in their order; after the address the telephone is asked for.

    That one is not counted: a business may open without it, but nobody can call it then."""
    sources = msgspec.structs.asdict(tenant.sources)
    basics = [Step(*BASICS[field], sources[field] != "default") for field in BASICS if sources[field] != "file"]
    steps = [Step(key, callback, getattr(tenant.checklist, field)) for field, (key, callback) in STEPS.items()]
    if sources["timezone"] != "file":
        steps[0] = steps[0]._replace(key="todo-address-alone")
    phone = Step("todo-phone", AskBusinessPhone(), bool(tenant.phone), counted=False)
    return [*basics, steps[0], phone, *steps[1:]]


@router.press(FirstSteps)
async def show_first_steps(request: Request, _: FirstSteps) -> Screen:
    """Show the first steps, also when all of them are done."""
    await pause_draft(request.state)
    return await first_steps_screen(request, await request.api.get_tenant())


async def first_steps_screen(request: Request, tenant: Tenant) -> Screen:
    """Return `Ready to open: 3 of 6`, what is done and what is not; a button for each open step, the next one first.

    A business without a name is asked for it here: what is typed is its name."""
    counted = [step for step in list_steps(tenant) if step.counted]
    done = sum(step.done for step in counted)
    lines = [request.t.html("ready", business=tenant.name, done=done, all=len(counted)), ""]
    rows: list[Row] = []
    for key, callback, is_done, _ in list_steps(tenant):
        lines.append(f"{'✓' if is_done else '▫'} {request.t.html(key)}")
        if not is_done:
            rows.append([button_to(request.t.label(key), callback, style=None if rows else "primary")])
    if tenant.sources.timezone != "default":
        key = "zone-fixed" if tenant.sources.timezone == "file" else "zone-line"
        lines += ["", request.t.html(key, zone=request.times.zone_name())]
    rows.append(
        [
            button_to(request.t.label("button-manage"), ManageMenu()),
            button_to(request.t.label("button-my-day"), AdminToday()),
        ]
    )
    language = button_to(request.t.label("button-language"), LanguageChoice())
    if tenant.sources.name != "default":
        return Screen("\n".join(lines), [*rows, [language]])
    lines += ["", request.t.html("ask-name")]
    return await ask_for_text(request, NameForm.name, "\n".join(lines), language, rows)


async def bot_link(request: Request, payload: str = "") -> str:
    """Return `https://t.me/<bot>?start=<payload>`."""
    link = f"https://t.me/{await request.session.username(request.bot)}"
    return f"{link}?start={payload}" if payload else link


@router.press(ShareLink)
async def show_link(request: Request, callback: ShareLink) -> Screen:
    """Show the link to copy and to send on, at the opening with its QR code. Seeing it is the last of the first steps."""
    tenant = await request.api.mark_shared(key=request.idempotency_key("shared"))
    link = await bot_link(request)
    send = f"https://t.me/share/url?url={quote_plus(link)}"
    rows: list[Row] = [
        [Button(request.t.label("button-copy-link"), copy=link), Button(request.t.label("button-send-link"), url=send)],
        [button_to(request.t.label("button-qr"), QrCode(), style="primary")],
        manage_row(request),
    ]
    if not (callback.opening and is_open(tenant)):
        return Screen(request.t.html("share", link=link), rows)
    await _send_qr_code(request, link)
    return Screen(request.t.html("now-open", business=tenant.name, link=link), rows)


@router.press(QrCode)
async def send_qr_code(request: Request, _: QrCode) -> None:
    """Send the link as a picture that is big enough to print on a card."""
    await _send_qr_code(request, await bot_link(request))


async def _send_qr_code(request: Request, link: str) -> None:
    picture = BytesIO()
    segno.make(link, error="m").save(picture, kind="png", scale=16, border=4)
    caption = request.t.label("qr-caption", business=request.tenant.name, link=link)
    await request.call_telegram("sendPhoto", {"caption": caption}, {"photo": ("qr.png", picture.getvalue())})
