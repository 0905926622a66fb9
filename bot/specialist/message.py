"""A word to the client of a visit: typed, looked at, sent through the bot."""

from backend.client.api import BackendRefused
from backend.contract.bookings import Booking, Message
from backend.contract.errors import Code
from bot.dialogs import step
from bot.request import Turn
from bot.specialist.day import staff_card
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Row, Screen, go
from bot.ui.prompts import above, ask
from bot.ui.text import Html, clean, escape

LONGEST = 1000


@route("s.msg")
async def ask_message(turn: Turn, booking_id: int) -> Screen:
    """What shall the client read?"""
    booking = await turn.api.booking(booking_id)
    back = go(turn.t.label("button-back"), "s.card", booking_id)
    question = turn.t.html("message-ask", name=booking.client_name, visit=cards.booking_label(turn, booking))
    return await ask(turn, "s.msg", question, back, booking=booking_id)


@step("s.msg")
async def typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """As the client will read it, before it is sent."""
    booking_id, said = int(str(draft["booking"])), clean(text, LONGEST)
    if not said:
        return above(turn.t.html("not-read"), await ask_message(turn, booking_id))
    booking = await turn.api.booking(booking_id)
    if not await turn.dialog.keep({"message": said, "to": booking_id}):
        return above(turn.t.html("start-over"), staff_card(turn, booking))
    rows: list[Row] = [
        [go(turn.t.label("button-send-message"), "s.msgy", booking_id, style="success")],
        [
            go(turn.t.label("button-write-again"), "s.msg", booking_id),
            go(turn.t.label("button-back"), "s.card", booking_id),
        ],
    ]
    text_ = turn.t.html("message-preview", name=booking.client_name, text=Html(escape(said)))
    return Screen(text_, rows)


@route("s.msgy")
async def send(turn: Turn, booking_id: int) -> Screen:
    """On its way."""
    draft = await turn.dialog.read()
    if draft.get("to") != booking_id:
        return await ask_message(turn, booking_id)
    body, path = Message(text=str(draft["message"])), f"/v1/bookings/{booking_id}/message"
    try:
        booking = await turn.api.call("POST", path, Booking, body=body, key=turn.key("message"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        await turn.dialog.end()
        return above(turn.t.html("message-unreachable"), staff_card(turn, await turn.api.booking(booking_id)))
    await turn.dialog.end()
    return above(turn.t.html("message-sent"), staff_card(turn, booking))
