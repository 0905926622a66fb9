"""The content of a business file, checked and in the units of the database."""

import msgspec

from backend.contract.catalog import Starts
from backend.contract.tenancy import Policies

# (start, end) in minutes of the date on which the shift starts; the end is above 1440 where it runs over midnight.
Shift = tuple[int, int]


class Room(msgspec.Struct, frozen=True):
    """A kind of room, of which the business has `count`."""

    name: str
    count: int = 1


class Service(msgspec.Struct, frozen=True):
    """`price` in hundredths, the least that is asked with `price_from`; durations in minutes; `rooms` by name.

    `description` and `starts` None: the file has none."""

    name: str
    price: int
    duration_min: int
    price_from: bool = False
    category: str = ""
    buffer_before_min: int = 0
    buffer_after_min: int = 0
    capacity: int = 1
    starts: Starts | None = None
    rooms: tuple[str, ...] = ()
    description: str | None = None


class Offer(msgspec.Struct, frozen=True):
    """A service that a specialist does, by name; None means the service's own price (hundredths) or duration.

    `price_from`: their own price is the least that they ask."""

    service: str
    price: int | None = None
    price_from: bool = False
    duration_min: int | None = None


class TimeOff(msgspec.Struct, frozen=True):
    """Local wall times `YYYY-MM-DDTHH:MM`, end exclusive; `reason` None: the file has none."""

    start: str
    end: str
    reason: str | None = None


class Specialist(msgspec.Struct, frozen=True):
    """`hours` by weekday (0 is Monday), `dates` by `YYYY-MM-DD` (an empty list is a day off)."""

    name: str
    offers: tuple[Offer, ...] = ()
    hours: dict[int, list[Shift]] = {}
    dates: dict[str, list[Shift]] = {}
    time_off: tuple[TimeOff, ...] = ()
    description: str | None = None


class Business(msgspec.Struct, frozen=True):
    """A business file. Other shapes of a business: see `contract.tenancy`.

    None: the file does not have this section, which stays as it is in the database. A section that the file has is
    complete: what it does not name is removed. `absent_policies` names the policies that the file leaves out without
    resetting them, of those that the first version of the format did not have."""

    address: str | None = None
    phone: str | None = None
    policies: Policies | None = None
    absent_policies: frozenset[str] = frozenset()
    rooms: tuple[Room, ...] | None = None
    services: tuple[Service, ...] | None = None
    specialists: tuple[Specialist, ...] | None = None
    closures: tuple[str, ...] | None = None
