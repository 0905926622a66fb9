"""From an empty bot to the first client: the first steps, then the link to share. Where an admin starts, by how far it is."""

from io import BytesIO
from urllib.parse import quote_plus

import segno

from backend.contract.tenancy import Tenant
from bot.admin.callbacks.bookings import AdminToday
from bot.admin.callbacks.business import AskAddress, AskBusinessPhone, FirstSteps, ManageMenu, QrCode, ShareLink
from bot.admin.callbacks.catalog import AddService, ServiceField
from bot.admin.callbacks.staff import AddSpecialist, Schedules
from bot.admin.day import agenda_screen
from bot.admin.menu import manage_row
from bot.admin.service_fields import STARTS_PLACE
from bot.admin.zone_change import zone_change_row
from bot.client.callbacks import ClientHome, LanguageChoice
from bot.request import Request
from bot.router import Router
from bot.specialist.tasks import add_tasks
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.text import one_line

# Field of the backend's checklist -> its words, and where it is done.
STEPS: dict[str, tuple[str, Callback]] = {
    "address": ("todo-address", AskAddress()),
    "services": ("todo-services", AddService()),
    "staff": ("todo-staff", AddSpecialist()),
    "hours": ("todo-hours", Schedules()),
    "test_booking": ("todo-test", ClientHome()),
    "shared": ("todo-share", ShareLink()),
}

router = Router(for_staff=True)


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
        screen = screen._replace(rows=[zone_change_row(request, home.tenant), *undecided, *screen.rows])
    else:
        screen = first_steps_screen(request, home.tenant)
    return add_tasks(request, screen, home.tasks)


def _decide(service_id: int) -> ServiceField:
    return ServiceField(service_id=service_id, field=STARTS_PLACE)


def is_open(tenant: Tenant) -> bool:
    """Return whether all first steps are done."""
    return _count_done(tenant) == len(STEPS)


def _count_done(tenant: Tenant) -> int:
    return sum(getattr(tenant.checklist, step) for step in STEPS)


@router.press(FirstSteps)
async def show_first_steps(request: Request, _: FirstSteps) -> Screen:
    """Show the first steps, also when all of them are done."""
    return first_steps_screen(request, await request.api.get_tenant())


def first_steps_screen(request: Request, tenant: Tenant) -> Screen:
    """Return `Ready to open: 3 of 6`, what is done and what is not; a button for each open step, the next one first."""
    lines = [request.t.html("ready", business=tenant.name, done=_count_done(tenant), all=len(STEPS)), ""]
    rows: list[Row] = []
    for key, callback, done in _steps_of(tenant):
        lines.append(f"{'✓' if done else '▫'} {request.t.html(key)}")
        if not done:
            rows.append([button_to(request.t.label(key), callback, style=None if rows else "primary")])
    lines += ["", request.t.html("zone-fixed", zone=request.times.zone_name())]
    rows.append(
        [
            button_to(request.t.label("button-manage"), ManageMenu()),
            button_to(request.t.label("button-my-day"), AdminToday()),
        ]
    )
    rows.append([button_to(request.t.label("button-language"), LanguageChoice())])
    return Screen("\n".join(lines), rows)


def _steps_of(tenant: Tenant) -> list[tuple[str, Callback, bool]]:
    """Return the words of each step, where it is done, and whether it is; after the address the telephone is asked for.

    That one is not counted: a business may open without it, but nobody can call it then."""
    steps = [(key, callback, getattr(tenant.checklist, step)) for step, (key, callback) in STEPS.items()]
    return [steps[0], ("todo-phone", AskBusinessPhone(), bool(tenant.phone)), *steps[1:]]


async def bot_link(request: Request, payload: str = "") -> str:
    """Return `https://t.me/<bot>?start=<payload>`."""
    link = f"https://t.me/{await request.session.username(request.bot)}"
    return f"{link}?start={payload}" if payload else link


@router.press(ShareLink)
async def show_link(request: Request, _: ShareLink) -> Screen:
    """Show the link to copy and to send on. Seeing it is the last of the first steps."""
    await request.api.mark_shared(key=request.idempotency_key("shared"))
    link = await bot_link(request)
    send = f"https://t.me/share/url?url={quote_plus(link)}"
    rows: list[Row] = [
        [Button(request.t.label("button-copy-link"), copy=link), Button(request.t.label("button-send-link"), url=send)],
        [button_to(request.t.label("button-qr"), QrCode(), style="primary")],
        manage_row(request),
    ]
    return Screen(request.t.html("share", link=link), rows)


@router.press(QrCode)
async def send_qr_code(request: Request, _: QrCode) -> None:
    """Send the link as a picture that is big enough to print on a card."""
    link = await bot_link(request)
    picture = BytesIO()
    segno.make(link, error="m").save(picture, kind="png", scale=16, border=4)
    caption = request.t.label("qr-caption", business=request.tenant.name, link=link)
    await request.call_telegram("sendPhoto", {"caption": caption}, {"photo": ("qr.png", picture.getvalue())})
