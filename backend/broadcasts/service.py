"""The life of a broadcast: draft, scheduled, sending, stopped, sending again, done."""

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from backend import clock
from backend.audit.service import record
from backend.auth.actor import TenantRow
from backend.broadcasts import rules
from backend.broadcasts.queries import drafts, messages
from backend.broadcasts.queries.drafts import BroadcastRow
from backend.broadcasts.view import get_broadcast, render_broadcast
from backend.contract.broadcasts import (
    Audience,
    Broadcast,
    Broadcasts,
    BroadcastStatus,
    Entity,
    NewBroadcast,
    UpdateBroadcast,
)
from backend.errors import IllegalStep, Invalid, NotFound
from backend.quiet_hours import end_of_quiet
from backend.transactions import UnitOfWork


def create_draft(unit: UnitOfWork, body: NewBroadcast) -> Broadcast:
    """Add a draft. Raises Invalid."""
    content = _text_columns(body.text, body.entities, body.photo)
    content |= {"photo": body.photo, "audience": _audience_column(unit, body.audience)}
    content["book_service_id"] = _check_service(unit, body.book_service_id, "book_service_id")
    broadcast_id = drafts.insert_broadcast(unit.conn, unit.tenant_id, unit.actor.person_id, unit.now, content)
    return load_broadcast(unit, broadcast_id)


def update_draft(unit: UnitOfWork, broadcast_id: int, body: UpdateBroadcast) -> Broadcast:
    """Change what the body has, also of one that is scheduled. Raises NotFound, Invalid, IllegalStep once it is being sent."""
    row = load_in_status(unit, broadcast_id, "draft")
    photo = row.photo if body.photo is UNSET else body.photo
    values: dict[str, object] = {"photo": photo}
    if body.text is not UNSET:
        values |= _text_columns(body.text, body.entities, photo)
    else:
        _check_length(row.text, photo)
    if body.audience is not UNSET:
        values["audience"] = _audience_column(unit, body.audience)
    if body.book_service_id is not UNSET:
        values["book_service_id"] = _check_service(unit, body.book_service_id, "book_service_id")
    drafts.update_broadcast(unit.conn, unit.tenant_id, broadcast_id, values)
    return load_broadcast(unit, broadcast_id)


def _text_columns(text: str, entities: list[Entity], photo: str | None) -> dict[str, object]:
    """Return the columns of the text and its formatting.

    Raises Invalid where nothing of the text is visible, Telegram would cut it, or an entity lies outside of it.
    """
    try:
        cleaned, moved = rules.clean_text(text, entities)
    except ValueError as error:
        raise Invalid(str(error), field="entities") from None
    if not cleaned:
        raise Invalid("There is nothing to send.", field="text")
    _check_length(cleaned, photo)
    return {"text": cleaned, "entities": msgspec.json.encode(moved).decode()}


def _check_length(text: str, photo: str | None) -> None:
    longest, units = rules.longest_text(photo), rules.utf16_length(text)
    if units > longest:
        where = "A message" if photo is None else "The text below a picture"
        raise Invalid(f"{where} has at most {longest} characters, this one has {units}.", field="text")


def _audience_column(unit: UnitOfWork, audience: Audience) -> str:
    """Return the column of an audience. Raises Invalid where what its kind is chosen by is not named, or not there."""
    if not rules.names_its_choice(audience):
        raise Invalid("An audience names the one thing that its kind is chosen by.", field="audience")
    if audience.kind == "service":
        _check_service(unit, audience.id, "audience", on_sale=False)
    elif audience.kind == "specialist":
        assert audience.id is not None, "checked above"
        if drafts.find_specialist_name(unit.conn, unit.tenant_id, audience.id) is None:
            raise Invalid("There is no such specialist.", field="audience")
    elif audience.tag is not None and drafts.find_tag_name(unit.conn, unit.tenant_id, audience.tag) is None:
        raise Invalid("No client has this tag.", field="audience")
    return msgspec.json.encode(audience).decode()


def _check_service(unit: UnitOfWork, service_id: int | None, field: str, *, on_sale: bool = True) -> int | None:
    """Return the id. Raises Invalid where there is no such service, or none on sale."""
    if service_id is None:
        return None
    if drafts.find_service_name(unit.conn, unit.tenant_id, service_id, on_sale=on_sale) is None:
        raise Invalid("There is no such service.", field=field)
    return service_id


def send_test(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Send it to the admin who asks, and to nobody else. Raises NotFound."""
    row = _load(unit, broadcast_id)
    messages.insert_test_message(unit.conn, unit.tenant_id, row, unit.actor.person_id, unit.now)
    return render_broadcast(unit.conn, unit.tenant, row, unit.now)


def send_broadcast(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Begin to send, or go on after a stop with those who are left. Raises NotFound, IllegalStep once it is done.

    The first sending fixes the audience: who becomes a client later is not in it. In quiet hours everything waits for their end.
    """
    finish_if_over(unit.conn, unit.tenant_id, broadcast_id, unit.now)
    row = load_in_status(unit, broadcast_id, "draft", "stopped", "sending")
    if row.status == "sending":
        return load_broadcast(unit, broadcast_id)
    if row.status == "draft":
        start_sending(unit.conn, unit.tenant, row, unit.now)
    else:
        due_at = _first_due(unit.tenant, unit.now)
        messages.resume_messages(unit.conn, unit.tenant_id, broadcast_id, unit.now, due_at)
        values: dict[str, object] = {"status": "sending", "done_at": None}
        drafts.update_broadcast(unit.conn, unit.tenant_id, broadcast_id, values)
    messages.show_progress_to(unit.conn, unit.tenant_id, broadcast_id, unit.actor.person_id, unit.now)
    broadcast = load_broadcast(unit, broadcast_id)
    record(unit, "broadcast.sent", f"broadcast:{broadcast_id}", {"total": broadcast.total, "left": broadcast.left})
    return broadcast


def start_sending(conn: Connection, tenant: TenantRow, row: BroadcastRow, now: int) -> int:
    """Write a message for each of the audience as it is now, and return how many there are."""
    audience = rules.decode_audience(row.audience)
    sending = messages.NewSending(tenant.id, row.id, audience, now, _first_due(tenant, now))
    total = messages.insert_messages(conn, sending)
    values: dict[str, object] = {"status": "sending", "total": total, "started_at": now, "send_local": None}
    drafts.update_broadcast(conn, tenant.id, row.id, values)
    return total


def _first_due(tenant: TenantRow, now: int) -> int:
    return end_of_quiet(now, tenant.policies.quiet_hours, clock.load_zone(tenant.timezone))


def stop_broadcast(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Send nothing more until it is sent again. Raises NotFound, IllegalStep where it is not being sent."""
    conn, tenant_id, now = unit.conn, unit.tenant_id, unit.now
    finish_if_over(conn, tenant_id, broadcast_id, now)
    row = load_in_status(unit, broadcast_id, "sending", "stopped")
    if row.status == "sending":
        messages.pause_messages(conn, tenant_id, broadcast_id, now)
        drafts.update_broadcast(conn, tenant_id, broadcast_id, {"status": "stopped"})
        messages.show_progress_to(conn, tenant_id, broadcast_id, unit.actor.person_id, now)
        record(unit, "broadcast.stopped", f"broadcast:{broadcast_id}")
    return load_broadcast(unit, broadcast_id)


def load_broadcast(unit: UnitOfWork, broadcast_id: int) -> Broadcast:
    """Return a broadcast, how far it is and what came of it. Raises NotFound."""
    return get_broadcast(unit.conn, unit.tenant, broadcast_id, unit.now)


def list_broadcasts(unit: UnitOfWork, limit: int) -> Broadcasts:
    """Return the broadcasts that wait for their time, the newest draft, and those that have been sent, the newest first."""
    rows = drafts.list_scheduled_and_sent(unit.conn, unit.tenant_id, limit, unit.now - rules.DRAFT_KEPT_S)
    return Broadcasts(items=[render_broadcast(unit.conn, unit.tenant, row, unit.now) for row in rows])


def finish_if_over(conn: Connection, tenant_id: int, broadcast_id: int, now: int) -> bool:
    """Note that a broadcast is done where nobody is left. Returns whether its progress does not change any more."""
    row = drafts.load_broadcast(conn, tenant_id, broadcast_id)
    if row is None or row.status == "done":
        return True
    if messages.has_open_messages(conn, tenant_id, broadcast_id):
        return False
    if row.status == "sending":
        drafts.update_broadcast(conn, tenant_id, broadcast_id, {"status": "done", "done_at": now})
    return True


def _load(unit: UnitOfWork, broadcast_id: int) -> BroadcastRow:
    row = drafts.load_broadcast(unit.conn, unit.tenant_id, broadcast_id)
    if row is None:
        raise NotFound()
    return row


def load_in_status(unit: UnitOfWork, broadcast_id: int, *statuses: BroadcastStatus) -> BroadcastRow:
    """Return a broadcast whose row has one of the statuses. Raises NotFound, IllegalStep."""
    row = _load(unit, broadcast_id)
    if row.status not in statuses:
        raise IllegalStep("The broadcast is not in a state that allows this.")
    return row
