"""A broadcast before it is sent, as clients will read it, and how far it is afterwards."""

from datetime import datetime

from backend.contract.broadcasts import AudienceKind, Broadcast
from bot.admin.callbacks.broadcasts import (
    AskPicture,
    AskSendBroadcast,
    AskSendTime,
    AudienceKinds,
    BookTargets,
    BroadcastCard,
    BroadcastList,
    CancelSendTime,
    SendBroadcast,
    StopBroadcast,
    TryBroadcast,
    WriteBroadcast,
)
from bot.request import Request
from bot.ui import broadcast_progress, rich_text
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.labels import cuttable_name
from bot.ui.text import cut_html, one_line

_WHOM: dict[AudienceKind, str] = {
    "all": "whom-all",
    "service": "whom-service",
    "specialist": "whom-specialist",
    "not_seen": "whom-not-seen",
    "tag": "whom-tag",
}
# Room for the words around the text on the preview.
PREVIEW_MAX = 3000


def broadcast_screen(request: Request, broadcast: Broadcast) -> Screen:
    """Return how far a broadcast is, or the preview of one that has not been sent."""
    if broadcast.status in ("draft", "scheduled"):
        return preview_screen(request, broadcast)
    lines = broadcast_progress.progress_lines(request, broadcast) + broadcast_progress.outcome_lines(request, broadcast)
    text = "\n".join([*lines, audience_line(request, broadcast), "", _text_html(broadcast)])
    send, stop = SendBroadcast(broadcast_id=broadcast.id), StopBroadcast(broadcast_id=broadcast.id)
    rows = broadcast_progress.progress_rows(request, broadcast, send=send, stop=stop)
    refresh = button_to(request.t.label("button-refresh"), BroadcastCard(broadcast_id=broadcast.id))
    return Screen(text, [*rows, [refresh], [button_to(request.t.label("button-back"), BroadcastList())]])


def preview_screen(request: Request, broadcast: Broadcast) -> Screen:
    """Return the text as clients will read it, whom it is for and when it goes out."""
    t, own = request.t, broadcast.id
    title = t.html("broadcast-preview-picture" if broadcast.photo else "broadcast-preview")
    lines = [
        str(title),
        "",
        _text_html(broadcast),
        "",
        audience_line(request, broadcast),
        _book_line(request, broadcast),
    ]
    is_scheduled = broadcast.status == "scheduled"
    nobody = "broadcast-nobody" if broadcast.audience.kind == "all" else "broadcast-nobody-chosen"
    lines.append(t.html("broadcast-count" if broadcast.total else nobody, count=broadcast.total))
    lines += time_lines(request, broadcast)
    rows: list[Row] = [
        [
            button_to(t.label("button-rewrite"), WriteBroadcast(broadcast_id=own)),
            button_to(t.label("button-picture"), AskPicture(broadcast_id=own)),
        ],
        [
            button_to(t.label("button-whom"), AudienceKinds(broadcast_id=own)),
            button_to(t.label("button-book-leads"), BookTargets(broadcast_id=own)),
        ],
        [button_to(t.label("button-try"), TryBroadcast(broadcast_id=own))],
    ]
    if is_scheduled:
        rows.append(
            [
                button_to(t.label("button-change-send-time"), AskSendTime(broadcast_id=own)),
                button_to(t.label("button-send-never"), CancelSendTime(broadcast_id=own), style="danger"),
            ]
        )
    elif broadcast.total:
        rows.append([button_to(t.label("button-send-later"), AskSendTime(broadcast_id=own))])
    if broadcast.total:
        label = t.label("button-send-now" if is_scheduled else "button-send", count=broadcast.total)
        send = button_to(label, AskSendBroadcast(broadcast_id=own), style=None if is_scheduled else "primary")
        rows.append([send])
    return Screen("\n".join(lines), [*rows, [button_to(t.label("button-back"), BroadcastList())]])


def audience_label(request: Request, broadcast: Broadcast) -> str:
    """Return whom a broadcast is for: `clients of Anna`."""
    audience = broadcast.audience
    name = one_line(broadcast.audience_name)
    return request.t.label(_WHOM[audience.kind], name=name, count=audience.days or 0)


def audience_line(request: Request, broadcast: Broadcast) -> str:
    """Return `For: clients of Anna`."""
    return request.t.html("broadcast-whom", whom=audience_label(request, broadcast))


def _book_line(request: Request, broadcast: Broadcast) -> str:
    if broadcast.book_service_name:
        return request.t.html("broadcast-books", service=broadcast.book_service_name)
    if broadcast.audience.kind == "specialist" and broadcast.audience_name:
        return request.t.html("broadcast-books", service=broadcast.audience_name)
    return request.t.html("broadcast-books-any")


def time_lines(request: Request, broadcast: Broadcast) -> list[str]:
    """Return when it goes out, where that is not at once."""
    t, times = request.t, request.times
    lines: list[str] = []
    if broadcast.send_at is not None:
        zone = times.zone_name(broadcast.send_at)
        lines += ["", t.html("broadcast-scheduled", when=times.when(broadcast.send_at), zone=zone)]
    if broadcast.quiet_until is not None:
        lines.append(t.html("broadcast-quiet", when=times.when(broadcast.quiet_until)))
    return lines


def _text_html(broadcast: Broadcast) -> str:
    return cut_html(rich_text.format_html(broadcast.text, broadcast.entities), PREVIEW_MAX)


def list_label(request: Request, broadcast: Broadcast) -> str:
    """Return `Fri 12 Dec 14:30 · We are open on Sunday` for a list; what waits says so."""
    what = cuttable_name(one_line(broadcast.text))
    if broadcast.send_at is not None:
        return request.t.label("label-scheduled", when=request.times.when(broadcast.send_at), what=what)
    if broadcast.status == "draft":
        return request.t.label("label-draft", what=what)
    return f"{request.times.when(broadcast.started_at or broadcast.created_at)} · {what}"


def local_wall(at: datetime) -> str:
    """Return a local time as the backend takes it."""
    return f"{at:%Y-%m-%dT%H:%M}"
