"""Who may do what: invitations by link or code, "this is me", and roles taken away at once."""

from typing import Literal

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import NewInvitation
from bot import command_menu
from bot.admin.menu import manage_row
from bot.admin.opening import bot_link as link_to
from bot.admin.staff import card, listed, members
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.prompts import add_above

_ROLES: tuple[Literal["specialist", "admin"], ...] = ("specialist", "admin")


@old_route("a.inv")
async def invite(request: Request, admin: int, specialist_id: int) -> Screen:
    """A one-time link and a code to type, for 48 hours: to a specialist's calendar (0) or as an admin (1)."""
    body = NewInvitation(role="admin") if admin else NewInvitation(role="specialist", specialist_id=specialist_id)
    made = await request.api.create_invitation(body, key=request.idempotency_key("invite"))
    link = await link_to(request, f"i_{made.token}")
    code = f"{made.code[:4]}-{made.code[4:]}"
    text = request.t.html(
        "invitation-admin" if admin else "invitation", link=link, code=code, until=request.times.when(made.expires_at)
    )
    back = old_go(request.t.label("button-back"), *(("a.sts",) if admin else ("a.st", specialist_id)))
    rows: list[Row] = [
        [
            Button(request.t.label("button-copy-link"), copy=link),
            Button(request.t.label("button-copy-code"), copy=code),
        ],
        [old_go(request.t.label("button-revoke-invitation"), "a.invx", made.id, specialist_id, style="danger")],
        [back],
    ]
    return Screen(text, rows)


@old_route("a.invx")
async def revoke_invitation(request: Request, invitation_id: str, specialist_id: int) -> Screen:
    """The link and the code are void."""
    try:
        await request.api.revoke_invitation(invitation_id, key=request.idempotency_key("revoke"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:  # used or out of time meanwhile
            raise
    screen = await (card(request, specialist_id) if specialist_id else listed(request))
    return screen._replace(toast=request.t.label("saved"))


@old_route("a.me")
async def me(request: Request, specialist_id: int) -> Screen:
    """The admin takes this calendar for their own."""
    body = NewInvitation(role="specialist", specialist_id=specialist_id)
    made = await request.api.create_invitation(body, key=request.idempotency_key("invite"))
    person = await request.api.redeem_invitation(made.token, key=request.idempotency_key("redeem"))
    await request.refresh_person(person)
    return (await card(request, specialist_id))._replace(toast=request.t.label("saved"))


@old_route("a.adm")
async def admin_card(request: Request, person_id: int) -> Screen:
    """One admin."""
    one = next((each for each in await members(request) if each.person_id == person_id and "admin" in each.roles), None)
    if one is None:
        return await listed(request)
    rows: list[Row] = [
        [old_go(request.t.label("button-revoke"), "a.rvk", 1, person_id, style="danger")],
        [old_go(request.t.label("button-back"), "a.sts")],
        manage_row(request),
    ]
    return Screen(request.t.html("admin-card", name=one.name or str(one.tg_id)), rows)


@old_route("a.rvk")
async def ask_revoke(request: Request, admin: int, person_id: int) -> Screen:
    """Take the access away?"""
    one = next((each for each in await members(request) if each.person_id == person_id), None)
    if one is None:
        return await listed(request)
    text = request.t.html("revoke-admin-ask" if admin else "revoke-ask", name=one.name or str(one.tg_id))
    keep = ("a.adm", person_id) if admin else ("a.st", one.specialist_id or 0)
    rows: list[Row] = [
        [old_go(request.t.label("button-yes-revoke"), "a.rvky", admin, person_id, style="danger")],
        [old_go(request.t.label("button-keep"), *keep)],
    ]
    return Screen(text, rows)


@old_route("a.rvky")
async def revoke(request: Request, admin: int, person_id: int) -> Screen:
    """From their next press on they are a client; the last admin stays."""
    one = next((each for each in await members(request) if each.person_id == person_id), None)
    try:
        await request.api.revoke_role(person_id, _ROLES[min(admin, 1)], key=request.idempotency_key("revoke"))
    except BackendRefused as refusal:
        if refusal.code is Code.LAST_ADMIN:
            return add_above(request.t.html("refused-last-admin"), await listed(request))
        if refusal.code is not Code.NOT_FOUND:
            raise
    if one is not None and one.tg_id is not None:
        await command_menu.reset_command_menu(request, one.tg_id)
    if person_id == request.person.id:
        from bot.home import home_screen

        await request.refresh_person(await request.api.get_me())
        return (await home_screen(request))._replace(toast=request.t.label("saved"))
    return (await listed(request))._replace(toast=request.t.label("saved"))
