"""Who may do what: invitations by link or code, "this is me", and roles taken away at once."""

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.people import Invitation, NewInvitation, Person
from bot import command_menu
from bot.admin.home import manage_row
from bot.admin.share import link_to
from bot.admin.staff import card, listed, members
from bot.request import Turn
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go
from bot.ui.prompts import above

_ROLES = ("specialist", "admin")


@route("a.inv")
async def invite(turn: Turn, admin: int, specialist_id: int) -> Screen:
    """A one-time link and a code to type, for 48 hours: to a specialist's calendar (0) or as an admin (1)."""
    body = NewInvitation(role="admin") if admin else NewInvitation(role="specialist", specialist_id=specialist_id)
    made = await turn.api.call("POST", "/v1/invitations", Invitation, body=body, key=turn.key("invite"))
    link = await link_to(turn, f"i_{made.token}")
    code = f"{made.code[:4]}-{made.code[4:]}"
    text = turn.t.html(
        "invitation-admin" if admin else "invitation", link=link, code=code, until=turn.times.when(made.expires_at)
    )
    back = go(turn.t.label("button-back"), *(("a.sts",) if admin else ("a.st", specialist_id)))
    rows: list[Row] = [
        [Button(turn.t.label("button-copy-link"), copy=link), Button(turn.t.label("button-copy-code"), copy=code)],
        [go(turn.t.label("button-revoke-invitation"), "a.invx", made.id, specialist_id, style="danger")],
        [back],
    ]
    return Screen(text, rows)


@route("a.invx")
async def revoke_invitation(turn: Turn, invitation_id: str, specialist_id: int) -> Screen:
    """The link and the code are void."""
    try:
        await turn.api.call("DELETE", f"/v1/invitations/{invitation_id}", None, key=turn.key("revoke"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:  # used or out of time meanwhile
            raise
    screen = await (card(turn, specialist_id) if specialist_id else listed(turn))
    return screen._replace(toast=turn.t.label("saved"))


@route("a.me")
async def me(turn: Turn, specialist_id: int) -> Screen:
    """The admin takes this calendar for their own."""
    body = NewInvitation(role="specialist", specialist_id=specialist_id)
    made = await turn.api.call("POST", "/v1/invitations", Invitation, body=body, key=turn.key("invite"))
    person = await turn.api.redeem_invitation(made.token, key=turn.key("redeem"))
    await turn.person_changed(person)
    return (await card(turn, specialist_id))._replace(toast=turn.t.label("saved"))


@route("a.adm")
async def admin_card(turn: Turn, person_id: int) -> Screen:
    """One admin."""
    one = next((each for each in await members(turn) if each.person_id == person_id and "admin" in each.roles), None)
    if one is None:
        return await listed(turn)
    rows: list[Row] = [
        [go(turn.t.label("button-revoke"), "a.rvk", 1, person_id, style="danger")],
        [go(turn.t.label("button-back"), "a.sts")],
        manage_row(turn),
    ]
    return Screen(turn.t.html("admin-card", name=one.name or str(one.tg_id)), rows)


@route("a.rvk")
async def ask_revoke(turn: Turn, admin: int, person_id: int) -> Screen:
    """Take the access away?"""
    one = next((each for each in await members(turn) if each.person_id == person_id), None)
    if one is None:
        return await listed(turn)
    text = turn.t.html("revoke-admin-ask" if admin else "revoke-ask", name=one.name or str(one.tg_id))
    keep = ("a.adm", person_id) if admin else ("a.st", one.specialist_id or 0)
    rows: list[Row] = [
        [go(turn.t.label("button-yes-revoke"), "a.rvky", admin, person_id, style="danger")],
        [go(turn.t.label("button-keep"), *keep)],
    ]
    return Screen(text, rows)


@route("a.rvky")
async def revoke(turn: Turn, admin: int, person_id: int) -> Screen:
    """From their next press on they are a client; the last admin stays."""
    one = next((each for each in await members(turn) if each.person_id == person_id), None)
    path = f"/v1/staff/{person_id}/roles/{_ROLES[min(admin, 1)]}"
    try:
        await turn.api.call("DELETE", path, Person, key=turn.key("revoke"))
    except BackendRefused as refusal:
        if refusal.code is Code.LAST_ADMIN:
            return above(turn.t.html("refused-last-admin"), await listed(turn))
        if refusal.code is not Code.NOT_FOUND:
            raise
    if one is not None and one.tg_id is not None:
        await command_menu.forget(turn, one.tg_id)
    if person_id == turn.person.id:
        from bot.home import home

        await turn.person_changed(await turn.api.me())
        return (await home(turn))._replace(toast=turn.t.label("saved"))
    return (await listed(turn))._replace(toast=turn.t.label("saved"))
