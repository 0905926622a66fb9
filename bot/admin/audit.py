"""Who changed what, the newest first."""

import asyncio

from backend.contract.audit import AuditEntry
from bot.admin.home import manage_row
from bot.admin.staff import members
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui.keyboards import Row, Screen
from bot.ui.text import escape, one_line

A_PAGE = 12
# An action without words of its own is shown by its name.
ACTIONS = {
    "booking.hold": "audit-hold",
    "booking.book": "audit-book",
    "booking.confirm": "audit-confirm",
    "booking.approve": "audit-approve",
    "booking.decline": "audit-decline",
    "booking.move": "audit-move",
    "booking.cancel": "audit-cancel",
    "booking.undo": "audit-undo",
    "booking.arrived": "audit-arrived",
    "booking.complete": "audit-complete",
    "booking.no_show": "audit-no-show",
    "booking.coming": "audit-coming",
    "booking.comment": "audit-comment",
    "booking.message": "audit-message",
    "booking.move_asked": "audit-move-asked",
    "booking.code_asked": "audit-code-asked",
    "booking.take_over": "audit-take-over",
    "booking.give_back": "audit-give-back",
    "access.refused": "audit-refused",
    "broadcast.sent": "audit-broadcast",
    "broadcast.stopped": "audit-broadcast-stopped",
    "business.imported": "audit-imported",
    "client.added": "audit-client-added",
    "client.changed": "audit-client-changed",
    "invitation.issued": "audit-invited",
    "invitation.revoked": "audit-invitation-revoked",
    "person.erased": "audit-erased",
    "role.granted": "audit-role-granted",
    "role.revoked": "audit-role-revoked",
    "room.added": "audit-room-added",
    "room.changed": "audit-room-changed",
    "room.removed": "audit-room-removed",
    "schedule.hours": "audit-hours",
    "schedule.date": "audit-date",
    "schedule.time_off": "audit-time-off",
    "schedule.time_off_removed": "audit-time-off-removed",
    "schedule.closure": "audit-closure",
    "schedule.closure_removed": "audit-closure-removed",
    "service.added": "audit-service-added",
    "service.changed": "audit-service-changed",
    "service.removed": "audit-service-removed",
    "specialist.added": "audit-specialist-added",
    "specialist.changed": "audit-specialist-changed",
    "specialist.removed": "audit-specialist-removed",
    "tenant.changed": "audit-tenant-changed",
    "tenant.created": "audit-tenant-created",
    "tenant.shared": "audit-tenant-shared",
}
_OTHERS = {"gateway": "audit-by-system", "operator": "audit-by-operator", "system": "audit-by-system"}


@old_route("a.aud")
async def log(request: Request, before: int = 0) -> Screen:
    """A page of the log; `before` is where the newer page ended, 0 for the newest."""
    cursor = str(before) if before else None
    page, staff = await asyncio.gather(request.api.list_audit(A_PAGE, cursor), members(request))
    names = {f"person:{one.person_id}": one.name for one in staff}
    lines = [request.t.html("audit-title"), "", *(_line(request, one, names) for one in page.items)]
    turning: Row = [old_go(request.t.label("button-newest"), "a.aud", 0)] if before else []
    if page.next is not None and page.next.isdecimal():
        turning.append(old_go(request.t.label("button-older"), "a.aud", int(page.next)))
    return Screen("\n".join(lines), [turning, manage_row(request)])


def _line(request: Request, entry: AuditEntry, names: dict[str, str]) -> str:
    """`Fri 12 Dec 14:30 · Anna: booked a visit (booking 12)`"""
    if entry.actor in names:
        who = one_line(names[entry.actor]) or request.t.label("audit-number", number=entry.actor.partition(":")[2])
    elif entry.actor.startswith("person:"):
        who = request.t.label("audit-by-client")
    else:
        who = request.t.label(_OTHERS.get(entry.actor, "audit-by-nobody"))
    key = ACTIONS.get(entry.action)
    what = request.t.label(key) if key else one_line(entry.action)
    number = entry.object.partition(":")[2]
    mark = (
        f" {request.t.label('audit-number', number=number)}" if number and entry.action.startswith("booking.") else ""
    )
    return escape(f"{request.times.when(entry.at)} · {who}: {what}{mark}")
