"""The bot's link and its QR code: the last of the first steps, and what every card's own link is made of."""

from io import BytesIO
from urllib.parse import quote_plus

import segno

from bot.admin.home import manage_row
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui.keyboards import Button, Row, Screen


async def link_to(request: Request, payload: str = "") -> str:
    """`https://t.me/<bot>?start=<payload>`"""
    link = f"https://t.me/{await request.session.username(request.bot)}"
    return f"{link}?start={payload}" if payload else link


@old_route("a.shr")
async def share(request: Request) -> Screen:
    """The link to copy and to send on; whoever has seen it has what is needed to open."""
    await request.api.mark_shared(key=request.idempotency_key("shared"))
    link = await link_to(request)
    send = f"https://t.me/share/url?url={quote_plus(link)}"
    rows: list[Row] = [
        [Button(request.t.label("button-copy-link"), copy=link), Button(request.t.label("button-send-link"), url=send)],
        [old_go(request.t.label("button-qr"), "a.qr", style="primary")],
        manage_row(request),
    ]
    return Screen(request.t.html("share", link=link), rows)


@old_route("a.qr")
async def qr(request: Request) -> Screen | None:
    """The code as a picture, big enough to print on a card; the menu stays as it is."""
    link = await link_to(request)
    picture = BytesIO()
    segno.make(link, error="m").save(picture, kind="png", scale=16, border=4)
    caption = request.t.label("qr-caption", business=request.tenant.name, link=link)
    await request.call_telegram("sendPhoto", {"caption": caption}, {"photo": ("qr.png", picture.getvalue())})
    return None
