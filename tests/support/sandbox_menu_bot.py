"""A small scripted bot with a menu, which plays a business for the tests of the chat page."""

import asyncio
from html import escape
from typing import Any

from aiohttp import web

from tests.support.sandbox_client import Json, SandboxClient, WebhookServer, make_png


def inline_keyboard(*rows: list[tuple[str, str] | tuple[str, str, str]]) -> Json:
    """Return an inline keyboard of rows of (label, data) or (label, data, style)."""
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


HOME = inline_keyboard(
    [("Haircut · 1,500 ₽ · 45 min", "times")],
    [("Beard trim · 900 ₽ · 30 min", "toast")],
    [("My bookings", "alert"), ("Address", "slow")],
)
TIMES = inline_keyboard(
    [("Today 15:30", "pick"), ("Today 16:00", "pick")],
    [("Tue 10:00", "pick"), ("Tue 11:30", "pick")],
    [("Another day", "day"), ("Choose specialist", "who")],
    [("‹ Back", "home")],
)
CONFIRM = inline_keyboard(
    [("Confirm", "ok", "success")], [("Change time", "times"), ("Comment", "toast")], [("Cancel", "home", "danger")]
)
TODAY = inline_keyboard(
    [("‹ Yesterday", "toast"), ("Tomorrow ›", "toast")],
    [("Week", "toast"), ("My hours", "toast"), ("Day off", "toast", "danger")],
)
CHECKLIST = inline_keyboard(
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
    """Answers /start by role, leads through a booking, and gives every kind of answer that a bot can give."""

    def __init__(self, sandbox: SandboxClient, hook: WebhookServer) -> None:
        self.sandbox = sandbox
        self.slow_may_answer = asyncio.Event()  # until it is set, the "slow" button gets no answer
        hook.answer = self.handle_update

    async def handle_update(self, update: Json) -> web.Response:
        """Handle an update, as the webhook of the bot."""
        if "message" in update:
            await self.handle_message(update["message"])
        elif "callback_query" in update:
            await self.handle_callback_query(update["callback_query"])
        return web.Response()

    async def show(self, chat: int, text: str, markup: Json | None = None, message: int | None = None) -> None:
        """Send an HTML text, or put it into the place of a message."""
        params: dict[str, Any] = {"chat_id": chat, "text": text, "parse_mode": "HTML"}
        if markup:
            params["reply_markup"] = markup
        if message is None:
            await self.sandbox.call("sendMessage", **params)
        else:
            await self.sandbox.call("editMessageText", message_id=message, **params)

    async def handle_message(self, message: Json) -> None:
        """Answer a message."""
        chat, text, name = message["chat"]["id"], message.get("text", ""), message["from"]["first_name"]
        if text.startswith("/start ") and text != "/start":
            await self.show(chat, f"Payload: <code>{escape(text[7:])}</code>")
        elif text == "/start":
            await self.show_home(chat, name)
        elif text == "/phone":
            await self.show(chat, "Share your number", SHARE)
        elif text == "/rich":
            await self.show_rich_text(chat)
        elif text == "/clean":
            await self.sandbox.call("deleteMessage", chat_id=chat, message_id=message["message_id"])
        elif "contact" in message:
            await self.show(chat, f"Thank you: +{message['contact']['phone_number']}", {"remove_keyboard": True})
        elif "document" in message or "photo" in message:
            await self.show(chat, "Got your file")
        else:
            await self.sandbox.call("sendChatAction", chat_id=chat, action="typing")
            await self.sandbox.call("sendMessage", chat_id=chat, text=f"You said: {text}")

    async def show_home(self, chat: int, name: str) -> None:
        """Show the first screen of the person's role."""
        if chat == 1002:
            lines = "<code>10:00</code> Maria · Haircut\n<code>11:30</code> Ivan · Beard trim\n<code>16:00</code> Oleg · Haircut"
            await self.show(chat, f"<b>Today: 3 bookings</b>, first 10:00\n\n{lines}", TODAY)
        elif chat == 1003:
            done = "✓ Address and zone\n✓ Services\n✓ Staff\n✓ Hours\n– A test booking\n– Share the link"
            await self.show(chat, f"<b>Ready to open: 4 of 6</b>\n\n{done}", CHECKLIST)
        else:
            await self.show(chat, f"Hello, <b>{escape(name)}</b>!\nWhat would you like to book?", HOME)

    async def show_rich_text(self, chat: int) -> None:
        """Show a message with every kind of formatting."""
        await self.show(
            chat,
            "<b>bold <i>both</i></b> <u>under</u> <s>gone</s> <tg-spoiler>secret</tg-spoiler> "
            '<a href="https://example.com/x">link</a> &lt;img src=x onerror=alert(1)&gt; '
            '<tg-time unix="1795353600">soon</tg-time>\n<blockquote>quoted</blockquote>\nbelow<pre>code</pre>',
        )

    async def handle_callback_query(self, query: Json) -> None:
        """Answer a press."""
        chat, data, message = query["from"]["id"], query["data"], query["message"]["message_id"]
        answer: Json = {}
        if data == "slow":
            await self.slow_may_answer.wait()
        elif data == "times":
            await self.show(chat, "<b>Haircut</b> · 45 min\nNearest free times", TIMES, message)
        elif data == "home":
            await self.show(chat, "What would you like to book?", HOME, message)
        elif data == "pick":
            held = 'Held for you until <tg-time unix="1795353600" format="t">15:10</tg-time>.'
            await self.show(
                chat, f"<b>Haircut</b> with Anna\nToday 16:00 · 45 min · 1,500 ₽\n\n{held}", CONFIRM, message
            )
        elif data == "ok":
            await self.confirm_booking(chat, message)
        elif data == "picture":
            await self.sandbox.call_with_files(
                "sendPhoto", {"photo": ("figures.png", make_png(480, 200))}, chat_id=str(chat),
                caption="Bookings this week: <b>38</b>", parse_mode="HTML",
            )  # fmt: skip
        elif data == "toast":
            answer = {"text": "Saved for later"}
        elif data == "alert":
            answer = {"text": "No bookings yet.\nBook one first.", "show_alert": True}
        await self.sandbox.call("answerCallbackQuery", callback_query_id=query["id"], **answer)

    async def confirm_booking(self, chat: int, message: int) -> None:
        """Show the booking that has been confirmed."""
        markup = inline_keyboard([("Move", "times"), ("Cancel", "home")])
        links = [
            {"text": "Route", "url": "https://maps.example.com/x"},
            {"text": "Copy address", "copy_text": {"text": "Lenina 5"}},
        ]
        markup["inline_keyboard"].insert(0, links)
        await self.show(chat, "You're booked! See you <b>today at 16:00</b>.", markup, message)
        await self.sandbox.call_with_files(
            "sendDocument", {"document": ("haircut.ics", b"BEGIN:VCALENDAR")}, chat_id=str(chat)
        )
        await self.show(1002, "<b>New booking</b>\nAlex · Haircut · today 16:00", inline_keyboard([("Open", "toast")]))
