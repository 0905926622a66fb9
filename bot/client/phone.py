"""The client's telephone number: asked where the business wants it, taken from one's own contact only."""

from aiogram.filters import Filter
from aiogram.types import Message

from backend.contract.people import UpdateMe
from bot.home import home_screen
from bot.old_way import old_go, old_step
from bot.request import Request
from bot.router import Router
from bot.telegram import TelegramRefused
from bot.ui.keyboards import Row, Screen
from bot.ui.text import one_line

# Included early: a contact is taken wherever somebody is.
router = Router()


async def ask(request: Request, booking_id: int, comment: str | None, *, required: bool) -> Screen:
    """Share, or Skip if allowed. The Share button needs Telegram's keyboard, and so a message of its own."""
    share = {"text": request.t.label("button-share"), "request_contact": True}
    keyboard = {"keyboard": [[share]], "resize_keyboard": True, "one_time_keyboard": True}
    prompt = await request.send_message(request.t.html("phone-how"), reply_markup=keyboard)
    draft = {"booking": booking_id, "comment": comment or "", "prompt": prompt, "required": required}
    await request.dialog.begin("c.phone", **draft)
    return Screen(request.t.html("phone-required" if required else "phone-ask"), _rows(request, draft))


def _rows(request: Request, draft: dict[str, object]) -> list[Row]:
    booking_id = int(str(draft["booking"]))
    rows: list[Row] = [[old_go(request.t.label("button-back"), "c.draft", booking_id)]]
    if not draft.get("required"):
        rows[0].insert(0, old_go(request.t.label("button-skip"), "c.ok", booking_id, 1 if draft["comment"] else 0, 1))
    return rows


async def put_away(request: Request, draft: dict[str, object]) -> None:
    """Back or Skip: the prompt goes, and Telegram's keyboard with it, which only a message can take away."""
    if "prompt" in draft:
        gone = await request.send_message(request.t.html("phone-skipped"), reply_markup={"remove_keyboard": True})
        await _delete(request, gone)
        await _delete(request, draft["prompt"])


async def _delete(request: Request, message_id: object) -> None:
    try:
        await request.call_telegram("deleteMessage", {"message_id": message_id})
    except TelegramRefused as refusal:
        if refusal.blocked:
            raise


@old_step("c.phone")
async def typed(request: Request, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes the text
    """Something was typed instead: a number is only believed from one's own contact."""
    return Screen(request.t.html("phone-how"), _rows(request, draft))


class SharedContact(Filter):
    """Whether a message is a contact."""

    async def __call__(self, message: Message) -> bool:
        return message.contact is not None


@router.message(SharedContact())
async def contact(message: Message, request: Request) -> Screen | None:
    """A contact has come: one's own is kept, and the confirmation goes on where it was asked for."""
    from bot.client.book import confirm

    shared = message.contact
    assert shared is not None
    if shared.user_id is None or shared.user_id != request.person.tg_id:
        screen = await home_screen(request)
        return screen._replace(text=f"{request.t.html('phone-not-yours')}\n\n{screen.text}")
    person = await request.api.update_me(
        UpdateMe(phone=_plus(shared.phone_number)), key=request.idempotency_key("phone")
    )
    await request.refresh_person(person)
    await request.send_message(request.t.html("phone-thanks"), reply_markup={"remove_keyboard": True})
    draft = await request.dialog.read()
    if draft.get("step") != "c.phone":
        return await home_screen(request)
    booking_id, comment = int(str(draft["booking"])), str(draft["comment"])
    await _delete(request, draft.get("prompt"))
    await request.dialog.keep({"booking": booking_id, "comment": comment} if comment else {})
    return await confirm(request, booking_id, 1 if comment else 0, 1)


def _plus(number: str) -> str:
    """Telegram leaves the plus out on some devices."""
    digits = one_line(number, 32)
    return digits if digits.startswith("+") or not digits.isdigit() else f"+{digits}"[:32]
