"""What a sample business has when the demo opens: its specialist's account, clients known by phone, bookings, a shared link.

All of it goes through the backend's API as its people would do it. Nobody but the admin gets a notice, of a request: these
clients are not in Telegram, and the one specialist who is gets their calendar once it has bookings of today.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.client.api import BackendClient, BackendRefused, Caller
from backend.contract.bookings import Booking, NewBooking
from backend.contract.catalog import Service, Specialist
from backend.contract.overviews import Gap
from backend.contract.people import Identify, NewClient, NewInvitation
from backend.contract.tenancy import Tenant
from gateway.demo.situations import create_situations

SPECIALIST, ADMIN = 1002, 1003
# local days around today with bookings: enough for a chart of the past, and for gaps and bookings ahead
_DAYS = range(10, -4, -1)
_PAUSE_MIN = 90
_CLIENTS = {
    "ru": ["Мария Кузнецова", "Олег Петров", "Ирина Соколова", "Дмитрий Ким", "Екатерина Ли", "Павел Зайцев"],
    "en": ["Olivia Hart", "Daniel Reed", "Priya Nair", "Thomas Wells", "Hannah Cole", "Marcus Bell"],
}
_PHONES = {"ru": "+7 900 000-00-{:02}", "en": "+44 7700 9000{:02}"}  # numbers that nobody has


async def create_sample_bookings(client: BackendClient, tenant: Tenant) -> None:
    """Create everything that a sample's file can't contain. A repetition after an interruption creates nothing twice.

    Raises BackendRefused and BackendUnavailable.
    """
    slug = tenant.slug
    await client.identify_person(slug, Identify(tg_id=SPECIALIST, first_name=""), "demo")
    admin, specialist = client.act_as(slug, ADMIN, "demo"), client.act_as(slug, SPECIALIST, "demo")
    calendars = (await admin.list_specialists()).items
    if not calendars:
        return
    client_ids = await _create_clients(admin, tenant.locale)
    own_calendar = (await specialist.get_me()).specialist_id
    if own_calendar is None:
        own_calendar = calendars[0].id
        await _create_bookings(admin, tenant, calendars[:1] * 3, client_ids, days=range(1), name="own")
        invitation = await admin.create_invitation(NewInvitation(role="specialist", specialist_id=own_calendar))
        await specialist.redeem_invitation(invitation.token, key="demo-redeem")
    others = [calendar for calendar in calendars if calendar.id != own_calendar]
    await _create_bookings(admin, tenant, others, client_ids)
    await create_situations(client, admin, tenant, others, client_ids)
    await admin.mark_shared(key="demo-shared")


async def _create_bookings(
    admin: Caller,
    tenant: Tenant,
    calendars: list[Specialist],
    clients: list[int],
    *,
    days: range = _DAYS,
    name: str = "",
) -> None:
    """Create a booking in each calendar on each of `days`, which are counted back from today.

    The clients came to the past ones, except to one in seven."""
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(tenant.timezone)).date()
    services = {service.id: service for service in (await admin.list_services()).items}
    number = 0
    for back in days:
        day = today - timedelta(days=back)
        agenda = await admin.get_agenda(day.isoformat())
        gaps = {specialist_day.specialist_id: specialist_day.gaps for specialist_day in agenda.days}
        for calendar in calendars:
            offered = [services[offer.service_id] for offer in calendar.services if offer.service_id in services]
            if not offered:
                continue
            number += 1
            service = offered[number % len(offered)]
            start = _choose_start(gaps.get(calendar.id, []), service, number)
            if start is None:
                continue
            new_booking = NewBooking(
                service_ids=[service.id],
                specialist_id=calendar.id,
                client_id=clients[number % len(clients)],
                start=start.isoformat(),
                force=True,
            )
            booking = await _create_booking(admin, new_booking, key=f"demo-{name}{day}-{number}")
            if booking is not None and start < now:
                mark = admin.mark_no_show if number % 7 == 0 else admin.mark_arrived
                await mark(booking.id, key=f"demo-{name}{day}-{number}-mark")


def _choose_start(gaps: list[Gap], service: Service, number: int) -> datetime | None:
    """Return a start within the longest gap of the day; `number` varies it."""
    spans = [(datetime.fromisoformat(gap.start), datetime.fromisoformat(gap.end)) for gap in gaps]
    gap_start, gap_end = max(spans, key=lambda span: span[1] - span[0], default=(None, None))
    if gap_start is None or gap_end is None:
        return None
    for pauses in (number % 4, 0):
        start = gap_start + timedelta(minutes=_PAUSE_MIN * pauses)
        if start + timedelta(minutes=service.duration_min) <= gap_end:
            return start
    return None


async def _create_booking(admin: Caller, new_booking: NewBooking, key: str) -> Booking | None:
    """Return the booking, or None if the time is not free: the room may be taken."""
    try:
        return await admin.create_booking(new_booking, key=key)
    except BackendRefused:
        return None


async def _create_clients(admin: Caller, locale: str) -> list[int]:
    """Return the ids of the clients."""
    phone = _PHONES.get(locale, _PHONES["en"])
    client_ids = []
    for index, name in enumerate(_CLIENTS.get(locale, _CLIENTS["en"])):
        new_client = NewClient(name=name, phone=phone.format(index + 10))
        client_ids.append((await admin.create_client(new_client, key=f"demo-client-{index}")).id)
    return client_ids
