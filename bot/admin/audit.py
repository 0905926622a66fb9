"""Who changed what, the newest first: with names, dates, what was before, and a way to what it is about."""

from itertools import groupby

from backend.contract.audit import AuditEntry, AuditPage
from bot.admin.audit_details import detail_text, subject_text
from bot.admin.callbacks.business import AuditLog
from bot.admin.callbacks.catalog import RoomCard, ServiceCard
from bot.admin.callbacks.clients import ClientCard
from bot.admin.callbacks.staff import SpecialistCard
from bot.admin.menu import manage_row
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import StaffCard
from bot.ui.callbacks import Callback
from bot.ui.keyboards import Button, Row, Screen, button_grid, button_to
from bot.ui.labels import cuttable_name
from bot.ui.text import DOT, escape, one_line, visible_name

A_PAGE = 8
MOST_FILTERS = 3
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
# What a line may be about and has a screen of its own.
_CARDS = frozenset({"booking", "specialist", "service", "room", "person"})

router = Router(for_staff=True)


@router.press(AuditLog)
async def show_audit_log(request: Request, callback: AuditLog) -> Screen:
    """Show a page of the log, of everything or of what concerns one person or thing."""
    t, about = request.t, "" if callback.about == "all" else callback.about
    cursor = str(callback.before) if callback.before else None
    page = await request.api.list_audit(A_PAGE, cursor, about.replace("-", ":") or None)
    lines = [
        t.html("audit-title"),
        *([t.html("audit-about", what=_name_of(request, page, about))] if about else []),
        "",
    ]
    entries = groupby(_entry_line(request, page, entry) for entry in page.items)
    lines += [_repeated(line, len(list(alike))) for line, alike in entries] or [t.html("audit-nothing")]
    turning: Row = [button_to(t.label("button-newest"), AuditLog(about=callback.about))] if callback.before else []
    if page.next is not None and page.next.isdecimal():
        turning.append(button_to(t.label("button-older"), AuditLog(before=int(page.next), about=callback.about)))
    everything: Row = [button_to(t.label("button-audit-all"), AuditLog())] if about else []
    filters = [] if about else _filter_buttons(request, page)
    cards = dict.fromkeys([about.replace("-", ":"), *(entry.object for entry in page.items if _has_card(entry))])
    return Screen(
        "\n".join(lines),
        [
            *button_grid([button for each in cards for button in _open_button(request, page, each)], 1),
            *button_grid(filters, 1),
            everything,
            turning,
            manage_row(request),
        ],
    )


def _repeated(line: str, count: int) -> str:
    """Return the line, with how often it stands there: old data of many clients leave at once."""
    return f"{line} × {count}" if count > 1 else line


def _name_of(request: Request, page: AuditPage, about: str) -> str:
    """Return the name of what the page is about; of a booking its client's and when it begins."""
    kind, _, number = about.partition("-")
    name = visible_name(page.names.get(f"{kind}:{number}", "")) or request.t.label("audit-number", number=number)
    start = page.starts.get(f"{kind}:{number}")
    return name if start is None else f"{name}, {request.times.when(start)}"


def _has_card(entry: AuditEntry) -> bool:
    return not entry.action.startswith("role.")  # who is on the staff is found there


def _open_button(request: Request, page: AuditPage, reference: str) -> list[Button]:
    """Return the button that opens what lines are about; none for what has no card, or who was erased."""
    kind, _, number = reference.partition(":")
    name = visible_name(page.names.get(reference, ""))
    if kind not in _CARDS or not number.isdecimal() or reference not in page.names or (kind == "person" and not name):
        return []
    start = page.starts.get(reference)
    parts = [request.times.when(start)] if start is not None else []
    label = DOT.join([*parts, cuttable_name(one_line(name or request.t.label("client-nameless")))])
    return [button_to(label, _card(kind, int(number)))]


def _card(kind: str, number: int) -> Callback:
    if kind == "booking":
        return StaffCard(booking_id=number)
    if kind == "specialist":
        return SpecialistCard(specialist_id=number)
    if kind == "service":
        return ServiceCard(service_id=number)
    return RoomCard(room_id=number) if kind == "room" else ClientCard(client_id=number)


def _filter_buttons(request: Request, page: AuditPage) -> list[Button]:
    """Return a button for each of the first people who did something on the page: only what concerns them."""
    people = dict.fromkeys(entry.actor for entry in page.items if page.names.get(entry.actor))
    return [
        button_to(
            request.t.label("button-audit-only", name=cuttable_name(one_line(page.names[who]))),
            AuditLog(about=who.replace(":", "-")),
        )
        for who in list(people)[:MOST_FILTERS]
    ]


def _entry_line(request: Request, page: AuditPage, entry: AuditEntry) -> str:
    """Return `Fri 12 Dec 14:30 · Anna: moved (Zoe, Mon 7 Dec 10:00 → Mon 7 Dec 11:00)`."""
    t = request.t
    if entry.actor.startswith("person:"):
        who = visible_name(entry.actor_name or "") or t.label("audit-by-client")
    else:
        who = t.label(_OTHERS.get(entry.actor, "audit-by-nobody"))
    key = ACTIONS.get(entry.action)
    what = t.label(key) if key else one_line(entry.action)
    more = ", ".join(filter(None, (subject_text(request, page, entry), detail_text(request, page, entry))))
    return escape(f"{request.times.when(entry.at)} · {who}: {what}{f' ({more})' if more else ''}")
