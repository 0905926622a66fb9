"""How a booking, a service and a place read: the pieces that several screens share."""

from functools import lru_cache
from typing import Protocol
from urllib.parse import quote_plus

from backend.contract.bookings import LATE_FROM_S, SECOND_THOUGHTS_S, Booking
from backend.contract.catalog import MAX_PLACES, Service
from bot.ui.i18n import Words, words_for
from bot.ui.keyboards import Button
from bot.ui.labels import cuttable_name
from bot.ui.text import DOT, MAX_LABEL, Html, clean_text, escape, keep_together, one_line, visible_name
from bot.ui.times import Times, money_text, parse, span_text


class Voice(Protocol):
    """The person something is written for: their words and their view of the clock (a `Request`, or a notice's reader)."""

    locale: str
    t: Words
    times: Times


LIVE = ("pending", "confirmed", "arrived")
MAPS = {"ru": "https://yandex.ru/maps/?text={}", "": "https://www.google.com/maps/search/?api=1&query={}"}


def service_names(booking: Booking) -> str:
    """Return `Haircut + Colour`."""
    return " + ".join(one_line(item.service_name) for item in booking.items)


def most_places(booking: Booking) -> int:
    """Return how many places the booking may take at most; 1 where not every service of it is a group."""
    return min(MAX_PLACES, *(item.capacity for item in booking.items))


def specialist_names(booking: Booking) -> str:
    """Return `Anna`, or everybody who takes part, each once, in order."""
    return ", ".join(dict.fromkeys(one_line(item.specialist_name) for item in booking.items))


def client_text(voice: Voice, booking: Booking, limit: int = MAX_LABEL) -> str:
    """Return a booking's client for staff: the name, or words for none; nothing while a visitor holds the place.

    A place that is held for a move has the client who asks for it."""
    if booking.client_id is None and not is_held_for_move(booking):
        return ""
    return visible_name(booking.client_name, limit) or voice.t.label("client-nameless")


def is_held_for_move(booking: Booking) -> bool:
    """Return whether a client with another booking asks to move here; the place is held until it is answered."""
    return booking.client_id is None and (booking.held_for is not None or booking.client_name != "")


def mark_held(voice: Voice, booking: Booking, label: str) -> str:
    """Return the label with the words that the place is only held, and for what; as it is for a booking."""
    if booking.status != "held":
        return label
    return voice.t.label("label-asks-to-move" if is_held_for_move(booking) else "label-held", booking=label)


def staff_client_lines(voice: Voice, booking: Booking) -> list[str]:
    """Return the line with the client's name and phone for staff; none while a visitor holds the place."""
    parts = filter(None, (client_text(voice, booking), one_line(booking.client_phone or "")))
    return [escape(line)] if (line := ", ".join(parts)) else []


def told_line(voice: Voice, booking: Booking) -> Html:
    """Return that the client will be told of a change, or that they are to be called."""
    return voice.t.html("client-told" if booking.client_reachable else "message-unreachable")


def is_displaced(booking: Booking) -> bool:
    """Return whether it cannot take place as it was confirmed."""
    return booking.task == "open" and booking.status == "confirmed"


def status_key(booking: Booking) -> str:
    """Return the key of the words for the booking's state; a request that has ended says how."""
    if booking.status == "cancelled" and booking.end_reason in ("declined", "request_expired"):
        return f"status-{booking.end_reason.replace('_', '-')}"
    return f"status-{booking.status.replace('_', '-')}"


def own_status_key(booking: Booking) -> str:
    """Return the key of the words for the state of the reader's own booking."""
    key = status_key(booking)
    return f"own-{key}" if booking.status in ("arrived", "no_show") else key


def deadline_text(voice: Voice, instant: str) -> str:
    """Return `18:00` today, `Fri 12 Dec 18:00` on another day."""
    is_today = voice.times.local(instant).date() == voice.times.today
    return voice.times.clock(instant) if is_today else voice.times.when(instant)


def asks_to_move(booking: Booking) -> bool:
    """Return whether the client's request for another time waits for an answer."""
    return booking.move_request is not None and booking.move_request.outcome is None


def move_request_lines(voice: Voice, booking: Booking) -> list[str]:
    """Return what the client asks for while that waits for an answer: another time, or their words."""
    move = booking.move_request
    if move is None or move.outcome is not None:
        return []
    lines: list[str] = []
    if move.start is not None:
        lines.append(voice.t.html("move-wanted", when=voice.times.time_tag(move.start)))
    if move.text:
        lines.append(voice.t.html("move-words", text=Html(escape(clean_text(move.text, 500)))))
    if move.held:
        lines.append(voice.t.html("request-answer-by", when=deadline_text(voice, move.decide_by)))
    return lines


def is_past_cut_off(voice: Voice, booking: Booking) -> bool:
    """Return whether its client asks for another time instead of moving it; the backend decides it."""
    until = booking.can_cancel_until
    return (
        booking.status == "confirmed" and until is not None and parse(until).timestamp() < voice.times.now.timestamp()
    )


def consent_lines(t: Words, text: str, link: str) -> list[str]:
    """Return what clients agree to, with where it can be read; nothing where the business asks for no consent."""
    if not text and not link:
        return []
    sentence = escape(clean_text(text, 300)) if text else t.html("consent-default")
    if not link:
        return [sentence]
    return [f'{sentence} <a href="{escape(link)}">{t.html("consent-read")}</a>']


def free_until_lines(voice: Voice, booking: Booking) -> list[str]:
    """Return until when cancelling is free, for a client who is about to book."""
    until = booking.can_cancel_until
    if until is None:
        return []
    if parse(until) >= parse(booking.start):
        return [voice.t.html("free-until-start")]
    if (parse(until) - parse(booking.created_at)).total_seconds() <= SECOND_THOUGHTS_S:
        return [voice.t.html("free-until-soon", time=voice.times.clock(until))]
    return [voice.t.html("free-until", when=voice.times.when(until))]


def end_note_lines(voice: Voice, booking: Booking) -> list[str]:
    """Return what was typed when the booking was declined or cancelled, where something was."""
    note = clean_text(booking.end_note, 500)
    return [voice.t.html("end-note", note=Html(escape(note)))] if note else []


def sole_specialist(booking: Booking) -> int:
    """Return the id of the specialist who takes the whole booking; 0 when several take part."""
    return booking.items[0].specialist_id if len({item.specialist_id for item in booking.items}) == 1 else 0


def price_text(voice: Voice, amount: str, currency: str, *, at_least: bool = False) -> str:
    """Return `1 500 ₽`, `from 1 500 ₽`, or nothing for what costs nothing."""
    return _price_text(voice.locale, amount, currency, at_least)


def length_text(voice: Voice, booking: Booking) -> str:
    """Return `1 h 30 min`: how long the whole booking takes."""
    return voice.times.span(sum(item.duration_min for item in booking.items))


def service_label(voice: Voice, service: Service) -> str:
    """Return `Haircut · 1 500 ₽ · 45 min` for a button: a long name is cut, never the price."""
    price = service.price, service.currency, service.price_from
    return _service_label(voice.locale, service.name, price, service.duration_min)


def _price_text(locale: str, amount: str, currency: str, at_least: bool) -> str:
    if not amount.strip("0."):
        return ""
    money = money_text(locale, amount, currency)
    return keep_together(words_for(locale).label("price-from", price=money)) if at_least else money


@lru_cache(maxsize=8192)  # a business's services stand on the screens of all its people
def _service_label(locale: str, name: str, price: tuple[str, str, bool], duration_min: int) -> str:
    tail = [part for part in (_price_text(locale, *price), span_text(locale, duration_min)) if part]
    return DOT.join([cuttable_name(one_line(name)), *tail])


def tick_text(*, on: bool) -> str:
    """Return the mark of a choice that is on or off."""
    return "✓" if on else "▫"


def ticked_label(name: str, *, on: bool) -> str:
    """Return the label of a choice that is on (`✓`) or off (`▫`)."""
    return f"{tick_text(on=on)} {cuttable_name(one_line(name))}"


def booking_label(voice: Voice, booking: Booking) -> str:
    """Return `Fri 12 Dec 14:30 · Haircut` for a button."""
    return f"{voice.times.when(booking.start)}{DOT}{cuttable_name(service_names(booking))}"


def booking_text(voice: Voice, booking: Booking) -> Html:
    """Return a booking in full: services, time, specialist, price, comment."""
    lines = [f"<b>{escape(service_names(booking))}</b>", _time(voice, booking), escape(specialist_names(booking))]
    cost = price_text(voice, booking.price, booking.currency, at_least=booking.price_from)
    places = voice.t.label("places-count", count=booking.places) if booking.places > 1 else ""
    lines.append(escape(DOT.join(part for part in (places, cost, length_text(voice, booking)) if part)))
    if booking.comment:
        lines.append(voice.t.html("comment-line", comment=Html(escape(clean_text(booking.comment, 500)))))
    return Html("\n".join(lines))


def _time(voice: Voice, booking: Booking) -> str:
    """Return the start and the end, with the zone."""
    end = voice.times.clock(booking.end)
    return f"{voice.times.time_tag(booking.start)}–{end} ({escape(voice.times.zone_name(booking.start))})"


def has_begun(voice: Voice, booking: Booking) -> bool:
    """Return whether its start has passed."""
    return parse(booking.start) <= voice.times.now


def can_say_late(voice: Voice, booking: Booking) -> bool:
    """Return whether its client may say now that they will be late."""
    ahead_s = (parse(booking.start) - voice.times.now).total_seconds()
    return booking.status == "confirmed" and booking.task != "open" and 0 < ahead_s <= LATE_FROM_S


def map_url(voice: Voice, address: str) -> str:
    """Return the address of a map that shows the place, in the person's language."""
    return MAPS.get(voice.locale, MAPS[""]).format(quote_plus(one_line(address, 300)))


def place_buttons(voice: Voice, address: str) -> list[Button]:
    """Return Route and Copy address, where there is an address."""
    if not address.strip():
        return []
    return [
        Button(voice.t.label("button-route"), url=map_url(voice, address)),
        Button(voice.t.label("button-copy-address"), copy=address),
    ]
