"""Who acts in which business."""

from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar

import msgspec

from backend.contract.people import LOCALES, Locale, Person
from backend.contract.tenancy import Policies
from backend.errors import Forbidden
from backend.kit.phones import choose_region

_S = TypeVar("_S", bound=msgspec.Struct)
_P = TypeVar("_P", bound=msgspec.Struct)

# The scope of the idempotency keys of anonymous callers, who share it.
SHARED_SCOPE = "public"
# Policies that came after revision 0009: a release before them must still be able to read the others.
_ADDED = ("request_expiry_min", "retention_months", "consent_text", "consent_link", "specialists_see_contacts")


class TenantRow(msgspec.Struct, frozen=True):
    """A business as every request reads it. It is shared between requests: never change its policies.

    (Other shapes of a business: see `contract.tenancy`.)"""

    id: int
    slug: str
    name: str
    timezone: str
    locale: Locale
    currency: str
    enabled: bool
    address: str
    phone: str
    bot_username: str | None
    policies: Policies
    previous_timezone: str | None = None
    zone_changed_at: int | None = None

    @property
    def phone_region(self) -> str | None:
        """The region in which a number without its country is read, such as `RU`."""
        return choose_region(self.phone, self.timezone)

    def __hash__(self) -> int:
        # policies cannot be hashed; two tenants with one id are the same business (see `Database.read_cached`)
        return self.id


class Actor(msgspec.Struct, frozen=True):
    """Who acts in which business. `person` is None for an anonymous caller and for one that is not known yet."""

    tenant: TenantRow
    person: Person | None
    client_type: Literal["internal", "public"]
    request_id: str

    @property
    def is_admin(self) -> bool:
        """Whether they run this business."""
        return self.person is not None and "admin" in self.person.roles

    @property
    def is_staff(self) -> bool:
        """Whether they are an admin or a specialist."""
        return self.person is not None and ("admin" in self.person.roles or "specialist" in self.person.roles)

    @property
    def specialist_id(self) -> int | None:
        """The calendar that is theirs, where they are a specialist."""
        if self.person is None or "specialist" not in self.person.roles:
            return None
        return self.person.specialist_id

    @property
    def sees_contacts(self) -> bool:
        """Whether they are told how a client can be reached: admins always, specialists where the business lets them."""
        return self.is_admin or (self.is_staff and self.tenant.policies.specialists_see_contacts)

    @property
    def person_id(self) -> int:
        """The person's id. Raises Forbidden for an anonymous caller; access CLIENT excludes those."""
        if self.person is None:
            raise Forbidden()
        return self.person.id

    @property
    def scope(self) -> str:
        """The scope of the caller's idempotency keys."""
        if self.person is not None:
            return f"p{self.person.id}"
        return SHARED_SCOPE if self.client_type == "public" else "operator"


def hide_private_fields(actor: Actor, answer: _S, public: type[_P]) -> _S | _P:
    """Return the answer as the caller may see it: public clients get the fields of `public` only."""
    return answer if actor.client_type == "internal" else msgspec.convert(answer, public, from_attributes=True)


@lru_cache(maxsize=4096)
def decode_policies(document: str, added: str = "{}") -> Policies:
    """Decode the policies stored with a tenant or a booking; what an older version did not know has its default."""
    values = msgspec.json.decode(document, type=dict[str, object]) | msgspec.json.decode(added, type=dict[str, object])
    return msgspec.convert(values, Policies, strict=False)


class StoredPolicies(NamedTuple):
    """Policies as two JSON documents. Releases up to 0009 read the first alone, and refuse names that they do not know."""

    policies: str
    added_policies: str


def encode_policies(policies: Policies) -> StoredPolicies:
    """Encode policies for the columns of those names."""
    values = msgspec.to_builtins(policies)
    added = {name: values.pop(name) for name in _ADDED if name in values}
    return StoredPolicies(msgspec.json.encode(values).decode(), msgspec.json.encode(added).decode())


def choose_locale(choice: str | None, language_code: str | None, business: Locale) -> Locale:
    """Return the person's own choice, else their Telegram language where we speak it, else the business's."""
    code = choice or (language_code or "").split("-")[0].lower()
    return next((locale for locale in LOCALES if locale == code), business)
