"""What staff read of a client's request for another time: it waits for an answer, or who has answered it, and how."""

from collections.abc import Sequence

from backend.contract.bookings import Booking, MoveRequest
from bot.client.callbacks import MoveTimes
from bot.notices.callbacks import AcceptMoveHere, KeepTimeHere
from bot.notices.request_notice import deciders_line
from bot.specialist.callbacks import StaffCard
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import Html, one_line

_ANSWERS = {
    "accepted": "move-accepted-by",
    "declined": "move-declined-by",
    "expired": "move-expired",
    "withdrawn": "move-withdrawn",
}


def move_notice(
    voice: cards.Voice, booking: Booking, move: MoveRequest, *, may_decide: bool, deciders: Sequence[str] = ()
) -> Screen:
    """Return the notice as it reads now. `deciders` are the names of those who answer where the reader may not."""
    t, waits = voice.t, move.outcome is None
    head = t.html("staff-move-requested") if waits else _answer_line(voice, move)
    lines = [head, "", cards.booking_text(voice, booking), *cards.staff_client_lines(voice, booking)]
    rows: list[Row] = []
    if waits:
        lines += cards.move_request_lines(voice, booking)
    if waits and may_decide:
        if move.start is not None:
            accept = AcceptMoveHere(booking_id=booking.id)
            rows.append([button_to(t.label("button-move-there"), accept, style="success")])
        keep = KeepTimeHere(booking_id=booking.id)
        others = MoveTimes(booking_id=booking.id, specialist_id=cards.sole_specialist(booking))
        rows.append(
            [button_to(t.label("button-other-times"), others), button_to(t.label("button-keep-client-time"), keep)]
        )
    elif waits:
        lines.append(deciders_line(voice, deciders))
    rows.append([button_to(t.label("button-open"), StaffCard(booking_id=booking.id))])
    return Screen("\n".join(lines), rows)


def _answer_line(voice: cards.Voice, move: MoveRequest) -> Html:
    """Return what has become of it: `Moved by Kim`."""
    name = one_line(move.decided_by) or voice.t.label("request-somebody")
    return voice.t.html(_ANSWERS[move.outcome or "withdrawn"], name=name)
