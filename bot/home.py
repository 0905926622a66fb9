"""Where everybody starts: an admin at the first steps or the day, a specialist at theirs, clients at the client's."""

from bot.admin.opening import admin_home_screen
from bot.client.home import client_home_screen
from bot.fsm import pause_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.day import specialist_agenda_screen
from bot.specialist.tasks import add_tasks
from bot.ui.callbacks import Home
from bot.ui.keyboards import Screen

router = Router()


async def home_screen(request: Request) -> Screen:
    """Return the screen of /start, by role. The backend decides again at every call what the role may do."""
    if request.is_admin:
        return await admin_home_screen(request)
    if request.is_specialist and request.person.specialist_id is not None:
        home = await request.api.get_home("specialist")
        assert home.agenda is not None, "a specialist's home has an agenda"
        return add_tasks(request, specialist_agenda_screen(request, home.agenda), home.tasks)
    return await client_home_screen(request)


@router.press(Home)
async def show_home(request: Request, _: Home) -> Screen:
    """Go to where the person's role starts; nothing that was asked of staff is waited for any more."""
    if request.is_admin or request.is_specialist:
        await pause_draft(request.state)
    return await home_screen(request)
