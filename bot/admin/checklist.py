"""The first steps of a business, read off what there is: from an empty bot to the first client."""

from backend.contract.tenancy import Tenant
from bot.old_way import old_go
from bot.request import Request
from bot.ui.keyboards import Row, Screen

# Field of the backend's checklist -> (its words, where it is done, with which ids).
STEPS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "address": ("todo-address", "a.addr", ()),
    "services": ("todo-services", "a.svn", ()),
    "staff": ("todo-staff", "a.stn", ()),
    "hours": ("todo-hours", "a.sch", ()),
    "test_booking": ("todo-test", "c.home", ()),
    "shared": ("todo-share", "a.shr", ()),
}


def done_steps(tenant: Tenant) -> int:
    """How many of the steps are done."""
    return sum(getattr(tenant.checklist, name) for name in STEPS)


async def screen(request: Request, tenant: Tenant) -> Screen:
    """`Ready to open: 3 of 6`: what is done and what is not, the next step first among the buttons."""
    lines = [request.t.html("ready", business=tenant.name, done=done_steps(tenant), all=len(STEPS)), ""]
    rows: list[Row] = []
    for name, (key, where, ids) in STEPS.items():
        done = getattr(tenant.checklist, name)
        lines.append(f"{'✓' if done else '▫'} {request.t.html(key)}")
        if not done:
            rows.append([old_go(request.t.label(key), where, *ids, style=None if rows else "primary")])
    lines += ["", request.t.html("zone-fixed", zone=request.times.zone_name())]
    rows.append([old_go(request.t.label("button-manage"), "a.menu"), old_go(request.t.label("button-my-day"), "a.now")])
    rows.append([old_go(request.t.label("button-language"), "c.lang")])
    return Screen("\n".join(lines), rows)
