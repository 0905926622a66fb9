"""Straight ways: each press and each text of an admin needs one request to the backend; a change needs its write too."""

from collections.abc import Callable
from typing import Any

from backend.client.api import Caller
from backend.contract.bookings import NewBooking
from backend.contract.catalog import NewRoom
from backend.contract.people import NewClient, NewInvitation, UpdateMe
from bot.admin.callbacks import bookings, broadcasts, business, catalog, clients, staff
from bot.ui.callbacks import Callback
from tests.support.admin_chat import open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, SPECIALIST
from tests.support.bot_requests import RequestMeter, check_costs
from tests.support.local_backend import MONDAY

# Screens that need more, and why. It may only shrink.
NEEDS_MORE = {
    "RevokeRole": "three things change at Telegram: the press, the screen, the commands of the other person's chat",
    "WorkAlone": "once in the life of a business: a specialist is made and then bound to an account, each a write of its own",
    "text after AskName": "whether somebody has chosen the bot's language stands with the business, the next step on its list",
}

# Monday 7 December 2026 and the Wednesday after it as ordinals; ten and twelve o'clock in epoch minutes
TODAY, WEDNESDAY = 739_957, 739_959
TEN, TWELVE = MONDAY // 60 + 60, MONDAY // 60 + 180
MONTH = 2026 * 12 + 11
# the key of the tag VIP
VIP = "f9505a739a8f"


def _steps_of_bookings(client_id: int) -> list[Callback | str]:
    new, known = (0, 1), (client_id, 1)
    return [
        bookings.AdminToday(),
        bookings.AdminDay(day=TODAY),
        bookings.AdminDay(day=TODAY, specialist_id=1),
        bookings.DayGap(specialist_id=1, start=TEN, end=TWELVE + 120),
        # only one service fits, so its times are shown at once
        bookings.DayGap(specialist_id=2, start=TWELVE, end=TWELVE + 360),
        bookings.GapTimes(specialist_id=1, service_id=1, start=TEN, end=TWELVE + 120),
        bookings.BookingList(),
        bookings.BookingList(specialist_id=1),
        bookings.BookingKinds(specialist_id=1, kind=0, day=0),
        bookings.BookingSpecialists(specialist_id=1, kind=0, day=0),
        bookings.BookingDays(specialist_id=1, kind=0, day=0, month=MONTH),
        bookings.BookForServices(client_id=client_id),
        bookings.FindServiceToBook(client_id=client_id),
        "cut",
        bookings.BookForTimes(subject=new, specialist_id=0),
        bookings.BookForTimes(subject=known, specialist_id=1),
        bookings.BookForMore(subject=known, specialist_id=1, page=0),
        bookings.BookForSpecialists(subject=known, specialist_id=1),
        bookings.BookForDays(subject=known, specialist_id=1, first=TODAY),
        bookings.BookForDayTimes(subject=known, specialist_id=1, day=WEDNESDAY, page=0),
        bookings.BookForPick(subject=new, specialist_id=1, start=TEN),
        "Alex",
        bookings.BookForNewClient(services=(1,), specialist_id=1, start=TEN, force=False),
        "Zoe, +7 900 123-45-67",
        bookings.BookForPick(subject=new, specialist_id=1, start=TEN),
        "Nobody here",
        clients.AddTypedClient(),
        bookings.BookForPick(subject=known, specialist_id=1, start=TEN),
        bookings.BookForForce(subject=known, specialist_id=1, start=TEN + 5),
        bookings.BookFor(subject=known, specialist_id=1, start=TEN),
        bookings.BookForForced(subject=known, specialist_id=2, start=TWELVE + 5),
        bookings.BookAllTheSame(subject=known, specialist_id=2, start=TEN, force=False),
    ]


def _steps_of_business() -> list[Callback | str]:
    return [
        business.ManageMenu(),
        business.FirstSteps(),
        business.AskName(),
        "Barber House",
        business.AskZone(),
        business.SetZone(zone="Europe--Moscow"),
        business.AskCurrency(),
        business.SetCurrency(code="RUB"),
        business.SetBusinessLanguage(locale="en"),
        broadcasts.BroadcastList(),
        broadcasts.WriteBroadcast(broadcast_id=0),
        "Sunday: open",
        broadcasts.BroadcastCard(broadcast_id=1),
        broadcasts.TryBroadcast(broadcast_id=1),
        broadcasts.AskPicture(broadcast_id=1),
        broadcasts.RemovePicture(broadcast_id=1),
        broadcasts.AudienceKinds(broadcast_id=1),
        broadcasts.AudienceList(broadcast_id=1, kind=1),
        broadcasts.AudienceList(broadcast_id=1, kind=2),
        broadcasts.AudienceList(broadcast_id=1, kind=4),
        broadcasts.SetAudience(broadcast_id=1, kind=2, value=1),
        broadcasts.AskUnseenDays(broadcast_id=1),
        "45",
        broadcasts.SetAudience(broadcast_id=1, kind=0),
        broadcasts.BookTargets(broadcast_id=1),
        broadcasts.SetBookTarget(broadcast_id=1, service_id=1),
        broadcasts.AskSendTime(broadcast_id=1),
        "tomorrow 10",
        broadcasts.SetSendTime(broadcast_id=1, at=WEDNESDAY * 1440 + 600),
        broadcasts.CancelSendTime(broadcast_id=1),
        broadcasts.AskSendBroadcast(broadcast_id=1),
        broadcasts.SendBroadcast(broadcast_id=1),
        broadcasts.StopBroadcast(broadcast_id=1),
        # these two change the pressed message, which is the menu here
        broadcasts.SendBroadcastHere(broadcast_id=1),
        "/start",
        broadcasts.StopBroadcastHere(broadcast_id=1),
        "/start",
        business.Exports(),
        business.ExportFile(span=2, kind=1),
        business.FiguresReport(),
        business.FiguresChart(month=0, place=8),
        business.FiguresReport(month=1, place=8, specialist_id=1),
        business.FiguresParts(month=0, place=8, services=True),
        business.FiguresTrend(month=1, place=8),
        business.TrendChart(month=0, place=8, service_id=1),
        business.FiguresFile(month=0, place=8, kind=0),
        business.PolicyList(),
        business.PrivacySettings(),
        business.AskConsent(),
        "I agree https://barber.example/privacy",
        business.ForgetConsent(),
        business.AskRetention(months=24),
        business.SetRetention(months=24),
        business.SetRetention(months=0),
        business.PolicyCard(field=0),
        "45",
        business.SetPolicy(field=0, preset=2),
        business.AskAddress(),
        "Lenina 6",
        business.AskBusinessPhone(),
        "+7 495 000-00-01",
        business.ShareLink(),
        business.QrCode(),
        business.AuditLog(),
        business.AuditLog(about="person-1"),
        business.ZoneChangeCard(),
        business.KeepInstants(),
    ]


def _steps_of_catalog(room_id: int) -> list[Callback | str]:
    return [
        catalog.RoomList(),
        catalog.AddRoom(),
        "Lamp",
        catalog.RoomCard(room_id=room_id),
        "3",
        catalog.SetRoomCount(room_id=room_id, count=4),
        catalog.RenameRoom(room_id=room_id),
        "Big chair",
        catalog.AdminServices(),
        catalog.FindServiceCard(),
        "cut",
        catalog.ServiceCard(service_id=1),
        catalog.ServiceField(service_id=1, field=0),
        "1700",
        catalog.ServiceField(service_id=1, field=7),
        catalog.SetServiceField(service_id=1, field=1, value=45),
        catalog.ToggleServiceRoom(service_id=1, room_id=room_id),
        catalog.ToggleServiceRoom(service_id=1, room_id=room_id),
        catalog.RemoveRoom(room_id=room_id),
        catalog.ServiceSpecialists(service_id=2),
        catalog.ToggleServiceSpecialist(service_id=2, specialist_id=2),
        catalog.EverySpecialist(service_id=2),
        catalog.AskArchiveService(service_id=1),
        catalog.ArchiveService(service_id=2),
        catalog.AddService(),
        "Massage",
        catalog.SetNewDuration(minutes=60),
        catalog.SetNewPrice(hundredths=200_000),
    ]


def _steps_of_clients(client_id: int) -> list[Callback | str]:
    return [
        clients.ClientList(),
        clients.ClientJoinList(),
        clients.ClientJoinCard(join_id=1),
        clients.AcceptClientJoin(join_id=1),
        clients.UndoClientJoin(join_id=1),
        clients.RefuseClientJoin(join_id=1),
        clients.ClientCard(client_id=client_id),
        clients.ClientBookings(client_id=client_id, page=0),
        clients.ClientCard(client_id=client_id, booking_id=1),
        clients.AskClientNote(client_id=client_id, for_team=False),
        "likes mornings",
        clients.ForgetClientNote(client_id=client_id, for_team=True),
        clients.ClientTagList(client_id=client_id),
        clients.AskClientTag(client_id=client_id),
        "VIP, nails",
        clients.TagList(),
        clients.ClientList(tag=VIP),
        clients.AddClientTag(client_id=client_id, tag=VIP),
        clients.RemoveClientTag(client_id=client_id, tag=VIP),
        clients.AskClientName(client_id=client_id),
        "Maria",
        clients.AskBlockClient(client_id=client_id),
        clients.SetClientBlocked(client_id=client_id, blocked=True),
        clients.SetClientBlocked(client_id=client_id, blocked=False),
        clients.FindClient(),
        "Maria",
        clients.AddTypedClient(),
        clients.AddClient(),
        "Ivan, +7 900 123-45-68",
    ]


def _steps_of_staff(invitation_id: str, person_id: int) -> list[Callback | str]:
    return [
        staff.ClosureList(),
        staff.ClosureMonth(month=MONTH),
        staff.LastClosed(first=TODAY, month=MONTH),
        staff.AskClosure(first=TODAY, last=TODAY),
        staff.CloseDays(first=TODAY, last=TODAY, mode=1),
        staff.ReopenDays(first=TODAY, last=TODAY),
        staff.Schedules(),
        staff.StaffList(),
        staff.SpecialistCard(specialist_id=1),
        staff.EditSpecialist(specialist_id=1, field=0),
        "Anne",
        staff.EditSpecialist(specialist_id=1, field=1),
        "Ten years of experience",
        staff.OfferList(specialist_id=1),
        staff.ToggleOffer(specialist_id=1, service_id=1),
        staff.ToggleOffer(specialist_id=1, service_id=1),
        staff.OfferTerms(specialist_id=1, service_id=1),
        staff.AskOfferTerms(specialist_id=1, service_id=1, field=0),
        "1800",
        staff.SetOfferTerms(specialist_id=1, service_id=1, field=1, value=60),
        staff.Invite(admin=False, specialist_id=1),
        staff.RevokeInvitation(invitation_id=invitation_id, specialist_id=1),
        staff.ThisIsMe(specialist_id=1),
        staff.AdminCard(person_id=person_id),
        staff.AskRevokeRole(admin=True, person_id=person_id),
        staff.RevokeRole(admin=True, person_id=person_id),
        staff.AddSpecialist(),
        "Clara",
        staff.AskRemoveSpecialist(specialist_id=1),
        staff.RemoveSpecialist(specialist_id=3),
        staff.WorkAlone(),
    ]


async def _client_with_booking(admin: Caller) -> int:
    client = await admin.create_client(NewClient(name="Alex", phone="+7 900 765-43-21"), key="client")
    booking = NewBooking(service_ids=[1], specialist_id=1, start="2026-12-07T09:00:00Z", client_id=client.id)
    await admin.create_booking(booking, key="booking")
    return client.id


async def test_each_press_and_text_of_an_admin_goes_straight(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    admin = await chat.chats.open_business()
    client_id = await _client_with_booking(admin)
    # somebody in Telegram and a walk-in with the same number
    known = chat.chats.backend.act_as(chat.chats.tenant.slug, CLIENT, "r")
    await known.update_me(UpdateMe(phone="+79111111111"), key="phone")
    await admin.create_client(NewClient(name="Walk-in", phone="8 911 111-11-11"), key="walk-in")
    room_id = (await admin.create_room(NewRoom(name="Chair"), key="room")).id
    second = (await chat.chats.context(SPECIALIST)).person
    invitation = await admin.create_invitation(NewInvitation(role="admin"))
    await chat.chats.backend.act_as(chat.chats.tenant.slug, SPECIALIST, "r").redeem_invitation(
        invitation.token, key="admin"
    )
    other = await admin.create_invitation(NewInvitation(role="specialist", specialist_id=1))
    costs = await RequestMeter(chat.chats, ADMIN).costs_of(
        [
            *_steps_of_bookings(client_id),
            *_steps_of_business(),
            *_steps_of_clients(client_id),
            *_steps_of_staff(other.id, second.id),
            *_steps_of_catalog(room_id),
        ],
    )
    check_costs(costs, "bot.admin.callbacks.", NEEDS_MORE)
