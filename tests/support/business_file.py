"""Business files in tests: the one that the contract shows, and the way into a business and out of it."""

from typing import Any

from backend.auth.queries import load_tenant
from backend.tenancy.business import ImportResult, apply_business, dump_business, load_business
from tests.support.backend_api import Api

EXAMPLE = """\
address: Lenina 5
phone: "+7 495 000-00-00"
policies: {slot_step: 30m, min_notice: 1h, horizon: 60d, cancel_until: 24h, hold: 10m, approval: false,
           buffers_within_hours: false, reminders: [24h, 2h], max_active_per_client: 5}
rooms: [{name: Chair, count: 3}]
services:
  - {name: Haircut, price: "1500.00", duration: 45m, buffer_before: 0m, buffer_after: 10m, capacity: 1, rooms: [Chair]}
  - {name: Colour, price: "2500.00", duration: 2h}
specialists:
  - name: Anna
    services: [Haircut, {name: Colour, price: "3000.00", duration: 90m}]
    hours: {mon: ["09:00-13:00", "14:00-18:00"], fri: ["22:00-02:00"], sun: ["00:00-24:00"]}
    dates: {"2026-12-31": ["10:00-14:00"], "2027-01-02": []}
    time_off: ["2027-02-01T09:00/2027-02-08T18:00"]
closures: ["2027-01-01"]
"""


async def bring(api: Api, text: str, slug: str = "barber") -> ImportResult:
    """Import a business file."""
    business, problems = load_business(text, "b.yaml")
    assert problems == []
    assert business is not None

    def write(conn: Any) -> ImportResult:
        tenant = load_tenant(conn, slug)
        assert tenant is not None
        return apply_business(conn, tenant, business, int(api.clock()))

    return await api.db.write(1, write)


async def dumped(api: Api, slug: str = "barber") -> str:
    """Return the business as a file."""

    def read(conn: Any) -> str:
        tenant = load_tenant(conn, slug)
        assert tenant is not None
        return dump_business(conn, tenant.id)

    return await api.db.read(read)
