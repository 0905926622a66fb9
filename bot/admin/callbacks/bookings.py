"""The buttons of the day, the list of bookings and booking for a client.

`day` is a date's ordinal, `month` is year * 12 + month - 1, times are epoch minutes, `specialist_id` 0 stands for everybody.
`subject` is the client (0: not yet known), then the services."""

from bot.ui.callbacks import Callback, Ids


class AdminToday(Callback, prefix="a.now"):
    """The business's day, even before the first steps are done."""


class AdminDay(Callback, prefix="a.day"):
    """A day of all specialists or of one."""

    day: int
    specialist_id: int = 0
    page: int = 0


class DayGap(Callback, prefix="a.gap"):
    """What fits into a free gap of a day."""

    specialist_id: int
    start: int
    end: int
    page: int = 0


class GapTimes(Callback, prefix="a.gapt"):
    """When a service can begin in a gap."""

    specialist_id: int
    service_id: int
    start: int
    end: int


class BookingList(Callback, prefix="a.bks"):
    """Bookings by specialist, kind (a place in `KINDS`) and day (0: any), page by page."""

    specialist_id: int = 0
    kind: int = 0
    day: int = 0
    page: int = 0


class BookingKinds(Callback, prefix="a.bkst"):
    """Choose which kind of bookings is listed."""

    specialist_id: int
    kind: int
    day: int


class BookingSpecialists(Callback, prefix="a.bksp"):
    """Choose whose bookings are listed."""

    specialist_id: int
    kind: int
    day: int
    page: int = 0


class BookingDays(Callback, prefix="a.bkd"):
    """Choose the day whose bookings are listed."""

    specialist_id: int
    kind: int
    day: int
    month: int


class BookForServices(Callback, prefix="k.svc"):
    """Which service is booked for a client (0: not yet known), on `day` (0: any), page by page."""

    client_id: int = 0
    page: int = 0
    day: int = 0


class FindServiceToBook(Callback, prefix="k.svq"):
    """Type what to look for among the services, to book one for a client (0: not yet known)."""

    client_id: int = 0


class BookForTimes(Callback, prefix="knear"):
    """The soonest times for a client's booking."""

    subject: Ids
    specialist_id: int


class BookForMore(Callback, prefix="k.add"):
    """What can be added to the client's booking or left out of it."""

    subject: Ids
    specialist_id: int
    page: int


class BookForSpecialists(Callback, prefix="kwho"):
    """Who can do the client's services."""

    subject: Ids
    specialist_id: int
    page: int = 0


class BookForDays(Callback, prefix="kmon"):
    """Five weeks with their free days for a client's booking."""

    subject: Ids
    specialist_id: int
    first: int


class BookForDayTimes(Callback, prefix="kday"):
    """The free times of one day for a client's booking, page by page."""

    subject: Ids
    specialist_id: int
    day: int
    page: int


class BookForPick(Callback, prefix="kpick"):
    """Take this time for a client."""

    subject: Ids
    specialist_id: int
    start: int


class BookForForce(Callback, prefix="kforce"):
    """Take this time off the grid for a client."""

    subject: Ids
    specialist_id: int
    start: int


class BookFor(Callback, prefix="kok"):
    """Book for a client."""

    subject: Ids
    specialist_id: int
    start: int


class BookForForced(Callback, prefix="kokf"):
    """Book off the grid for a client."""

    subject: Ids
    specialist_id: int
    start: int


class BookAllTheSame(Callback, prefix="koks"):
    """Book for a client who has another booking at this time."""

    subject: Ids
    specialist_id: int
    start: int
    force: bool


class BookForNewClient(Callback, prefix="k.new"):
    """Enter a new client for whom a booking is made at once."""

    services: Ids
    specialist_id: int
    start: int
    force: bool
