"""Routes of what clients write of their own accord, and of the answers."""

from backend.client.requests import Requester
from backend.contract import messages


class MessageRoutes(Requester):
    """`/v1/messages` and below."""

    __slots__ = ()

    async def keep_words(self, message: messages.NewMessage, *, key: str) -> messages.ClientMessages:
        """Keep words about a booking until they are sent, or send them at once.

        `illegal_step` (refused) where no booking is ahead, `forbidden` for a blocked client."""
        return await self.call("POST", "/v1/messages", messages.ClientMessages, body=message, key=key)

    async def get_unsent(self) -> messages.ClientMessages:
        """Return the words that wait to be sent; `not_found` (refused) where there are none."""
        return await self.call("GET", "/v1/messages/unsent", messages.ClientMessages)

    async def send_words(self, *, key: str) -> messages.MessageState:
        """Send everything that waits."""
        return await self.call("POST", "/v1/messages/send", messages.MessageState, key=key)

    async def discard_words(self, *, key: str) -> messages.MessageState:
        """Forget what has not been sent."""
        return await self.call("POST", "/v1/messages/discard", messages.MessageState, key=key)

    async def get_message(self, message_id: int) -> messages.MessageWithBooking:
        """Return a client's words and their booking (staff)."""
        return await self.call("GET", f"/v1/messages/{message_id}", messages.MessageWithBooking)

    async def answer_words(self, message_id: int, text: str, *, key: str) -> messages.MessageState:
        """Answer a client's words (staff); `illegal_step` (refused) where somebody has been faster."""
        body = messages.WriteAnswer(text=text)
        return await self.call("POST", f"/v1/messages/{message_id}/answer", messages.MessageState, body=body, key=key)
