"""What staff read of a request: it waits for an answer until then, or who has answered it, and how."""

from collections.abc import Sequence

from backend.contract.bookings import Booking
from bot.notices.callbacks import ApproveHere, DeclineHere
from bot.specialist.callbacks import StaffCard
from bot.specialist.card import decision_rows
from bot.ui import cards
from bot.ui.keyboards import Row, Screen, button_to
from bot.ui.text import Html, one_line, visible_name

_ENDED = {
    "declined": "request-declined-by",
    "request_expired": "request-expired",
    "client": "request-withdrawn",
    "client_late": "request-withdrawn",
}


def request_notice(
    voice: cards.Voice, booking: Booking, *, may_decide: bool, deciders: Sequence[str] = (), title: str = "asked"
) -> Screen:
    """Return the notice as it reads now. `deciders` are the names of those who answer where the reader may not.

    `title` is `asked` or `reminder`."""
    t, waits = voice.t, booking.status == "pending"
    head = t.html(f"staff-approval-{title}") if waits else answer_line(voice, booking)
    lines = [head, "", cards.booking_text(voice, booking), *cards.staff_client_lines(voice, booking)]
    if waits and booking.decide_by:
        lines.append(t.html("request-answer-by", when=cards.deadline_text(voice, booking.decide_by)))
    rows: list[Row] = []
    if waits and may_decide:
        rows += decision_rows(voice, booking, ApproveHere(booking_id=booking.id), DeclineHere(booking_id=booking.id))
    elif waits:
        lines.append(deciders_line(voice, deciders))
    rows.append([button_to(t.label("button-open"), StaffCard(booking_id=booking.id))])
    return Screen("\n".join(lines), rows)


def deciders_line(voice: cards.Voice, deciders: Sequence[str]) -> Html:
    """Return who answers where the reader may not."""
    names = ", ".join(filter(None, (visible_name(name) for name in deciders)))
    return voice.t.html("request-deciders", names=names or voice.t.label("request-admins"))


def answer_line(voice: cards.Voice, booking: Booking) -> Html:
    """Return what has become of a request: `Approved by Kim`."""
    name = one_line(booking.decided_by) or voice.t.label("request-somebody")
    if booking.status != "cancelled":
        return voice.t.html("request-approved-by", name=name)
    return voice.t.html(_ENDED.get(booking.end_reason or "", "request-cancelled"), name=name)
