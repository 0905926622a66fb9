"""Of what staff want to be told: their own choice, counting from the next message."""

from typing import get_args

from backend.contract.people import StaffNotices, UpdateMe
from bot.old_way import old_go, old_route
from bot.request import Request, RoleLost
from bot.ui.keyboards import Row, Screen

# A button carries the place in the contract's list.
_CHOICES: tuple[StaffNotices, ...] = get_args(StaffNotices)
_LABELS: dict[StaffNotices, str] = {"all": "notices-all", "changes": "notices-changes", "none": "notices-none"}


@old_route("s.told")
async def notices(request: Request) -> Screen:
    """The choices, the present one marked."""
    person = await request.api.get_me()
    if not {"specialist", "admin"} & set(person.roles):
        raise RoleLost
    return _screen(request, person.staff_notices)


def _screen(request: Request, chosen: StaffNotices) -> Screen:
    rows: list[Row] = [
        [old_go(f"{'✓' if one == chosen else '▫'} {request.t.label(_LABELS[one])}", "s.tell", place)]
        for place, one in enumerate(_CHOICES)
    ]
    return Screen(request.t.html("notices-ask"), [*rows, [old_go(request.t.label("button-back"), "home")]])


@old_route("s.tell")
async def choose(request: Request, place: int) -> Screen:
    """Chosen."""
    chosen = _CHOICES[min(place, len(_CHOICES) - 1)]
    person = await request.api.update_me(UpdateMe(staff_notices=chosen), key=request.idempotency_key("notices"))
    return _screen(request, person.staff_notices)._replace(toast=request.t.label("saved"))
