"""People's chats with a bot: the real backend, a real Redis and the strict local Bot API behind it."""

import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import msgspec
from redis.asyncio import Redis

from backend.client.api import BackendClient, Caller
from backend.clock import AdjustableClock
from backend.contract.notices import ClaimNotices
from backend.contract.people import Identify, Invitation, NewInvitation
from backend.contract.redis import url_for
from backend.contract.tenancy import PutTenant
from backend.db.engine import Database
from backend.kit.redis_link import RedisLink
from backend.people.queries.roles import grant_role
from bot.context import Context, TenantBot
from bot.runtime import Runtime
from gateway.sandbox.methods.updates import fetch_updates
from gateway.sandbox.model import Bot as SandboxBot
from gateway.sandbox.model import Message
from gateway.sandbox.people import press_button, send_text, share_contact
from gateway.sandbox.sandbox import Sandbox
from gateway.sandbox.server import serve_sandbox
from gateway.tenants.file import BASICS
from tests.support.local_backend import MONDAY, import_business, load_tenant_id, serve_backend, standing_clock
from tests.support.machine import PATIENT_S
from tests.support.message_buttons import LabelCheck, buttons_of, callback_data_of, labels_of, shown_cell
from tests.support.recorded_screens import VARIABLE, RecordingRuntime
from tests.support.servers import INTERNAL_KEY

KEY = INTERNAL_KEY
CLIENT, SPECIALIST, ADMIN = 1001, 1002, 1003

BUSINESS = """
address: Lenina 5
phone: "+7 495 000-00-00"
policies: {slot_step: 30m, min_notice: 1h, horizon: 60d, cancel_until: 1h, hold: 10m, reminders: [24h, 2h]}
services:
  - {name: Haircut, price: "1500.00", duration: 45m, buffer_after: 15m}
  - {name: "Colour <b>&", price: "2500.50", duration: 2h}
specialists:
  - name: Anna
    services: [Haircut, {name: "Colour <b>&", price: "3000.00", duration: 90m}]
    hours: {mon: ["10:00-14:00"], tue: ["10:00-18:00"], wed: ["10:00-18:00"]}
  - name: Boris
    services: [Haircut]
    hours: {mon: ["12:00-18:00"], thu: ["10:00-18:00"]}
"""


class BotChats:
    """One tenant's bot and the people who write and press. Every step handles all updates that it causes before it returns."""

    def __init__(self, tenant: TenantBot, runtime: Runtime, backend: BackendClient, sandbox: Sandbox) -> None:
        self.tenant = tenant
        self.runtime = runtime
        self.backend = backend
        self.sandbox = sandbox
        self.bot: SandboxBot = sandbox.bots[tenant.token]
        self.http: aiohttp.ClientSession
        self.clock: AdjustableClock
        self.redis: Redis
        self.link: RedisLink
        self.db: Database
        self.tenant_id = 0
        self.answers: list[dict[str, Any]] = []
        self.offset = 0
        # basics that the tenant's file does not say
        self.left_out: tuple[str, ...] = ()
        self._label_checks: defaultdict[int, LabelCheck] = defaultdict(LabelCheck)

    async def say(self, person: int, text: str) -> str:
        """Send a text and return the menu's text afterwards."""
        send_text(self.sandbox, self.bot, person, text)
        await self.pump()
        return self.text(person)

    async def share(self, person: int, of: int | None = None) -> None:
        """Share a contact: one's own, or that of somebody else."""
        share_contact(self.sandbox, self.bot, person, of)
        await self.pump()

    async def press(self, person: int, label: str, *, message: Message | None = None) -> str:
        """Press the button with (a part of) this label and return the menu's text afterwards."""
        target = message or self.holding(person, label)
        press_button(self.sandbox, self.bot, person, target.id, label=label)
        await self.pump()
        return self.text(person)

    async def press_time(self, person: int, clock: str, day: str = "7") -> str:
        """Take a time of that day of the month, also one that the screen of the nearest times leaves out."""
        await self.press(
            person, next(label for label in self.labels(person) if label in ("Another day", "Другой день"))
        )
        await self.press(person, day)
        return await self.press(person, clock)

    async def forge(self, person: int, data: str, *, message: Message | None = None) -> dict[str, Any]:
        """Press a button that is not there and return the answer to the press."""
        target = message or self.menu(person)
        press_button(self.sandbox, self.bot, person, target.id, data=data, forged=True)
        await self.pump()
        return self.answers[-1]

    async def pump(self) -> None:
        """Hand every pending update to the bot, as a gateway does, and carry its answers out."""
        for update in await self.take():
            await self.handle(update)
        for person, chat in self.bot.chats.items():
            self._label_checks[person].look(chat.messages.values())

    async def handle(self, update: dict[str, Any]) -> None:
        """Hand one update to the bot, with the person as the backend knows them now."""
        event = next(value for name, value in update.items() if name != "update_id")
        sender = event["from"]
        told = Identify(tg_id=sender["id"], first_name=sender["first_name"], language_code=sender.get("language_code"))
        person = await self.backend.identify_person(self.tenant.slug, told, "r-1")
        await self.follow_basics()
        context = Context(tenant=self.tenant, person=person, request_id="r-1")
        answer = await self.runtime.process_update(context, json.dumps(update).encode())
        if answer is not None:
            call = json.loads(answer)
            self.answers.append(call)
            method = call.pop("method")
            url = f"{self.sandbox.public_url}/bot{self.tenant.token}/{method}"
            async with self.http.post(url, json=call) as response:
                assert response.status == 200, await response.text()

    async def follow_basics(self) -> None:
        """Take over what an admin has said of a business whose file leaves it out, as a gateway does."""
        if self.left_out:
            known = await self.backend.act_as(self.tenant.slug, None, "r-6").get_tenant()
            said = {field: getattr(known, field) for field in self.left_out}
            self.tenant = msgspec.structs.replace(self.tenant, **said)

    async def context(self, person: int) -> Context:
        """Return what a gateway would have cached about somebody now."""
        told = Identify(tg_id=person, first_name=self.bot.people[person].first_name)
        known = await self.backend.identify_person(self.tenant.slug, told, "r-3")
        return Context(tenant=self.tenant, person=known, request_id="r-3")

    async def press_as(self, context: Context, person: int, label: str) -> str:
        """Press with a context that may be out of date."""
        press_button(self.sandbox, self.bot, person, self.holding(person, label).id, label=label)
        for update in await self.take():
            await self.runtime.process_update(context, json.dumps(update).encode())
        return self.text(person)

    async def take(self) -> list[dict[str, Any]]:
        """Return the pending updates, unhandled."""
        found = await fetch_updates(self.sandbox, self.bot, offset=self.offset, limit=100, timeout_s=0)
        self.offset = found[-1]["update_id"] + 1 if found else self.offset
        return found

    async def admin(self) -> Caller:
        """Make the sandbox's admin the tenant's, as init-admin does, and return a caller who acts as them."""
        known = (await self.context(ADMIN)).person
        await self.db.write(None, lambda conn: grant_role(conn, self.tenant_id, known.id, "admin", None, MONDAY))
        return self.backend.act_as(self.tenant.slug, ADMIN, "r-4")

    async def open_business(self) -> Caller:
        """Do the last of the first steps (the first client's booking apart); return a caller who acts as the admin."""
        admin = await self.admin()
        await admin.mark_shared(key="shared")
        return admin

    async def invite(self, admin: Caller, specialist_id: int) -> Invitation:
        """Return an invitation to a specialist's calendar."""
        body = NewInvitation(role="specialist", specialist_id=specialist_id)
        return await admin.create_invitation(body)

    async def hire(self, person: int, specialist_id: int) -> None:
        """Give somebody a specialist's calendar."""
        await self.context(person)
        invitation = await self.invite(await self.admin(), specialist_id)
        me = self.backend.act_as(self.tenant.slug, person, "r-5")
        await me.redeem_invitation(invitation.token, key=f"hire-{person}")

    def file(self, document: dict[str, Any]) -> bytes:
        """Return the bytes of a document that the bot has sent."""
        known = self.bot.files[document["file_id"]]
        content = self.sandbox.files.read(self.bot, known.path)
        assert content is not None
        return content

    async def deliver(self) -> list[str]:
        """Send the notices that are due and return their outcomes."""
        claimed = await self.backend.claim_notices(ClaimNotices(tenants=[self.tenant.slug]), "r-2")
        outcomes: list[str] = []
        for notice in claimed.items:
            report = await self.runtime.send_notice(self.tenant, notice)
            await self.backend.report_notice(notice.id, report, "r-2")
            outcomes.append(report.outcome)
        return outcomes

    def shift(self, seconds: float) -> None:
        """Move the backend's clock; the bot follows it from the next answer on."""
        self.clock.shift_s += seconds

    def live(self, person: int) -> list[Message]:
        """Return the bot's messages that the person sees."""
        chat = self.sandbox.chat(self.bot, person)
        return [one for one in chat.messages.values() if one.out and not one.deleted]

    def menu(self, person: int) -> Message:
        """Return the one live menu."""
        menus = [
            one for one in self.live(person) if callback_data_of(one) and not callback_data_of(one)[0].endswith("~-")
        ]
        assert len(menus) == 1, f"{len(menus)} menus: {[one.content for one in menus]}"
        return menus[0]

    def holding(self, person: int, label: str) -> Message:
        """Return the newest message that holds a button with this label."""
        for one in reversed(self.live(person)):
            if any(label.replace("\u00a0", " ") in text for text in labels_of(one)):
                return one
        raise AssertionError(f"no button {label!r} among {self.labels(person)}")

    def text(self, person: int) -> str:
        """Return the menu's text as it is read: a space that does not break is a space."""
        return str(self.menu(person).content["text"]).replace("\u00a0", " ")

    def labels(self, person: int) -> list[str]:
        """Return the labels of the menu's buttons."""
        return labels_of(self.menu(person))

    def pressable(self, person: int) -> list[str]:
        """Return the labels of those of the menu's buttons that are not disabled."""
        return [
            button["text"].replace("\u00a0", " ")
            for button in buttons_of(self.menu(person))
            if "disabled" not in button
        ]

    def week_rows(self, person: int) -> list[list[str]]:
        """Return the rows of seven of the menu; a day that cannot be pressed has brackets, an empty place nothing."""
        rows = (self.menu(person).markup or {})["inline_keyboard"]
        return [[shown_cell(button) for button in row] for row in rows if len(row) == 7]

    @staticmethod
    def labels_of(message: Message) -> list[str]:
        """Return the labels of any message's buttons."""
        return labels_of(message)


@asynccontextmanager
async def bot_chats(
    database_url: str,
    redis_url: str,
    *,
    locale: str = "en",
    slug: str = "barber",
    business: str = BUSINESS,
    left_out: tuple[str, ...] = (),
) -> AsyncIterator[BotChats]:
    """Start a bot of one tenant, with everything that it needs."""
    sandbox = Sandbox()
    token = f"{7000 + len(slug)}:{'A' * 35}"
    sandbox.add_bot(token, "Barber House", language=locale, slug=slug)
    tenant = TenantBot(
        slug=slug,
        name="Barber House",
        token=token,
        timezone="Europe/Moscow",
        locale=msgspec.convert(locale, Any),
        currency="RUB",
    )
    async with serve_backend(database_url, redis_url) as (address, app), serve_sandbox(sandbox) as api:
        # a busy machine is not an outage
        backend = BackendClient(address, KEY, clock=standing_clock, timeout_s=60.0, connect_timeout_s=60.0)
        await backend.start()
        said = {field: getattr(tenant, field) for field in BASICS if field not in left_out}
        put = msgspec.convert(said, PutTenant)
        await backend.put_tenant(slug, put, "r-0")
        if business:
            await import_business(app.state.db, slug, business, int(app.state.clock()))
        redis = Redis.from_url(url_for(redis_url, "bot", KEY), socket_timeout=PATIENT_S, protocol=2)
        link = RedisLink(url_for(redis_url, "bot", KEY))
        await link.start()
        make_runtime = partial(RecordingRuntime, sandbox) if os.environ.get(VARIABLE) else Runtime
        runtime = make_runtime(redis=link, backend=backend, telegram_api_url=api)
        await runtime.start()
        chats = BotChats(tenant, runtime, backend, sandbox)
        chats.left_out = left_out
        chats.clock, chats.redis, chats.link, chats.db = app.state.clock, redis, link, app.state.db
        chats.tenant_id = await load_tenant_id(app.state.db, slug)
        chats.http = aiohttp.ClientSession()
        try:
            yield chats
        finally:
            await chats.http.close()
            await runtime.close()
            await link.close()
            await redis.aclose()
            await backend.close()
