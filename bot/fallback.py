"""No dead ends: refusals, outages, words that no step waits for, each a sentence and a way on."""

from collections.abc import Awaitable

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.home import home
from bot.request import Request
from bot.ui.callbacks import Pressed
from bot.ui.keyboards import Button, Screen, go

# Refusals with words of their own; everything else reads "not available".
_SENTENCES: dict[Code, str] = {
    Code.SLOT_TAKEN: "refused-taken",
    Code.TOO_SOON: "refused-no-time",
    Code.OUTSIDE_HOURS: "refused-no-time",
    Code.BEYOND_HORIZON: "refused-no-time",
    Code.NONEXISTENT_TIME: "refused-no-time",
    Code.TOO_LATE: "refused-too-late",
    Code.LIMIT_REACHED: "refused-limit",
    Code.ILLEGAL_STEP: "refused-step",
    Code.IN_USE: "refused-in-use",
    Code.BAD_CODE: "refused-code",
    Code.RATE_LIMITED: "refused-rate",
    Code.TENANT_DISABLED: "refused-closed",
}


async def refused(request: Request, refusal: BackendRefused) -> Screen:
    """What the backend will not do, said in a sentence above the home screen."""
    if refusal.code is Code.FORBIDDEN and (request.is_admin or request.is_specialist or _was_staffs(request)):
        return await lost_role(request)
    return await explained(request, _SENTENCES.get(refusal.code, "refused"))


def _was_staffs(request: Request) -> bool:
    """A client who presses a button of the staff's, or types where staff were asked something, was one of them."""
    return request.pressed is None or request.pressed.route.handler.__module__.startswith(
        ("bot.admin.", "bot.specialist.")
    )


async def lost_role(request: Request) -> Screen:
    """The role is gone since the context was read: said plainly, and on as a client."""
    person = await request.api.get_me()
    await request.person_changed(person)
    return _above(request.t.html("lost-role"), await home(request))


async def explained(request: Request, key: str) -> Screen:
    """A sentence above the home screen. The home screen itself may be refused as well: then the sentence alone."""
    sentence = request.t.html(key)
    try:
        return _above(sentence, await home(request))
    except BackendRefused:
        return Screen(sentence, [[go(request.t.label("button-home"), "home")]])


async def not_understood(request: Request) -> Screen:
    """Free text, stickers, voice: the menu again, with a word about the buttons."""
    return _above(request.t.html("use-buttons"), await home(request))


def help_screen(request: Request) -> Screen:
    """/help"""
    return Screen(request.t.html("help", business=request.tenant.name), [[go(request.t.label("button-home"), "home")]])


def unavailable(request: Request, pressed: Pressed) -> Screen:
    """The backend does not answer: nothing was saved, and trying again repeats the same key."""
    key = "outage-booking" if pressed.route.books else "outage"
    again = Button(request.t.label("button-again"), pressed.route.name, pressed.args, "primary", origin=request.origin)
    return Screen(request.t.html(key), [[again], [go(request.t.label("button-home"), "home")]])


async def guarded(request: Request, screen: Awaitable[Screen]) -> Screen:
    """A home screen that may itself be refused (a lost role, say)."""
    try:
        return await screen
    except BackendRefused as refusal:
        return await refused(request, refusal)


def _above(sentence: str, screen: Screen) -> Screen:
    return screen._replace(text=f"{sentence}\n\n{screen.text}")
