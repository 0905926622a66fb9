"""What can be booked: services, the specialists who do them, the rooms they need."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from backend.contract import Answer, Request
from backend.contract.schedule import Affected

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Price = Annotated[str, Meta(pattern=r"\A\d{1,9}(\.\d{1,2})?\Z", description="a price", examples=["1500.00"])]
DurationMin = Annotated[int, Meta(ge=1, le=1440)]
BufferMin = Annotated[int, Meta(ge=0, le=1440)]
Capacity = Annotated[int, Meta(ge=1, le=1000)]
# Of a group: whether all who come start at one instant, or at any while there is a place.
Starts = Literal["together", "any"]
MAX_PLACES = 4
Places = Annotated[int, Meta(ge=1, le=MAX_PLACES)]
Category = Annotated[str, Meta(max_length=64)]
Description = Annotated[str, Meta(max_length=1000)]


class Room(Answer):
    """A room or a piece of equipment of which there are `count`."""

    id: int
    name: str
    count: int


class SpecialistName(Answer):
    """A specialist by name."""

    id: int
    name: str


class ServiceName(Answer):
    """A service by name."""

    id: int
    name: str


class Service(Answer, kw_only=True):
    """A service; with `?specialist_id=` price and duration are that specialist's own.

    `price_from` tells that `price` is the least that is asked, or that at least one specialist has another price.
    `own_price_from` tells that the business itself asks at least its price, whatever specialists ask.
    `category` is what it is found under, empty for none. `starts` is None unless it is a group (`capacity` above 1)."""

    id: int
    name: str
    category: str
    description: str
    price: str
    price_from: bool
    own_price_from: bool = False
    currency: str
    duration_min: int
    buffer_before_min: int
    buffer_after_min: int
    capacity: int
    starts: Starts | None
    room_ids: list[int]
    specialist_ids: list[int]


class ServiceCard(Service):
    """`GET /v1/services/{id}/card`, and the answer of `POST /v1/services` (admins): a service with what it can be given.

    `specialists` and `rooms` are all that there are, in the business's own order."""

    specialists: list[SpecialistName]
    rooms: list[Room]


class Services(Answer):
    """`GET /v1/services`, in the business's own order."""

    items: list[Service]


class NewService(Request):
    """`POST /v1/services` (admins). With `price_from` the price is the least that is asked.

    `starts` matters to groups (`capacity` above 1): all clients start `together`, as in a class, or at `any` time."""

    name: Name
    duration_min: DurationMin
    price: Price = "0.00"
    price_from: bool = False
    category: Category = ""
    description: Description = ""
    buffer_before_min: BufferMin = 0
    buffer_after_min: BufferMin = 0
    capacity: Capacity = 1
    starts: Starts = "together"
    room_ids: Annotated[list[int], Meta(max_length=50)] = []


class UpdateService(Request):
    """`PATCH /v1/services/{id}` (admins): an absent field stays as it is. Bookings keep what they were made with.

    `specialist_ids` are exactly those who do it: new ones on the service's own terms, the others on those they have."""

    name: Name | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    price_from: bool | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    duration_min: DurationMin | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    buffer_before_min: BufferMin | UnsetType = UNSET
    buffer_after_min: BufferMin | UnsetType = UNSET
    capacity: Capacity | UnsetType = UNSET
    starts: Starts | UnsetType = UNSET
    room_ids: Annotated[list[int], Meta(max_length=50)] | UnsetType = UNSET
    specialist_ids: Annotated[list[int], Meta(max_length=1000)] | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET


class Offer(Request):
    """A service that a specialist does; None means the service's own price or duration.

    `price_from`: the specialist's own price is the least that they ask; without a price it says nothing."""

    service_id: int
    price: Price | None = None
    price_from: bool = False
    duration_min: DurationMin | None = None


class Specialist(Answer):
    """Somebody whose time is booked. `has_account` tells that a Telegram account is bound to this calendar.

    Where services are asked for, `price`, `price_from` and `duration_min` are those of them all with this specialist; None
    for one who does not do all of them."""

    id: int
    name: str
    description: str
    has_account: bool
    services: list[Offer]
    price: str | None = None
    price_from: bool = False
    currency: str | None = None
    duration_min: int | None = None


class Specialists(Answer):
    """`GET /v1/specialists?service_id=`: with a service, only those who do it, with price and duration for it."""

    items: list[Specialist]


class NewSpecialist(Request):
    """`POST /v1/specialists` (admins)."""

    name: Name
    description: Description = ""
    services: Annotated[list[Offer], Meta(max_length=200)] = []


class UpdateSpecialist(Request):
    """`PATCH /v1/specialists/{id}` (admins): an absent field stays as it is."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    services: Annotated[list[Offer], Meta(max_length=200)] | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET


class Rooms(Answer):
    """`GET /v1/rooms`."""

    items: list[Room]


class NewRoom(Request):
    """`POST /v1/rooms` (admins)."""

    name: Name
    count: Annotated[int, Meta(ge=1, le=1000)] = 1


class UpdateRoom(Request):
    """`PATCH /v1/rooms/{id}` (admins)."""

    name: Name | UnsetType = UNSET
    count: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET


class ChangedService(ServiceCard):
    """Answer of `PATCH /v1/services/{id}`: the service as it is now, and the bookings ahead that keep the old terms.

    `displaced` are those that cannot take place as booked: their specialist does not do it any more, or they were booked last
    for a start that has too many now. `handled` and `unreached`: see `Changed`."""

    affected: list[Affected]
    displaced: list[Affected] = []
    handled: int = 0
    unreached: int = 0


class ChangedSpecialist(Specialist, kw_only=True):
    """Answer of `PATCH /v1/specialists/{id}`: as it is now, and the bookings ahead with terms that have changed.

    `displaced` are those of services that they do not do any more. `handled` and `unreached`: see `Changed`."""

    affected: list[Affected]
    displaced: list[Affected] = []
    handled: int = 0
    unreached: int = 0


class ChangedRoom(Room):
    """Answer of `PATCH /v1/rooms/{id}`: the room as it is now, and the bookings ahead that hold one.

    `displaced` are those that were booked last where more hold one than there are now. `handled`, `unreached`: see `Changed`."""

    affected: list[Affected]
    displaced: list[Affected] = []
    handled: int = 0
    unreached: int = 0


class Removed(Answer):
    """Answer of every DELETE here: it is not on offer any more; bookings still speak of it.

    `displaced` are the bookings ahead that depend on it. `handled` and `unreached`: see `Changed`."""

    id: int
    displaced: list[Affected] = []
    handled: int = 0
    unreached: int = 0
