"""How far a broadcast is, in words: the same on the admin's screen and on the message that shows the progress."""

from backend.contract.broadcasts import Broadcast, BroadcastStatus
from bot.ui.callbacks import Callback
from bot.ui.cards import Voice
from bot.ui.keyboards import Row, button_to

_STATES: dict[BroadcastStatus, str] = {
    "draft": "broadcast-draft",
    "scheduled": "broadcast-draft",
    "sending": "broadcast-sending",
    "stopped": "broadcast-stopped",
    "done": "broadcast-done",
}


def progress_lines(voice: Voice, broadcast: Broadcast) -> list[str]:
    """Return `Sending: 120 of 400`, and how many did not get it, or perhaps not, where there are some.

    While it is being sent all that have been tried count; at the end, and after a stop, those who got it.
    """
    done = broadcast.total - broadcast.left if broadcast.status == "sending" else broadcast.sent
    lines: list[str] = [voice.t.html(_STATES[broadcast.status], done=done, total=broadcast.total)]
    if broadcast.quiet_until is not None and broadcast.status == "sending":
        lines.append(voice.t.html("broadcast-quiet", when=voice.times.when(broadcast.quiet_until)))
    if broadcast.blocked:
        lines.append(voice.t.html("broadcast-blocked", count=broadcast.blocked))
    if broadcast.missed:
        lines.append(voice.t.html("broadcast-missed", count=broadcast.missed))
    if broadcast.unsure:
        lines.append(voice.t.html("broadcast-unsure", count=broadcast.unsure))
    return lines


def outcome_lines(voice: Voice, broadcast: Broadcast) -> list[str]:
    """Return how many have booked since they got it; that nobody can know who has read it."""
    booked = broadcast.booked
    if booked is None:
        return []
    lines: list[str] = []
    if booked.bookings:
        amount = voice.times.money(booked.amount, booked.currency)
        lines.append(voice.t.html("broadcast-booked", clients=booked.clients, bookings=booked.bookings, amount=amount))
    else:
        lines.append(voice.t.html("broadcast-booked-none"))
    return [*lines, voice.t.html("broadcast-read-unknown")]


def progress_rows(voice: Voice, broadcast: Broadcast, *, send: Callback, stop: Callback) -> list[Row]:
    """Return Stop while it is being sent, Go on after a stop; the callbacks are the menu's or the message's own."""
    if broadcast.status == "sending":
        return [[button_to(voice.t.label("button-stop"), stop, style="danger")]]
    if broadcast.status == "stopped":
        return [[button_to(voice.t.label("button-go-on", count=broadcast.left), send, style="primary")]]
    return []
