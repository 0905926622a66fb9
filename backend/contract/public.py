"""The answers that public clients get in place of those for the bot and for staff."""

from backend.contract import Answer
from backend.contract.catalog import Offer
from backend.contract.tenancy import BusinessCard


class PublicPolicies(Answer):
    """The policies that a booking page shows; minutes and days as in `tenancy.Policies`."""

    slot_step_min: int
    min_notice_min: int
    horizon_days: int
    cancel_until_min: int
    hold_min: int
    approval: bool
    consent_text: str
    consent_link: str


class PublicTenant(BusinessCard):
    """`GET /v1/tenant`: the business as the world sees it. Other shapes of a business: see `tenancy`."""

    policies: PublicPolicies


class PublicService(Answer):
    """`GET /v1/services/{id}`: without buffers and rooms."""

    id: int
    name: str
    category: str
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
    """`GET /v1/specialists/{id}`: without whether an account acts for the calendar."""

    id: int
    name: str
    description: str
    services: list[Offer]
    price: str | None
    price_from: bool
    currency: str | None
    duration_min: int | None


class PublicSpecialists(Answer):
    """`GET /v1/specialists?service_id=`."""

    items: list[PublicSpecialist]
