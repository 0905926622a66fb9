"""A broadcast that sells: with a picture, to those who are chosen, at a time, with a button to book."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from backend.broadcasts.scheduling import send_scheduled
from backend.contract.bookings import NewBooking
from backend.contract.notices import ClaimNotices
from backend.contract.people import AddTags, Identify
from backend.db.tables import broadcasts, outbox
from gateway.sandbox.params import Upload
from gateway.sandbox.people import add_person, send_file
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, BotChats
from tests.support.local_backend import MONDAY
from tests.support.sandbox_client import make_png

PNG = make_png(320, 180)
PICTURE = Upload("cut.png", "image/png", PNG)


async def _deliver(chats: BotChats) -> int:
    """Send what is due as the gateway does and return how many broadcasts were sent."""
    claimed = await chats.backend.claim_notices(ClaimNotices(tenants=[chats.tenant.slug]), "r-2")
    sent = 0
    for notice in claimed.items:
        if notice.kind == "broadcast":
            await chats.backend.begin_notice(notice.id, notice.epoch, "r-2")
            sent += 1
        report = await chats.runtime.send_notice(chats.tenant, notice)
        await chats.backend.report_notice(notice.id, report, "r-2")
    return sent


async def _send_picture(chat: AdminChat, caption: str = "", upload: Upload = PICTURE) -> str:
    send_file(chat.chats.sandbox, chat.chats.bot, ADMIN, upload, caption)
    await chat.chats.pump()
    return chat.chats.text(ADMIN)


async def _begin(chat: AdminChat) -> None:
    await chat.chats.say(ADMIN, "/start")
    await chat.press("button-manage")
    await chat.press("button-broadcast")
    await chat.press("button-write")


async def _book(chats: BotChats, person: int, specialist_id: int, at: int) -> None:
    """Let somebody book Haircut."""
    client = chats.backend.act_as(chats.tenant.slug, person, "r-1")
    start = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    await client.create_booking(
        NewBooking(service_ids=[1], specialist_id=specialist_id, start=start), key=f"{person}-{at}"
    )


async def _column(chats: BotChats, name: str) -> Any:
    """Return a column of the newest broadcast, read behind the bot."""
    newest = select(broadcasts.c[name]).order_by(broadcasts.c.id.desc()).limit(1)
    return await chats.db.read(lambda conn: conn.execute(newest).scalar())


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_picture_with_its_text_leads_straight_to_times(open_chats: Callable[..., Any], locale: str) -> None:
    """One message, the button first; pressed, it shows the nearest times of the service."""
    chat = await open_admin_chat(open_chats, locale)
    await _begin(chat)
    await _send_picture(chat, "A cut for winter")
    assert chat.says("broadcast-preview-picture")
    await chat.press("button-book-leads")
    await chat.tap("Haircut")
    assert chat.says("broadcast-books", service="Haircut")
    await chat.press("button-try")
    assert await _deliver(chat.chats) == 1
    await chat.press("button-send", count=1)
    await chat.press("button-send", count=1)
    assert await _deliver(chat.chats) == 1
    for person in (ADMIN, CLIENT):
        (message,) = [one for one in chat.chats.live(person) if one.content.get("caption") == "A cut for winter"]
        assert message.content["photo"]
        assert chat.chats.labels_of(message) == [chat.t.label("button-book-now"), chat.t.label("button-news-off")]
    await chat.chats.press(CLIENT, chat.t.label("button-book-now"), message=message)
    assert "Haircut" in chat.chats.text(CLIENT)
    assert any("10:00" in label for label in chat.chats.labels(CLIENT))
    assert message.content["caption"] == "A cut for winter"


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_a_picture_comes_before_the_text_and_goes_again(open_chats: Callable[..., Any], locale: str) -> None:
    """What is too long below it, no picture at all or a file: each is told, and nothing typed is lost."""
    chat = await open_admin_chat(open_chats, locale)
    await _begin(chat)
    await _send_picture(chat)
    assert chat.says("broadcast-ask-below")
    await chat.say("x" * 1025)
    assert chat.says("broadcast-caption-too-long", count=1025, most=1024)
    await chat.say("Winter")
    assert chat.says("broadcast-preview-picture")
    await chat.press("button-picture")
    await chat.press("button-no-picture")
    assert chat.says("broadcast-preview")
    await chat.press("button-rewrite")
    await chat.say("y" * 1030)
    assert not chat.says("broadcast-caption-too-long", count=1030, most=1024)
    await chat.press("button-picture")
    await _send_picture(chat)
    assert chat.says("broadcast-caption-needs", most=1024)
    await chat.say("/start")
    await _begin(chat)
    await _send_picture(chat, upload=Upload("cut.pdf", "application/pdf", b"%PDF"))
    assert chat.says("broadcast-file")
    await chat.say("z" * 4096)
    assert await _column(chat.chats, "photo") is None


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_it_is_for_those_who_are_chosen(open_chats: Callable[..., Any], locale: str) -> None:
    """By specialist, by service, by how long they were not there; the preview tells whom and about how many."""
    chat = await open_admin_chat(open_chats, locale)
    chats = chat.chats
    other = add_person(chats.sandbox, chats.bot, "Guest").id
    await chats.say(other, "/start")
    await _book(chats, other, 2, MONDAY + 5 * 3600)
    await _begin(chat)
    await chat.say("Hello")
    assert chat.says("broadcast-count", count=2)
    await chat.press("button-whom")
    await chat.press("button-whom-specialist")
    await chat.tap("Anna")
    assert chat.says("broadcast-nobody-chosen")
    assert chat.t.label("button-send", count=0) not in chat.labels
    await chat.press("button-whom")
    await chat.press("button-whom-specialist")
    await chat.tap("Boris")
    assert chat.says("broadcast-whom", whom=chat.t.label("whom-specialist", name="Boris", count=0))
    await chat.press("button-whom")
    await chat.press("button-whom-service")
    await chat.tap("Haircut")
    assert chat.says("broadcast-whom", whom=chat.t.label("whom-service", name="Haircut", count=0))
    assert chat.says("broadcast-books", service="Haircut")
    assert chat.says("broadcast-count", count=1)
    await chat.press("button-whom")
    await chat.press("button-whom-tag")
    assert chat.says("broadcast-whom-none")
    known = await chats.backend.identify_person(chats.tenant.slug, Identify(tg_id=other, first_name="Guest"), "r-1")
    admin = chats.backend.act_as(chats.tenant.slug, ADMIN, "r-1")
    await admin.add_client_tags(known.id, AddTags(names=["VIP"]), key="tag")
    await chat.press("button-back")
    await chat.press("button-whom-tag")
    await chat.tap("VIP")
    assert chat.says("broadcast-whom", whom=chat.t.label("whom-tag", name="VIP", count=0))
    assert chat.says("broadcast-count", count=1)
    await chat.press("button-whom")
    await chat.press("button-whom-not-seen")
    await chat.say("soon")
    assert chat.says("broadcast-days-not-read")
    await chat.say("45")
    assert chat.says("broadcast-whom", whom=chat.t.label("whom-not-seen", name="", count=45))
    await chat.press("button-whom")
    await chat.press("button-whom-service")
    await chat.tap("Haircut")
    await chat.press("button-send", count=1)
    assert chat.says("broadcast-whom", whom=chat.t.label("whom-service", name="Haircut", count=0))
    await chat.press("button-send", count=1)
    assert await _deliver(chats) == 1
    receivers = await chats.db.read(
        lambda conn: conn.execute(select(outbox.c.person_id).where(outbox.c.kind == "broadcast")).all()
    )
    assert len(receivers) == 1
    assert any("Hello" in str(one.content.get("text")) for one in chats.live(other))


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_it_is_sent_at_its_time(open_chats: Callable[..., Any], locale: str) -> None:
    """Typed as people type, changed, taken back, chosen from the presets; its figures say what came of it."""
    chat = await open_admin_chat(open_chats, locale)
    chats = chat.chats
    await _begin(chat)
    await chat.say("We are open on Sunday")
    await chat.press("button-send-later")
    await chat.say("some day")
    assert chat.says("broadcast-time-not-read")
    await chat.say("1.1.2020 10:00")
    assert "2020" in chats.text(ADMIN)
    await chat.say("завтра в 18:30" if locale == "ru" else "tomorrow 6:30 pm")
    assert "18:30" in chats.text(ADMIN)
    assert chat.t.label("button-send", count=1) not in chat.labels
    assert (await _column(chats, "send_local")).endswith("T18:30")
    await chat.press("button-send-never")
    assert await _column(chats, "send_local") is None
    await chat.press("button-send-later")
    await chat.tap("18:00")
    at = datetime.fromisoformat(await _column(chats, "send_local"))
    await chat.press("button-back")
    assert any("18:00" in label for label in chat.labels)
    await chat.tap("18:00")
    await chat.press("button-change-send-time")
    await chat.say(f"{at:%d.%m.%Y} 18:10")
    assert await send_scheduled(chats.db, int(chats.clock())) == 0
    wall = f"{at:%Y-%m-%d}T18:10:00+03:00"
    chats.clock.set(datetime.fromisoformat(wall).timestamp())
    assert await send_scheduled(chats.db, int(chats.clock())) == 1
    assert await _deliver(chats) == 1
    await chat.say("/start")
    await chat.press("button-manage")
    await chat.press("button-broadcast")
    await chat.tap("18:10")
    assert chat.says("broadcast-done", done=1, total=1)
    assert chat.says("broadcast-booked-none")
    assert chat.says("broadcast-read-unknown")
    await _book(chats, CLIENT, 1, int(chats.clock()) // 604_800 * 604_800 + 2 * 604_800 + 4 * 86_400 + 8 * 3600)
    await chat.press("button-refresh")
    assert chat.t.label("broadcast-booked", clients=1, bookings=1, amount="").split(":")[0] in chats.text(ADMIN)
