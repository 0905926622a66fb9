"""Staff: the specialists and the accounts behind them, a new specialist, the card of one."""

import asyncio

import msgspec

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from backend.contract.people import Staff, StaffMember
from bot.admin.home import manage_row
from bot.admin.share import link_to
from bot.dialogs import step
from bot.request import Turn
from bot.specialist.hours import week_lines
from bot.ui import cards
from bot.ui.callbacks import route
from bot.ui.keyboards import Button, Row, Screen, go
from bot.ui.prompts import above, ask
from bot.ui.text import clean, escape, one_line

SHOWN = 30


@route("a.sts")
async def listed(turn: Turn) -> Screen:
    """Specialists in the business's order, then the admins."""
    await turn.dialog.pause()
    people, staff = await asyncio.gather(turn.api.specialists(), members(turn))
    rows: list[Row] = [[go(_label(turn, one), "a.st", one.id)] for one in people.items[:SHOWN]]
    admins = [one for one in staff if "admin" in one.roles]
    rows += [
        [go(turn.t.label("label-admin", name=one.name or str(one.person_id)), "a.adm", one.person_id)]
        for one in admins[:SHOWN]
    ]
    rows.append([go(turn.t.label("button-add-specialist"), "a.stn", style="primary")])
    rows.append([go(turn.t.label("button-invite-admin"), "a.inv", 1, 0)])
    text = turn.t.html("staff-title" if people.items else "staff-none")
    return Screen(text, [*rows, manage_row(turn)])


def _label(turn: Turn, one: wire.Specialist) -> str:
    return one.name if one.has_account else turn.t.label("label-no-account", name=one_line(one.name, 40))


async def members(turn: Turn) -> list[StaffMember]:
    """Everybody with a role."""
    return (await turn.api.call("GET", "/v1/staff", Staff)).items


async def specialist(turn: Turn, specialist_id: int) -> wire.Specialist:
    """One specialist. Refused where there is none (any more)."""
    return await turn.api.call("GET", f"/v1/specialists/{specialist_id}", wire.Specialist)


@route("a.stn")
async def ask_name(turn: Turn) -> Screen:
    """What is the new specialist called?"""
    return await ask(turn, "a.stn", turn.t.html("new-specialist"), go(turn.t.label("button-back"), "a.sts"))


@step("a.stn")
async def name_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes both
    """A new specialist does everything, until told otherwise; what they do is asked next, then when."""
    name = one_line(text)
    if not name:
        return above(turn.t.html("not-read"), await ask_name(turn))
    services = (await turn.api.services()).items
    body = wire.NewSpecialist(name=name, services=[wire.Offer(service_id=one.id) for one in services[:200]])
    try:
        made = await turn.api.call("POST", "/v1/specialists", wire.Specialist, body=body, key=turn.key("specialist"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return above(turn.t.html("name-taken"), await ask_name(turn))
    await turn.dialog.end()
    from bot.admin.staff_offers import offers_screen

    next_ = go(turn.t.label("button-next-hours"), "h.week", made.id, style="primary")
    return offers_screen(turn, made, services, next_)


@route("a.st")
async def card(turn: Turn, specialist_id: int) -> Screen:
    """One specialist."""
    await turn.dialog.pause()
    return await card_screen(turn, await specialist(turn, specialist_id))


async def card_screen(turn: Turn, one: wire.Specialist) -> Screen:
    """What they do, when they work, which account acts for them."""
    services, staff, hours = await asyncio.gather(
        turn.api.services(one.id), members(turn), week_lines(turn, one.id)
    )  # fmt: skip
    account = next((each for each in staff if each.specialist_id == one.id), None)
    mine = {offer.service_id for offer in one.services}
    lines = [f"<b>{escape(one_line(one.name))}</b>"]
    if one.description:
        lines.append(escape(clean(one.description, 600)))
    lines += ["", *(escape(cards.service_label(turn, each)) for each in services.items[:20] if each.id in mine)]
    if not mine:
        lines.append(turn.t.html("specialist-idle"))
    lines += ["", *hours, ""]
    if account is not None:
        lines.append(turn.t.html("account-of", name=account.name or str(account.tg_id)))
    else:
        lines.append(turn.t.html("account-none"))
    label = turn.t.label
    link = await link_to(turn, f"p_{one.id}")
    rows: list[Row] = [
        [go(label("button-their-services"), "a.sto", one.id), go(label("button-hours"), "h.week", one.id)],
        [go(label("button-dates"), "h.dates", one.id), go(label("button-day-off"), "o.menu", one.id)],
        [go(label("button-person-name"), "a.ste", one.id, 0), go(label("button-description"), "a.ste", one.id, 1)],
        _account_row(turn, one, account),
        [Button(label("button-copy-link"), copy=link)],
        [go(label("button-remove"), "a.stx", one.id, style="danger"), go(label("button-back"), "a.sts")],
        manage_row(turn),
    ]
    return Screen("\n".join(lines), rows)


def _account_row(turn: Turn, one: wire.Specialist, account: StaffMember | None) -> Row:
    """Invite, or take the access away; the owner of a small business may say "this is me"."""
    if account is not None:
        return [go(turn.t.label("button-revoke"), "a.rvk", 0, account.person_id, style="danger")]
    row = [go(turn.t.label("button-invite"), "a.inv", 0, one.id)]
    if turn.person.specialist_id is None:
        row.append(go(turn.t.label("button-me"), "a.me", one.id))
    return row


@route("a.ste")
async def ask_text(turn: Turn, specialist_id: int, place: int) -> Screen:
    """Another name (0), or words about them (1)."""
    one = await specialist(turn, specialist_id)
    question = turn.t.html("ask-description" if place else "ask-specialist-name", name=one.name)
    back = go(turn.t.label("button-back"), "a.st", specialist_id)
    return await ask(turn, "a.ste", question, back, specialist=specialist_id, field=min(place, 1))


@step("a.ste")
async def text_typed(turn: Turn, text: str, draft: dict[str, object]) -> Screen:
    """The name or the words have been typed."""
    specialist_id, place = int(str(draft["specialist"])), int(str(draft["field"]))
    value = clean(text, 1000) if place else one_line(text)
    if not value:
        return above(turn.t.html("not-read"), await ask_text(turn, specialist_id, place))
    change = msgspec.convert({"description" if place else "name": value}, wire.UpdateSpecialist)
    try:
        path = f"/v1/specialists/{specialist_id}"
        changed = await turn.api.call("PATCH", path, wire.ChangedSpecialist, body=change, key=turn.key("specialist"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return above(turn.t.html("name-taken"), await ask_text(turn, specialist_id, place))
    await turn.dialog.end()
    return (await card_screen(turn, changed))._replace(toast=turn.t.label("saved"))


@route("a.stx")
async def ask_remove(turn: Turn, specialist_id: int) -> Screen:
    """Before somebody leaves: the visits ahead that are theirs stand in the way, and are shown."""
    one = await specialist(turn, specialist_id)
    found = await turn.api.bookings(
        from_=turn.times.today.isoformat(),
        status=("held", "pending", "confirmed"),
        specialist_id=specialist_id,
        order="asc",
        limit=20,
    )
    back = go(turn.t.label("button-keep"), "a.st", specialist_id)
    if found.items:
        rows: list[Row] = [[go(cards.booking_label(turn, each), "s.card", each.id)] for each in found.items[:10]]
        text = turn.t.html("remove-in-use", name=one.name, count=len(found.items))
        return Screen(text, [*rows, [go(turn.t.label("button-back"), "a.st", specialist_id)]])
    yes = go(turn.t.label("button-yes-remove"), "a.sty", specialist_id, style="danger")
    return Screen(turn.t.html("remove-ask", name=one.name), [[yes], [back]])


@route("a.sty")
async def remove(turn: Turn, specialist_id: int) -> Screen:
    """Gone, with the account's role; past visits still speak of them."""
    try:
        await turn.api.call("DELETE", f"/v1/specialists/{specialist_id}", wire.Removed, key=turn.key("remove"))
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return await ask_remove(turn, specialist_id)
    return (await listed(turn))._replace(toast=turn.t.label("saved"))
