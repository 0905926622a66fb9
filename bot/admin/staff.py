"""Staff: the specialists and the accounts behind them, a new specialist, the card of one."""

import asyncio

import msgspec

from backend.client.api import BackendRefused
from backend.contract import catalog as wire
from backend.contract.errors import Code
from backend.contract.people import StaffMember
from bot.admin.menu import manage_row
from bot.admin.opening import bot_link as link_to
from bot.old_way import old_ask, old_go, old_route, old_step
from bot.request import Request
from bot.specialist.hours import hours_lines
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen
from bot.ui.prompts import add_above
from bot.ui.text import clean_text, escape, one_line

SHOWN = 30


@old_route("a.sts")
async def listed(request: Request) -> Screen:
    """Specialists in the business's order, then the admins."""
    await request.dialog.pause()
    people, staff = await asyncio.gather(request.api.list_specialists(), members(request))
    rows: list[Row] = [[old_go(_label(request, one), "a.st", one.id)] for one in people.items[:SHOWN]]
    admins = [one for one in staff if "admin" in one.roles]
    rows += [
        [old_go(request.t.label("label-admin", name=one.name or str(one.person_id)), "a.adm", one.person_id)]
        for one in admins[:SHOWN]
    ]
    rows.append([old_go(request.t.label("button-add-specialist"), "a.stn", style="primary")])
    rows.append([old_go(request.t.label("button-invite-admin"), "a.inv", 1, 0)])
    text = request.t.html("staff-title" if people.items else "staff-none")
    return Screen(text, [*rows, manage_row(request)])


def _label(request: Request, one: wire.Specialist) -> str:
    return one.name if one.has_account else request.t.label("label-no-account", name=one_line(one.name, 40))


async def members(request: Request) -> list[StaffMember]:
    """Everybody with a role."""
    return (await request.api.list_staff()).items


async def specialist(request: Request, specialist_id: int) -> wire.Specialist:
    """One specialist. Refused where there is none (any more)."""
    return await request.api.get_specialist(specialist_id)


@old_route("a.stn")
async def ask_name(request: Request) -> Screen:
    """What is the new specialist called?"""
    return await old_ask(
        request, "a.stn", request.t.html("new-specialist"), old_go(request.t.label("button-back"), "a.sts")
    )


@old_step("a.stn")
async def name_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:  # noqa: ARG001  a step takes both
    """A new specialist does everything, until told otherwise; what they do is asked next, then when."""
    name = one_line(text)
    if not name:
        return add_above(request.t.html("not-read"), await ask_name(request))
    services = (await request.api.list_services()).items
    body = wire.NewSpecialist(name=name, services=[wire.Offer(service_id=one.id) for one in services[:200]])
    try:
        made = await request.api.create_specialist(body, key=request.idempotency_key("specialist"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return add_above(request.t.html("name-taken"), await ask_name(request))
    await request.dialog.end()
    from bot.admin.staff_offers import offers_screen

    next_ = old_go(request.t.label("button-next-hours"), "h.week", made.id, style="primary")
    return offers_screen(request, made, services, next_)


@old_route("a.st")
async def card(request: Request, specialist_id: int) -> Screen:
    """One specialist."""
    await request.dialog.pause()
    return await card_screen(request, await specialist(request, specialist_id))


async def card_screen(request: Request, one: wire.Specialist) -> Screen:
    """What they do, when they work, which account acts for them."""
    services, staff, schedule = await asyncio.gather(
        request.api.list_services(one.id), members(request), request.api.get_schedule(one.id)
    )  # fmt: skip
    account = next((each for each in staff if each.specialist_id == one.id), None)
    mine = {offer.service_id for offer in one.services}
    lines = [f"<b>{escape(one_line(one.name))}</b>"]
    if one.description:
        lines.append(escape(clean_text(one.description, 600)))
    lines += ["", *(escape(cards.service_label(request, each)) for each in services.items[:20] if each.id in mine)]
    if not mine:
        lines.append(request.t.html("specialist-idle"))
    lines += ["", *hours_lines(request, schedule.hours), ""]
    if account is not None:
        lines.append(request.t.html("account-of", name=account.name or str(account.tg_id)))
    else:
        lines.append(request.t.html("account-none"))
    label = request.t.label
    link = await link_to(request, f"p_{one.id}")
    rows: list[Row] = [
        [old_go(label("button-their-services"), "a.sto", one.id), old_go(label("button-hours"), "h.week", one.id)],
        [old_go(label("button-dates"), "h.dates", one.id), old_go(label("button-day-off"), "o.menu", one.id)],
        [
            old_go(label("button-person-name"), "a.ste", one.id, 0),
            old_go(label("button-description"), "a.ste", one.id, 1),
        ],
        _account_row(request, one, account),
        [Button(label("button-copy-link"), copy=link)],
        [old_go(label("button-remove"), "a.stx", one.id, style="danger"), old_go(label("button-back"), "a.sts")],
        manage_row(request),
    ]
    return Screen("\n".join(lines), rows)


def _account_row(request: Request, one: wire.Specialist, account: StaffMember | None) -> Row:
    """Invite, or take the access away; the owner of a small business may say "this is me"."""
    if account is not None:
        return [old_go(request.t.label("button-revoke"), "a.rvk", 0, account.person_id, style="danger")]
    row = [old_go(request.t.label("button-invite"), "a.inv", 0, one.id)]
    if request.person.specialist_id is None:
        row.append(old_go(request.t.label("button-me"), "a.me", one.id))
    return row


@old_route("a.ste")
async def ask_text(request: Request, specialist_id: int, place: int) -> Screen:
    """Another name (0), or words about them (1)."""
    one = await specialist(request, specialist_id)
    question = request.t.html("ask-description" if place else "ask-specialist-name", name=one.name)
    back = old_go(request.t.label("button-back"), "a.st", specialist_id)
    return await old_ask(request, "a.ste", question, back, specialist=specialist_id, field=min(place, 1))


@old_step("a.ste")
async def text_typed(request: Request, text: str, draft: dict[str, object]) -> Screen:
    """The name or the words have been typed."""
    specialist_id, place = int(str(draft["specialist"])), int(str(draft["field"]))
    value = clean_text(text, 1000) if place else one_line(text)
    if not value:
        return add_above(request.t.html("not-read"), await ask_text(request, specialist_id, place))
    change = msgspec.convert({"description" if place else "name": value}, wire.UpdateSpecialist)
    try:
        changed = await request.api.update_specialist(specialist_id, change, key=request.idempotency_key("specialist"))
    except BackendRefused as refusal:
        if refusal.code is not Code.NAME_TAKEN:
            raise
        return add_above(request.t.html("name-taken"), await ask_text(request, specialist_id, place))
    await request.dialog.end()
    return (await card_screen(request, changed))._replace(toast=request.t.label("saved"))


@old_route("a.stx")
async def ask_remove(request: Request, specialist_id: int) -> Screen:
    """Before somebody leaves: the visits ahead that are theirs stand in the way, and are shown."""
    one = await specialist(request, specialist_id)
    found = await request.api.list_bookings(
        from_=request.times.today.isoformat(),
        status=("held", "pending", "confirmed"),
        specialist_id=specialist_id,
        order="asc",
        limit=20,
    )
    back = old_go(request.t.label("button-keep"), "a.st", specialist_id)
    if found.items:
        rows: list[Row] = [[old_go(cards.booking_label(request, each), "s.card", each.id)] for each in found.items[:10]]
        text = request.t.html("remove-in-use", name=one.name, count=len(found.items))
        return Screen(text, [*rows, [old_go(request.t.label("button-back"), "a.st", specialist_id)]])
    yes = old_go(request.t.label("button-yes-remove"), "a.sty", specialist_id, style="danger")
    return Screen(request.t.html("remove-ask", name=one.name), [[yes], [back]])


@old_route("a.sty")
async def remove(request: Request, specialist_id: int) -> Screen:
    """Gone, with the account's role; past visits still speak of them."""
    try:
        await request.api.remove_specialist(specialist_id, key=request.idempotency_key("remove"))
    except BackendRefused as refusal:
        if refusal.code is not Code.IN_USE:
            raise
        return await ask_remove(request, specialist_id)
    return (await listed(request))._replace(toast=request.t.label("saved"))
