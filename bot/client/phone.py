"""The client's telephone number: asked where the business wants it, taken from one's own contact only."""

from aiogram.types import Contact

from backend.contract.people import UpdateMe
from bot.dialogs import step
from bot.home import home
from bot.request import Turn
from bot.telegram import TelegramRefused
from bot.ui.keyboards import Row, Screen, go
from bot.ui.text import one_line


async def ask(turn: Turn, booking_id: int, comment: str | None, *, required: bool) -> Screen:
    """Share, or Skip if allowed. The Share button needs Telegram's keyboard, and so a message of its own."""
    share = {"text": turn.t.label("button-share"), "request_contact": True}
    keyboard = {"keyboard": [[share]], "resize_keyboard": True, "one_time_keyboard": True}
    prompt = await turn.say(turn.t.html("phone-how"), reply_markup=keyboard)
    draft = {"booking": booking_id, "comment": comment or "", "prompt": prompt, "required": required}
    await turn.dialog.begin("c.phone", **draft)
    return Screen(turn.t.html("phone-required" if required else "phone-ask"), _rows(turn, draft))


def _rows(turn: Turn, draft: dict[str, object]) -> list[Row]:
    booking_id = int(str(draft["booking"]))
    rows: list[Row] = [[go(turn.t.label("button-back"), "c.draft", booking_id)]]
    if not draft.get("required"):
        rows[0].insert(0, go(turn.t.label("button-skip"), "c.ok", booking_id, 1 if draft["comment"] else 0, 1))
    return rows


async def put_away(turn: Turn, draft: dict[str, object]) -> None:
    """Back or Skip: the prompt goes, and Telegram's keyboard with it, which only a message can take away."""
    if "prompt" in draft:
        gone = await turn.say(turn.t.html("phone-skipped"), reply_markup={"remove_keyboard": True})
        await _delete(turn, gone)
        await _delete(turn, draft["prompt"])


async def _delete(turn: Turn, message_id: object) -> None:
    try:
        await turn.call("deleteMessage", {"message_id": message_id})
    except TelegramRefused as refusal:
        if refusal.blocked:
            raise


@step("c.phone")
async def typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes the text
    """Something was typed instead: a number is only believed from one's own contact."""
    return Screen(turn.t.html("phone-how"), _rows(turn, draft))


async def contact(turn: Turn, shared: Contact) -> Screen | None:
    """A contact has come: one's own is kept, and the confirmation goes on where it was asked for."""
    from bot.client.book import confirm

    if shared.user_id is None or shared.user_id != turn.person.tg_id:
        screen = await home(turn)
        return screen._replace(text=f"{turn.t.html('phone-not-yours')}\n\n{screen.text}")
    person = await turn.api.update_me(UpdateMe(phone=_plus(shared.phone_number)), key=turn.key("phone"))
    await turn.person_changed(person)
    await turn.say(turn.t.html("phone-thanks"), reply_markup={"remove_keyboard": True})
    draft = await turn.dialog.read()
    if draft.get("step") != "c.phone":
        return await home(turn)
    booking_id, comment = int(str(draft["booking"])), str(draft["comment"])
    await _delete(turn, draft.get("prompt"))
    await turn.dialog.keep({"booking": booking_id, "comment": comment} if comment else {})
    return await confirm(turn, booking_id, 1 if comment else 0, 1)


def _plus(number: str) -> str:
    """Telegram leaves the plus out on some devices."""
    digits = one_line(number, 32)
    return digits if digits.startswith("+") or not digits.isdigit() else f"+{digits}"[:32]
