"""What became of a visit, in words: who did what when, the newest last."""

import asyncio

from backend.contract.bookings import HistoryEntry
from bot.old_way import old_go, old_route
from bot.request import Request
from bot.ui.keyboards import Screen
from bot.ui.text import one_line

# The newest of them: a screen holds no more.
SHOWN = 30
REASON_MAX = 120
# What has no words here is left out: a backend of tomorrow may write more.
_WORDS = {
    "hold": "history-hold",
    "book": "history-book",
    "confirm": "history-book",
    "approve": "history-approve",
    "decline": "history-decline",
    "cancel": "history-cancel",
    "undo": "history-undo",
    "move": "history-moved",
    "zone_rules": "history-moved",
    "arrived": "history-arrived",
    "complete": "history-complete",
    "no_show": "history-no-show",
    "coming": "history-coming",
    "comment": "history-comment",
    "expire": "history-expire",
    "take_over": "history-take-over",
    "give_back": "history-give-back",
}


@old_route("s.hist")
async def history(request: Request, booking_id: int) -> Screen:
    """The visit's history, for staff (the backend refuses it to clients)."""
    found, people = await asyncio.gather(request.api.get_booking_history(booking_id), request.api.list_specialists())
    names = {one.id: one.name for one in people.items}
    entries = _worth_telling(found.items)
    lines = [
        request.t.html(
            "history-line", when=request.times.when(one.at), who=_who(request, one), what=_what(request, one, names)
        )
        for one in entries[-SHOWN:]
    ]
    text = "\n".join([request.t.html("history-title"), *lines])
    return Screen(text, [[old_go(request.t.label("button-back"), "s.card", booking_id)]])


def _worth_telling(entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """A hold that was confirmed is one step to whoever reads of it: booked."""
    booked = any(one.action == "confirm" for one in entries)
    return [one for one in entries if one.action in _WORDS and (one.action != "hold" or not booked)]


def _who(request: Request, entry: HistoryEntry) -> str:
    if entry.actor_name:
        return one_line(entry.actor_name)
    key = {"system": "audit-by-system", "visitor": "history-by-visitor"}.get(entry.actor_role, "data-none")
    return request.t.label(key)


def _what(request: Request, entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.action in ("move", "zone_rules") and (between := _pair(entry, "start")):
        old, new = between
        moved = request.t.label("history-move", old=request.times.when(str(old)), new=request.times.when(str(new)))
        if entry.action == "zone_rules":
            return request.t.label("history-zone-rules", moved=moved)
        hands = [names.get(int(str(one))) for one in _pair(entry, "specialist_id") or ()]
        if len(set(hands)) == 2 and None not in hands:
            return request.t.label("history-hands", moved=moved, old=hands[0], new=hands[1])
        return moved
    asked = entry.to_status == "pending" and entry.action in ("book", "confirm")
    what = request.t.label("history-asked" if asked else _WORDS[entry.action])
    reason = one_line(str(entry.detail.get("reason") or ""), REASON_MAX)
    return request.t.label("history-reason", what=what, reason=reason) if reason else what


def _pair(entry: HistoryEntry, name: str) -> tuple[object, object] | None:
    found = entry.detail.get(name)
    return (found[0], found[1]) if isinstance(found, list) and len(found) == 2 else None
