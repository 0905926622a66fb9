"""A small scripted bot with a menu: a webhook server that plays a business for the chat page's tests."""

import asyncio
from html import escape
from typing import Any

from aiohttp import web

from tests.support.sandbox_play import Hook, Json, Play, picture


def keys(*rows: list[tuple[str, str] | tuple[str, str, str]]) -> Json:
    """Rows of (label, data) or (label, data, style)."""
    keyboard = []
    for row in rows:
        buttons = []
        for label, data, *style in row:
            button: Json = {"text": label, "callback_data": data}
            if style:
                button["style"] = style[0]
            buttons.append(button)
        keyboard.append(buttons)
    return {"inline_keyboard": keyboard}


HOME = keys(
    [("Haircut · 1,500 ₽ · 45 min", "times")],
    [("Beard trim · 900 ₽ · 30 min", "toast")],
    [("My bookings", "alert"), ("Address", "slow")],
)
TIMES = keys(
    [("Today 15:30", "pick"), ("Today 16:00", "pick")],
    [("Tue 10:00", "pick"), ("Tue 11:30", "pick")],
    [("Another day", "day"), ("Choose specialist", "who")],
    [("‹ Back", "home")],
)
CONFIRM = keys(
    [("Confirm", "ok", "success")], [("Change time", "times"), ("Comment", "toast")], [("Cancel", "home", "danger")]
)
TODAY = keys(
    [("‹ Yesterday", "toast"), ("Tomorrow ›", "toast")],
    [("Week", "toast"), ("My hours", "toast"), ("Day off", "toast", "danger")],
)
CHECKLIST = keys(
    [("Make a test booking", "toast", "primary")],
    [("Share link and QR", "picture")],
    [("Staff", "toast"), ("Services", "toast"), ("Figures", "picture")],
)
SHARE = {
    "keyboard": [[{"text": "Share my number", "request_contact": True}], [{"text": "Skip"}]],
    "resize_keyboard": True,
    "one_time_keyboard": True,
}


class MenuBot:
    """Answers /start by role, walks through a booking, shows every kind of answer that a bot can give."""

    def __init__(self, play: Play, hook: Hook) -> None:
        self.play = play
        self.release = asyncio.Event()  # the "slow" button is answered once this is set
        hook.answer = self.on

    async def on(self, update: Json) -> web.Response:
        """One update."""
        if "message" in update:
            await self.heard(update["message"])
        elif "callback_query" in update:
            await self.pressed(update["callback_query"])
        return web.Response()

    async def html(self, chat: int, text: str, markup: Json | None = None, message: int | None = None) -> None:
        params: dict[str, Any] = {"chat_id": chat, "text": text, "parse_mode": "HTML"}
        if markup:
            params["reply_markup"] = markup
        if message is None:
            await self.play.call("sendMessage", **params)
        else:
            await self.play.call("editMessageText", message_id=message, **params)

    async def heard(self, message: Json) -> None:
        chat, text, name = message["chat"]["id"], message.get("text", ""), message["from"]["first_name"]
        if text.startswith("/start ") and text != "/start":
            await self.html(chat, f"Payload: <code>{escape(text[7:])}</code>")
        elif text == "/start":
            await self.start(chat, name)
        elif text == "/phone":
            await self.html(chat, "Share your number", SHARE)
        elif text == "/rich":
            await self.rich(chat)
        elif text == "/clean":
            await self.play.call("deleteMessage", chat_id=chat, message_id=message["message_id"])
        elif "contact" in message:
            await self.html(chat, f"Thank you: +{message['contact']['phone_number']}", {"remove_keyboard": True})
        elif "document" in message or "photo" in message:
            await self.html(chat, "Got your file")
        else:
            await self.play.call("sendChatAction", chat_id=chat, action="typing")
            await self.play.call("sendMessage", chat_id=chat, text=f"You said: {text}")

    async def start(self, chat: int, name: str) -> None:
        if chat == 1002:
            lines = "<code>10:00</code> Maria · Haircut\n<code>11:30</code> Ivan · Beard trim\n<code>16:00</code> Oleg · Haircut"
            await self.html(chat, f"<b>Today: 3 bookings</b>, first 10:00\n\n{lines}", TODAY)
        elif chat == 1003:
            done = "✓ Address and zone\n✓ Services\n✓ Staff\n✓ Hours\n– A test booking\n– Share the link"
            await self.html(chat, f"<b>Ready to open: 4 of 6</b>\n\n{done}", CHECKLIST)
        else:
            await self.html(chat, f"Hello, <b>{escape(name)}</b>!\nWhat would you like to book?", HOME)

    async def rich(self, chat: int) -> None:
        await self.html(
            chat,
            "<b>bold <i>both</i></b> <u>under</u> <s>gone</s> <tg-spoiler>secret</tg-spoiler> "
            '<a href="https://example.com/x">link</a> &lt;img src=x onerror=alert(1)&gt; '
            '<tg-time unix="1795353600">soon</tg-time>\n<blockquote>quoted</blockquote><pre>code</pre>',
        )

    async def pressed(self, query: Json) -> None:
        chat, data, message = query["from"]["id"], query["data"], query["message"]["message_id"]
        extra: Json = {}
        if data == "slow":
            await self.release.wait()
        elif data == "times":
            await self.html(chat, "<b>Haircut</b> · 45 min\nNearest free times", TIMES, message)
        elif data == "home":
            await self.html(chat, "What would you like to book?", HOME, message)
        elif data == "pick":
            held = 'Held for you until <tg-time unix="1795353600" format="t">15:10</tg-time>.'
            await self.html(
                chat, f"<b>Haircut</b> with Anna\nToday 16:00 · 45 min · 1,500 ₽\n\n{held}", CONFIRM, message
            )
        elif data == "ok":
            await self.booked(chat, message)
        elif data == "picture":
            await self.play.form(
                "sendPhoto", {"photo": ("figures.png", picture(480, 200))}, chat_id=str(chat),
                caption="Bookings this week: <b>38</b>", parse_mode="HTML",
            )  # fmt: skip
        elif data == "toast":
            extra = {"text": "Saved for later"}
        elif data == "alert":
            extra = {"text": "No bookings yet.\nBook one first.", "show_alert": True}
        await self.play.call("answerCallbackQuery", callback_query_id=query["id"], **extra)

    async def booked(self, chat: int, message: int) -> None:
        markup = keys([("Move", "times"), ("Cancel", "home")])
        links = [
            {"text": "Route", "url": "https://maps.example.com/x"},
            {"text": "Copy address", "copy_text": {"text": "Lenina 5"}},
        ]
        markup["inline_keyboard"].insert(0, links)
        await self.html(chat, "You're booked! See you <b>today at 16:00</b>.", markup, message)
        await self.play.form("sendDocument", {"document": ("haircut.ics", b"BEGIN:VCALENDAR")}, chat_id=str(chat))
        await self.html(1002, "<b>New booking</b>\nAlex · Haircut · today 16:00", keys([("Open", "toast")]))
