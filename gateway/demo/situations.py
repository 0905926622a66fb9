"""What a visitor of the demo finds without setting anything up: a class, a request, a booking that needs a new time.

Everything is done as its people would do it, each with a key, so that a repetition creates nothing twice.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from backend.client.api import BackendClient, BackendRefused, Caller
from backend.client.requests import Displacing
from backend.contract.bookings import NewBooking
from backend.contract.catalog import Service, Specialist
from backend.contract.people import Identify
from backend.contract.schedule import NewTimeOff
from backend.contract.tenancy import Tenant, UpdateTenant

# A client without a chat in the demo; no person that a visitor adds gets this id, so no chat begins with a booking.
_ASKS = 1_000_009
_NAMES = {"ru": "Нина", "en": "Nora"}
_COMMENTS = {"ru": "Можно пораньше, если получится", "en": "Earlier would be fine as well"}
_TAKE_PART = 3
# in how many days' time at most
_WITHIN_DAYS = 7
# the sample's bookings end before
_FREE_FROM_DAYS = 4


async def create_situations(
    client: BackendClient, admin: Caller, tenant: Tenant, calendars: list[Specialist], client_ids: list[int]
) -> None:
    """Create a class, a request and a booking that needs a new time, each on the first day that has a free time for it.

    `calendars` and `client_ids` are those of people who are not in Telegram. Raises BackendRefused and BackendUnavailable.
    """
    services = (await admin.list_services()).items
    classes = [service for service in services if service.capacity > _TAKE_PART]
    if classes:
        await _fill_class(admin, tenant, classes[0], client_ids)
    singles = {service.id for service in services if service.capacity == 1}
    offered = ((calendar, offer.service_id) for calendar in calendars for offer in calendar.services)
    wanted = next(((calendar, each) for calendar, each in offered if each in singles), None)
    if wanted is not None:
        await _ask(client, admin, tenant, *wanted)
        await _take_time_off(admin, tenant, *wanted, client_ids[-1])


def _days_ahead(tenant: Tenant, since_days: int = 1) -> tuple[str, str]:
    """Return the local date in so many days, tomorrow where nothing is said, and the last one that is looked at."""
    today = datetime.now(UTC).astimezone(ZoneInfo(tenant.timezone)).date()
    return (today + timedelta(days=since_days)).isoformat(), (today + timedelta(days=_WITHIN_DAYS)).isoformat()


async def _take_time_off(admin: Caller, tenant: Tenant, calendar: Specialist, service_id: int, client_id: int) -> None:
    """Let a specialist be away while somebody is booked, who needs a new time then."""
    first, last = _days_ahead(tenant, _FREE_FROM_DAYS)
    for slot in (await admin.list_slots([service_id], first, last, specialist_id=calendar.id, limit=1)).slots:
        new_booking = NewBooking([service_id], slot.start, calendar.id, client_id=client_id)
        booking = await admin.create_booking(new_booking, key="demo-task-booking")
        start = datetime.fromisoformat(slot.local)
        end = start + (datetime.fromisoformat(booking.end) - datetime.fromisoformat(booking.start))
        away = NewTimeOff(start.strftime("%Y-%m-%dT%H:%M"), end.strftime("%Y-%m-%dT%H:%M"))
        await admin.add_time_off(calendar.id, away, Displacing("need_new_times"), key="demo-task")


async def _fill_class(admin: Caller, tenant: Tenant, service: Service, client_ids: list[int]) -> None:
    """Book three clients into one class."""
    slots = (await admin.list_slots([service.id], *_days_ahead(tenant), limit=1)).slots
    for slot in slots:
        places = (NewBooking([service.id], slot.start, slot.specialist_ids[0], client_id=each) for each in client_ids)
        taken = 0
        for number, place in enumerate(places):
            try:
                await admin.create_booking(place, key=f"demo-class-{number}")
            except BackendRefused:
                continue  # they have another booking then
            taken += 1
            if taken == _TAKE_PART:
                break


async def _ask(client: BackendClient, admin: Caller, tenant: Tenant, calendar: Specialist, service_id: int) -> None:
    """Let a client ask for a booking while the business approves each by hand, as it does at no other time."""
    name = _NAMES.get(tenant.locale, _NAMES["en"])
    await client.identify_person(tenant.slug, Identify(tg_id=_ASKS, first_name=name), "demo")
    asks = client.act_as(tenant.slug, _ASKS, "demo")
    days = _days_ahead(tenant)
    slots = (await asks.list_slots([service_id], *days, specialist_id=calendar.id, limit=1)).slots
    comment = _COMMENTS.get(tenant.locale, _COMMENTS["en"])
    by_hand = UpdateTenant(policies=replace(tenant.policies, approval=True))
    await admin.update_tenant(by_hand, key="demo-by-hand")
    try:
        for slot in slots:
            request = NewBooking([service_id], slot.start, calendar.id, comment=comment)
            await asks.create_booking(request, key="demo-request")
    finally:
        await admin.update_tenant(UpdateTenant(policies=tenant.policies), key="demo-by-itself")
