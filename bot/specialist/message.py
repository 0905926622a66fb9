"""A word to the client of a visit: typed, looked at, sent through the bot."""

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.specialist.day import staff_card
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.prompts import add_above
from bot.ui.text import Html, clean_text, escape

LONGEST = 1000


@old_route("s.msg")
async def ask_message(request: Request, booking_id: int) -> Screen:
    """What shall the client read?"""
    booking = await request.api.get_booking(booking_id)
    back = old_go(request.t.label("button-back"), "s.card", booking_id)
    question = request.t.html("message-ask", name=booking.client_name, visit=cards.booking_label(request, booking))
    return await old_ask(request, "s.msg", question, back, booking=booking_id)


@old_step("s.msg")
async def typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """As the client will read it, before it is sent."""
    booking_id, said = int(str(draft["booking"])), clean_text(text, LONGEST)
    if not said:
        return add_above(request.t.html("not-read"), await ask_message(request, booking_id))
    booking = await request.api.get_booking(booking_id)
    if not await request.dialog.keep({"message": said, "to": booking_id}):
        return add_above(request.t.html("start-over"), staff_card(request, booking))
    rows: list[Row] = [
        [old_go(request.t.label("button-send-message"), "s.msgy", booking_id, style="success")],
        [
            old_go(request.t.label("button-write-again"), "s.msg", booking_id),
            old_go(request.t.label("button-back"), "s.card", booking_id),
        ],
    ]
    text_ = request.t.html("message-preview", name=booking.client_name, text=Html(escape(said)))
    return Screen(text_, rows)


@old_route("s.msgy")
async def send(request: Request, booking_id: int) -> Screen:
    """On its way."""
    draft = await request.dialog.read()
    if draft.get("to") != booking_id:
        return await ask_message(request, booking_id)
    try:
        booking = await request.api.message_client(
            booking_id, str(draft["message"]), key=request.idempotency_key("message")
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        await request.dialog.end()
        return add_above(
            request.t.html("message-unreachable"), staff_card(request, await request.api.get_booking(booking_id))
        )
    await request.dialog.end()
    return add_above(request.t.html("message-sent"), staff_card(request, booking))
