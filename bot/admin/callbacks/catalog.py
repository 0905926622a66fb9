"""The buttons of services and rooms. `field` is a place in the list of fields.

`mode` says what becomes of the bookings in the way of a change: a number of `Handling`."""

from bot.specialist.affected_bookings import Handling
from bot.ui.callbacks import Callback


class RoomList(Callback, prefix="a.rms"):
    """Rooms and equipment."""

    page: int = 0


class AddRoom(Callback, prefix="a.rmn"):
    """Type the name of a new room."""


class RenameRoom(Callback, prefix="a.rme"):
    """Type another name for a room."""

    room_id: int


class RoomCard(Callback, prefix="a.rm"):
    """One room: how many of it there are."""

    room_id: int


class SetRoomCount(Callback, prefix="a.rmc"):
    """Set how many of a room there are."""

    room_id: int
    count: int
    mode: int = Handling.ASK


class RemoveRoom(Callback, prefix="a.rmx"):
    """Remove a room."""

    room_id: int
    mode: int = Handling.ASK


class AddService(Callback, prefix="a.svn"):
    """Type the name of a new service."""


class SetNewDuration(Callback, prefix="a.svd"):
    """The length of the new service."""

    minutes: int


class SetNewPrice(Callback, prefix="a.svp"):
    """The price of the new service."""

    hundredths: int


class AdminServices(Callback, prefix="a.svs"):
    """All services, page by page."""

    page: int = 0


class FindServiceCard(Callback, prefix="a.svq"):
    """Type what to look for among the services, to open one."""


class ServiceCard(Callback, prefix="a.sv"):
    """One service."""

    service_id: int


class ServiceField(Callback, prefix="a.svf"):
    """One field of a service."""

    service_id: int
    field: int
    page: int = 0


class SetServiceField(Callback, prefix="a.svv"):
    """Set one field of a service."""

    service_id: int
    field: int
    value: int
    mode: int = Handling.ASK


class ToggleServiceRoom(Callback, prefix="a.svr"):
    """Whether a service takes a room."""

    service_id: int
    room_id: int
    page: int = 0


class ServiceSpecialists(Callback, prefix="a.svw"):
    """Who does a service."""

    service_id: int
    page: int = 0


class EverySpecialist(Callback, prefix="a.sve"):
    """Everybody does a service."""

    service_id: int


class ToggleServiceSpecialist(Callback, prefix="a.svt"):
    """Whether a specialist does a service; with a chosen `mode` they no longer do."""

    service_id: int
    specialist_id: int
    page: int = 0
    mode: int = Handling.ASK


class AskArchiveService(Callback, prefix="a.svx"):
    """Ask before a service is taken off sale."""

    service_id: int


class ArchiveService(Callback, prefix="a.svy"):
    """Take a service off sale."""

    service_id: int
    mode: int = 0
