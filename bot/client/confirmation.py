"""The confirmation: a message of its own that stays in the chat, with the menu below it.

The menu with the pressed button becomes the confirmation, so that the backend knows its id in the step that books: what
changes later is brought there through the outbox, also where this worker is killed meanwhile.
"""

from backend.contract.bookings import Booking
from backend.contract.tenancy import Tenant
from bot.admin.callbacks.business import ShareLink
from bot.client.bookings import confirmation_screen, format_headline
from bot.client.callbacks import ClientHome, MyBookings, ServiceList
from bot.request import Request
from bot.telegram import TelegramRefused
from bot.ui.keyboards import Row, Screen, button_to, keyboard_markup, menu_text
from bot.ui.screen import load_last_menu


async def find_message_to_leave(request: Request) -> int | None:
    """Return the id of the menu, which can become the confirmation; None where it is unknown."""
    if request.press is not None and not request.on_notice:
        return request.source_message_id
    last = await load_last_menu(request)
    return None if last is None else last.message_id


async def leave_confirmation(
    request: Request, booking: Booking, tenant: Tenant, message_id: int | None, key: str = "done"
) -> Screen:
    """Make that message the confirmation, and return the menu that goes below it.

    Without one the backend sends the confirmation. One that cannot be edited any more is sent anew."""
    if message_id is not None:
        screen = confirmation_screen(request, booking, tenant.address, key)
        request.left_message_id = message_id
        params = {
            "message_id": message_id,
            "text": menu_text(screen),
            "parse_mode": "HTML",
            "reply_markup": keyboard_markup(screen.rows),
            "link_preview_options": {"is_disabled": True},
        }
        try:
            await request.call_telegram("editMessageText", params)
        except TelegramRefused as refusal:
            if refusal.gone:
                sent_id = await request.send_message(menu_text(screen), screen.rows)
                await request.api.note_shown(booking.id, sent_id, key=request.idempotency_key("shown"))
            elif not refusal.unchanged:
                raise
    rows: list[Row] = [
        # an admin who tries the bot out goes on to the last of the first steps
        [button_to(request.t.label("todo-share"), ShareLink(opening=True), style="primary")]
        if request.is_admin and not tenant.checklist.shared
        else [],
        [
            button_to(request.t.label("button-book-another"), ServiceList()),
            button_to(request.t.label("button-my-bookings"), MyBookings(past=False, page=0)),
        ],
        [button_to(request.t.label("button-home"), ClientHome())],
    ]
    return Screen(format_headline(request, booking, key), rows)
