"""The commands: what always works, and a screen for each of the others that the person's role has."""

from collections.abc import Callable

from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import Message

from bot.admin.callbacks.bookings import AdminDay, BookingList
from bot.admin.callbacks.business import ManageMenu
from bot.admin.callbacks.clients import ClientList
from bot.client.callbacks import MyBookings, ServiceList
from bot.client.codes import codes_screen
from bot.client.links import follow_link
from bot.command_menu import role_commands
from bot.fsm import pause_draft
from bot.home import home_screen
from bot.request import Request
from bot.router import Presses, Router
from bot.specialist.callbacks import DaysOff, SpecialistDay, StaffWeek, WeekHours
from bot.ui.callbacks import Callback, Home
from bot.ui.keyboards import Screen, button_to
from bot.ui.prompts import add_above

# Included first: a command is taken at every step of a dialog.
router = Router()


def _today(request: Request) -> Callback:
    day = request.times.today.toordinal()
    return AdminDay(day=day) if request.is_admin else SpecialistDay(day=day)


# What each command opens; which of them somebody has is up to `role_commands`.
SCREENS: dict[str, Callable[[Request], Callback]] = {
    "book": lambda _: ServiceList(),
    "mybookings": lambda _: MyBookings(past=False, page=0),
    "today": _today,
    "week": lambda request: StaffWeek(day=request.times.today.toordinal()),
    "hours": lambda request: WeekHours(specialist_id=request.person.specialist_id or 0),
    "dayoff": lambda request: DaysOff(specialist_id=request.person.specialist_id or 0),
    "manage": lambda _: ManageMenu(),
    "bookings": lambda _: BookingList(),
    "clients": lambda _: ClientList(),
}
# What people typed before its name changed; apps keep a chat's commands for a while.
FORMER_NAMES = {"visits": "mybookings"}


# `ignore_mention`: in a private chat every command is meant for this bot, and asking for its name would be a call
@router.message(CommandStart(deep_link=True, ignore_case=True, ignore_mention=True))
async def start_with_link(_: Message, request: Request, command: CommandObject) -> Screen:
    """Follow the link that somebody came by."""
    return await follow_link(request, (command.args or "").strip())


@router.message(Command("start", "cancel", ignore_case=True, ignore_mention=True))
async def start(_: Message, request: Request) -> Screen:
    """Go home; a draft is kept for ten more minutes."""
    await pause_draft(request.state)
    return await home_screen(request)


@router.message(Command("help", ignore_case=True, ignore_mention=True))
async def show_help(_: Message, request: Request) -> Screen:
    """Say what the bot is for."""
    text = request.t.html("help", business=request.tenant.name)
    return Screen(text, [[button_to(request.t.label("button-home"), Home())]])


@router.message(Command("code", ignore_case=True, ignore_mention=True))
async def show_codes(_: Message, request: Request) -> Screen:
    """Show the codes for the booking page; in no menu, since the page tells of it where it is needed."""
    return await codes_screen(request)


@router.message(Command(*SCREENS, *FORMER_NAMES, ignore_case=True, ignore_mention=True))
async def open_screen(_: Message, request: Request, command: CommandObject, presses: Presses) -> Screen | None:
    """Open the command's screen, as a press on a button that leads there would."""
    typed = command.command.lower()
    name = FORMER_NAMES.get(typed, typed)
    if name not in role_commands(request):
        return add_above(request.t.html("use-buttons"), await home_screen(request))
    return await presses.open(request, SCREENS[name](request))
