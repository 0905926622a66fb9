"""Telling people what happened to a booking: called inside the transaction of the change."""

from typing import Protocol

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow, decode_policies
from backend.contract.bookings import Status, TaskState
from backend.contract.notices import Kind
from backend.contract.people import Role
from backend.outbox import rules
from backend.outbox.queries import (
    AudienceRow,
    NewNotice,
    drop_reminders,
    insert_notices,
    load_audience,
    renew_client_notices,
    renew_notices,
)
from backend.outbox.requests import plan_request_reminders
from backend.quiet_hours import end_of_quiet
from backend.transactions import UnitOfWork

# Before these the client has been told nothing about the booking, unless a cancellation is taken back.
_FIRST: frozenset[Kind] = frozenset({"booked", "approval_asked"})
# After these the booking may have reminders that are not its own any more.
_CHANGES_REMINDERS: frozenset[Kind] = frozenset({"moved", "cancelled", "declined"})


class AnnouncedBooking(Protocol):
    """What messages about a booking are made of: columns of its row."""

    @property
    def id(self) -> int:
        """The booking's id."""

    @property
    def client_id(self) -> int | None:
        """The person it is for; None for a hold that nobody has taken over."""

    @property
    def status(self) -> Status:
        """As it is after the change."""

    @property
    def starts_at(self) -> int:
        """Epoch seconds."""

    @property
    def policies(self) -> str:
        """JSON, as they were when it was booked."""

    @property
    def decide_by(self) -> int | None:
        """Until when it is answered, in epoch seconds, where it is a request."""

    @property
    def task(self) -> TaskState | None:
        """`open`: it needs a new time, and nobody is reminded of it."""


def announce_change(
    unit: UnitOfWork,
    booking: AnnouncedBooking,
    kind: Kind,
    *,
    previous_start: int | None = None,
    tell_client: bool = True,
    at_once: bool = False,
) -> set[Role]:
    """Tell the client, the specialists and the admins of a change, and write the reminders anew.

    What the client has been sent before is brought up to date. Returns the roles of those who are told.

    `booking` is the row as it is after the change. A held booking is announced to nobody. `previous_start` (epoch
    seconds) goes with `moved`. `tell_client` false: staff have told the client already. `at_once`: in quiet hours too.
    """
    if booking.status in ("held", "expired"):
        return set()
    conn, tenant, now = unit.conn, unit.tenant, unit.now
    if kind not in _FIRST:
        renew_client_notices(conn, tenant.id, booking.id, now)
    if kind in _CHANGES_REMINDERS:
        # other messages that a change makes untrue are dropped when they are claimed: by the status, not by the time
        drop_reminders(conn, tenant.id, booking.id, now)
    actor_id = None if unit.actor.person is None else unit.actor.person.id
    tz, quiet = clock.load_zone(tenant.timezone), tenant.policies.quiet_hours
    audience = load_audience(conn, tenant.id, booking.id, booking.client_id)
    reachable = {person.id for person in audience if person.unreachable_at is None}
    concerned = [rules.Recipient(person.id, person.role) for person in audience]
    notices = [
        NewNotice(
            tenant.id,
            booking.id,
            person_id,
            role,
            kind,
            created_at=now,
            # the person who acts is awake
            due_at=rules.notice_due(now, booking.starts_at, quiet, tz, waits=person_id != actor_id and not at_once),
            previous_start=previous_start,
        )
        for person_id, role in rules.choose_recipients(kind, concerned, actor_id)
        if person_id in reachable and (tell_client or role != "client")
    ]
    if kind == "approval_asked":
        notices += plan_request_reminders(tenant, booking, notices)
    insert_notices(conn, notices + _reminders(tenant, booking, audience, now))
    return {notice.role for notice in notices}


def announce_shown_change(
    unit: UnitOfWork,
    booking: AnnouncedBooking,
    kind: Kind,
    message_id: int | None,
    *,
    previous_start: int | None = None,
    tell_client: bool = True,
) -> None:
    """Tell of a change as `announce_change` does; the client who acts reads of it in that message of the chat, if any.

    The bot edits the message itself; it is noted as sent, so that later changes are brought there."""
    client_id, now = booking.client_id, unit.now
    acts = unit.actor.person is not None and unit.actor.person.id == client_id
    if message_id is None or client_id is None or not acts:
        announce_change(unit, booking, kind, previous_start=previous_start, tell_client=tell_client)
        return
    announce_change(unit, booking, kind, previous_start=previous_start, tell_client=False)
    shown = NewNotice(unit.tenant_id, booking.id, client_id, "client", kind, created_at=now, due_at=now)
    insert_notices(unit.conn, [shown._replace(status="sent", message_id=message_id, done_at=now)])


def renew_reminders(conn: Connection, tenant: TenantRow, booking: AnnouncedBooking, now: int) -> None:
    """Write the reminders anew of a booking whose start nobody has changed but the clock; nobody is told."""
    renew_client_notices(conn, tenant.id, booking.id, now)
    drop_reminders(conn, tenant.id, booking.id, now)
    audience = load_audience(conn, tenant.id, booking.id, booking.client_id)
    insert_notices(conn, _reminders(tenant, booking, audience, now))


def tell_admins(
    conn: Connection, tenant: TenantRow, text: str, now: int, *, but: int | None = None, once: bool = False
) -> None:
    """Write a message of its own to every admin whom it can reach, sent after the quiet hours, except the person `but`.

    `once`: a person who has been sent this very text is not sent it again."""
    quiet, tz = tenant.policies.quiet_hours, clock.load_zone(tenant.timezone)
    due_at = end_of_quiet(now, quiet, tz)
    insert_notices(
        conn,
        [
            NewNotice(
                tenant.id,
                None,
                admin.id,
                "admin",
                "text",
                created_at=now,
                due_at=due_at,
                text=text,
                dedupe_key=f"{text}:{admin.id}" if once else None,
            )
            for admin in load_audience(conn, tenant.id, 0, None)
            if admin.unreachable_at is None and admin.id != but
        ],
    )


def _reminders(tenant: TenantRow, booking: AnnouncedBooking, audience: list[AudienceRow], now: int) -> list[NewNotice]:
    """Return the client's reminders, also where they cannot be reached today: that is decided when one is due."""
    client = _client_in(audience)
    return [] if client is None else write_reminders(tenant, booking, client.id, now)


def write_reminders(tenant: TenantRow, booking: AnnouncedBooking, client_id: int, now: int) -> list[NewNotice]:
    """Return the reminders of a booking that are still ahead; none where it has none in its state."""
    if booking.status not in rules.REMINDED or booking.task == "open":
        return []
    tz, quiet, start = clock.load_zone(tenant.timezone), tenant.policies.quiet_hours, booking.starts_at
    leads_min = decode_policies(booking.policies).reminders_min
    return [
        NewNotice(
            tenant.id,
            booking.id,
            client_id,
            "client",
            "reminder",
            created_at=now,
            due_at=reminder.due_at,
            expires_at=start,
            lead_min=reminder.lead_min,
            dedupe_key=f"reminder:{booking.id}:{start}:{reminder.lead_min}",
        )
        for reminder in rules.plan_reminders(booking.id, start, leads_min, quiet, tz, now)
    ]


def tell_client(
    unit: UnitOfWork,
    booking: AnnouncedBooking,
    kind: Kind,
    text: str | None = None,
    *,
    client_message_id: int | None = None,
    due_at: int | None = None,
    expires_at: int | None = None,
) -> bool:
    """Write a message to the booking's client alone. False where none can reach them.

    It waits for the end of the quiet hours, unless it answers the client's own words. `due_at` is when it is sent instead,
    `expires_at` from when on it is not worth sending; both in epoch seconds."""
    client = _client_in(load_audience(unit.conn, unit.tenant_id, booking.id, booking.client_id))
    if client is None or client.unreachable_at is not None:
        return False
    tz, quiet = clock.load_zone(unit.tenant.timezone), unit.tenant.policies.quiet_hours
    due_at = due_at or rules.notice_due(unit.now, booking.starts_at, quiet, tz, waits=client_message_id is None)
    notice = NewNotice(
        unit.tenant_id,
        booking.id,
        client.id,
        "client",
        kind,
        created_at=unit.now,
        due_at=due_at,
        expires_at=expires_at,
        text=text,
        client_message_id=client_message_id,
        sender_id=None if unit.actor.person is None else unit.actor.person.id,
    )
    insert_notices(unit.conn, [notice])
    return True


def tell_staff(
    unit: UnitOfWork,
    booking: AnnouncedBooking,
    kind: Kind,
    *,
    expires_at: int | None = None,
    client_message_id: int | None = None,
) -> bool:
    """Tell the booking's specialists at once, or the admins where none of them can be reached; not the actor.

    Where they have been told before, the messages that they have are brought up to date; words are always new. Returns
    whether there is anybody to tell."""
    conn, tenant_id, now = unit.conn, unit.tenant_id, unit.now
    if client_message_id is None and renew_notices(conn, tenant_id, booking.id, (kind,), now):
        return True
    audience = load_audience(conn, tenant_id, booking.id, booking.client_id)
    reachable = [
        rules.Recipient(person.id, person.role)
        for person in audience
        if person.unreachable_at is None and person.id != unit.actor.person_id
    ]
    notices = [
        NewNotice(
            tenant_id,
            booking.id,
            person_id,
            role,
            kind,
            created_at=now,
            due_at=now,
            expires_at=expires_at,
            client_message_id=client_message_id,
        )
        for person_id, role in rules.choose_staff(reachable)
    ]
    insert_notices(conn, notices)
    return bool(notices)


def _client_in(audience: list[AudienceRow]) -> AudienceRow | None:
    return next((person for person in audience if person.role == "client"), None)
