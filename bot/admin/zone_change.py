"""After a change of the zone: what became of the bookings ahead, and keeping their instants instead, once."""

from backend.client.api import BackendRefused
from backend.contract.errors import Code
from backend.contract.tenancy import ShiftedBooking, Tenant, ZoneChange
from bot.admin.callbacks.business import KeepInstants, ZoneChangeCard
from bot.admin.menu import manage_row
from bot.request import Request
from bot.router import Router
from bot.ui.keyboards import Row, Screen, button_to, page_of
from bot.ui.prompts import more_lines
from bot.ui.text import one_line, visible_name
from bot.ui.times import Times, parse

A_PAGE = 8
# The backend shows so many at once.
SHOWN = 100
NAME_MAX = 32

router = Router(for_staff=True)


def zone_change_row(request: Request, tenant: Tenant) -> Row:
    """Return the button that leads to the change of the zone, while it may be taken back."""
    change = tenant.zone_change
    if change is None or parse(change.until) <= request.times.now:
        return []
    return [button_to(request.t.label("button-zone-change"), ZoneChangeCard(), style="primary")]


@router.press(ZoneChangeCard)
async def show_zone_change(request: Request, callback: ZoneChangeCard) -> Screen:
    """Show what keeping the instants would do."""
    try:
        preview = await request.api.preview_zone_change(limit=SHOWN)
    except BackendRefused as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return _settled_screen(request)
    shown, turning = page_of(preview.items, callback.page, A_PAGE, lambda to: ZoneChangeCard(page=to))
    lines = [
        request.t.html("zone-changed", **_zones(request, preview.change)),
        "",
        request.t.html("zone-keep", count=preview.total, until=request.times.when(preview.change.until)),
        *(_shift_line(request, shifted) for shifted in shown),
        *more_lines(request, preview.total - SHOWN),
    ]
    rows: list[Row] = [turning]
    if preview.total:
        rows.append([button_to(request.t.label("button-keep-instants"), KeepInstants(), style="danger")])
    return Screen("\n".join(lines), [*rows, manage_row(request)])


def _zones(request: Request, change: ZoneChange) -> dict[str, str]:
    """Return both zones as `Moscow, UTC+3`."""
    now = request.times.now.timestamp()
    return {
        "old": Times(change.previous_timezone, request.locale, now).zone_name(),
        "new": Times(change.timezone, request.locale, now).zone_name(),
    }


def _shift_line(request: Request, shifted: ShiftedBooking) -> str:
    name = one_line(visible_name(shifted.client_name) or request.t.label("client-nameless"), NAME_MAX)
    key = "zone-stays" if shifted.stays else "zone-shift"
    now, kept = request.times.when(shifted.start), request.times.when(shifted.kept_start)
    return request.t.html(key, client=name, now=now, kept=kept)


@router.press(KeepInstants)
async def keep_instants(request: Request, _: KeepInstants) -> Screen:
    """Give bookings ahead the instants of before; their clients are told."""
    try:
        kept = await request.api.keep_instants(key=request.idempotency_key("keep"))
    except BackendRefused as refusal:
        if refusal.code is not Code.ILLEGAL_STEP:
            raise
        return _settled_screen(request)
    return Screen(request.t.html("zone-kept", count=kept.kept, stayed=kept.stayed), [manage_row(request)])


def _settled_screen(request: Request) -> Screen:
    return Screen(request.t.html("zone-settled"), [manage_row(request)])
