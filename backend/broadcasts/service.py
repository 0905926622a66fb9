"""The life of a broadcast: draft, sending, stopped, sending again, done."""

import msgspec
from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.broadcasts import queries, rules
from backend.broadcasts.queries import BroadcastRow
from backend.contract.broadcasts import Broadcast, Broadcasts, BroadcastStatus, Entity, NewBroadcast, UpdateBroadcast
from backend.errors import IllegalStep, Invalid, NotFound
from backend.transactions import UnitOfWork


def create_draft(unit: UnitOfWork, body: NewBroadcast) -> Broadcast:
    """Add a draft. Raises Invalid."""
    content = _content(body.text, body.entities)
    broadcast_id = queries.insert_broadcast(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now, **content)
    return get_broadcast(unit.conn, unit.tenant_id, broadcast_id)


def update_draft(unit: UnitOfWork, broadcast_id: int, body: UpdateBroadcast) -> Broadcast:
    """Give a draft another text. Raises NotFound, Invalid, IllegalStep once it is being sent."""
    content = _content(body.text, body.entities)
    _load_in_status(unit, broadcast_id, "draft")
    queries.update_broadcast(unit.conn, unit.tenant_id, broadcast_id, **content)
    return get_broadcast(unit.conn, unit.tenant_id, broadcast_id)


def _content(text: str, entities: list[Entity]) -> dict[str, str]:
    """Return the columns of the text and its formatting.

    Raises Invalid where nothing of the text is visible, Telegram would cut it, or an entity lies outside of it.
    """
    try:
        cleaned, moved = rules.clean_text(text, entities)
    except ValueError as error:
        raise Invalid(str(error), field="entities") from None
    if not cleaned:
        raise Invalid("There is nothing to send.", field="text")
    if rules.utf16_length(cleaned) > rules.MAX_UNITS:
        raise Invalid(f"A message has at most {rules.MAX_UNITS} characters.", field="text")
    return {"text": cleaned, "entities": msgspec.json.encode(moved).decode()}


def send_test(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Send the text to the admin who asks, and to nobody else. Raises NotFound."""
    row = _load(unit.conn, unit.tenant_id, broadcast_id)
    queries.insert_test_message(unit.conn, unit.tenant_id, row, unit.actor.person_id, unit.now)
    return _render(unit.conn, unit.tenant_id, row)


def send_broadcast(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Begin to send, or go on after a stop with those who are left. Raises NotFound, IllegalStep once it is done.

    The first sending fixes the audience: who becomes a client later is not in it.
    """
    conn, tenant_id, now = unit.conn, unit.tenant_id, unit.now
    finish_if_over(conn, tenant_id, broadcast_id, now)
    row = _load_in_status(unit, broadcast_id, "draft", "stopped", "sending")
    if row.status == "sending":
        return _render(conn, tenant_id, row)
    if row.status == "draft":
        total = queries.insert_messages(conn, tenant_id, broadcast_id, now)
        queries.update_broadcast(conn, tenant_id, broadcast_id, status="sending", total=total, started_at=now)
    else:
        queries.resume_messages(conn, tenant_id, broadcast_id, now)
        queries.update_broadcast(conn, tenant_id, broadcast_id, status="sending", done_at=None)
    queries.show_progress_to(conn, tenant_id, broadcast_id, unit.actor.person_id, now)
    broadcast = get_broadcast(conn, tenant_id, broadcast_id)
    record(unit, "broadcast.sent", f"broadcast:{broadcast_id}", {"total": broadcast.total, "left": broadcast.left})
    return broadcast


def stop_broadcast(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Send nothing more until it is sent again. Raises NotFound, IllegalStep where it is not being sent."""
    conn, tenant_id, now = unit.conn, unit.tenant_id, unit.now
    finish_if_over(conn, tenant_id, broadcast_id, now)
    row = _load_in_status(unit, broadcast_id, "sending", "stopped")
    if row.status == "sending":
        queries.pause_messages(conn, tenant_id, broadcast_id, now)
        queries.update_broadcast(conn, tenant_id, broadcast_id, status="stopped")
        queries.show_progress_to(conn, tenant_id, broadcast_id, unit.actor.person_id, now)
        record(unit, "broadcast.stopped", f"broadcast:{broadcast_id}")
    return get_broadcast(conn, tenant_id, broadcast_id)


def get_broadcast(conn: Connection, tenant_id: int, broadcast_id: int) -> Broadcast:
    """Return a broadcast and how far it is. Raises NotFound."""
    return _render(conn, tenant_id, _load(conn, tenant_id, broadcast_id))


def list_broadcasts(unit: UnitOfWork, limit: int) -> Broadcasts:
    """Return the broadcasts that have been sent, the newest first."""
    rows = queries.list_sent(unit.conn, unit.tenant_id, limit)
    return Broadcasts(items=[_render(unit.conn, unit.tenant_id, row) for row in rows])


def _render(conn: Connection, tenant_id: int, row: BroadcastRow) -> Broadcast:
    """Render a row. It is done once nobody is left to reach, also before that has been noted."""
    is_draft = row.status == "draft"
    counts = rules.MessageCounts() if is_draft else queries.count_messages(conn, tenant_id, row.id)
    left = rules.count_left(row.status, counts)
    return Broadcast(
        id=row.id,
        text=row.text,
        entities=rules.decode_entities(row.entities),
        status="done" if row.status == "sending" and not left else row.status,
        total=queries.count_audience(conn, tenant_id) if is_draft else row.total,
        sent=counts.sent,
        left=left,
        missed=rules.count_missed(row.status, counts),
        unsure=counts.unsure,
        created_at=clock.format_utc(row.created_at),
        started_at=None if row.started_at is None else clock.format_utc(row.started_at),
        done_at=None if row.done_at is None else clock.format_utc(row.done_at),
    )


def finish_if_over(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> bool:
    """Note that a broadcast is done where nobody is left. Returns whether its progress does not change any more."""
    row = queries.load_broadcast(conn, tenant_id, broadcast_id)
    if row is None or row.status == "done":
        return True
    if queries.has_open_messages(conn, tenant_id, broadcast_id):
        return False
    if row.status == "sending":
        queries.update_broadcast(conn, tenant_id, broadcast_id, status="done", done_at=now)
    return True


def _load(conn: Connection, tenant_id: int, broadcast_id: int) -> BroadcastRow:
    row = queries.load_broadcast(conn, tenant_id, broadcast_id)
    if row is None:
        raise NotFound()
    return row


def _load_in_status(unit: UnitOfWork, broadcast_id: int, *statuses: BroadcastStatus) -> BroadcastRow:
    row = _load(unit.conn, unit.tenant_id, broadcast_id)
    if row.status not in statuses:
        raise IllegalStep("The broadcast is not in a state that allows this.")
    return row
