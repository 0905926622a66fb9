"""`/v1/messages`: what a client writes about a booking, and the answer of staff."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, PathParameter

from backend.auth.access import Access
from backend.contract.messages import ClientMessages, MessageState, MessageWithBooking, NewMessage, WriteAnswer
from backend.idempotency import Answered
from backend.messages import service
from backend.transactions import Transactions

MessageId = Annotated[int, PathParameter(ge=1, lt=2**53)]


@post("/v1/messages", access=Access.CLIENT)
async def keep_words(data: JSONBody[NewMessage], transactions: Transactions) -> Answered[ClientMessages]:
    """Keep words of a client about a booking, until they are sent or given up; or send them at once."""
    return await transactions.write(lambda unit: service.keep_words(unit, data))


@get("/v1/messages/unsent", access=Access.CLIENT)
async def get_unsent(transactions: Transactions) -> ClientMessages:
    """Return the caller's words that wait to be sent."""
    return await transactions.read(service.load_unsent, brief=True)


@post("/v1/messages/send", access=Access.CLIENT, status_code=200)
async def send_words(transactions: Transactions) -> Answered[MessageState]:
    """Send everything that waits to the business."""
    return await transactions.write(service.send_words, 200)


@post("/v1/messages/discard", access=Access.CLIENT, status_code=200)
async def discard_words(transactions: Transactions) -> Answered[MessageState]:
    """Forget what has not been sent."""
    return await transactions.write(service.discard_words, 200)


@get("/v1/messages/{message_id:int}", access=Access.STAFF)
async def get_message(message_id: MessageId, transactions: Transactions) -> MessageWithBooking:
    """Return a client's words and their booking."""
    return await transactions.read(lambda unit: service.load_for_answer(unit, message_id), brief=True)


@post("/v1/messages/{message_id:int}/answer", access=Access.STAFF, status_code=200)
async def answer_words(
    message_id: MessageId, data: JSONBody[WriteAnswer], transactions: Transactions
) -> Answered[MessageState]:
    """Answer a client's words; the first answer closes them for everybody."""
    return await transactions.write(lambda unit: service.answer_words(unit, message_id, data.text), 200)


handlers = [keep_words, get_unsent, send_words, discard_words, get_message, answer_words]
# What the app runs from time to time while it serves.
background = [service.forget_unsent]
