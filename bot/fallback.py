"""No dead ends: refusals, outages and words that no handler takes, each a sentence and a way on."""

from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.errors import BookingInTheWay, Code
from bot.admin.client_search import find_typed_clients
from bot.client.callbacks import BookingCard
from bot.client.links import typed_code_screen
from bot.client.words import offer_words
from bot.home import home_screen
from bot.request import Request
from bot.router import Router
from bot.ui.callbacks import Home
from bot.ui.keyboards import Button, Screen, button_to
from bot.ui.prompts import add_above

# Refusals with words of their own; all others read "not available".
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

# Included last: takes what no other router has taken.
router = Router()


@router.message()
async def take_other_words(message: Message, request: Request) -> Screen:
    """Follow a typed invitation code; find the clients whom staff have typed; offer other words to the business.

    To all else say that there are buttons."""
    text = message.text or ""
    if not text.startswith("/"):
        screen = await typed_code_screen(request, text) or await find_typed_clients(request, text)
        if screen is not None or (screen := await offer_words(request, message)) is not None:
            return screen
    return add_above(request.t.html("use-buttons"), await home_screen(request))


async def refused_screen(request: Request, refusal: BackendRefused, *, for_staff: bool) -> Screen:
    """Return what the backend will not do, in a sentence above the home screen.

    `for_staff`: only staff get to where the refusal came from, so that a client there has lost a role."""
    if refusal.code is Code.FORBIDDEN and (request.is_admin or request.is_specialist or for_staff):
        return await lost_role_screen(request)
    if refusal.problem.booking is not None:
        return _overlap_screen(request, refusal.problem.booking)
    return await sentence_screen(request, _SENTENCES.get(refusal.code, "refused"))


def _overlap_screen(request: Request, in_the_way: BookingInTheWay) -> Screen:
    """Return that the client has another booking at this time, with the way to it."""
    own = BookingCard(booking_id=in_the_way.id)
    rows = [
        [button_to(request.t.label("button-open-my-booking"), own)],
        [button_to(request.t.label("button-home"), Home())],
    ]
    return Screen(request.t.html("refused-overlap", when=request.times.time_tag(in_the_way.start)), rows)


async def lost_role_screen(request: Request) -> Screen:
    """Return the home screen of a client, with the sentence that the role is gone."""
    person = await request.api.get_me()
    await request.refresh_person(person)
    return add_above(request.t.html("lost-role"), await home_screen(request))


async def sentence_screen(request: Request, key: str) -> Screen:
    """Return a sentence above the home screen; the sentence alone where the home screen is refused as well."""
    sentence = request.t.html(key)
    try:
        return add_above(sentence, await home_screen(request))
    except BackendRefused:
        return Screen(sentence, [[button_to(request.t.label("button-home"), Home())]])


async def safe_home_screen(request: Request, *, for_staff: bool) -> Screen:
    """Return the home screen, or what refuses it (a lost role, say); `for_staff` as in `refused_screen`."""
    try:
        return await home_screen(request)
    except BackendRefused as refusal:
        return await refused_screen(request, refusal, for_staff=for_staff)


def unavailable_screen(request: Request, *, books: bool) -> Screen:
    """Return that the backend does not answer: nothing was saved, and "Try again" repeats the same idempotency key."""
    assert request.pressed is not None, "an outage during a message is left to Telegram, which sends the message again"
    again = Button(request.t.label("button-again"), request.pressed.callback, "primary", origin=request.origin)
    rows = [[again], [button_to(request.t.label("button-home"), Home())]]
    return Screen(request.t.html("outage-booking" if books else "outage"), rows)
