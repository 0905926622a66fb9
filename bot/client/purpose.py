"""What a time is chosen for: it makes the buttons of the screens in `times`, and asks the backend."""

from abc import ABC, abstractmethod
from datetime import date

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.overviews import Choice, DayChoice, SlotChoice
from backend.contract.schedule import Slot
from bot.request import Request
from bot.ui.callbacks import Callback, Ids
from bot.ui.keyboards import Button, Screen, button_to
from bot.ui.text import Html
from bot.ui.times import epoch_minutes


class Purpose(ABC):
    """What a time is chosen for: services, or the booking that moves; of one specialist or of any (0).

    `client_id` is the client whom staff book for, where one is chosen. `own_calendar`: a specialist books into their own
    time, and nobody else can be chosen."""

    def __init__(
        self,
        specialist_id: int,
        *,
        service_ids: Ids = (),
        booking_id: int | None = None,
        client_id: int | None = None,
        own_calendar: bool = False,
    ) -> None:
        self.specialist_id = specialist_id
        self.service_ids = service_ids
        self.booking_id = booking_id
        self.client_id = client_id
        self.own_calendar = own_calendar

    @abstractmethod
    def soonest(self, specialist_id: int) -> Callback:
        """Return the button of the soonest times."""

    @abstractmethod
    def specialists(self, specialist_id: int, page: int = 0) -> Callback:
        """Return the button of who can do it, page by page."""

    @abstractmethod
    def days(self, specialist_id: int, first: int) -> Callback:
        """Return the button of the five weeks with a day, a date's ordinal."""

    @abstractmethod
    def day(self, specialist_id: int, day: int, page: int) -> Callback:
        """Return the button of a day, a date's ordinal."""

    @abstractmethod
    def pick(self, specialist_id: int, start: int) -> Callback:
        """Return the button of a time, in epoch minutes."""

    @abstractmethod
    def title(self, request: Request, choice: Choice) -> Html:
        """Return what stands above the times."""

    @abstractmethod
    def own_day(self, request: Request, choice: Choice) -> date | None:
        """Return the day that the booking has now, on which another time is often wanted; None where it has none."""

    @abstractmethod
    def back_button(self, request: Request, choice: Choice) -> Button:
        """Return the button of the way back."""

    @abstractmethod
    async def other_screen(self, request: Request, choice: Choice | None) -> Screen:
        """Return what is shown where no time can be chosen: it is not on sale (None), or cannot be moved."""

    def can_be_chosen(self, choice: Choice) -> bool:
        """Return whether the chosen specialist does these services."""
        return not self.specialist_id or (
            any(specialist.id == self.specialist_id for specialist in choice.specialists)
            and all(self.specialist_id in service.specialist_ids for service in choice.services)
        )

    async def load_slots(
        self, request: Request, first: date, last: date, limit: int | None = None, *, spread: bool = False
    ) -> SlotChoice | None:
        """Return the free starts of those local dates, the soonest or `spread` ones; None where it is not on sale."""
        if not self.service_ids and self.booking_id is None:
            return None
        try:
            return await request.api.choose_slot(
                first.isoformat(),
                last.isoformat(),
                service_ids=self.service_ids,
                booking_id=self.booking_id,
                specialist_id=self.specialist_id or None,
                client_id=self.client_id,
                limit=limit,
                spread=spread,
            )
        except BackendRefused as refusal:
            if not self._is_gone(refusal):
                raise
            return None

    async def load_days(self, request: Request, first: date, last: date) -> DayChoice | None:
        """Return those of the local dates that have a free start; None where it is not on sale."""
        if not self.service_ids and self.booking_id is None:
            return None
        try:
            return await request.api.choose_day(
                first.isoformat(),
                last.isoformat(),
                service_ids=self.service_ids,
                booking_id=self.booking_id,
                specialist_id=self.specialist_id or None,
                client_id=self.client_id,
            )
        except BackendRefused as refusal:
            if not self._is_gone(refusal):
                raise
            return None

    def _is_gone(self, refusal: BackendRefused) -> bool:
        """Return whether the services are gone; a booking that is not there is a refusal like any other."""
        return refusal.code is Code.NOT_FOUND and self.booking_id is None

    def days_button(self, label: str, day: date) -> Button:
        """Return a button to the five weeks with that day, for the chosen specialist."""
        return button_to(label, self.days(self.specialist_id, day.toordinal()))

    def day_button(self, day: date, label: str = "") -> Button:
        """Return a button to a day, for the chosen specialist."""
        return button_to(label or str(day.day), self.day(self.specialist_id, day.toordinal(), 0))

    def pick_button(self, label: str, slot: Slot, specialist_id: int | None = None) -> Button:
        """Return a button that takes this time, of the chosen or another specialist."""
        chosen = self.specialist_id if specialist_id is None else specialist_id
        return button_to(label, self.pick(chosen, epoch_minutes(slot.start)))
