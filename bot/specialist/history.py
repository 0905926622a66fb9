"""What happened to a booking, in words: who did what when, the newest last."""

from backend.contract.bookings import HistoryEntry
from bot.admin.callbacks.business import AuditLog
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import BookingHistory, StaffCard
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.prompts import more_lines
from bot.ui.text import one_line, visible_name

# The newest of them: a screen holds no more.
SHOWN = 30
REASON_MAX = 120
# An action without words is left out: a later backend may write more of them.
_WORDS = {
    "hold": "history-hold",
    "book": "history-book",
    "confirm": "history-book",
    "approve": "history-approve",
    "decline": "history-decline",
    "ask_move": "history-ask-move",
    "decline_move": "history-decline-move",
    "withdraw_move": "history-withdraw-move",
    "cancel": "history-cancel",
    "undo": "history-undo",
    "move": "history-moved",
    "zone_rules": "history-moved",
    "zone_changed": "history-moved",
    "keep_instant": "history-moved",
    "arrived": "history-arrived",
    "complete": "history-complete",
    "no_show": "history-no-show",
    "unmark": "history-unmark",
    "coming": "history-coming",
    "late": "history-late",
    "task": "history-task",
    "task_withdrawn": "history-task-withdrawn",
    "comment": "history-comment",
    "places": "history-places",
    "expire": "history-expire",
    "take_over": "history-take-over",
    "give_back": "history-give-back",
}

# Moves that nobody wished for: the zone or its rules are others now.
_BY_THE_CLOCK = {
    "zone_rules": "history-zone-rules",
    "zone_changed": "history-zone-changed",
    "keep_instant": "history-keep-instant",
}

router = Router(for_staff=True)


@router.press(BookingHistory)
async def show_booking_history(request: Request, callback: BookingHistory) -> Screen:
    """Show the booking's history (the backend refuses it to clients)."""
    history = await request.api.get_booking_history(callback.booking_id)
    names = {specialist.id: specialist.name for specialist in history.specialists}
    entries = _shown_entries(history.items)
    lines = [
        request.t.html(
            "history-line",
            when=request.times.when(entry.at),
            who=_actor_label(request, entry),
            what=_action_label(request, entry, names),
        )
        for entry in entries[-SHOWN:]
    ]
    earlier = more_lines(request, len(entries) - SHOWN)
    text = "\n".join([request.t.html("history-title"), *earlier, *lines])
    booking_id = callback.booking_id
    row: Row = [button_to(request.t.label("button-back"), StaffCard(booking_id=booking_id))]
    if request.is_admin:
        row.insert(0, button_to(request.t.label("button-audit"), AuditLog.only("booking", booking_id)))
    return Screen(text, [row])


def _shown_entries(entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """Return the entries that have words; a hold that was confirmed is shown as one step: booked."""
    confirmed = any(entry.action == "confirm" for entry in entries)
    return [entry for entry in entries if entry.action in _WORDS and (entry.action != "hold" or not confirmed)]


def _actor_label(request: Request, entry: HistoryEntry) -> str:
    if entry.actor_name:
        return visible_name(entry.actor_name) or request.t.label("client-nameless")
    key = {"system": "audit-by-system", "visitor": "history-by-visitor"}.get(entry.actor_role, "data-none")
    return request.t.label(key)


def _action_label(request: Request, entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.action in ("move", *_BY_THE_CLOCK) and (starts := _old_and_new(entry, "start")):
        old, new = starts
        moved = request.t.label("history-move", old=request.times.when(str(old)), new=request.times.when(str(new)))
        if (key := _BY_THE_CLOCK.get(entry.action)) is not None:
            return request.t.label(key, moved=moved)
        hands = [names.get(int(str(number))) for number in _old_and_new(entry, "specialist_id") or ()]
        if len(set(hands)) == 2 and None not in hands:
            return request.t.label("history-hands", moved=moved, old=hands[0], new=hands[1])
        return moved
    if entry.action == "places" and (places := _old_and_new(entry, "places")):
        return request.t.label("history-places", old=places[0], new=places[1])
    if entry.action in ("arrived", "complete") and (came := _old_and_new(entry, "places_came")):
        what = request.t.label(_WORDS[entry.action])
        return request.t.label("history-came", what=what, came=came[0], places=came[1])
    if entry.action == "expire" and entry.from_status == "pending":
        return request.t.label("history-unanswered")
    is_request = entry.to_status == "pending" and entry.action in ("book", "confirm")
    what = request.t.label("history-asked" if is_request else _WORDS[entry.action])
    reason = one_line(str(entry.detail.get("reason") or ""), REASON_MAX)
    return request.t.label("history-reason", what=what, reason=reason) if reason else what


def _old_and_new(entry: HistoryEntry, name: str) -> tuple[object, object] | None:
    pair = entry.detail.get(name)
    return (pair[0], pair[1]) if isinstance(pair, list) and len(pair) == 2 else None
