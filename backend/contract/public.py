"""What the world may know of a business: the answers that public clients get instead of the staff's and the bot's own."""

from backend.contract import Answer
from backend.contract.catalog import Offer
from backend.contract.people import Locale


class PublicPolicies(Answer):
    """The policies that a booking page shows; minutes and days as in `tenancy.Policies`."""

    slot_step_min: int
    min_notice_min: int
    horizon_days: int
    cancel_until_min: int
    hold_min: int
    approval: bool


class PublicTenant(Answer):
    """`GET /v1/tenant`."""

    slug: str
    name: str
    timezone: str
    locale: Locale
    currency: str
    address: str
    phone: str
    bot_username: str | None
    policies: PublicPolicies


class PublicService(Answer):
    """`GET /v1/services/{id}`: neither buffers nor rooms."""

    id: int
    name: str
    description: str
    price: str
    price_from: bool
    currency: str
    duration_min: int
    capacity: int
    specialist_ids: list[int]


class PublicServices(Answer):
    """`GET /v1/services`."""

    items: list[PublicService]


class PublicSpecialist(Answer):
    """`GET /v1/specialists/{id}`: not whether an account is bound to the calendar."""

    id: int
    name: str
    description: str
    services: list[Offer]
    price: str | None
    currency: str | None
    duration_min: int | None


class PublicSpecialists(Answer):
    """`GET /v1/specialists?service_id=`."""

    items: list[PublicSpecialist]
