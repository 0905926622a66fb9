"""A business as a file: what `slotgate export` prints and `slotgate import` reads."""

from typing import Any

import yaml
from sqlalchemy import Connection

from backend.auth.actor import decode_policies
from backend.kit.phones import split_phones
from backend.kit.text import format_money
from backend.tenancy.business import queries, rules
from backend.tenancy.business.policies import dump_policies
from backend.tenancy.business.queries import Stored, StoredOffer, StoredService, StoredSpecialist

# Any: the C dumper has no type of its own
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump_business(conn: Connection, tenant_id: int) -> str:
    """Return the whole business in the format of the business file; importing it again changes nothing."""
    stored = queries.load_stored(conn, tenant_id)
    services = sorted((s for s in stored.services.values() if s.archived_at is None), key=lambda s: (s.position, s.id))
    people = sorted((s for s in stored.specialists.values() if s.archived_at is None), key=lambda s: (s.position, s.id))
    document = {
        "address": stored.tenant.address,
        "phones": split_phones(stored.tenant.phone),
        "policies": dump_policies(decode_policies(stored.tenant.policies, stored.tenant.added_policies)),
        "rooms": [{"name": r.name, "count": r.places} for r in sorted(stored.rooms.values(), key=lambda r: r.id)],
        "services": [_service(stored, row) for row in services],
        "specialists": [_specialist(stored, row) for row in people],
        "closures": sorted(stored.closures),
    }
    return str(
        yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
    )


def _service(stored: Stored, row: StoredService) -> dict[str, object]:
    found: dict[str, object] = {
        "name": row.name,
        **({"category": row.category} if row.category else {}),
        "price_from" if row.price_from else "price": format_money(row.price),
        "duration": rules.format_duration(row.duration_min),
        "buffer_before": rules.format_duration(row.buffer_before_min),
        "buffer_after": rules.format_duration(row.buffer_after_min),
        "capacity": row.capacity,
        **({"starts": row.starts} if row.capacity > 1 else {}),
    }
    if room_ids := stored.service_rooms.get(row.id):
        found["rooms"] = [stored.rooms[i].name for i in sorted(room_ids)]
    return found | ({"description": row.description} if row.description else {})


def _specialist(stored: Stored, row: StoredSpecialist) -> dict[str, object]:
    offers = stored.offers.get(row.id, {})
    in_order = sorted(offers, key=lambda i: (stored.services[i].position, i))
    found: dict[str, object] = {
        "name": row.name,
        "services": [_offer(stored.services[i].name, offers[i]) for i in in_order],
    }
    if row.description:
        found["description"] = row.description
    week = stored.week.get(row.id, {})
    found["hours"] = {rules.WEEKDAYS[day]: _shifts(week[day]) for day in sorted(week)}
    if dates := stored.dates.get(row.id):
        found["dates"] = {date: _shifts(dates[date]) for date in sorted(dates)}
    if time_off := stored.time_off.get(row.id):
        found["time_off"] = [
            {"period": f"{start}/{end}", "reason": time_off[start, end]} if time_off[start, end] else f"{start}/{end}"
            for start, end in sorted(time_off)
        ]
    return found


def _shifts(shifts: list[tuple[int, int]]) -> list[str]:
    return [rules.format_shift(*one) for one in sorted(shifts)]


def _offer(name: str, terms: StoredOffer) -> str | dict[str, object]:
    if terms.price is None and terms.duration_min is None:
        return name
    found: dict[str, object] = {"name": name}
    if terms.price is not None:
        found["price_from" if terms.price_from else "price"] = format_money(terms.price)
    return found | ({"duration": rules.format_duration(terms.duration_min)} if terms.duration_min is not None else {})
