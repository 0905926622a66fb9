"""The buttons of staff, schedules and closed days.

`day` is a date's ordinal, `month` is year * 12 + month - 1, `field` a place in the list of fields."""

from bot.specialist.affected_bookings import Handling
from bot.ui.callbacks import Callback


class ClosureList(Callback, prefix="a.clo"):
    """The closed days."""

    page: int = 0


class ClosureMonth(Callback, prefix="a.clom"):
    """A month to pick the first day to close from."""

    month: int


class LastClosed(Callback, prefix="a.clol"):
    """A month to pick the last day to close from."""

    first: int
    month: int


class AskClosure(Callback, prefix="a.clod"):
    """What closing those days would do."""

    first: int
    last: int


class CloseDays(Callback, prefix="a.cloy"):
    """Close these days; `mode` says what becomes of the bookings (see `specialist/affected_bookings.py`)."""

    first: int
    last: int
    mode: int


class ReopenDays(Callback, prefix="a.clox"):
    """Open closed days again."""

    first: int
    last: int


class Schedules(Callback, prefix="a.sch"):
    """Everybody's week."""

    page: int = 0


class StaffList(Callback, prefix="a.sts"):
    """Specialists and admins."""

    page: int = 0


class AddSpecialist(Callback, prefix="a.stn"):
    """Type the name of a new specialist."""


class SpecialistCard(Callback, prefix="a.st"):
    """One specialist."""

    specialist_id: int


class EditSpecialist(Callback, prefix="a.ste"):
    """Type another name (field 0) or description (field 1) of a specialist."""

    specialist_id: int
    field: int


class AskRemoveSpecialist(Callback, prefix="a.stx"):
    """Ask before a specialist is removed."""

    specialist_id: int


class RemoveSpecialist(Callback, prefix="a.sty"):
    """Remove a specialist; `mode` says what becomes of their bookings (see `specialist/affected_bookings.py`)."""

    specialist_id: int
    mode: int = 0


class Invite(Callback, prefix="a.inv"):
    """Invite an admin, or somebody to a specialist's calendar."""

    admin: bool
    specialist_id: int


class RevokeInvitation(Callback, prefix="a.invx"):
    """Revoke an invitation."""

    invitation_id: str
    specialist_id: int


class ThisIsMe(Callback, prefix="a.me"):
    """Take a specialist's calendar as one's own."""

    specialist_id: int


class WorkAlone(Callback, prefix="a.solo"):
    """The admin is the one specialist: make their calendar, with every service."""


class AdminCard(Callback, prefix="a.adm"):
    """One admin."""

    person_id: int


class AskRevokeRole(Callback, prefix="a.rvk"):
    """Ask before a role is taken away."""

    admin: bool
    person_id: int


class RevokeRole(Callback, prefix="a.rvky"):
    """Take a role away."""

    admin: bool
    person_id: int


class OfferList(Callback, prefix="a.sto"):
    """What a specialist does."""

    specialist_id: int
    page: int = 0


class ToggleOffer(Callback, prefix="a.stt"):
    """Whether a specialist does a service; with a chosen `mode` (see `specialist/affected_bookings.py`) they no longer do."""

    specialist_id: int
    service_id: int
    page: int = 0
    mode: int = Handling.ASK


class OfferTerms(Callback, prefix="a.stp"):
    """A specialist's own price and length of a service."""

    specialist_id: int
    service_id: int


class AskOfferTerms(Callback, prefix="a.stq"):
    """One of these terms."""

    specialist_id: int
    service_id: int
    field: int


class SetOfferTerms(Callback, prefix="a.stv"):
    """Set one of these terms."""

    specialist_id: int
    service_id: int
    field: int
    value: int
