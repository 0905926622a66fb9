"""The buttons of the specialist's screens. `day` is a date's ordinal, `month` is year * 12 + month - 1, `weekday` 0 is Monday.

`shape` is the place of a preset in its list."""

from bot.ui.callbacks import Callback


class SpecialistDay(Callback, prefix="s.day"):
    """One's own day."""

    day: int
    page: int = 0


class StaffWeek(Callback, prefix="s.week"):
    """The week around that day, of all specialists (0) or of one; specialists see their own."""

    day: int
    specialist_id: int = 0


class StaffMonth(Callback, prefix="s.mon"):
    """A month, of all specialists (0) or of one; specialists see their own."""

    month: int
    specialist_id: int = 0


class StaffYears(Callback, prefix="s.year"):
    """The months of a year and of its neighbours, of all specialists (0) or of one."""

    year: int
    specialist_id: int = 0


class UnmarkedList(Callback, prefix="s.unm"):
    """Bookings that are over and that nobody has marked."""

    page: int = 0


class StaffCard(Callback, prefix="s.card"):
    """A booking as staff see it."""

    booking_id: int


class MarkArrived(Callback, prefix="s.here"):
    """The client is here."""

    booking_id: int


class MarkNoShow(Callback, prefix="s.gone"):
    """The client has not come."""

    booking_id: int


class UnmarkBooking(Callback, prefix="s.unmk"):
    """Take back what was noted of the client."""

    booking_id: int


class ApproveBooking(Callback, prefix="s.appr"):
    """Accept a booking that waits for approval."""

    booking_id: int


class AskDecline(Callback, prefix="s.decl"):
    """Type a reason for declining a request, or decline without one."""

    booking_id: int


class DeclineBooking(Callback, prefix="s.decn"):
    """Decline a booking that waits for approval."""

    booking_id: int


class StaffAskCancel(Callback, prefix="s.cx"):
    """Ask before a client's booking is cancelled."""

    booking_id: int


class StaffCancel(Callback, prefix="s.cxy"):
    """Cancel a client's booking."""

    booking_id: int


class StaffUndoCancel(Callback, prefix="s.undo"):
    """Bring a client's cancelled booking back."""

    booking_id: int


class BookingHistory(Callback, prefix="s.hist"):
    """What happened to a booking."""

    booking_id: int


class WriteMessage(Callback, prefix="s.msg"):
    """Type a message to the client of a booking."""

    booking_id: int


class SendMessage(Callback, prefix="s.msgy"):
    """Send the typed message."""

    booking_id: int


class TaskList(Callback, prefix="t.list"):
    """The bookings that need a new time."""

    page: int = 0


class AskPlaceAll(Callback, prefix="t.all"):
    """What placing all of them with others would do."""


class PlaceAll(Callback, prefix="t.ally"):
    """Place all of them with others."""


class MarkTold(Callback, prefix="t.told"):
    """The client has been told that the booking does not take place."""

    booking_id: int


class KeepTime(Callback, prefix="t.keep"):
    """The booking takes place as booked after all."""

    booking_id: int


class NoticeSettings(Callback, prefix="s.told"):
    """Which notices staff want."""


class SetNotices(Callback, prefix="s.tell"):
    """Choose which notices to get; `choice` is the place in the contract's list."""

    choice: int


class WeekHours(Callback, prefix="h.week"):
    """A specialist's weekly hours."""

    specialist_id: int


class SetWeekShape(Callback, prefix="h.shape"):
    """Set the whole week to a preset."""

    specialist_id: int
    shape: int


class WeekdayHours(Callback, prefix="h.wd"):
    """The hours of one weekday."""

    specialist_id: int
    weekday: int


class SetWeekdayShape(Callback, prefix="h.set"):
    """Set one weekday to a preset."""

    specialist_id: int
    weekday: int
    shape: int


class TakeWeekReading(Callback, prefix="h.read"):
    """Set weekdays to one of the readings of what was typed, which the draft has."""

    place: int


class CopyWeekday(Callback, prefix="h.copy"):
    """Set the first `days` weekdays to the hours of this one."""

    specialist_id: int
    weekday: int
    days: int


class SpecialDates(Callback, prefix="h.dates"):
    """The dates whose hours differ from the week."""

    specialist_id: int
    page: int = 0


class SpecialDateMonth(Callback, prefix="h.mon"):
    """A month to pick such a date from."""

    specialist_id: int
    month: int


class SpecialDate(Callback, prefix="h.date"):
    """The hours of one date."""

    specialist_id: int
    day: int


class SetSpecialDate(Callback, prefix="h.dset"):
    """Set one date to a preset."""

    specialist_id: int
    day: int
    shape: int


class TakeDateReading(Callback, prefix="dt.read"):
    """Set one date to one of the two readings of what was typed, which the draft has."""

    place: int


class RemoveSpecialDate(Callback, prefix="h.ddel"):
    """Let the week hold again for that date."""

    specialist_id: int
    day: int


class ApplyHours(Callback, prefix="h.yes"):
    """Change the hours that wait in the draft; `mode` says what becomes of the bookings."""

    mode: int


class DaysOff(Callback, prefix="o.menu"):
    """A specialist's days off."""

    specialist_id: int
    page: int = 0


class FirstDayOff(Callback, prefix="o.from"):
    """A month to pick the first day off from."""

    specialist_id: int
    month: int


class LastDayOff(Callback, prefix="o.to"):
    """A month to pick the last day off from."""

    specialist_id: int
    first: int
    month: int


class AskDaysOff(Callback, prefix="o.ask"):
    """What these days off would do, before they are taken."""

    specialist_id: int
    first: int
    last: int


class DaysOffReason(Callback, prefix="o.why"):
    """Type a reason for these days off."""

    specialist_id: int
    first: int
    last: int


class TakeDaysOff(Callback, prefix="o.yes"):
    """Take these days off; `mode` says what becomes of the bookings (see `specialist/affected_bookings.py`)."""

    specialist_id: int
    first: int
    last: int
    mode: int


class RemoveTimeOff(Callback, prefix="o.del"):
    """Take days off back."""

    specialist_id: int
    time_off_id: int
