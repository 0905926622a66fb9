"""`/v1/broadcasts`: a message to many clients, drafted, tried out, sent now or at its time, stopped, resumed (admins)."""

from typing import Annotated

from litestar import get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.auth.access import Access
from backend.broadcasts import scheduling, service
from backend.contract.broadcasts import Broadcast, Broadcasts, NewBroadcast, ScheduleBroadcast, UpdateBroadcast
from backend.idempotency import Answered
from backend.transactions import Transactions

BroadcastId = Annotated[int, PathParameter(ge=1, lt=2**53)]


@post("/v1/broadcasts", access=Access.ADMIN)
async def create_draft(data: JSONBody[NewBroadcast], transactions: Transactions) -> Answered[Broadcast]:
    """Add a draft; the answer tells how many people it would reach."""
    return await transactions.write(lambda unit: service.create_draft(unit, data))


@get("/v1/broadcasts", access=Access.ADMIN)
async def list_broadcasts(
    transactions: Transactions, limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10
) -> Broadcasts:
    """Return those that wait for their time, the newest draft of the last days, then those that have been sent."""
    return await transactions.read(lambda unit: service.list_broadcasts(unit, limit))


@get("/v1/broadcasts/{broadcast_id:int}", access=Access.ADMIN)
async def get_broadcast(transactions: Transactions, broadcast_id: BroadcastId) -> Broadcast:
    """Return a broadcast, how far it is and what came of it."""
    return await transactions.read(lambda unit: service.load_broadcast(unit, broadcast_id))


@patch("/v1/broadcasts/{broadcast_id:int}", access=Access.ADMIN)
async def update_draft(
    data: JSONBody[UpdateBroadcast], transactions: Transactions, broadcast_id: BroadcastId
) -> Answered[Broadcast]:
    """Change the text, the picture, the audience or the service to book, until it is sent."""
    return await transactions.write(lambda unit: service.update_draft(unit, broadcast_id, data), 200)


@post("/v1/broadcasts/{broadcast_id:int}/test", access=Access.ADMIN, status_code=200)
async def send_test(transactions: Transactions, broadcast_id: BroadcastId) -> Answered[Broadcast]:
    """Send it to the caller alone."""
    return await transactions.write(lambda unit: service.send_test(unit, broadcast_id), 200)


@post("/v1/broadcasts/{broadcast_id:int}/send", access=Access.ADMIN, status_code=200)
async def send(transactions: Transactions, broadcast_id: BroadcastId) -> Answered[Broadcast]:
    """Send it to everybody, or after a stop to those who are left."""
    return await transactions.write(lambda unit: service.send_broadcast(unit, broadcast_id), 200)


@post("/v1/broadcasts/{broadcast_id:int}/schedule", access=Access.ADMIN, status_code=200)
async def schedule_sending(
    data: JSONBody[ScheduleBroadcast], transactions: Transactions, broadcast_id: BroadcastId
) -> Answered[Broadcast]:
    """Send it at a local time of the business, in place of the time that it had."""
    return await transactions.write(
        lambda unit: scheduling.schedule_broadcast(unit, broadcast_id, data.local_time), 200
    )


@post("/v1/broadcasts/{broadcast_id:int}/unschedule", access=Access.ADMIN, status_code=200)
async def unschedule_sending(transactions: Transactions, broadcast_id: BroadcastId) -> Answered[Broadcast]:
    """Make a scheduled broadcast a draft again."""
    return await transactions.write(lambda unit: scheduling.cancel_schedule(unit, broadcast_id), 200)


@post("/v1/broadcasts/{broadcast_id:int}/stop", access=Access.ADMIN, status_code=200)
async def stop(transactions: Transactions, broadcast_id: BroadcastId) -> Answered[Broadcast]:
    """Stop: nobody gets it any more until it is sent again."""
    return await transactions.write(lambda unit: service.stop_broadcast(unit, broadcast_id), 200)


handlers = [
    create_draft,
    list_broadcasts,
    get_broadcast,
    update_draft,
    send_test,
    send,
    schedule_sending,
    unschedule_sending,
    stop,
]
background = [scheduling.send_scheduled]
