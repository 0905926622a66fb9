"""Who changed what, the newest first."""

from backend.contract.audit import AuditEntry
from bot.admin.callbacks.business import AuditLog
from bot.admin.menu import manage_row
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import escape, one_line, visible_name

A_PAGE = 12
# An action without words of its own is shown by its name.
ACTIONS = {
    "booking.hold": "audit-hold",
    "booking.book": "audit-book",
    "booking.confirm": "audit-confirm",
    "booking.approve": "audit-approve",
    "booking.decline": "audit-decline",
    "booking.ask_move": "audit-ask-move",
    "booking.decline_move": "audit-decline-move",
    "booking.withdraw_move": "audit-withdraw-move",
    "booking.expire": "audit-expire",
    "booking.move": "audit-move",
    "booking.cancel": "audit-cancel",
    "booking.undo": "audit-undo",
    "booking.arrived": "audit-arrived",
    "booking.complete": "audit-complete",
    "booking.no_show": "audit-no-show",
    "booking.unmark": "audit-unmark",
    "booking.coming": "audit-coming",
    "booking.late": "audit-late",
    "booking.comment": "audit-comment",
    "booking.message": "audit-message",
    "message.sent": "audit-words",
    "message.answered": "audit-answered",
    "booking.task": "audit-task",
    "booking.task_withdrawn": "audit-task-withdrawn",
    "booking.test_removed": "audit-test-removed",
    "booking.code_asked": "audit-code-asked",
    "booking.take_over": "audit-take-over",
    "booking.give_back": "audit-give-back",
    "access.refused": "audit-refused",
    "broadcast.sent": "audit-broadcast",
    "broadcast.stopped": "audit-broadcast-stopped",
    "broadcast.scheduled": "audit-broadcast-scheduled",
    "broadcast.unscheduled": "audit-broadcast-unscheduled",
    "broadcast.late": "audit-broadcast-late",
    "business.imported": "audit-imported",
    "client.added": "audit-client-added",
    "client.changed": "audit-client-changed",
    "client.joined": "audit-client-joined",
    "client.kept_apart": "audit-client-kept-apart",
    "client.parted": "audit-client-parted",
    "invitation.issued": "audit-invited",
    "invitation.revoked": "audit-invitation-revoked",
    "person.erased": "audit-erased",
    "person.unlinked": "audit-unlinked",
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
    "tenant.instants_kept": "audit-tenant-instants",
    "tenant.shared": "audit-tenant-shared",
    "tenant.zone_changed": "audit-tenant-zone",
}
# The actors that are no person.
_OTHERS = {"gateway": "audit-by-system", "operator": "audit-by-operator", "system": "audit-by-system"}

router = Router(for_staff=True)


@router.press(AuditLog)
async def show_audit_log(request: Request, callback: AuditLog) -> Screen:
    """Show a page of the log."""
    cursor = str(callback.before) if callback.before else None
    page = await request.api.list_audit(A_PAGE, cursor)
    lines = [request.t.html("audit-title"), "", *(_entry_line(request, entry) for entry in page.items)]
    turning: Row = [button_to(request.t.label("button-newest"), AuditLog())] if callback.before else []
    if page.next is not None and page.next.isdecimal():
        turning.append(button_to(request.t.label("button-older"), AuditLog(before=int(page.next))))
    return Screen("\n".join(lines), [turning, manage_row(request)])


def _entry_line(request: Request, entry: AuditEntry) -> str:
    """Return `Fri 12 Dec 14:30 · Anna: booked (booking 12)`."""
    t = request.t
    if entry.actor_name is not None:
        who = visible_name(entry.actor_name) or t.label("audit-number", number=entry.actor.partition(":")[2])
    elif entry.actor.startswith("person:"):
        who = t.label("audit-by-client")
    else:
        who = t.label(_OTHERS.get(entry.actor, "audit-by-nobody"))
    key = ACTIONS.get(entry.action)
    what = t.label(key) if key else one_line(entry.action)
    number = entry.object.partition(":")[2]
    mark = f" {t.label('audit-number', number=number)}" if number and entry.action.startswith("booking.") else ""
    return escape(f"{request.times.when(entry.at)} · {who}: {what}{mark}")
