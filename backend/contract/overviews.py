"""What screens show of several features at once."""

from backend.contract import Answer, Request
from backend.contract.bookings import Booking, ServiceIds
from backend.contract.catalog import Service, ServiceName, Specialist
from backend.contract.people import Client, Role, StaffMember
from backend.contract.schedule import Hours, Slot
from backend.contract.tenancy import Tenant
from backend.contract.times import Day, Instant


class Gap(Answer):
    """Working time of a specialist, as a shift or as what is free of it. Both ends in UTC; `local` is the start."""

    start: Instant
    end: Instant
    local: Instant


class AgendaDay(Answer):
    """One specialist's day: when they work, what is booked (ids, in order), the gaps between.

    `shifts` are whole: one that starts on the day may end on the next, one of the night before may end on this day."""

    specialist_id: int
    name: str
    shifts: list[Gap]
    booking_ids: list[int]
    gaps: list[Gap]


class Agenda(Answer):
    """`GET /v1/agenda?date=&specialist_id=` (specialists see their own).

    `bookings` are those that begin on the date, in order, at most 500: held ones and no-shows as well, not those that
    were cancelled or have expired. `more` are left out of them; they are in the answer about one specialist. `unmarked`
    is how many bookings of the last 7 days have no mark (`GET /v1/bookings/unmarked`). `unanswered` are the bookings whose
    client has had a reminder of the start as it is and has not said that they will come."""

    date: Day
    days: list[AgendaDay]
    bookings: list[Booking]
    more: int = 0
    unmarked: int = 0
    unanswered: list[int] = []


class CalendarDay(Answer):
    """One local date at a glance: `shifts` are when somebody works who begins on it, as one where they touch.

    `bookings` counts those that begin on it and stand or took place, without those that are only held. Of them `requests`
    wait for an answer (approval or another time), `tasks` need a new time, and `unmarked` ended within the last 7 days
    without a mark."""

    date: Day
    shifts: list[Gap]
    bookings: int
    requests: int
    tasks: int
    unmarked: int


class Calendar(Answer):
    """`GET /v1/calendar?from=&to=&specialist_id=`: at most 62 dates, each at a glance (specialists see their own).

    `specialist_name` is that of the specialist asked for, None for everybody."""

    days: list[CalendarDay]
    specialist_name: str | None = None


class UnmarkedBookings(Answer):
    """`GET /v1/bookings/unmarked` (staff): bookings that ended within the last 7 days and that nobody has marked.

    They are confirmed, or were completed by the clock (`unconfirmed`); the latest first. `total` counts all of them."""

    items: list[Booking]
    total: int


class Agendas(Answer):
    """`GET /v1/agendas?from=&to=&specialist_id=`: at most 14 dates, and 500 bookings over all of them."""

    items: list[Agenda]


class ClientHome(Answer):
    """What a client starts from.

    `bookings` are the caller's own from today on: held, pending or confirmed, in order, at most 10. `latest` is the last
    one until today that took place or was to. `unsent`: the caller has written something to the business and not sent it."""

    services: list[Service]
    bookings: list[Booking]
    latest: Booking | None
    unsent: bool = False


class Home(Answer):
    """`GET /v1/home?role=`: the first screen of the caller, in their strongest role or in the one that is asked for.

    A client has `client`; a specialist has the `agenda` of today in their own calendar, an admin that of everybody.
    `tasks` counts the bookings of those calendars that need a new time, `pending` the requests that wait for an admin's
    answer, at most 10. `undecided_groups` are services of which an admin
    has not said yet how their clients start; until then at `any` time."""

    role: Role
    tenant: Tenant
    client: ClientHome | None = None
    agenda: Agenda | None = None
    tasks: int = 0
    pending: int = 0
    undecided_groups: list[ServiceName] = []


class SpecialistCard(Answer):
    """`GET /v1/specialists/{id}/card` (admins): a specialist with all that the card shows.

    The services are all that are on sale, on the business's own terms; with them go the week, and the account that acts
    for the calendar."""

    specialist: Specialist
    services: list[Service]
    hours: Hours
    account: StaffMember | None


class NamedWeek(Answer):
    """A specialist's week."""

    specialist_id: int
    name: str
    hours: Hours


class Weeks(Answer):
    """`GET /v1/weeks` (admins): the week of every specialist, in the business's own order."""

    items: list[NamedWeek]


class BookingsOverview(Answer):
    """`GET /v1/bookings/overview` (staff): bookings as `/v1/bookings` lists them, with what the list is headed by.

    It takes `from`, `to`, `status`, `specialist_id`, `client_id`, `service_id`, `order`, `limit` and `count_pending`.
    The names are those of the filters: None without one. A specialist who is gone has none. `pending` counts the
    requests from today on that wait for an answer, up to 10, where it is asked for. `unanswered` as in `Agenda`."""

    items: list[Booking]
    specialist_name: str | None = None
    client_name: str | None = None
    service_name: str | None = None
    pending: int = 0
    unanswered: list[int] = []


class Choice(Answer):
    """For what a time is chosen.

    `services` are those asked for, in order, on the terms of the specialist who is asked for; of a moving `booking` those
    that are on sale still. `specialists` do the first of them and are told their terms for it. `client` is whom staff
    book for. `held_id` is the caller's own hold of the same services, if there is one. The times are for so many `places`,
    which are fewer than the `held_places` of the hold where the services have not so many (any more)."""

    services: list[Service]
    specialists: list[Specialist]
    client: Client | None
    booking: Booking | None
    held_id: int | None = None
    places: int = 1
    held_places: int = 1


class SlotChoice(Answer):
    """`GET /v1/choices/slots?service_id=&booking_id=&specialist_id=&client_id=&from=&to=&limit=`: the free starts.

    Without any, `first` is the first later date that has one."""

    choice: Choice
    slots: list[Slot]
    first: str | None


class DayChoice(Answer):
    """`GET /v1/choices/days?service_id=&booking_id=&specialist_id=&client_id=&from=&to=`: dates with a free start.

    `first` is the first one from `from` on, also after `to`."""

    choice: Choice
    days: list[Day]
    first: str | None


class ServiceChoice(Answer):
    """`GET /v1/choices/services?service_id=&booking_id=&specialist_id=&client_id=`: the services chosen and on sale.

    Without `service_id` or `booking_id` nothing is chosen as yet. The services on sale are on the business's own terms;
    with a booking that one specialist takes, on theirs where they do a service."""

    choice: Choice
    offered: list[Service]


class SoonestOffer(Answer):
    """A service on the specialist's terms, and its first free start that is ahead; None where there is none."""

    service: Service
    soonest: Slot | None


class SpecialistOffers(Answer):
    """`GET /v1/specialists/{id}/offers?from=&to=&offset=&limit=`: what a specialist does.

    Each service has its soonest start on those local dates; at most 20 services from `offset` on, of `total`."""

    specialist: Specialist
    offers: list[SoonestOffer]
    total: int


class GapOffers(Answer):
    """`GET /v1/specialists/{id}/gap?from=&to=`: what a specialist does that fits between two instants.

    Specialists ask about themselves, admins about anybody. The services are on the specialist's terms. Where just one fits,
    `slots` are its free starts between the instants."""

    specialist: Specialist
    services: list[Service]
    slots: list[Slot]


class HoldSoonest(Request):
    """`POST /v1/choices/soonest` with `Idempotency-Key`: hold the soonest free start ahead for these services.

    Without `specialist_id` the fairest free specialist is taken. It ends the client's other hold."""

    service_ids: ServiceIds
    specialist_id: int | None = None


class SoonestHold(Answer):
    """Answer of `POST /v1/choices/soonest`: the held booking, None where nothing is free, and the services on sale."""

    booking: Booking | None
    offered: list[Service]
