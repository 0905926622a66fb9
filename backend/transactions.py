"""What a handler does in the database: one reading or one write, by one person at one instant.

@post("/v1/bookings/{booking_id:int}/approve", access=Access.STAFF, status_code=200)
async def approve(booking_id: FromPath[int], transactions: Transactions) -> Answered[Booking]:
    return await transactions.write(lambda unit: transitions.approve(unit, booking_id), 200)
"""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from backend.auth.actor import Actor, TenantRow
from backend.db.engine import Database

if TYPE_CHECKING:
    from backend.bodies import StrictRequest
    from backend.idempotency import Answered

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class _Undone(Exception):
    """Raised to undo what has been written."""

    def __init__(self, answer: msgspec.Struct) -> None:
        super().__init__()
        self.answer = answer


class UnitOfWork(NamedTuple):
    """One transaction as services see it: its connection, who acts in which business, and the instant of now.

    `now` is in epoch seconds (UTC). Queries take the connection and the tenant's id; rules take `now` alone.
    """

    conn: Connection
    actor: Actor
    now: int

    @property
    def tenant(self) -> TenantRow:
        """The business in which the actor acts."""
        return self.actor.tenant

    @property
    def tenant_id(self) -> int:
        """The business's id, the first argument of every query."""
        return self.actor.tenant.id


class Transactions:
    """The database for one request. Handlers take it by the name `transactions`; access must not be OPERATOR."""

    def __init__(self, request: "StrictRequest", actor: Actor, db: Database, now: int) -> None:
        self._request = request
        self._db = db
        self.actor = actor
        self.now = now

    async def read(self, fn: Callable[[UnitOfWork], T], *, brief: bool = False) -> T:
        """Run `fn` on one consistent snapshot and return what it returns. `brief`: see `Database.read`."""
        actor, now = self.actor, self.now
        return await self._db.read(lambda conn: fn(UnitOfWork(conn, actor, now)), brief=brief)

    async def read_cached(self, fn: Callable[..., T], *arguments: Hashable) -> T:
        """Return `fn(conn, tenant, *arguments)`, which depends neither on the time nor on who calls.

        The answer is shared: never change it. See `Database.read_cached`.
        """
        return await self._db.read_cached(fn, self.actor.tenant, *arguments)

    async def write(self, fn: Callable[[UnitOfWork], S], status: int = 201, scope: str | None = None) -> "Answered[S]":
        """Run `fn` in a write transaction of the actor's tenant and answer with what it returns.

        An `Idempotency-Key` gets the same bytes for the same request however often it comes; see `idempotency.run`.
        """
        # it needs Litestar, which commands that have units of work of their own do without
        from backend import idempotency

        actor, now = self.actor, self.now
        return await idempotency.run(
            self._request, actor, self._db, now, lambda conn: fn(UnitOfWork(conn, actor, now)), status, scope
        )

    async def preview(
        self, fn: Callable[[UnitOfWork], S], status: int = 200, is_preview: Callable[[S], bool] = lambda _: True
    ) -> "Answered[S]":
        """Answer with what `fn` returns after it has written, and undo all of it where `is_preview` says so of the answer.

        What is undone is remembered under no key."""
        from backend import idempotency  # needs Litestar, and a command asks for no preview

        def undo(unit: UnitOfWork) -> S:
            answer = fn(unit)
            if is_preview(answer):
                raise _Undone(answer)
            return answer

        try:
            return await self.write(undo, status)
        except _Undone as undone:
            return idempotency.answer_with(self._request, undone.answer, status)
