"""How far a broadcast is, in words: the same on the admin's screen and on the message that shows the progress."""

from backend.contract.broadcasts import Broadcast, BroadcastStatus
from bot.ui.callbacks import Callback
from bot.ui.cards import Voice
from bot.ui.keyboards import Row, button_to

_STATES: dict[BroadcastStatus, str] = {
    "draft": "broadcast-draft",
    "sending": "broadcast-sending",
    "stopped": "broadcast-stopped",
    "done": "broadcast-done",
}


def progress_lines(voice: Voice, broadcast: Broadcast) -> list[str]:
    """Return `Sending: 120 of 400`, and how many messages were missed or are unsure where there are some."""
    done = broadcast.total - broadcast.left
    lines: list[str] = [voice.t.html(_STATES[broadcast.status], done=done, total=broadcast.total)]
    if broadcast.missed:
        lines.append(voice.t.html("broadcast-missed", count=broadcast.missed))
    if broadcast.unsure:
        lines.append(voice.t.html("broadcast-unsure", count=broadcast.unsure))
    return lines


def progress_rows(voice: Voice, broadcast: Broadcast, *, send: Callback, stop: Callback) -> list[Row]:
    """Return Stop while it is being sent, Go on after a stop; the callbacks are the menu's or the message's own."""
    if broadcast.status == "sending":
        return [[button_to(voice.t.label("button-stop"), stop, style="danger")]]
    if broadcast.status == "stopped":
        return [[button_to(voice.t.label("button-go-on", count=broadcast.left), send, style="primary")]]
    return []
