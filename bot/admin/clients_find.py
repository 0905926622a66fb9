"""Finding a client by typing a name or a phone, or entering a new one: for their card, or for whom a visit is booked."""

from typing import Any, NamedTuple

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import Client, NewClient
from bot.admin.clients_words import client_label, find, name_and_phone
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.ui.callbacks import Ids
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.text import clean_text, one_line

SHOWN = 8


class For(NamedTuple):
    """What the client is looked for: a visit of these services, specialist (0: any) and start, or (no service) the
    card."""

    services: Ids = ()
    specialist: int = 0
    start: int = 0
    force: int = 0

    def button(self, label: str, client_id: int) -> Button:
        """Goes on with that client."""
        if not self.services:
            return old_go(label, "a.cl", client_id)
        return old_go(
            label, "kforce" if self.force else "kpick", (client_id, *self.services), self.specialist, self.start
        )

    def back(self, request: Request) -> Button:
        """The way back from looking."""
        if not self.services:
            return old_go(request.t.label("button-back"), "a.cls", 0)
        return old_go(request.t.label("button-back"), "knear", (0, *self.services), self.specialist)

    def new(self, request: Request) -> Button:
        """Enter somebody who is not known yet."""
        if not self.services:
            return old_go(request.t.label("button-new-client"), "a.cln")
        return old_go(
            request.t.label("button-new-client"), "k.new", self.services, self.specialist, self.start, self.force
        )


def _for(draft: dict[str, Any]) -> For:
    services = tuple(int(one) for one in draft.get("services", ()))
    return For(services, *(int(str(draft.get(name, 0))) for name in For._fields[1:]))


async def who(request: Request, wanted: For) -> Screen:
    """Asks for whom, or whose card: the name or the phone is typed."""
    rows: list[Row] = [[wanted.new(request)]]
    return await old_ask(
        request, "a.find", request.t.html("client-ask"), wanted.back(request), rows, **wanted._asdict()
    )


@old_step("a.find")
async def found(request: Request, text: str, draft: dict[str, Any]) -> Screen:
    """The clients that match. What is typed next is looked for as well."""
    wanted = _for(draft)
    query = one_line(clean_text(text, 200), 200)
    if not query:
        return await who(request, wanted)
    matches = await find(request, query, SHOWN)
    rows: list[Row] = [[wanted.button(client_label(request, one), one.id)] for one in matches.items]
    await request.dialog.begin("a.find", **wanted._asdict(), typed=query)
    if not rows:
        said = request.t.html("client-none", query=one_line(query, 60))
    else:
        said = request.t.html("client-more" if matches.next else "client-found", query=one_line(query, 60))
    return Screen(said, [*rows, [wanted.new(request)], [wanted.back(request)]])


@old_route("a.clf")
async def look(request: Request) -> Screen:
    """Look for a client's card."""
    return await who(request, For())


@old_route("a.cln")
async def new_client(request: Request) -> Screen:
    """A new client for the list."""
    return await _ask_new(request, For())


@old_route("k.new")
async def new_for_visit(request: Request, services: Ids, specialist_id: int, start: int, force: int) -> Screen:
    """A new client for whom a visit is booked at once."""
    return await _ask_new(request, For(services, specialist_id, start, force))


async def _ask_new(request: Request, wanted: For, key: str = "client-new-ask") -> Screen:
    return await old_ask(request, "a.new", request.t.html(key), wanted.back(request), **wanted._asdict())


@old_step("a.new")
async def entered(request: Request, text: str, draft: dict[str, Any]) -> Screen:
    """Name and phone have been typed: the client is there, and it goes on with them."""
    wanted = _for(draft)
    name, phone = name_and_phone(text)
    if not name:
        return await _ask_new(request, wanted, "client-new-again")
    try:
        body = NewClient(name=name, phone=phone)
        client = await request.api.create_client(body, key=request.idempotency_key("client"))
    except BackendRefused as refusal:
        if refusal.code is not Code.INVALID:
            raise
        return await _ask_new(request, wanted, "client-new-again")
    await request.dialog.end()
    return await _go_on(request, wanted, client)


async def _go_on(request: Request, wanted: For, client: Client) -> Screen:
    from bot.admin.bookings_new import confirm_screen
    from bot.admin.clients import card_screen

    if not wanted.services:
        return card_screen(request, client, request.t.html("client-added"))
    return await confirm_screen(request, client, wanted)
