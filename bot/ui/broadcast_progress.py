"""How far a broadcast is, in words: the same for the admin's screen and for the one message that follows it."""

from backend.contract.broadcasts import Broadcast, BroadcastStatus
from bot.old_way import old_go
from bot.ui.cards import Voice
from bot.ui.keyboards import Row

_STATES: dict[BroadcastStatus, str] = {
    "draft": "broadcast-draft",
    "sending": "broadcast-sending",
    "stopped": "broadcast-stopped",
    "done": "broadcast-done",
}


def progress_lines(voice: Voice, broadcast: Broadcast) -> list[str]:
    """`Sending: 120 of 400`, and what has become of the others where there is something to say."""
    done = broadcast.total - broadcast.left
    said = [str(voice.t.html(_STATES[broadcast.status], done=done, total=broadcast.total))]
    if broadcast.missed:
        said.append(voice.t.html("broadcast-missed", count=broadcast.missed))
    if broadcast.unsure:
        said.append(voice.t.html("broadcast-unsure", count=broadcast.unsure))
    return said


def progress_rows(voice: Voice, broadcast: Broadcast, prefix: str) -> list[Row]:
    """Stop while it is being sent, Go on after a stop; `prefix` is `a` on the menu and `n` on the message."""
    if broadcast.status == "sending":
        return [[old_go(voice.t.label("button-stop"), f"{prefix}.bcx", broadcast.id, style="danger")]]
    if broadcast.status == "stopped":
        label = voice.t.label("button-go-on", count=broadcast.left)
        return [[old_go(label, f"{prefix}.bcs", broadcast.id, style="primary")]]
    return []
