"""Who gets a broadcast: a choice among the clients whom the bot can reach and who want news."""

from sqlalchemy import ColumnElement, Connection, and_, func, select

from backend.contract.broadcasts import Audience
from backend.db.tables import ACTIVE, booking_items, bookings, client_tags, people, roles

_B, _I, _P = bookings.c, booking_items.c, people.c
# A hold is no booking yet; what was cancelled is none any more.
BOOKED = tuple(status for status in ACTIVE if status != "held")
# Who was, or is still to be marked as, there.
CAME = ("confirmed", "arrived", "completed")
DAY_S = 86_400


def is_reachable(tenant_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a client whom the bot can reach, who wants news and is not blocked; no staff."""
    is_staff = select(roles.c.person_id).where(roles.c.tenant_id == tenant_id, roles.c.person_id == _P.id)
    return (
        _P.tenant_id == tenant_id,
        _P.tg_id.is_not(None),
        _P.unreachable_at.is_(None),
        _P.blocked.is_(False),
        _P.news.is_(True),
        ~is_staff.exists(),
    )


def in_audience(tenant_id: int, audience: Audience, now: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a client of the audience whom the bot can reach."""
    reachable = is_reachable(tenant_id)
    match audience.kind:
        case "service":
            return *reachable, _P.id.in_(_booked_items(tenant_id, _I.service_id == audience.id))
        case "specialist":
            return *reachable, _P.id.in_(_booked_items(tenant_id, _I.specialist_id == audience.id))
        case "not_seen":
            return *reachable, *_not_seen_since(tenant_id, now - (audience.days or 0) * DAY_S)
        case "tag":
            tagged = select(client_tags.c.person_id).where(
                client_tags.c.tenant_id == tenant_id, client_tags.c.tag_key == audience.tag
            )
            return *reachable, _P.id.in_(tagged)
        case "all":
            return reachable


def _booked_items(tenant_id: int, which: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(_B.client_id)
        .join(booking_items, and_(_I.tenant_id == _B.tenant_id, _I.booking_id == _B.id))
        .where(_B.tenant_id == tenant_id, which, _B.status.in_(BOOKED), _B.client_id.is_not(None))
        .scalar_subquery()
    )


def _not_seen_since(tenant_id: int, since: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a client who came before, and who neither came since nor has a booking ahead."""
    theirs = select(_B.id).where(_B.tenant_id == tenant_id, _B.client_id == _P.id)
    came_before = theirs.where(_B.starts_at < since, _B.status.in_(CAME))
    since_then = theirs.where(_B.starts_at >= since, _B.status.in_(("pending", *CAME)))
    return came_before.exists(), ~since_then.exists()


def count_audience(conn: Connection, tenant_id: int, audience: Audience, now: int) -> int:
    """Return how many people a broadcast would reach now."""
    statement = select(func.count()).select_from(people).where(*in_audience(tenant_id, audience, now))
    return conn.execute(statement).scalar_one()
