"""Telling of many bookings that begin at other instants, in few statements: a zone's change may shift thousands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from backend import clock
from backend.auth.actor import TenantRow
from backend.bookings.queries.loading import BookingRow
from backend.bookings.queries.shift_notices import (
    ConcernedPerson,
    ReadyNotice,
    SentReminder,
    change_open_notices,
    drop_open_reminders,
    keep_reminders_sent,
    list_concerned,
    list_open_notices,
    list_sent_reminders,
)
from backend.outbox import rules
from backend.outbox.queries import NewNotice, insert_notices, renew_clients_notices
from backend.outbox.service import write_reminders
from backend.quiet_hours import NIGHT


def follow_zone(conn: Connection, tenant: TenantRow, moved_s: Mapping[int, int], previous: ZoneInfo, now: int) -> None:
    """Let messages on their way about these bookings say and keep the wall times of the business's new zone.

    `moved_s`: by how many seconds each booking has been shifted; a message is worth sending so much longer, or less long.
    """
    tz, quiet = clock.load_zone(tenant.timezone), tenant.policies.quiet_hours
    ready = []
    for row in list_open_notices(conn, tenant.id, moved_s):
        was, due_at = row.previous_start, row.due_at
        expires_at = None if row.expires_at is None else row.expires_at + moved_s[row.booking_id]
        if was is not None:
            was = clock.wall_to_epoch(datetime.fromtimestamp(was, previous).replace(tzinfo=None), tz)
        if due_at > now and row.kind == "move_asked":
            due_at = rules.waking_time(now, row.starts_at, quiet or NIGHT, tz) or now
        elif due_at > now:
            due_at = rules.notice_due(now, row.starts_at, quiet, tz, waits=True)
        ready.append(ReadyNotice(row.id, due_at, expires_at, was))
    change_open_notices(conn, ready)


def remind_anew(
    conn: Connection, tenant: TenantRow, bookings: Sequence[BookingRow], previous_starts: Mapping[int, int], now: int
) -> None:
    """Write the reminders of these bookings anew, and bring up to date what their clients have been sent.

    A reminder that was sent while the booking began at its previous start (epoch seconds) is not sent again."""
    ids = [booking.id for booking in bookings]
    drop_open_reminders(conn, tenant.id, ids, now)
    renew_clients_notices(conn, tenant.id, ids, now)
    sent = list_sent_reminders(conn, tenant.id, ids)
    clients = {person.booking_id: person for person in list_concerned(conn, tenant.id, ids) if person.role == "client"}
    insert_notices(
        conn,
        [
            reminder
            for booking in bookings
            if (client := clients.get(booking.id)) is not None
            for reminder in write_reminders(tenant, booking, client.id, now)
            if SentReminder(booking.id, reminder.lead_min, previous_starts[booking.id]) not in sent
        ],
    )
    keep_reminders_sent(
        conn, tenant.id, {booking.id: (previous_starts[booking.id], booking.starts_at) for booking in bookings}
    )


def announce_moves(
    conn: Connection,
    tenant: TenantRow,
    bookings: Sequence[BookingRow],
    previous_starts: Mapping[int, int],
    now: int,
    actor_id: int | None = None,
) -> None:
    """Tell clients and specialists that these bookings begin at another wall time; who acts knows it.

    A hold is announced to nobody. `previous_starts` are in epoch seconds."""
    told = [booking for booking in bookings if booking.status not in ("held", "expired")]
    tz, quiet = clock.load_zone(tenant.timezone), tenant.policies.quiet_hours
    people_of: dict[int, list[ConcernedPerson]] = defaultdict(list)
    for person in list_concerned(conn, tenant.id, [booking.id for booking in told]):
        people_of[person.booking_id].append(person)
    notices = []
    for booking in told:
        concerned = people_of[booking.id]
        reachable = {person.id for person in concerned if person.unreachable_at is None}
        due_at = rules.notice_due(now, booking.starts_at, quiet, tz, waits=True)
        notices += [
            NewNotice(
                tenant.id,
                booking.id,
                person_id,
                role,
                "moved",
                created_at=now,
                due_at=due_at,
                previous_start=previous_starts[booking.id],
            )
            for person_id, role in rules.choose_recipients(
                "moved", [rules.Recipient(person.id, person.role) for person in concerned], actor_id
            )
            if person_id in reachable
        ]
    insert_notices(conn, notices)
