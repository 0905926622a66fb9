"""A changed zone as an admin sees it: told, asked, kept once; and what the client reads."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from backend.contract.bookings import NewBooking
from backend.contract.tenancy import PutTenant
from tests.support.admin_chat import LANGUAGES, open_admin_chat
from tests.support.bot_chats import ADMIN, CLIENT, BotChats


async def change_zone(chats: BotChats, zone: str) -> None:
    """Change the tenant's file, as the gateway tells of it."""
    tenant = chats.tenant = replace(chats.tenant, timezone=zone)
    put = PutTenant(name=tenant.name, timezone=zone, locale=tenant.locale, currency=tenant.currency)
    await chats.backend.put_tenant(tenant.slug, put, "r-9")


def notices(chats: BotChats, person: int) -> list[str]:
    """Return the texts of everything in somebody's chat, the newest last."""
    return [str(one.content.get("text", "")).replace("\u00a0", " ") for one in chats.live(person)]


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_an_admin_is_told_of_the_zone_and_keeps_the_moments(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    chats = chat.chats
    await chats.open_business()
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    booking = await me.create_booking(NewBooking([1], "2026-12-09T11:00:00Z", specialist_id=1), key="book")
    await chats.deliver()
    before = len(notices(chats, CLIENT))
    await change_zone(chats, "Asia/Yekaterinburg")
    await chats.deliver()
    assert len(notices(chats, CLIENT)) == before  # no time has changed
    assert "14:00" in notices(chats, ADMIN)[-1]
    assert "UTC+3" in notices(chats, ADMIN)[-1]
    assert "UTC+5" in notices(chats, ADMIN)[-1]
    await chat.say("/start")
    await chat.press("button-zone-change")
    assert "14:00" in chats.text(ADMIN)
    assert "16:00" in chats.text(ADMIN)
    await chat.press("button-keep-instants")
    assert chat.says("zone-kept", count=1, stayed=0)
    await chats.deliver()
    assert "16:00" in notices(chats, CLIENT)[-1]
    assert "14:00" in notices(chats, CLIENT)[-1]  # what it was
    assert (await me.get_booking(booking.id)).start == booking.start
    await chat.press("button-zone-change")  # of the notice
    assert chat.says("zone-settled")
    await chat.say("/start")
    assert chat.t.label("button-zone-change") not in chat.labels


async def test_the_button_goes_after_24_hours(open_chats: Callable[..., Any]) -> None:
    chat = await open_admin_chat(open_chats, "en")
    chats = chat.chats
    await chats.open_business()
    me = chats.backend.act_as(chats.tenant.slug, CLIENT, "r-8")
    await me.create_booking(NewBooking([1], "2026-12-16T11:00:00Z", specialist_id=1), key="book")
    await change_zone(chats, "Asia/Yekaterinburg")
    await chat.say("/start")
    assert chat.t.label("button-zone-change") in chat.labels
    chats.shift(24 * 3600)
    await chat.press("button-zone-change")
    assert chat.says("zone-settled")
    await chat.say("/start")
    assert chat.t.label("button-zone-change") not in chat.labels
