"""Where everybody starts: an admin at the first steps or the day, a specialist at theirs, clients at the client's."""

from bot.request import Turn
from bot.ui.callbacks import route
from bot.ui.keyboards import Screen


@route("home")
async def home(turn: Turn) -> Screen:
    """The screen of /start, by role; the backend decides again at every request what the role may do."""
    from bot.admin.home import admin_home
    from bot.client.home import client_home
    from bot.specialist.day import today as specialist_today

    if turn.is_admin:
        return await admin_home(turn)
    if turn.is_specialist and turn.person.specialist_id is not None:
        return await specialist_today(turn)
    return await client_home(turn)


@route("-")
async def nothing(turn: Turn) -> Screen | None:  # noqa: ARG001  every route takes the turn
    """A button that only fills a place in a grid."""
    return None
