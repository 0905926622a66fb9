"""No dead ends: refusals, outages, words that no step waits for, each a sentence and a way on."""

from collections.abc import Awaitable

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.home import home
from bot.request import Turn
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


async def refused(turn: Turn, refusal: BackendRefused) -> Screen:
    """What the backend will not do, said in a sentence above the home screen."""
    if refusal.code is Code.FORBIDDEN and (turn.is_admin or turn.is_specialist or _was_staffs(turn)):
        return await lost_role(turn)
    return await explained(turn, _SENTENCES.get(refusal.code, "refused"))


def _was_staffs(turn: Turn) -> bool:
    """A client who presses a button of the staff's, or types where staff were asked something, was one of them."""
    return turn.pressed is None or turn.pressed.route.handler.__module__.startswith(("bot.admin.", "bot.specialist."))


async def lost_role(turn: Turn) -> Screen:
    """The role is gone since the context was read: said plainly, and on as a client."""
    person = await turn.api.me()
    await turn.person_changed(person)
    return _above(turn.t.html("lost-role"), await home(turn))


async def explained(turn: Turn, key: str) -> Screen:
    """A sentence above the home screen. The home screen itself may be refused as well: then the sentence alone."""
    sentence = turn.t.html(key)
    try:
        return _above(sentence, await home(turn))
    except BackendRefused:
        return Screen(sentence, [[go(turn.t.label("button-home"), "home")]])


async def not_understood(turn: Turn) -> Screen:
    """Free text, stickers, voice: the menu again, with a word about the buttons."""
    return _above(turn.t.html("use-buttons"), await home(turn))


def help_screen(turn: Turn) -> Screen:
    """/help"""
    return Screen(turn.t.html("help", business=turn.tenant.name), [[go(turn.t.label("button-home"), "home")]])


def unavailable(turn: Turn, pressed: Pressed) -> Screen:
    """The backend does not answer: nothing was saved, and trying again repeats the same key."""
    key = "outage-booking" if pressed.route.books else "outage"
    again = Button(turn.t.label("button-again"), pressed.route.name, pressed.args, "primary", origin=turn.origin)
    return Screen(turn.t.html(key), [[again], [go(turn.t.label("button-home"), "home")]])


async def guarded(turn: Turn, screen: Awaitable[Screen]) -> Screen:
    """A home screen that may itself be refused (a lost role, say)."""
    try:
        return await screen
    except BackendRefused as refusal:
        return await refused(turn, refusal)


def _above(sentence: str, screen: Screen) -> Screen:
    return screen._replace(text=f"{sentence}\n\n{screen.text}")
