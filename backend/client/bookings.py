"""Routes of bookings and of the holds behind visitors' links."""

from collections.abc import Sequence

import msgspec

from backend.client.requests import Requester
from backend.contract import bookings, holds


class BookingRoutes(Requester):
    """`/v1/bookings` and `/v1/holds/claim`."""

    __slots__ = ()

    async def list_bookings(  # noqa: PLR0913  query parameters
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        status: Sequence[bookings.Status] = (),
        specialist_id: int | None = None,
        client_id: int | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> bookings.Bookings:
        """Return bookings that the caller may see; `from_` and `to` are local dates of the start, inclusive."""
        pairs = [
            ("from", from_),
            ("to", to),
            *(("status", each) for each in status),
            ("specialist_id", specialist_id),
            ("client_id", client_id),
            ("order", order),
            ("limit", limit),
            ("cursor", cursor),
        ]
        query: list[tuple[str, str | int]] = [(name, value) for name, value in pairs if value is not None]
        return await self.call("GET", "/v1/bookings", bookings.Bookings, query=query)

    async def get_booking(self, booking_id: int) -> bookings.Booking:
        """Return one booking; `not_found` (refused) where there is none that the caller may see."""
        return await self.call("GET", f"/v1/bookings/{booking_id}", bookings.Booking)

    async def get_booking_history(self, booking_id: int) -> bookings.History:
        """Return the booking's changes, oldest first (staff)."""
        return await self.call("GET", f"/v1/bookings/{booking_id}/history", bookings.History)

    async def get_booking_calendar(self, booking_id: int) -> bytes:
        """Return the booking as an iCalendar file, which cancels the event where the booking is cancelled."""
        return await self.read_bytes(f"/v1/bookings/{booking_id}/calendar.ics")

    async def get_own_calendar(self) -> bytes:
        """Return the caller's bookings that stand or took place, the latest hundred, as an iCalendar file."""
        return await self.read_bytes("/v1/bookings/calendar.ics")

    async def create_booking(self, booking: bookings.NewBooking, *, key: str) -> bookings.Booking:
        """Book, or hold a place for some minutes."""
        return await self.call("POST", "/v1/bookings", bookings.Booking, body=booking, key=key)

    async def claim_hold(self, token: str, *, key: str) -> bookings.Booking:
        """Take over the hold behind a visitor's link; `bad_code` (refused) for an unknown link or another's hold."""
        return await self.call("POST", "/v1/holds/claim", bookings.Booking, body=holds.ClaimHold(token=token), key=key)

    async def issue_codes(self) -> holds.IssuedCodes:
        """Get codes for the holds on the web page with which the person's number was given."""
        return await self.call("POST", "/v1/holds/codes", holds.IssuedCodes)

    async def confirm_booking(
        self,
        booking_id: int,
        comment: str | None = None,
        *,
        notify: bool = True,
        message_id: int | None = None,
        key: str,
    ) -> bookings.Booking:
        """Turn a hold into a booking; its client reads of it in that message of the chat, if one is named."""
        body = bookings.Confirm(comment=comment, notify=notify, message_id=message_id)
        return await self._step(booking_id, "confirm", body, key=key)

    async def move_booking(self, booking_id: int, move: bookings.Move, *, key: str) -> bookings.Booking:
        """Move a booking; the old place is kept until the new one is taken."""
        return await self._step(booking_id, "move", move, key=key)

    async def change_places(self, booking_id: int, places: int, *, key: str) -> bookings.Booking:
        """Let a booking with a group take so many places; `slot_taken` (refused) where there are not so many."""
        return await self._step(booking_id, "places", bookings.ChangePlaces(places=places), key=key)

    async def ask_for_time(self, booking_id: int, text: str, *, key: str) -> bookings.Booking:
        """Ask for another time in words; the booking stays until staff answer."""
        return await self._step(booking_id, "wish", bookings.Wish(text=text), key=key)

    async def withdraw_wish(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Take a request for another time back."""
        return await self._step(booking_id, "withdraw", key=key)

    async def cancel_booking(
        self, booking_id: int, reason: str = "", *, notify: bool = True, key: str
    ) -> bookings.Booking:
        """Cancel a booking."""
        return await self._step(booking_id, "cancel", bookings.Cancel(reason=reason, notify=notify), key=key)

    async def drop_hold(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Give a held place back; `illegal_step` (refused) where it is not only held."""
        return await self._step(booking_id, "cancel", bookings.Cancel(held_only=True), key=key)

    async def undo_cancel(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Take a cancellation back, within five minutes."""
        return await self._step(booking_id, "undo", key=key)

    async def approve_booking(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Accept a pending booking (staff)."""
        return await self._step(booking_id, "approve", key=key)

    async def decline_booking(self, booking_id: int, reason: str = "", *, key: str) -> bookings.Booking:
        """Refuse a pending booking (staff); its client reads the reason."""
        return await self._step(booking_id, "decline", bookings.Decline(reason=reason), key=key)

    async def mark_arrived(self, booking_id: int, places_came: int | None = None, *, key: str) -> bookings.Booking:
        """Record that the client has come (staff), for so many of the booking's places; None: for all."""
        body = None if places_came is None else bookings.Mark(places_came=places_came)
        return await self._step(booking_id, "arrived", body, key=key)

    async def mark_completed(self, booking_id: int, places_came: int | None = None, *, key: str) -> bookings.Booking:
        """Record that the booking took place (staff), for so many of its places; None: for all."""
        body = None if places_came is None else bookings.Mark(places_came=places_came)
        return await self._step(booking_id, "complete", body, key=key)

    async def mark_no_show(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Record that the client has not come (staff)."""
        return await self._step(booking_id, "no-show", key=key)

    async def unmark_booking(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Take back what was recorded: arrived, completed or missed (staff)."""
        return await self._step(booking_id, "unmark", key=key)

    async def note_shown(self, booking_id: int, message_id: int, *, key: str) -> None:
        """Note that the client reads of the booking in that message of the chat from now on."""
        body = bookings.Shown(message_id=message_id)
        await self.call("POST", f"/v1/bookings/{booking_id}/shown", None, body=body, key=key)

    async def say_late(self, booking_id: int, minutes: bookings.LateMinutes, *, key: str) -> bookings.Booking:
        """Tell who does the booking that its client will be about so many minutes late."""
        return await self._step(booking_id, "late", bookings.Late(minutes=minutes), key=key)

    async def confirm_coming(self, booking_id: int, *, key: str) -> bookings.Booking:
        """Record that the client says they will come."""
        return await self._step(booking_id, "coming", key=key)

    async def message_client(self, booking_id: int, text: str, *, key: str) -> bookings.Booking:
        """Send the client of the booking a text; `illegal_step` (refused) where no message reaches them (staff)."""
        return await self._step(booking_id, "message", bookings.SendMessage(text=text), key=key)

    async def _step(
        self, booking_id: int, name: str, body: msgspec.Struct | None = None, *, key: str
    ) -> bookings.Booking:
        path = f"/v1/bookings/{booking_id}/{name}"
        return await self.call("POST", path, bookings.Booking, body=body, key=key)
