"""A business: its basics, which the tenant's file says or the bot sets, and its policies, which it sets itself."""

from typing import Annotated, Literal

from msgspec import Meta, field

from backend.contract import Answer, Request
from backend.contract.people import Locale
from backend.contract.times import Instant

TimeOfDay = Annotated[
    str, Meta(pattern=r"\A([01]\d|2[0-3]):[0-5]\d\Z", description="a time of day", examples=["22:00"])
]
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z", description="a currency code", examples=["EUR"])]
# Who says one of the basics: the tenant's file (which wins and locks it), an admin in the bot, or nobody as yet.
Source = Literal["file", "bot", "default"]
# An address without anything that could be read as a part of a text's markup.
HTTPS_ADDRESS = r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}(:[0-9]{1,5})?([/?][^\s<>\"'\\]*)?"
# One of these or nothing.
ConsentLink = Annotated[
    str,
    Meta(
        max_length=300,
        pattern=rf"\A({HTTPS_ADDRESS})?\Z",
        description="an address that begins with https://",
        examples=["https://barber.example/privacy"],
    ),
]
MAX_HORIZON_DAYS = 400
DAY_MIN = 24 * 60


# A business has five shapes in the backend, one for each border that it crosses:
# - PutTenant: what the operator's file says, sent by the gateway; neither policies nor contacts;
# - Tenant: the answer to its people; with the policies and the first steps;
# - public.PublicTenant: the answer to everybody else; part of Tenant;
# - auth.actor.TenantRow: the row that every request reads; has the database's id, and cannot be changed, for it is shared;
# - tenancy.business.structs.Business: a whole business file, with services, specialists and hours.


class BusinessCard(Answer):
    """What everybody may know of a business. `phones` are its numbers, `phone` is all of them in one text."""

    slug: str
    name: str
    timezone: str
    locale: Locale
    currency: str
    address: str
    phone: str
    phones: list[str]
    bot_username: str | None


class PutTenant(Request):
    """`PUT /v1/tenant`: the gateway tells the backend what the tenant's file says. It needs the key, but no person.

    What the file leaves out is absent: it stays as it is, and an admin may set it (`PATCH`). What it says wins, with one
    exception: once there are bookings, the currency stays theirs. The answer has what counts."""

    name: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    locale: Locale | None = None
    currency: Currency | None = None
    enabled: bool = True
    bot_username: Annotated[str, Meta(max_length=64)] | None = None


class QuietHours(Request):
    """Local wall times, `HH:MM`, between which only what cannot wait is sent; may run over midnight."""

    start: TimeOfDay
    end: TimeOfDay


class Policies(Request):
    """What a business decides for itself; stored as one document. The defaults are the contract's."""

    slot_step_min: Annotated[int, Meta(ge=5, le=180)] = 30
    min_notice_min: Annotated[int, Meta(ge=0, le=400 * DAY_MIN)] = 60
    horizon_days: Annotated[int, Meta(ge=0, le=400)] = 60
    cancel_until_min: Annotated[int, Meta(ge=0, le=400 * DAY_MIN)] = 24 * 60
    hold_min: Annotated[int, Meta(ge=1, le=DAY_MIN)] = 10
    approval: bool = False
    buffers_within_hours: bool = False
    reminders_min: Annotated[list[Annotated[int, Meta(ge=5, le=60 * DAY_MIN)]], Meta(max_length=5)] = field(
        default_factory=lambda: [1440, 120]
    )
    max_active_per_client: Annotated[int, Meta(ge=1, le=1000)] = 5
    quiet_hours: QuietHours | None = None
    ask_phone: bool = False
    phone_required: bool = False
    # how long a request may wait for an answer, in waking hours
    request_expiry_min: Annotated[int, Meta(ge=60, le=30 * DAY_MIN)] = 12 * 60
    # after so many months without a booking a client is unlinked; 0: never
    retention_months: Annotated[int, Meta(ge=0, le=120)] = 0
    # what clients agree to where they are asked for a number, and where it can be read in full
    consent_text: Annotated[str, Meta(max_length=300)] = ""
    consent_link: ConsentLink = ""
    # whether specialists are told the phone and the account of their clients; admins always are
    specialists_see_contacts: bool = True

    def reminders_after_cut_off(self) -> list[int]:
        """Return the reminders (minutes before) with which clients are asked when cancelling already counts as late."""
        return sorted((lead for lead in self.reminders_min if lead <= self.cancel_until_min), reverse=True)


# After how many months an admin is offered that clients who do not come are unlinked.
RETENTION_CHOICES = (12, 24, 36, 60)


class RetentionCount(Answer):
    """How many clients would be unlinked after so many months without a booking."""

    months: int
    clients: int


class Privacy(Answer):
    """`GET /v1/privacy` (admins): the policies, and how many clients each choice of `retention_months` would unlink now."""

    policies: Policies
    counts: list[RetentionCount]


class UpdateTenant(Request):
    """`PATCH /v1/tenant` (admins): an absent field stays as it is.

    `name`, `timezone`, `locale` and `currency` are refused (`illegal_step` with `field`) where the tenant's file says them,
    the currency also once there are bookings.

    `phone` may name several numbers, with a comma between; `phones` has each by itself. At most 5, none above 32 characters."""

    address: Annotated[str, Meta(max_length=300)] | None = None
    phone: Annotated[str, Meta(max_length=200)] | None = None
    phones: Annotated[list[str], Meta(max_length=5)] | None = None
    policies: Policies | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    timezone: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    locale: Locale | None = None
    currency: Currency | None = None


class Basics(Answer):
    """What the tenant's file says of a business, or the bot sets where it leaves it out."""

    name: str
    timezone: str
    locale: Locale
    currency: str


class Sources(Answer):
    """Who says each of the basics."""

    name: Source
    timezone: Source
    locale: Source
    currency: Source


class Checklist(Answer):
    """What must be done before the business can open; each is true once done. Besides, the basics must have been said."""

    address: bool
    services: bool
    staff: bool
    hours: bool
    test_booking: bool
    shared: bool


class ZoneChange(Answer):
    """The zone was changed, and every booking ahead kept its wall time.

    Until `until` an admin may give the bookings their instants of before instead, once."""

    previous_timezone: str
    timezone: str
    changed_at: Instant
    until: Instant


class Tenant(BusinessCard):
    """`GET /v1/tenant`: the business as its people see it. Other shapes of a business: see above.

    `currency_locked`: it cannot change any more, as there are bookings.

    `zone_change` is the last change of the zone, until its time is over (callers look at `until`) or it is settled."""

    policies: Policies
    checklist: Checklist
    sources: Sources
    currency_locked: bool
    zone_change: ZoneChange | None = None


class ShiftedBooking(Answer):
    """A booking that a change of the zone has shifted; times as in `Booking`, `kept_…` are those of its instant of before.

    `stays`: that place is taken by another booking, so this one would stay where it is."""

    booking_id: int
    client_name: str
    service_names: list[str]
    start: Instant
    local_start: Instant
    kept_start: Instant
    kept_local_start: Instant
    stays: bool


class ZonePreview(Answer):
    """`GET /v1/tenant/zone-change`: what keeping the instants would do: the first `items` of `total` bookings."""

    change: ZoneChange
    items: list[ShiftedBooking]
    total: int


class InstantsKept(Answer):
    """`POST /v1/tenant/zone-change/keep-instants`: how many bookings have their instants of before again.

    `stayed` are those whose place of before is taken."""

    kept: int
    stayed: int
