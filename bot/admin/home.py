"""Where an admin starts: the first steps until they are done, then the day; and the menu of everything to manage."""

from bot.admin import checklist
from bot.admin.day import today
from bot.old_way import old_go, old_route
from bot.request import Request, RoleLost
from bot.ui.keyboards import Row, Screen

# Two a row, in the order in which an owner needs them.
_MENU = (
    ("a.bks", "button-bookings"),
    ("a.cls", "button-clients"),
    ("a.svs", "button-services"),
    ("a.sts", "button-staff"),
    ("a.sch", "button-schedules"),
    ("a.clo", "button-closures"),
    ("a.fig", "button-figures"),
    ("a.bc", "button-broadcast"),
    ("a.exp", "button-exports"),
    ("a.rms", "button-rooms"),
    ("a.pol", "button-policies"),
    ("a.shr", "button-share-link"),
    ("a.aud", "button-audit"),
    ("s.told", "button-notices"),
    ("c.lang", "button-language"),
    ("a.todo", "button-first-steps"),
)


async def admin_home(request: Request) -> Screen:
    """The first-run checklist until it is done, then the day."""
    tenant = await request.api.get_tenant()
    if checklist.done_steps(tenant) < len(checklist.STEPS):
        return await checklist.screen(request, tenant)
    return await today(request)


def manage_row(request: Request) -> Row:
    """Below every admin screen that has no nearer way back."""
    return [old_go(request.t.label("button-manage"), "a.menu"), old_go(request.t.label("button-home"), "home")]


@old_route("a.menu")
async def menu(request: Request) -> Screen:
    """Everything that can be managed."""
    person = await request.api.get_me()
    if "admin" not in person.roles:
        raise RoleLost
    buttons = [old_go(request.t.label(key), name) for name, key in _MENU]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    last: Row = [
        old_go(request.t.label("button-as-client"), "c.home"),
        old_go(request.t.label("button-my-day"), "a.now"),
    ]
    return Screen(request.t.html("manage", business=request.tenant.name), [*rows, last])


@old_route("a.todo")
async def first_steps(request: Request) -> Screen:
    """The checklist, also when all of it is done."""
    return await checklist.screen(request, await request.api.get_tenant())


@old_route("a.now")
async def now(request: Request) -> Screen:
    """The day, whatever is left of the first steps."""
    return await today(request)
