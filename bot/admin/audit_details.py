"""What a line of the log is about and what changed, in words of the reader's language: before and after."""

from datetime import date, datetime, timedelta

import msgspec

from backend.contract.audit import AuditEntry, AuditPage
from backend.contract.tenancy import Policies
from bot.admin.policies import FIELDS
from bot.request import Request
from bot.ui import cards
from bot.ui.text import one_line, visible_name

# Fields of services whose values are in the log; the others are named only.
_SPANS = ("duration_min", "buffer_before_min", "buffer_after_min")
_LABELS = {
    "name": "button-name",
    "description": "button-description",
    "category": "button-category",
    "price": "button-price",
    "duration_min": "button-duration",
    "buffer_before_min": "button-buffer-before",
    "buffer_after_min": "button-buffer-after",
    "capacity": "button-capacity",
    "room_ids": "button-rooms",
    "specialist_ids": "button-staff",
    "phone": "button-phone",
    "address": "button-address",
    "note": "button-note",
}
# After these nobody knows any more who it was.
_FORGETTING = frozenset({"person.erased", "person.unlinked"})
_ROLES = {"admin": "role-admin", "specialist": "role-specialist"}


def subject_text(request: Request, page: AuditPage, entry: AuditEntry) -> str:
    """Return whose booking it is and when, or the name of what was changed; nothing where who did it says it all."""
    reference = entry.object
    if "booking" in entry.detail and not reference.startswith("booking:"):
        reference = f"booking:{entry.detail['booking']}"
    if reference == entry.actor or reference not in page.names:
        return ""
    name = visible_name(page.names[reference])
    if not name and entry.action in _FORGETTING:
        return ""
    name = name or request.t.label("client-nameless")
    start = page.starts.get(reference)
    moved = isinstance(entry.detail.get("start"), list)
    return name if start is None or moved else f"{name}, {request.times.when(start)}"


def detail_text(request: Request, page: AuditPage, entry: AuditEntry) -> str:
    """Return what changed, `10:00 → 11:00`; nothing where there is nothing that words can tell."""
    kind, detail = entry.action.partition(".")[0], entry.detail
    if kind == "booking":
        return ", ".join(
            filter(None, (_moved(request, detail), _hands(page, detail), _pair_text(detail.get("places"))))
        )
    if kind == "schedule":
        return _dates(request, entry)
    if kind == "role":
        return request.t.label(_ROLES[str(detail["role"])]) if detail.get("role") in _ROLES else ""
    if kind == "person" and entry.action == "person.unlinked":
        return request.t.label("months", count=int(str(detail.get("months", 0))))
    changed = [_field_text(request, name, detail) for name in _names(detail)]
    return "; ".join(dict.fromkeys(filter(None, changed)))


def _names(detail: dict[str, object]) -> list[str]:
    fields = detail.get("fields")
    named = [str(each) for each in fields] if isinstance(fields, list) else []
    pairs = [name for name, value in detail.items() if isinstance(value, list) and len(value) == 2 and name != "fields"]
    return [name for name in dict.fromkeys([*named, *pairs]) if name != "policies" or not pairs]


def _field_text(request: Request, name: str, detail: dict[str, object]) -> str:
    """Return `Price: 1 500 ₽ → 1 700 ₽`, or the name of the field alone."""
    t, pair = request.t, detail.get(name)
    policy = next((field for field in FIELDS if name in field.names), None)
    if policy is not None and isinstance(pair, list):
        values = []
        for value in pair:
            try:
                policies = msgspec.convert({name: value}, Policies)
            except msgspec.ValidationError:
                return t.label(policy.label)
            values.append(policy.value_text(request, policies))
        return f"{t.label(policy.label)}: {' → '.join(values)}"
    if name == "retention_months" and isinstance(pair, list):
        words = [t.label("months", count=int(each)) if each else t.label("privacy-button-never") for each in pair]
        return f"{t.label('button-privacy')}: {' → '.join(words)}"
    if name not in _LABELS:
        return ""
    label = t.label(_LABELS[name])
    if not isinstance(pair, list):
        return label
    if name in _SPANS:
        return f"{label}: {' → '.join(request.times.span(int(each)) for each in pair)}"
    if name == "price":
        money = [cards.price_text(request, str(each), request.context.tenant.currency) or "0" for each in pair]
        return f"{label}: {' → '.join(money)}"
    return f"{label}: {_pair_text(pair)}"


def _moved(request: Request, detail: dict[str, object]) -> str:
    pair = detail.get("start")
    return " → ".join(request.times.when(str(each)) for each in pair) if isinstance(pair, list) else ""


def _hands(page: AuditPage, detail: dict[str, object]) -> str:
    pair = detail.get("specialist_id")
    if not isinstance(pair, list) or len(set(pair)) < 2:
        return ""
    names = [page.names.get(f"specialist:{each}", "") for each in pair]
    return " → ".join(map(one_line, names)) if all(names) else ""


def _pair_text(pair: object) -> str:
    return " → ".join(map(str, pair)) if isinstance(pair, list) else ""


def _dates(request: Request, entry: AuditEntry) -> str:
    """Return the day or the days; time off has local wall times, end exclusive, a closure's first day is its id."""
    detail, times = entry.detail, request.times
    first, last = detail.get("start") or detail.get("date") or entry.object.partition(":")[2], detail.get("last")
    try:
        if "T" in str(first):
            begin, end = datetime.fromisoformat(str(first)), datetime.fromisoformat(str(detail["end"]))
            if begin.time() == end.time() == datetime.min.time():
                days = (begin.date(), (end - timedelta(days=1)).date())
                return " – ".join(map(times.day, dict.fromkeys(days)))
            return " – ".join(f"{times.day(at.date())} {times.wall_time(f'{at:%H:%M}')}" for at in (begin, end))
        days_closed = dict.fromkeys(date.fromisoformat(str(each)) for each in (first, last or first))
        return " – ".join(map(times.day, days_closed))
    except (ValueError, KeyError):
        return ""
