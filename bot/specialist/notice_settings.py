"""Which notices staff want: their own choice, from the next one on."""

from typing import get_args

from backend.contract.people import StaffNotices, UpdateMe
from bot.request import Request, RoleLost
from bot.router import Router
from bot.specialist.callbacks import NoticeSettings, SetNotices
from bot.ui.callbacks import Home
from bot.ui.keyboards import Row, Screen, button_to

# A button carries the place in the contract's list.
_CHOICES: tuple[StaffNotices, ...] = get_args(StaffNotices)
_LABELS: dict[StaffNotices, str] = {"all": "notices-all", "changes": "notices-changes", "none": "notices-none"}

router = Router(for_staff=True)


@router.press(NoticeSettings)
async def show_notice_settings(request: Request, _: NoticeSettings) -> Screen:
    """Show the choices, the present one marked. Raises RoleLost for a person who is not staff any more."""
    person = await request.api.get_me()
    if not {"specialist", "admin"} & set(person.roles):
        raise RoleLost
    return _settings_screen(request, person.staff_notices)


def _settings_screen(request: Request, chosen: StaffNotices) -> Screen:
    rows: list[Row] = []
    for place, choice in enumerate(_CHOICES):
        label = f"{'✓' if choice == chosen else '▫'} {request.t.label(_LABELS[choice])}"
        rows.append([button_to(label, SetNotices(choice=place))])
    back = button_to(request.t.label("button-back"), Home())
    return Screen(request.t.html("notices-ask"), [*rows, [back]])


@router.press(SetNotices)
async def set_notices(request: Request, callback: SetNotices) -> Screen:
    """Save the choice."""
    choice = _CHOICES[min(callback.choice, len(_CHOICES) - 1)]
    person = await request.api.update_me(UpdateMe(staff_notices=choice), key=request.idempotency_key("notices"))
    return _settings_screen(request, person.staff_notices)._replace(toast=request.t.label("saved"))
