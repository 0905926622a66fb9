"""The menu of everything that an admin can manage, and the row that leads to it."""

from bot.admin.callbacks.bookings import AdminToday, BookingList
from bot.admin.callbacks.broadcasts import BroadcastList
from bot.admin.callbacks.business import (
    AuditLog,
    Exports,
    FiguresReport,
    FirstSteps,
    ManageMenu,
    PolicyList,
    ShareLink,
)
from bot.admin.callbacks.catalog import AdminServices, RoomList
from bot.admin.callbacks.clients import ClientList
from bot.admin.callbacks.staff import ClosureList, Schedules, StaffList
from bot.client.callbacks import ClientHome, LanguageChoice
from bot.fsm import pause_draft
from bot.request import Request, RoleLost
from bot.router import Router
from bot.specialist.callbacks import NoticeSettings
from bot.ui.callbacks import Callback, Home
from bot.ui.keyboards import Row, Screen, button_grid, button_to

# Two a row, in the order in which an owner needs them.
_MENU: tuple[tuple[str, Callback], ...] = (
    ("button-bookings", BookingList()),
    ("button-clients", ClientList()),
    ("button-services", AdminServices()),
    ("button-staff", StaffList()),
    ("button-schedules", Schedules()),
    ("button-closures", ClosureList()),
    ("button-figures", FiguresReport()),
    ("button-broadcast", BroadcastList()),
    ("button-exports", Exports()),
    ("button-rooms", RoomList()),
    ("button-policies", PolicyList()),
    ("button-share-link", ShareLink()),
    ("button-audit", AuditLog()),
    ("button-notices", NoticeSettings()),
    ("button-language", LanguageChoice()),
    ("button-first-steps", FirstSteps()),
)

router = Router(for_staff=True)


@router.press(ManageMenu)
async def show_menu(request: Request, _: ManageMenu) -> Screen:
    """Show everything that can be managed. Raises RoleLost for somebody who is no admin any more."""
    person = await request.api.get_me()
    if "admin" not in person.roles:
        raise RoleLost
    # what is typed from here on is not the name that the first steps ask for
    await pause_draft(request.state)
    buttons = [button_to(request.t.label(key), callback) for key, callback in _MENU]
    last: Row = [
        button_to(request.t.label("button-as-client"), ClientHome()),
        button_to(request.t.label("button-my-day"), AdminToday()),
    ]
    return Screen(request.t.html("manage", business=request.tenant.name), [*button_grid(buttons, 2), last])


def manage_row(request: Request) -> Row:
    """Return the row below admin screens that have no nearer way back."""
    return [
        button_to(request.t.label("button-manage"), ManageMenu()),
        button_to(request.t.label("button-home"), Home()),
    ]
