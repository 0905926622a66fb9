"""Codes for the booking page that somebody asks for in the chat: nothing that others do there can use these up."""

from bot.client.callbacks import ClientHome
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Screen, button_to


async def codes_screen(request: Request) -> Screen:
    """Return a code for each place held on the page with this person's number, beside what it would confirm."""
    issued = (await request.api.issue_codes()).items
    parts = [
        f"{request.t.html('notice-otp', code=each.code)}\n\n{cards.booking_text(request, each.booking)}"
        for each in issued
    ]
    back = [button_to(request.t.label("button-home"), ClientHome())]
    return Screen("\n\n".join(parts) or request.t.html("codes-none"), [back])
