"""Deep links and typed codes: a service, a specialist, a hold from the web page, its codes, an invitation to the staff."""

import re
from datetime import timedelta

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import InvitationPreview
from bot.client import times
from bot.client.book import show_soonest_times
from bot.client.bookings import booked_screen
from bot.client.callbacks import AcceptInvitation, ClientHome, SoonestTimes, SpecialistServices
from bot.client.codes import codes_screen
from bot.client.confirm import load_confirm_screen
from bot.client.home import SHOWN, client_home_screen
from bot.client.offer import BookingPurpose
from bot.home import home_screen
from bot.request import Request
from bot.router import Router
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to, turning_buttons
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above
from bot.ui.text import Html, escape, one_line

# A typed invitation code: eight characters. A word in small letters is not taken for one, for every wrong guess counts.
_CODE = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9]{8}")
_LINK = re.compile(r"([sphi])_([A-Za-z0-9_-]{1,48})")

router = Router()


async def follow_link(request: Request, payload: str) -> Screen:
    """Return the screen that /start with a payload leads to. A bad link is one plain sentence above the home screen."""
    if payload == "code":
        return await codes_screen(request)
    match = _LINK.fullmatch(payload)
    if match is None:
        return await _bad_link_screen(request)
    kind, value = match.groups()
    if kind == "i":
        return await _invitation_screen(request, value)
    if kind == "h":
        return await _follow_hold(request, value)
    if not value.isdecimal() or len(value) > 15:
        return await _bad_link_screen(request)
    if kind == "s":
        return await show_soonest_times(request, SoonestTimes(services=(int(value),), specialist_id=0))
    return await show_specialist_services(request, SpecialistServices(specialist_id=int(value)))


async def _bad_link_screen(request: Request) -> Screen:
    return add_above(request.t.html("bad-link"), await home_screen(request))


@router.press(SpecialistServices)
async def show_specialist_services(request: Request, callback: SpecialistServices) -> Screen:
    """Show one specialist's services, each with its soonest time: one tap takes it."""
    specialist_id, today = callback.specialist_id, request.times.today
    last = today + timedelta(days=times.RANGE_DAYS)
    try:
        found = await request.api.get_specialist_offers(
            specialist_id, today.isoformat(), last.isoformat(), offset=callback.page * SHOWN, limit=SHOWN
        )
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await _bad_link_screen(request)
    specialist, offers = found.specialist, found.offers
    if not offers:
        return await _bad_link_screen(request)
    rows: list[Row] = []
    for offer in offers:
        purpose = BookingPurpose((offer.service.id,), specialist_id)
        rows.append([button_to(cuttable_name(offer.service.name), purpose.soonest(specialist_id))])
        if offer.soonest is not None:
            label = request.times.relative(offer.soonest.start)
            rows[-1].append(purpose.pick_button(label, offer.soonest))
    lines = [str(request.t.html("with-specialist", name=specialist.name))]
    if specialist.description:
        lines.append(escape(one_line(specialist.description, 600)))
    # the terms stand above, so that a button beside its time has room for the name
    lines += ["", *(escape(cards.service_label(request, offer.service)) for offer in offers)]
    back = button_to(request.t.label("button-home"), ClientHome())
    turning = turning_buttons(callback.page, found.total, SHOWN, lambda to: SpecialistServices(specialist_id, page=to))
    return Screen("\n".join(lines), [*rows, turning, [back]])


async def _follow_hold(request: Request, token: str) -> Screen:
    """Return the confirmation of a hold taken on the web page, which is this person's from now on.

    Where it is too late, return what has become of it."""
    try:
        booking = await request.api.claim_hold(token, key=request.idempotency_key("claim"))
    except BackendRefused as refusal:
        if refusal.code not in (Code.BAD_CODE, Code.ILLEGAL_STEP, Code.INVALID):
            raise
        return add_above(request.t.html("hold-link-void"), await client_home_screen(request))
    if booking.status == "held":
        return await load_confirm_screen(request, booking, "")
    if booking.status in cards.LIVE:
        return booked_screen(request, booking)
    # it has ended: its own time, where that is still free, and the times nearest to it
    note = request.t.html("hold-link-ended", when=request.times.time_tag(booking.start))
    purpose = BookingPurpose(tuple(booking.service_ids), 0)
    return await times.nearest_screen(request, purpose, booking.start, note)


async def typed_code_screen(request: Request, text: str) -> Screen | None:
    """Return the invitation of a typed code, or None for a text that does not look like one."""
    code = text.strip().replace("-", "")
    return await _invitation_screen(request, code.upper()) if _CODE.fullmatch(code) else None


async def _invitation_screen(request: Request, code: str) -> Screen:
    """Return what somebody is invited to, before they accept."""
    try:
        preview = await request.api.preview_invitation(code)
    except BackendRefused as refusal:
        if refusal.code not in (Code.BAD_CODE, Code.NOT_FOUND, Code.INVALID):
            raise
        return add_above(request.t.html("refused-code"), await home_screen(request))
    rows: list[Row] = [
        [button_to(request.t.label("button-accept"), AcceptInvitation(code=code), style="success")],
        [button_to(request.t.label("button-not-now"), ClientHome())],
    ]
    return Screen(_invitation_text(request, preview), rows)


def _invitation_text(request: Request, preview: InvitationPreview) -> Html:
    if preview.role == "admin":
        return request.t.html("invited-admin", business=preview.business)
    if preview.specialist_name is None:
        return request.t.html("invited-staff", business=preview.business)
    return request.t.html("invited-specialist", business=preview.business, name=preview.specialist_name)


@router.press(AcceptInvitation)
async def accept_invitation(request: Request, callback: AcceptInvitation) -> Screen:
    """Take the role on; it counts from the next moment."""
    person = await request.api.redeem_invitation(callback.code, key=request.idempotency_key("redeem"))
    await request.refresh_person(person)
    return add_above(request.t.html("invited-welcome"), await home_screen(request))
