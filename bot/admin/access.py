"""Who may do what: invitations by link or code, "this is me", and roles that are taken away at once."""

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import NewInvitation, StaffMember
from bot.admin.callbacks.staff import (
    AdminCard,
    AskRevokeRole,
    Invite,
    RevokeInvitation,
    RevokeRole,
    SpecialistCard,
    StaffList,
    ThisIsMe,
)
from bot.admin.menu import manage_row
from bot.admin.opening import bot_link
from bot.admin.staff import specialist_card, staff_screen
from bot.command_menu import reset_command_menu
from bot.home import home_screen
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Button, Row, Screen, button_to
from bot.ui.prompts import add_above

router = Router(for_staff=True)


@router.press(Invite)
async def invite_person(request: Request, callback: Invite) -> Screen:
    """Show a one-time link and a code to type, good for 48 hours."""
    t, specialist_id = request.t, callback.specialist_id
    if callback.admin:
        new, back_to = NewInvitation(role="admin"), button_to(t.label("button-back"), StaffList())
    else:
        new = NewInvitation(role="specialist", specialist_id=specialist_id)
        back_to = button_to(t.label("button-back"), SpecialistCard(specialist_id=specialist_id))
    invitation = await request.api.create_invitation(new, key=request.idempotency_key("invite"))
    link = await bot_link(request, f"i_{invitation.token}")
    code = f"{invitation.code[:4]}-{invitation.code[4:]}"
    until = request.times.when(invitation.expires_at)
    revoke = RevokeInvitation(invitation_id=invitation.id, specialist_id=specialist_id)
    rows: list[Row] = [
        [Button(t.label("button-copy-link"), copy=link), Button(t.label("button-copy-code"), copy=code)],
        [button_to(t.label("button-revoke-invitation"), revoke, style="danger")],
        [back_to],
    ]
    key = "invitation-admin" if callback.admin else "invitation"
    return Screen(t.html(key, link=link, code=code, until=until), rows)


@router.press(RevokeInvitation)
async def revoke_invitation(request: Request, callback: RevokeInvitation) -> Screen:
    """Make the link and the code void."""
    try:
        await request.api.revoke_invitation(callback.invitation_id, key=request.idempotency_key("revoke"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:  # used or out of time meanwhile
            raise
    specialist_id = callback.specialist_id
    screen = await (specialist_card(request, specialist_id) if specialist_id else staff_screen(request))
    return screen._replace(toast=request.t.label("saved"))


@router.press(ThisIsMe)
async def take_calendar(request: Request, callback: ThisIsMe) -> Screen:
    """Take a specialist's calendar as the admin's own."""
    person = await request.api.bind_own_account(callback.specialist_id, key=request.idempotency_key("own-account"))
    await request.refresh_person(person)
    return (await specialist_card(request, callback.specialist_id))._replace(toast=request.t.label("saved"))


async def _find_member(request: Request, person_id: int) -> StaffMember | None:
    members = (await request.api.list_staff()).items
    return next((member for member in members if member.person_id == person_id), None)


@router.press(AdminCard)
async def show_admin(request: Request, callback: AdminCard) -> Screen:
    """Show one admin; the staff where they are none (any more)."""
    member = await _find_member(request, callback.person_id)
    if member is None or "admin" not in member.roles:
        return await staff_screen(request)
    revoke = AskRevokeRole(admin=True, person_id=member.person_id)
    rows: list[Row] = [
        [button_to(request.t.label("button-revoke"), revoke, style="danger")],
        [button_to(request.t.label("button-back"), StaffList())],
        manage_row(request),
    ]
    return Screen(request.t.html("admin-card", name=member.name or str(member.tg_id)), rows)


@router.press(AskRevokeRole)
async def ask_revoke_role(request: Request, callback: AskRevokeRole) -> Screen:
    """Ask before a role is taken away."""
    t, admin, person_id = request.t, callback.admin, callback.person_id
    member = await _find_member(request, person_id)
    if member is None:
        return await staff_screen(request)
    keep = AdminCard(person_id=person_id) if admin else SpecialistCard(specialist_id=member.specialist_id or 0)
    rows: list[Row] = [
        [button_to(t.label("button-yes-revoke"), RevokeRole(admin=admin, person_id=person_id), style="danger")],
        [button_to(t.label("button-keep"), keep)],
    ]
    key = "revoke-admin-ask" if admin else "revoke-ask"
    return Screen(t.html(key, name=member.name or str(member.tg_id)), rows)


@router.press(RevokeRole)
async def revoke_role(request: Request, callback: RevokeRole) -> Screen:
    """Take a role away: from their next press on the person is a client. The last admin stays."""
    person_id, key = callback.person_id, request.idempotency_key("revoke")
    try:
        person = await request.api.revoke_role(person_id, "admin" if callback.admin else "specialist", key=key)
    except BackendRefused as refusal:
        if refusal.code is Code.LAST_ADMIN:
            return add_above(request.t.html("refused-last-admin"), await staff_screen(request))
        if refusal.code is not Code.NOT_FOUND:
            raise
        return (await staff_screen(request))._replace(toast=request.t.label("saved"))
    if person.tg_id is not None:
        await reset_command_menu(request, person.tg_id)
    if person_id == request.person.id:
        await request.refresh_person(person)
        screen = await home_screen(request)
    else:
        screen = await staff_screen(request)
    return screen._replace(toast=request.t.label("saved"))
