"""A class on the day of staff: one row for all who start together, the list of people, ticks of who came, words to all."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import NamedTuple

from aiogram.filters import StateFilter
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from backend.client.api import BackendRefused
from backend.contract.bookings import CAME, EARLY_S, Booking, Item, Status
from backend.contract.errors import Code
from bot.admin.callbacks.bookings import AdminDay, BookForPick
from bot.fsm import Draft, drop_draft, find_draft, keep_draft, load_draft
from bot.request import Request
from bot.router import Router
from bot.specialist.callbacks import SpecialistDay, StaffCard
from bot.specialist.class_callbacks import ClassList, CountCame, SendToClass, TickArrived, WriteToClass
from bot.specialist.marks import CAME_MARK, booking_mark, count_marks, marks_line
from bot.ui import cards
from bot.ui.keyboards import Button, Row, Screen, button_to, page_of
from bot.ui.labels import cuttable_name
from bot.ui.prompts import add_above, ask_for_text
from bot.ui.text import DOT, Html, clean_text, escape, one_line
from bot.ui.times import MINUTE, epoch_minutes, from_epoch_minutes

# with a row of four numbers below each person a screen has fewer than a hundred buttons
A_PAGE = 15
LONGEST = 1000
_OCCUPYING: tuple[Status, ...] = ("held", "pending", "confirmed", "arrived", "completed", "no_show")

router = Router(for_staff=True)


class ClassKey(NamedTuple):
    """Which class: a service, who does it, and its start in epoch minutes."""

    service_id: int
    specialist_id: int
    start: int


class StartingClass(NamedTuple):
    """Those who start a group's service together: the item of one of them, and all their bookings.

    `unanswered` are ids as in `BookingsOverview`; other bookings may be among them."""

    item: Item
    bookings: list[Booking]
    unanswered: Collection[int] = ()

    @property
    def key(self) -> ClassKey:
        """Which class it is."""
        return _key_of_item(self.item)

    @property
    def places(self) -> int:
        """How many places they take."""
        return sum(booking.places for booking in self.bookings)


def _key_of_item(item: Item) -> ClassKey:
    return ClassKey(item.service_id, item.specialist_id, epoch_minutes(item.start))


class ClassMessageForm(StatesGroup):
    """What is typed to everybody of a class."""

    text = State()


class ClassMessageDraft(Draft):
    """Words to everybody of a class; `text` is empty until they have been typed."""

    service_id: int
    specialist_id: int
    start: int
    text: str = ""


def group_classes(bookings: Iterable[Booking]) -> tuple[list[StartingClass], list[Booking]]:
    """Return the classes of a day, and the bookings that are more than one, or none; both in order."""
    classes: dict[tuple[int, int, str], StartingClass] = {}
    others = []
    for booking in bookings:
        for item in booking.items:
            if item.capacity > 1:
                key = (item.service_id, item.specialist_id, item.start)
                classes.setdefault(key, StartingClass(item, [])).bookings.append(booking)
        if len(booking.items) > 1 or booking.items[0].capacity == 1:
            others.append(booking)
    return list(classes.values()), others


def class_button(request: Request, starting: StartingClass, unanswered: Collection[int]) -> Button:
    """Return `18:00 · Yoga · 3 of 8 · +1 …2`, which leads to the list of people: how many bookings have each mark."""
    item = starting.item
    marks = count_marks(request, starting.bookings, unanswered).items()
    count = request.t.label("class-places", taken=starting.places, capacity=item.capacity)
    parts = [request.times.clock(item.start), cuttable_name(one_line(item.service_name)), count]
    label = DOT.join([*parts, " ".join(f"{mark}{number}" for mark, number in marks)] if marks else parts)
    return button_to(label, ClassList(*starting.key))


def _key_of(which: ClassList | WriteToClass | SendToClass | ClassMessageDraft) -> ClassKey:
    return ClassKey(which.service_id, which.specialist_id, which.start)


@router.press(ClassList)
async def show_class(request: Request, callback: ClassList) -> Screen:
    """Show who comes to a class, a row each."""
    return await _class_screen(request, _key_of(callback), callback.page)


async def _load_class(request: Request, key: ClassKey) -> StartingClass | None:
    """Return the class, None where nobody takes part any more."""
    day = request.times.local(from_epoch_minutes(key.start)).date()
    # a booking of several services may have begun the day before
    found = await request.api.get_bookings_overview(
        from_=(day - timedelta(days=1)).isoformat(),
        to=day.isoformat(),
        status=_OCCUPYING,
        specialist_id=key.specialist_id,
        limit=200,
    )
    classes = group_classes(found.items)[0]
    return next((each._replace(unanswered=found.unanswered) for each in classes if each.key == key), None)


async def _class_screen(request: Request, key: ClassKey, page: int = 0, toast: str = "") -> Screen:
    starting = await _load_class(request, key)
    t, start = request.t, from_epoch_minutes(key.start)
    day = request.times.local(start).date().toordinal()
    back = AdminDay(day=day) if request.is_admin else SpecialistDay(day=day)
    last: Row = [button_to(t.label("button-back"), back)]
    if starting is None:
        return Screen(t.html("class-empty", when=request.times.time_tag(start)), [last])
    item = starting.item
    came = sum(booking.places_came or 0 for booking in starting.bookings)
    lines = [
        f"<b>{escape(one_line(item.service_name))}</b>",
        f"{request.times.time_tag(start)}{DOT}{escape(one_line(item.specialist_name))}",
        t.html("class-count", taken=starting.places, capacity=item.capacity, came=came),
        *marks_line(request, starting.bookings, starting.unanswered),
    ]
    shown, turning = page_of(starting.bookings, page, A_PAGE, lambda to: ClassList(*key, page=to))
    rows = [row for booking in shown for row in _person_rows(request, starting, page, booking)]
    if _reachable(starting):
        last.insert(0, button_to(t.label("button-write-to-all"), WriteToClass(*key)))
    return Screen("\n".join(lines), [*rows, turning, _book_row(request, starting), last], toast=toast)


def _book_row(request: Request, starting: StartingClass) -> Row:
    """Return the way to one more person in this class, while it is ahead and has a place left."""
    key = starting.key
    if key.start * MINUTE <= request.now or starting.places >= starting.item.capacity:
        return []
    join = BookForPick(subject=(0, key.service_id), specialist_id=key.specialist_id, start=key.start)
    return [button_to(request.t.label("button-book-for"), join)]


def _person_rows(request: Request, starting: StartingClass, page: int, booking: Booking) -> list[Row]:
    """Return the person, and beside them the tick of who came, as soon as somebody may have.

    Below a person with several places who came: of how many of them."""
    key = starting.key
    places = request.t.label("places-count", count=booking.places) if booking.places > 1 else ""
    name = cards.client_text(request, booking, 24) or request.t.label("class-held")
    if booking.status == "held":
        name = cuttable_name(name)  # what the place is held for must be read as well
    label = DOT.join(part for part in (name, places) if part)
    ticked = booking.status in CAME
    may_have_come = key.start * MINUTE - EARLY_S <= request.now
    has_tick = may_have_come and booking.status in ("confirmed", "no_show", *CAME)
    mark = booking_mark(request, booking, starting.unanswered)
    if mark and not (has_tick and ticked and mark == CAME_MARK):
        label += f" {mark}"
    if booking.client_name:
        label = cards.mark_held(request, booking, label)
    row: Row = [button_to(label, StaffCard(booking_id=booking.held_for or booking.id))]
    if not has_tick:
        return [row]
    place = [_key_of_item(item) for item in booking.items].index(key)
    row.append(button_to("✓" if ticked else "▫", TickArrived(booking.id, place, page)))
    if booking.places == 1 or booking.places_came is None:
        return [row]
    came_row: Row = []
    for came in range(1, booking.places + 1):
        label = request.t.label("class-came", came=came)
        label = f"✓ {label}" if came == booking.places_came else label
        came_row.append(button_to(label, CountCame(booking.id, place, came, page)))
    return [row, came_row]


@router.press(TickArrived)
async def tick_arrived(request: Request, callback: TickArrived) -> Screen:
    """Note that somebody of the class is here, or take it back."""
    booking = await request.api.get_booking(callback.booking_id)
    here = booking.status in CAME and not booking.unconfirmed
    try:
        if here:
            await request.api.unmark_booking(booking.id, key=request.idempotency_key("unmark"))
        else:
            await request.api.mark_arrived(booking.id, key=request.idempotency_key("arrived"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:  # two people tick at once: the list shows how it is now
            raise
    return await _ticked_screen(request, booking, callback)


async def _ticked_screen(request: Request, booking: Booking, callback: TickArrived | CountCame) -> Screen:
    item = booking.items[min(callback.place, len(booking.items) - 1)]
    return await _class_screen(request, _key_of_item(item), callback.page, request.t.label("saved"))


@router.press(CountCame)
async def count_came(request: Request, callback: CountCame) -> Screen:
    """Note of how many places of a booking somebody is here; a mark that it took place stays one."""
    booking = await request.api.get_booking(callback.booking_id)
    mark = request.api.mark_completed if booking.status == "completed" else request.api.mark_arrived
    try:
        await mark(booking.id, callback.came, key=request.idempotency_key("came"))
    except BackendRefused as refusal:
        # it is noted already, or there are fewer places by now: the list shows how it is
        if refusal.code not in (Code.ILLEGAL_STEP, Code.INVALID):
            raise
    return await _ticked_screen(request, booking, callback)


@router.press(WriteToClass)
async def ask_class_message(request: Request, callback: WriteToClass) -> Screen:
    """Ask what everybody of the class shall read."""
    return await _ask_screen(request, _key_of(callback))


async def _ask_screen(request: Request, key: ClassKey) -> Screen:
    when = request.times.time_tag(from_epoch_minutes(key.start))
    back = button_to(request.t.label("button-back"), ClassList(*key))
    question = request.t.html("class-message-ask", when=when)
    draft = ClassMessageDraft(**key._asdict())
    return await ask_for_text(request, ClassMessageForm.text, question, back, draft=draft)


@router.message(StateFilter(ClassMessageForm.text))
async def take_class_message(message: Message, request: Request) -> Screen:
    """Show the words as they will be read, before they are sent."""
    key = _key_of(await load_draft(request.state, ClassMessageDraft))
    text = clean_text(message.text or "", LONGEST)
    if not text:
        return add_above(request.t.html("not-read"), await _ask_screen(request, key))
    if not await keep_draft(request.state, ClassMessageDraft(**key._asdict(), text=text)):
        return add_above(request.t.html("start-over"), await _class_screen(request, key))
    count = len(_reachable(await _load_class(request, key)))
    rows: list[Row] = [
        [button_to(request.t.label("button-send-message"), SendToClass(*key), style="success")],
        [
            button_to(request.t.label("button-write-again"), WriteToClass(*key)),
            button_to(request.t.label("button-back"), ClassList(*key)),
        ],
    ]
    return Screen(request.t.html("class-message-preview", count=count, text=Html(escape(text))), rows)


def _reachable(starting: StartingClass | None) -> list[Booking]:
    """Return the bookings of those who can be written to, one for each person."""
    bookings = [] if starting is None else starting.bookings
    return list({b.client_id: b for b in bookings if b.client_reachable and b.status != "held"}.values())


@router.press(SendToClass)
async def send_class_message(request: Request, callback: SendToClass) -> Screen:
    """Send the typed words to everybody of the class, and say how many they reach."""
    draft = await find_draft(request.state, ClassMessageDraft)
    key = _key_of(callback)
    if draft is None or not draft.text or _key_of(draft) != key:
        return await _ask_screen(request, key)
    sent = missed = 0
    for booking in _reachable(await _load_class(request, key)):
        step = request.idempotency_key(f"message-{booking.id}")
        try:
            await request.api.message_client(booking.id, draft.text, key=step)
            sent += 1
        except BackendRefused as refusal:
            if refusal.code is not Code.ILLEGAL_STEP:
                raise
            missed += 1
    await drop_draft(request.state)
    note = request.t.html("class-message-sent", sent=sent, missed=missed)
    return add_above(note, await _class_screen(request, key))
