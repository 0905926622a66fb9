"""The buttons of the client's screens. `day` and `first` are dates' ordinals, `start` epoch minutes, `specialist_id` 0 any."""

from bot.ui.callbacks import Callback, Ids


class ClientHome(Callback, prefix="c.home"):
    """The client's home screen, also for staff who look at it as a client."""


class ServiceList(Callback, prefix="c.all"):
    """All services, page by page."""

    page: int = 0


class CategoryServices(Callback, prefix="c.cat"):
    """The services of one category, page by page. `category` is its place among the categories."""

    category: int
    page: int


class FindService(Callback, prefix="c.find"):
    """Type what to look for among the services."""


class Contacts(Callback, prefix="c.addr"):
    """Address and telephone of the business."""


class SoonestTimes(Callback, prefix="c.near"):
    """The soonest times for a booking of these services."""

    services: Ids
    specialist_id: int


class SpecialistChoice(Callback, prefix="c.who"):
    """Who can do these services."""

    services: Ids
    specialist_id: int
    page: int = 0


class FreeDays(Callback, prefix="c.mon"):
    """Five weeks with their free days."""

    services: Ids
    specialist_id: int
    first: int


class DayTimes(Callback, prefix="c.day"):
    """The free times of one day, page by page."""

    services: Ids
    specialist_id: int
    day: int
    page: int


class PickTime(Callback, prefix="c.pick"):
    """Hold this time."""

    services: Ids
    specialist_id: int
    start: int


class RepeatBooking(Callback, prefix="c.rep"):
    """Hold the soonest time for the same services and specialist again."""

    services: Ids
    specialist_id: int


class HeldBooking(Callback, prefix="c.draft"):
    """Back to the confirmation of a held booking."""

    booking_id: int


class AskComment(Callback, prefix="c.note"):
    """Type a comment."""

    booking_id: int


class ConfirmBooking(Callback, prefix="c.ok"):
    """Confirm a held booking. `has_comment` tells that a comment waits in the draft."""

    booking_id: int
    has_comment: bool
    skip_phone: bool


class ChangeTime(Callback, prefix="c.othr"):
    """Choose another time for the services that are held on `day`; the hold is kept until one is taken."""

    booking_id: int
    services: Ids
    day: int = 0


class DropHold(Callback, prefix="c.drop"):
    """Give the held time back and go home."""

    booking_id: int


class ChangeServices(Callback, prefix="c.add"):
    """What can be added to a held booking or left out of it."""

    booking_id: int
    page: int = 0


class SetServices(Callback, prefix="c.set"):
    """Hold the booking with these services instead."""

    booking_id: int
    services: Ids


class MyBookings(Callback, prefix="c.mine"):
    """Upcoming or past bookings, page by page."""

    past: bool
    page: int


class BookingCard(Callback, prefix="b.card"):
    """One booking."""

    booking_id: int


class AskCancel(Callback, prefix="b.cx"):
    """Ask before a booking is cancelled."""

    booking_id: int


class CancelBooking(Callback, prefix="b.cxy"):
    """Cancel a booking."""

    booking_id: int


class UndoCancel(Callback, prefix="b.undo"):
    """Bring a cancelled booking back."""

    booking_id: int


class CalendarFile(Callback, prefix="b.ics"):
    """The booking as a calendar file."""

    booking_id: int


class AskLate(Callback, prefix="b.late"):
    """How many minutes late the client will be."""

    booking_id: int


class SayLate(Callback, prefix="b.min"):
    """Tell the business that the client will be about so many minutes late."""

    booking_id: int
    minutes: int


class KeepCard(Callback, prefix="b.keep"):
    """Back from a question to the booking's card or reminder."""

    booking_id: int


class SpecialistServices(Callback, prefix="c.of"):
    """One specialist's services, each with its soonest time."""

    specialist_id: int
    page: int = 0


class AcceptInvitation(Callback, prefix="i.ok"):
    """Accept an invitation to the staff."""

    code: str


class MoveTimes(Callback, prefix="m.near"):
    """The soonest times to move a booking to."""

    booking_id: int
    specialist_id: int


class MoveSpecialists(Callback, prefix="m.who"):
    """Who else can take the booking."""

    booking_id: int
    specialist_id: int
    page: int = 0


class MoveDays(Callback, prefix="m.mon"):
    """Five weeks with the free days to move a booking to."""

    booking_id: int
    specialist_id: int
    first: int


class MoveDayTimes(Callback, prefix="m.day"):
    """The free times of one day to move a booking to, page by page."""

    booking_id: int
    specialist_id: int
    day: int
    page: int


class AskMove(Callback, prefix="m.pick"):
    """Ask before a booking is moved to this time."""

    booking_id: int
    specialist_id: int
    start: int


class MoveBooking(Callback, prefix="m.ok"):
    """Move a booking to this time."""

    booking_id: int
    specialist_id: int
    start: int


class MoveAllTheSame(Callback, prefix="m.two"):
    """Move a client's booking to a time at which they have another (staff)."""

    booking_id: int
    specialist_id: int
    start: int


class NewTimesMenu(Callback, prefix="n.times"):
    """The times that are offered instead of a booking that cannot take place as booked."""

    booking_id: int


class TakeNewTime(Callback, prefix="n.take"):
    """Take one of them."""

    booking_id: int
    specialist_id: int
    start: int


class LanguageChoice(Callback, prefix="c.lang"):
    """The languages there are."""


class SetLanguage(Callback, prefix="c.setl"):
    """Speak this language from now on."""

    locale: str


class MyData(Callback, prefix="c.data"):
    """What is kept about the person."""


class SetNews(Callback, prefix="c.news"):
    """Turn news from the business on or off."""

    on: bool


class ExportJson(Callback, prefix="c.exj"):
    """Everything that is kept about the person, as a file."""


class ExportCalendar(Callback, prefix="c.exi"):
    """All bookings of the person, as a calendar."""


class AskErase(Callback, prefix="c.era"):
    """Ask before the person's data are erased."""


class EraseMe(Callback, prefix="c.eray"):
    """Erase the person's data."""
