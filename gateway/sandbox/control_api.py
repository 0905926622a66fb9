"""`/sandbox/…`: what the page and tests do with the sandbox. A bot is addressed by slug, username or id.

Errors are `{"error": sentence}` with 400, 404 or 409. Bodies are JSON; unknown fields are refused.
"""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from . import people
from .bot_api import read_params
from .model import Bot, Json
from .orders import BlockIn, ClockIn, ContactIn, FloodIn, InjectIn, OutageIn, PersonIn, PressIn, SendIn, WaitIn
from .people import Impossible
from .refusals import Refusal
from .views import bot_view, chat_view, message_view
from .wiring import Boss, Box
from .world import Sandbox


def _bot(sandbox: Sandbox, address: str) -> Bot:
    bot = sandbox.find_bot(address)
    if bot is None:
        raise Impossible(f"no bot called {address}", 404)
    return bot


def _bots(sandbox: Sandbox, address: str | None) -> list[Bot]:
    return list(sandbox.bots.values()) if address is None else [_bot(sandbox, address)]


@get("/sandbox/state")
async def state(sandbox: Box, control: Boss) -> Json:
    """Everything but the chats: `{bots: […], now, shift, status}`; `now` in epoch seconds, `shift` in seconds."""
    views = []
    loop_now = time.monotonic()
    for bot in sandbox.bots.values():
        live = sandbox.live[bot.token]
        views.append(bot_view(bot, pending=len(bot.pending), flood_s=live.flood_until - loop_now, outage=live.outage))
    return {"bots": views, "now": sandbox.now(), "shift": sandbox.shift, "status": await control.status()}


@get("/sandbox/chats/{bot:str}/{person:int}")
async def chat(bot: FromPath[str], person: FromPath[int], sandbox: Box) -> Json:
    """One chat: `{bot, person, started, blocked, keyboard, commands, menu_button, pinned, spinning, messages}`."""
    found = _bot(sandbox, bot)
    people.someone(found, person)
    presses = sandbox.live[found.token].presses.values()
    now = sandbox.now()
    spinning = [p.message_id for p in presses if p.person_id == person and p.answer is None and p.at + 15 > now]
    return chat_view(found, sandbox.chat(found, person), spinning)


@get("/sandbox/calls")
async def calls(sandbox: Box, bot: FromQuery[str | None] = None, after: FromQuery[int] = 0) -> Json:
    """The journal: `{calls: [{n, kind, bot, method, params, ok, result, at, ms}]}`, oldest first, those after `n`."""
    slug = _bot(sandbox, bot).slug if bot else None
    return {"calls": [c for c in sandbox.journal.calls if c["n"] > after and slug in (None, c["bot"])]}


@get("/sandbox/events")
async def events(sandbox: Box) -> Stream:
    """Server-sent events: message, chat, press, answer, action, call, bots, clock, hello, tick."""

    async def lines() -> AsyncIterator[str]:
        async for event in sandbox.journal.events():
            yield f"event: {event['event']}\ndata: {json.dumps(event['data'])}\n\n"

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(lines(), media_type="text/event-stream", headers=headers)


@get("/sandbox/files/{bot:str}/{file_id:str}")
async def file(bot: FromPath[str], file_id: FromPath[str], sandbox: Box) -> Response[bytes]:
    """A file of a message, by its `file_id`. Only pictures are shown in place, the rest is a download."""
    found = _bot(sandbox, bot)
    known = found.files.get(file_id)
    data = sandbox.files.read(found, known.path) if known else None
    if known is None or data is None:
        raise Impossible("no such file", 404)
    shown = known.kind == "photo"
    name = quote(known.name, safe="")
    return Response(
        data,
        media_type=known.mime if shown and known.mime.startswith("image/") else "application/octet-stream",
        headers={
            "Content-Disposition": "inline" if shown else f"attachment; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )


@post("/sandbox/send", status_code=200)
async def send(data: JSONBody[SendIn], sandbox: Box) -> Json:
    """A person writes. Answers the message as the bot will see it."""
    bot = _bot(sandbox, data.bot)
    if data.content:
        message = people.put(sandbox, bot, data.person, data.content, data.reply_to)
    else:
        message = people.say(sandbox, bot, data.person, data.text, data.reply_to)
    return message_view(bot, sandbox.chat(bot, data.person), message)


@post("/sandbox/press", status_code=200)
async def press(data: JSONBody[PressIn], sandbox: Box) -> Json:
    """A person presses an inline button: `{query, message_id, data, answer}`; `answer` null while it spins."""
    bot = _bot(sandbox, data.bot)
    message_id = data.message_id
    if message_id is None:
        message_id = _latest(sandbox, bot, data)
    pressed = people.press(sandbox, bot, data.person, message_id, data=data.data, label=data.label, forged=data.forged)
    if data.wait_s > 0:
        await people.answered(sandbox, bot, pressed, min(data.wait_s, 60.0))
    return {"query": pressed.id, "message_id": message_id, "data": pressed.data, "answer": pressed.answer}


def _latest(sandbox: Sandbox, bot: Bot, data: PressIn) -> int:
    people.someone(bot, data.person)
    messages = sandbox.chat(bot, data.person).messages
    for message in reversed(messages.values()):
        if not message.deleted and people.find_button(message, data.data, data.label):
            return message.id
    raise Impossible("no message here has such a button", 404)


@post("/sandbox/contact", status_code=200)
async def contact(data: JSONBody[ContactIn], sandbox: Box) -> Json:
    """A person shares a contact."""
    bot = _bot(sandbox, data.bot)
    message = people.share_contact(sandbox, bot, data.person, data.of, data.phone)
    return message_view(bot, sandbox.chat(bot, data.person), message)


@post("/sandbox/upload/{bot:str}/{person:int}", status_code=200)
async def upload(request: Request[Any, Any, Any], bot: FromPath[str], person: FromPath[int], sandbox: Box) -> Json:
    """A person sends a file: multipart `file`, and perhaps `caption`."""
    found = _bot(sandbox, bot)
    sent = await read_params(request)
    if "file" not in sent.files:
        raise Impossible("a file is needed", 400)
    message = people.send_file(sandbox, found, person, sent.files["file"], sent.text("caption"))
    return message_view(found, sandbox.chat(found, person), message)


@post("/sandbox/person", status_code=201)
async def person(data: JSONBody[PersonIn], sandbox: Box) -> Json:
    """One more person."""
    bot = _bot(sandbox, data.bot)
    return people.add_person(sandbox, bot, data.first_name, data.last_name, data.language, data.id).user()


@post("/sandbox/block", status_code=200)
async def block(data: JSONBody[BlockIn], sandbox: Box) -> Json:
    """Blocks or unblocks the bot."""
    people.block(sandbox, _bot(sandbox, data.bot), data.person, blocked=data.on)
    return {"blocked": data.on}


@post("/sandbox/flood", status_code=200)
async def flood(data: JSONBody[FloodIn], sandbox: Box) -> Json:
    """Lets Telegram answer 429 for a while."""
    for bot in _bots(sandbox, data.bot):
        sandbox.live[bot.token].flood_until = time.monotonic() + max(0.0, data.seconds)
    sandbox.journal.publish("bots", {})
    return {"seconds": max(0.0, data.seconds)}


@post("/sandbox/outage", status_code=200)
async def outage(data: JSONBody[OutageIn], sandbox: Box) -> Json:
    """Takes Telegram down, or brings it back."""
    for bot in _bots(sandbox, data.bot):
        sandbox.live[bot.token].outage = data.on
        if not data.on:
            sandbox.courier.wake(bot)
            sandbox.mailbox.ring(bot)
    sandbox.journal.publish("bots", {})
    return {"outage": data.on}


@post("/sandbox/clock", status_code=200)
async def clock(data: JSONBody[ClockIn], sandbox: Box, control: Boss) -> Json:
    """Skips time everywhere: `{now, shift}`."""
    sandbox.skip(data.seconds)
    await control.shift_clock(data.seconds)
    return {"now": sandbox.now(), "shift": sandbox.shift}


@post("/sandbox/restart", status_code=202)
async def restart(control: Boss, sandbox: Box) -> Json:
    """Restarts the gateway."""
    await control.restart_gateway()
    sandbox.journal.publish("bots", {})
    return {"restarting": True}


@post("/sandbox/inject", status_code=200)
async def inject(data: JSONBody[InjectIn], sandbox: Box) -> Json:
    """Puts a raw update into the bot's queue: `{update_id}`, null if the bot does not want its kind."""
    update = sandbox.enqueue(_bot(sandbox, data.bot), data.kind, data.body, data.queue)
    return {"update_id": update.id if update else None}


@post("/sandbox/wait", status_code=200)
async def wait(data: JSONBody[WaitIn], sandbox: Box) -> Json:
    """Waits for quiet: `{idle}`."""
    return {"idle": await sandbox.idle(_bots(sandbox, data.bot), min(data.timeout_s, 60.0))}


def refused(_: Request[Any, Any, Any], problem: Refusal) -> Response[Json]:
    """What Telegram would refuse from a person's device as well, such as a broken picture."""
    return Response({"error": problem.description}, status_code=problem.code)


def impossible(_: Request[Any, Any, Any], problem: Impossible) -> Response[Json]:
    """How a refusal of the control API looks."""
    return Response({"error": str(problem)}, status_code=problem.status)


HANDLERS = [
    state, chat, calls, events, file, send, press, contact, upload, person, block, flood, outage, clock, restart,
    inject, wait,
]  # fmt: skip
