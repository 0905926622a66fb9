"""A shared contact: one's own number is kept, and the confirmation that asked for it goes on; staff share their clients'."""

from aiogram.filters import Filter
from aiogram.types import Message
from typing_extensions import override

from backend.contract.people import UpdateMe
from bot.admin.client_search import find_shared_client
from bot.client.callbacks import ConfirmBooking
from bot.client.confirm import confirm_booking
from bot.client.offer import BookingDraft
from bot.client.phone import PhoneForm, delete_message
from bot.fsm import find_draft, keep_draft
from bot.home import home_screen
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Screen
from bot.ui.prompts import add_above
from bot.ui.text import one_line, visible_name

# Included early: a contact is taken at every step of a dialog.
router = Router()


class IsContact(Filter):
    """Passes messages that are a contact."""

    @override
    async def __call__(self, message: Message) -> bool:
        return message.contact is not None


@router.message(IsContact())
async def take_contact(message: Message, request: Request, raw_state: str | None) -> Screen:
    """Keep one's own number; go on with the confirmation where it was asked for. Staff find or add the client it is of."""
    contact = message.contact
    assert contact is not None
    if contact.user_id is None or contact.user_id != request.person.tg_id:
        if request.is_admin or request.is_specialist:
            name = visible_name(f"{contact.first_name} {contact.last_name or ''}")
            return await find_shared_client(request, raw_state, name, _with_plus(contact.phone_number))
        return add_above(request.t.html("phone-not-yours"), await home_screen(request))
    change = UpdateMe(phone=_with_plus(contact.phone_number))
    person = await request.api.update_me(change, key=request.idempotency_key("phone"))
    await request.refresh_person(person)
    await request.send_message(request.t.html("phone-thanks"), reply_markup={"remove_keyboard": True})
    draft = await find_draft(request.state, BookingDraft)
    if raw_state != PhoneForm.contact.state or draft is None:
        return await home_screen(request)
    if draft.prompt_id is not None:
        await delete_message(request, draft.prompt_id)
    kept = BookingDraft(booking_id=draft.booking_id, comment=draft.comment) if draft.comment else None
    await keep_draft(request.state, kept)
    return await confirm_booking(
        request, ConfirmBooking(booking_id=draft.booking_id, has_comment=bool(draft.comment), skip_phone=True)
    )


def _with_plus(number: str) -> str:
    """Return the number with its plus, which Telegram leaves out on some devices."""
    digits = one_line(number, 32)
    return digits if digits.startswith("+") or not digits.isdigit() else f"+{digits}"[:32]
