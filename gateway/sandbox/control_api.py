"""`/sandbox/…`: what the page and tests do with the sandbox. A bot is addressed by slug, username or id.

Errors are `{"error": sentence}` with 400, 404 or 409. Bodies are JSON; unknown fields are refused.
"""

import json
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from gateway.sandbox import groups, people
from gateway.sandbox.bot_api import read_params
from gateway.sandbox.control_requests import (
    AddBusiness,
    AddPerson,
    AddToGroup,
    BlockBot,
    InGroup,
    InjectUpdate,
    PressButton,
    SendMessage,
    SetFlood,
    SetOutage,
    ShareContact,
    ShiftClock,
    WaitUntilIdle,
)
from gateway.sandbox.dependencies import ControlDependency, HttpRequest, SandboxDependency
from gateway.sandbox.errors import BotApiError
from gateway.sandbox.model import Bot, Json
from gateway.sandbox.people import ActionRefused
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.views import bot_view, chat_view, message_view

LONGEST_WAIT_S = 60.0
FARTHEST_SHIFT_S = 20 * 365 * 86_400  # of the clock, in all
SPINNER_S = 15  # how long the page shows a press as unanswered when it draws a chat


def _require_bot(sandbox: Sandbox, address: str) -> Bot:
    bot = sandbox.find_bot(address)
    if bot is None:
        raise ActionRefused(f"no bot called {address}", 404)
    return bot


def _chosen_bots(sandbox: Sandbox, address: str | None) -> list[Bot]:
    return list(sandbox.bots.values()) if address is None else [_require_bot(sandbox, address)]


@get("/sandbox/state")
async def get_state(sandbox: SandboxDependency, control: ControlDependency) -> Json:
    """Return all but the chats: `{bots: […], now, shift, status}`; `now` in epoch seconds, `shift` in seconds."""
    views = []
    now = time.monotonic()
    for bot in sandbox.bots.values():
        transient = sandbox.transient[bot.token]
        views.append(bot_view(bot, flood_s=transient.flood_until - now, outage=transient.outage))
    return {"bots": views, "now": sandbox.now(), "shift": sandbox.shift, "status": await control.status()}


@get("/sandbox/chats/{bot:str}/{person:int}")
async def get_chat_view(bot: FromPath[str], person: FromPath[int], sandbox: SandboxDependency) -> Json:
    """Return a chat.

    `{bot, person, started, blocked, keyboard, commands, menu_button, pinned, spinning, messages}`
    """
    addressed_bot = _require_bot(sandbox, bot)
    if person not in addressed_bot.groups:
        people.require_person(addressed_bot, person)
    queries = sandbox.transient[addressed_bot.token].callback_queries.values()
    since = sandbox.now() - SPINNER_S
    spinning = [
        query.message_id
        for query in queries
        if query.person_id == person and query.answer is None and query.pressed_at > since
    ]
    return chat_view(addressed_bot, sandbox.chat(addressed_bot, person), spinning)


@get("/sandbox/calls")
async def list_calls(sandbox: SandboxDependency, bot: FromQuery[str | None] = None, after: FromQuery[int] = 0) -> Json:
    """Return the journal after the call `after`, oldest first.

    `{calls: [{n, kind, bot, method, params, ok, result, at, ms}]}`
    """
    slug = _require_bot(sandbox, bot).slug if bot else None
    calls = [call for call in sandbox.journal.calls if call["n"] > after and slug in (None, call["bot"])]
    return {"calls": calls}


@get("/sandbox/events")
async def stream_events(sandbox: SandboxDependency) -> Stream:
    """Stream server-sent events: message, chat, press, answer, action, call, bots, clock, hello, tick."""

    async def lines() -> AsyncIterator[str]:
        async for event in sandbox.journal.stream():
            yield f"event: {event['event']}\ndata: {json.dumps(event['data'])}\n\n"

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(lines(), media_type="text/event-stream", headers=headers)


@get("/sandbox/files/{bot:str}/{file_id:str}")
async def download_file(bot: FromPath[str], file_id: FromPath[str], sandbox: SandboxDependency) -> Response[bytes]:
    """Return a message's file by its `file_id`: a picture to be shown in place, any other as a download."""
    addressed_bot = _require_bot(sandbox, bot)
    file = addressed_bot.files.get(file_id)
    data = sandbox.files.read(addressed_bot, file.path) if file else None
    if file is None or data is None:
        raise ActionRefused("no such file", 404)
    in_place = file.kind == "photo"
    name = quote(file.name, safe="")
    return Response(
        data,
        media_type=file.mime if in_place and file.mime.startswith("image/") else "application/octet-stream",
        headers={
            "Content-Disposition": "inline" if in_place else f"attachment; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )


@post("/sandbox/send", status_code=200)
async def send_as_person(data: JSONBody[SendMessage], sandbox: SandboxDependency) -> Json:
    """Send a message of a person. Returns the message as the bot will get it."""
    bot = _require_bot(sandbox, data.bot)
    if data.content:
        message = people.send_content(sandbox, bot, data.person, data.content, data.reply_to)
    else:
        message = people.send_text(sandbox, bot, data.person, data.text, data.reply_to)
    return message_view(bot, sandbox.chat(bot, data.person), message)


@post("/sandbox/press", status_code=200)
async def press_as_person(data: JSONBody[PressButton], sandbox: SandboxDependency) -> Json:
    """Press an inline button: `{query, message_id, data, answer}`; `answer` is null while there is none."""
    bot = _require_bot(sandbox, data.bot)
    message_id = data.message_id
    if message_id is None:
        message_id = _find_latest_message(sandbox, bot, data)
    query = people.press_button(
        sandbox, bot, data.person, message_id, data=data.data, label=data.label, forged=data.forged
    )
    if data.wait_s > 0:
        await people.wait_for_answer(sandbox, bot, query, min(data.wait_s, LONGEST_WAIT_S))
    return {"query": query.id, "message_id": message_id, "data": query.data, "answer": query.answer}


def _find_latest_message(sandbox: Sandbox, bot: Bot, data: PressButton) -> int:
    people.require_person(bot, data.person)
    messages = sandbox.chat(bot, data.person).messages
    for message in reversed(messages.values()):
        if not message.deleted and people.find_button(message, data.data, data.label):
            return message.id
    raise ActionRefused("no message here has such a button", 404)


@post("/sandbox/contact", status_code=200)
async def share_contact_as_person(data: JSONBody[ShareContact], sandbox: SandboxDependency) -> Json:
    """Share a contact. Returns the message."""
    bot = _require_bot(sandbox, data.bot)
    message = people.share_contact(sandbox, bot, data.person, data.of, data.phone)
    return message_view(bot, sandbox.chat(bot, data.person), message)


@post("/sandbox/upload/{bot:str}/{person:int}", status_code=200)
async def upload_as_person(
    request: HttpRequest, bot: FromPath[str], person: FromPath[int], sandbox: SandboxDependency
) -> Json:
    """Send a file of a person: multipart `file`, optionally `caption`. Returns the message."""
    addressed_bot = _require_bot(sandbox, bot)
    params = await read_params(request)
    if "file" not in params.files:
        raise ActionRefused("a file is needed", 400)
    message = people.send_file(sandbox, addressed_bot, person, params.files["file"], params.string("caption"))
    return message_view(addressed_bot, sandbox.chat(addressed_bot, person), message)


@post("/sandbox/person", status_code=201)
async def create_person(data: JSONBody[AddPerson], sandbox: SandboxDependency) -> Json:
    """Add a person. Returns the Bot API's User."""
    bot = _require_bot(sandbox, data.bot)
    return people.add_person(sandbox, bot, data.first_name, data.last_name, data.language, data.id).user_json()


@post("/sandbox/business", status_code=201)
async def add_business(data: JSONBody[AddBusiness], control: ControlDependency) -> Json:
    """Add a business, whose bot can be used at once: `{slug}`."""
    return {"slug": await control.add_business(data.name.strip())}


@post("/sandbox/group", status_code=201)
async def add_bot_to_group(data: JSONBody[AddToGroup], sandbox: SandboxDependency) -> Json:
    """Add the bot to a new group. Returns the Bot API's Chat; `GET /sandbox/chats/{bot}/{id}` shows it."""
    group = groups.add_to_group(sandbox, _require_bot(sandbox, data.bot), data.person, data.title, data.kind)
    return group.chat_json()


@post("/sandbox/group/act", status_code=200)
async def act_in_group(data: JSONBody[InGroup], sandbox: SandboxDependency) -> Json:
    """Do something in a group as a member. Returns the message, or the press with its answer as far as there is one."""
    bot = _require_bot(sandbox, data.bot)
    if data.remove:
        groups.remove_from_group(sandbox, bot, data.group, data.person)
        return {"removed": True}
    if data.message_id is not None:
        query = groups.press_in_group(sandbox, bot, data.group, data.person, data.message_id, data.label)
        return {"query": query.id, "message_id": query.message_id, "data": query.data, "answer": query.answer}
    message = groups.send_in_group(sandbox, bot, data.group, data.person, data.text, data.reply_to)
    return message_view(bot, sandbox.chat(bot, data.group), message)


@post("/sandbox/block", status_code=200)
async def block_bot(data: JSONBody[BlockBot], sandbox: SandboxDependency) -> Json:
    """Block or unblock the bot: `{blocked}`."""
    people.set_blocked(sandbox, _require_bot(sandbox, data.bot), data.person, blocked=data.on)
    return {"blocked": data.on}


@post("/sandbox/flood", status_code=200)
async def set_flood(data: JSONBody[SetFlood], sandbox: SandboxDependency) -> Json:
    """Have sending answer 429 for some seconds: `{seconds}`."""
    for bot in _chosen_bots(sandbox, data.bot):
        sandbox.transient[bot.token].flood_until = time.monotonic() + max(0.0, data.seconds)
    sandbox.journal.publish("bots", {})
    return {"seconds": max(0.0, data.seconds)}


@post("/sandbox/outage", status_code=200)
async def set_outage(data: JSONBody[SetOutage], sandbox: SandboxDependency) -> Json:
    """Take Telegram down, or bring it back: `{outage}`."""
    for bot in _chosen_bots(sandbox, data.bot):
        sandbox.set_outage(bot, on=data.on)
    sandbox.journal.publish("bots", {})
    return {"outage": data.on}


@post("/sandbox/clock", status_code=200)
async def shift_clock(data: JSONBody[ShiftClock], sandbox: SandboxDependency, control: ControlDependency) -> Json:
    """Move the clocks of the sandbox and of the product: `{now, shift, seconds}`; no seconds where no reminder is ahead."""
    seconds = data.seconds if data.seconds is not None else await control.seconds_to_reminder()
    if seconds is None:
        return {"now": sandbox.now(), "shift": sandbox.shift, "seconds": None}
    too_far = abs(seconds) > FARTHEST_SHIFT_S  # first: the number may be larger than any float
    if too_far or abs(sandbox.shift + seconds) > FARTHEST_SHIFT_S:
        raise ActionRefused("the clock goes no further", 400)
    sandbox.shift_clock(seconds)
    await control.shift_clock(seconds)
    return {"now": sandbox.now(), "shift": sandbox.shift, "seconds": seconds}


@post("/sandbox/restart", status_code=202)
async def restart_gateway(control: ControlDependency, sandbox: SandboxDependency) -> Json:
    """Restart the gateway."""
    await control.restart_gateway()
    sandbox.journal.publish("bots", {})
    return {"restarting": True}


@post("/sandbox/inject", status_code=200)
async def inject_update(data: JSONBody[InjectUpdate], sandbox: SandboxDependency) -> Json:
    """Queue a raw update: `{update_id}`, null if the bot does not want its kind."""
    update = sandbox.enqueue(_require_bot(sandbox, data.bot), data.kind, data.body, data.queue)
    return {"update_id": update.id if update else None}


@post("/sandbox/wait", status_code=200)
async def wait_until_idle(data: JSONBody[WaitUntilIdle], sandbox: SandboxDependency) -> Json:
    """Wait until no update is pending: `{idle}`."""
    return {"idle": await sandbox.wait_until_idle(_chosen_bots(sandbox, data.bot), min(data.timeout_s, LONGEST_WAIT_S))}


def render_bot_api_error(_: HttpRequest, error: BotApiError) -> Response[Json]:
    """Render what Telegram refuses from a person's device as well, such as a broken picture."""
    return Response({"error": error.description}, status_code=error.code)


def render_action_refused(_: HttpRequest, error: ActionRefused) -> Response[Json]:
    """Render what a person can't do."""
    return Response({"error": str(error)}, status_code=error.status)


HANDLERS = [
    get_state, get_chat_view, list_calls, stream_events, download_file, send_as_person, press_as_person,
    share_contact_as_person, upload_as_person, create_person, add_business,
    add_bot_to_group, act_in_group, block_bot, set_flood, set_outage, shift_clock,
    restart_gateway, inject_update, wait_until_idle,
]  # fmt: skip
