"""Deep links and typed codes: a service, a specialist, a hold from the web page, an invitation to the staff."""

import asyncio
import re

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import InvitationPreview
from bot.client import book, held, times
from bot.client.home import SHOWN
from bot.client.times import Choice
from bot.home import home_screen
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui import cards
from bot.ui.keyboards import Row, Screen
from bot.ui.text import Html, escape, one_line

# What a typed invitation code looks like: eight characters. A word in small letters is not taken for one, for every
# wrong guess counts.
_CODE = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9]{8}")
_LINK = re.compile(r"([sphi])_([A-Za-z0-9_-]{1,48})")


async def follow_link(request: Request, payload: str) -> Screen:
    """/start with a payload. A bad link is one plain message and the way home."""
    found = _LINK.fullmatch(payload)
    if found is None:
        return await _bad_link(request)
    kind, value = found.groups()
    if kind == "i":
        return await _invitation(request, value)
    if kind == "h":
        return await held.follow(request, value)
    if not value.isdecimal() or len(value) > 15:
        return await _bad_link(request)
    if kind == "s":
        return await book.near(request, (int(value),), 0)
    return await specialist(request, int(value))


async def _bad_link(request: Request) -> Screen:
    screen = await home_screen(request)
    return screen._replace(text=f"{request.t.html('bad-link')}\n\n{screen.text}")


@old_route("c.of")
async def specialist(request: Request, specialist_id: int) -> Screen:
    """One specialist's services, each with its soonest time: one tap takes it."""
    people, services = await asyncio.gather(request.api.list_specialists(), request.api.list_services(specialist_id))
    person = next((one for one in people.items if one.id == specialist_id), None)
    offered = [one for one in services.items if specialist_id in one.specialist_ids][:SHOWN]
    if person is None or not offered:
        return await _bad_link(request)
    back = old_go(request.t.label("button-home"), "c.home")
    choices = [Choice("c.", (one.id,), specialist_id, [one.id], Html(""), back) for one in offered]
    found = await asyncio.gather(*(times.soonest_slots(request, choice, 1) for choice in choices))
    rows: list[Row] = []
    for service, choice, slots in zip(offered, choices, found, strict=True):
        rows.append([old_go(service.name, "c.near", service.id, specialist_id)])
        if slots:
            rows[-1].append(choice.pick(request.times.near(slots[0].start), slots[0]))
    lines = [str(request.t.html("with-specialist", name=person.name))]
    if person.description:
        lines.append(escape(one_line(person.description, 600)))
    # the terms stand above, so that a button beside its time has room for the name
    lines += ["", *(escape(cards.service_label(request, one)) for one in offered)]
    return Screen("\n".join(lines), [*rows, [back]])


async def typed_code_screen(request: Request, text: str) -> Screen | None:
    """The invitation behind a typed code; None for what does not look like one."""
    code = text.strip().replace("-", "")
    return await _invitation(request, code.upper()) if _CODE.fullmatch(code) else None


async def _invitation(request: Request, code: str) -> Screen:
    """Name and role are shown before Accept."""
    try:
        offer = await request.api.preview_invitation(code)
    except BackendRefused as refusal:
        if refusal.code not in (Code.BAD_CODE, Code.NOT_FOUND, Code.INVALID):
            raise
        screen = await home_screen(request)
        return screen._replace(text=f"{request.t.html('refused-code')}\n\n{screen.text}")
    rows: list[Row] = [
        [old_go(request.t.label("button-accept"), "i.ok", code, style="success")],
        [old_go(request.t.label("button-not-now"), "c.home")],
    ]
    return Screen(_offer(request, offer), rows)


def _offer(request: Request, offer: InvitationPreview) -> Html:
    if offer.role == "admin":
        return request.t.html("invited-admin", business=offer.business)
    if offer.specialist_name is None:
        return request.t.html("invited-staff", business=offer.business)
    return request.t.html("invited-specialist", business=offer.business, name=offer.specialist_name)


@old_route("i.ok")
async def accept(request: Request, code: str) -> Screen:
    """The role is taken on; it counts from the next moment."""
    person = await request.api.redeem_invitation(code, key=request.idempotency_key("redeem"))
    await request.refresh_person(person)
    screen = await home_screen(request)
    return screen._replace(text=f"{request.t.html('invited-welcome')}\n\n{screen.text}")
