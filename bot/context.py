"""What the gateway gives the bot with each update: the tenant and the person."""

import msgspec

from backend.contract.people import Locale, Person


class TenantBot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tenant as its bot needs it. `token` is a secret: it never goes into a log, an error or a repr.

    `file_currency` is what the tenant's file says where bookings keep another `currency`; empty where the two agree."""

    slug: str
    name: str
    token: str
    timezone: str
    locale: Locale
    currency: str
    file_currency: str = ""

    def __repr__(self) -> str:
        return f"TenantBot({self.slug!r})"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """One update's surroundings: the person as the backend knows them (`/v1/people/identify`), and the request id."""

    tenant: TenantBot
    person: Person
    request_id: str
