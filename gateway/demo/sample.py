"""What a sample business has when the demo opens: its specialist's account, a few clients by phone, visits, a shared link.

All of it goes through the backend's API as its admin would do it, and nobody is told: the admin acts, these clients are
not in Telegram, and the one specialist who is has no visits yet.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.client.api import BackendClient, BackendRefused, Caller
from backend.contract import bookings, catalog, people, schedule, tenancy

SPECIALIST, ADMIN = 1002, 1003
# Local days around today with visits: enough for a chart behind and for gaps and visits ahead.
_DAYS_BACK, _DAYS_AHEAD = 10, 3
_PAUSE_MIN = 90
_CLIENTS = {
    "ru": ["Мария Кузнецова", "Олег Петров", "Ирина Соколова", "Дмитрий Ким", "Екатерина Ли", "Павел Зайцев"],
    "en": ["Olivia Hart", "Daniel Reed", "Priya Nair", "Thomas Wells", "Hannah Cole", "Marcus Bell"],
}


async def furnish(client: BackendClient, tenant: tenancy.Tenant) -> None:
    """Everything that the sample's file cannot say. Repeating it after an interruption makes nothing twice.

    Raises BackendRefused and BackendUnavailable."""
    slug = tenant.slug
    await client.identify_person(slug, people.Identify(tg_id=SPECIALIST, first_name=""), "demo")
    admin, specialist = client.act_as(slug, ADMIN, "demo"), client.act_as(slug, SPECIALIST, "demo")
    calendars = (await admin.list_specialists()).items
    if not calendars:
        return
    bound = (await specialist.get_me()).specialist_id
    if bound is None:
        bound = calendars[0].id
        invited = people.NewInvitation(role="specialist", specialist_id=bound)
        invitation = await admin.create_invitation(invited)
        await specialist.redeem_invitation(invitation.token, key="demo-redeem")
    await _visits(admin, tenant, [one for one in calendars if one.id != bound])
    await admin.mark_shared(key="demo-shared")


async def _visits(admin: Caller, tenant: tenancy.Tenant, calendars: list[catalog.Specialist]) -> None:
    """A visit a day for each of them; those behind are kept, one in seven missed."""
    now = datetime.now(UTC)
    today = now.astimezone(ZoneInfo(tenant.timezone)).date()
    services = {one.id: one for one in (await admin.list_services()).items}
    clients = await _clients(admin, tenant.locale)
    number = 0
    for back in range(_DAYS_BACK, -_DAYS_AHEAD - 1, -1):
        day = today - timedelta(days=back)
        free = {one.specialist_id: one.gaps for one in (await admin.get_agenda(day.isoformat())).days}
        for calendar in calendars:
            offered = [services[offer.service_id] for offer in calendar.services if offer.service_id in services]
            if not offered:
                continue
            number += 1
            service = offered[number % len(offered)]
            start = _start(free.get(calendar.id, []), service, number)
            if start is None:
                continue
            made = await _book(admin, calendar.id, service.id, clients[number % len(clients)], start, f"{day}-{number}")
            if made is not None and start < now:
                mark = admin.mark_no_show if number % 7 == 0 else admin.mark_arrived
                await mark(made.id, key=f"demo-{day}-{number}-mark")


def _start(gaps: list[schedule.Gap], service: catalog.Service, number: int) -> datetime | None:
    """Somewhere within the day's longest gap."""
    spans = [(datetime.fromisoformat(one.start), datetime.fromisoformat(one.end)) for one in gaps]
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(None, None))
    if start is None or end is None:
        return None
    for pauses in (number % 4, 0):
        begins = start + timedelta(minutes=_PAUSE_MIN * pauses)
        if begins + timedelta(minutes=service.duration_min) <= end:
            return begins
    return None


async def _book(
    admin: Caller, specialist_id: int, service_id: int, client_id: int, start: datetime, name: str
) -> bookings.Booking | None:
    """None where the place is not free: a room of the day may be taken."""
    body = bookings.NewBooking(
        service_ids=[service_id],
        specialist_id=specialist_id,
        client_id=client_id,
        start=start.isoformat(),
        force=True,
    )
    try:
        return await admin.create_booking(body, key=f"demo-{name}")
    except BackendRefused:
        return None


async def _clients(admin: Caller, locale: str) -> list[int]:
    """Their numbers belong to nobody."""
    prefix = {"ru": "+7 900 000-00-{:02}", "en": "+44 7700 9000{:02}"}.get(locale, "+44 7700 9000{:02}")
    made = []
    for at, name in enumerate(_CLIENTS.get(locale, _CLIENTS["en"])):
        body = people.NewClient(name=name, phone=prefix.format(at + 10))
        made.append(await admin.create_client(body, key=f"demo-client-{at}"))
    return [one.id for one in made]
