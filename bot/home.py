"""Where everybody starts: an admin at the first steps or the day, a specialist at theirs, clients at the client's."""

from bot.request import Request
from bot.ui.callbacks import route
from bot.ui.keyboards import Screen


@route("home")
async def home(request: Request) -> Screen:
    """The screen of /start, by role; the backend decides again at every request what the role may do."""
    from bot.admin.home import admin_home
    from bot.client.home import client_home
    from bot.specialist.day import today as specialist_today

    if request.is_admin:
        return await admin_home(request)
    if request.is_specialist and request.person.specialist_id is not None:
        return await specialist_today(request)
    return await client_home(request)


@route("-")
async def nothing(request: Request) -> Screen | None:  # noqa: ARG001  every route takes the request
    """A button that only fills a place in a grid."""
    return None
