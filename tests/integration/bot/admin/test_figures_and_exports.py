"""Figures in words and as a picture with Cyrillic in it; bookings as files that no spreadsheet runs."""

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from backend.contract.bookings import NewBooking
from backend.contract.people import NewClient
from bot.admin.chart import FONT, Bar, Chart, chart_svg, draw_png
from tests.support.admin_chat import LANGUAGES, AdminChat, open_admin_chat
from tests.support.bot_chats import ADMIN


async def busy(chat: AdminChat) -> None:
    """Two bookings today, one of a client whose name a spreadsheet would run."""
    admin = chat.chats.backend.act_as(chat.chats.tenant.slug, ADMIN, "t")
    body = NewClient(name="=HYPERLINK(1)", phone="+7 900 123-45-67")
    client = await admin.create_client(body, key="c")
    for service, specialist, start in ((1, 1, "2026-12-07T07:00:00Z"), (1, 2, "2026-12-07T09:00:00Z")):
        booking = NewBooking(service_ids=[service], specialist_id=specialist, start=start, client_id=client.id)
        await admin.create_booking(booking, key=f"b{specialist}")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_words_and_picture(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    await busy(chat)
    await chat.press("button-manage")
    await chat.press("button-figures")
    money = "3 000 ₽" if locale == "ru" else "RUB\u00a03,000"
    assert chat.says("figures-booked", count=2, revenue=money.replace(" ", "\u00a0"))
    text = chat.chats.text(ADMIN)
    assert "Anna: " in text
    assert "Haircut: " in text
    await chat.press("button-month")
    assert ("Декабрь 2026" if locale == "ru" else "December 2026") in chat.chats.text(ADMIN)
    await chat.tap("‹")
    assert chat.says("figures-booked", count=0, revenue=("0\u00a0₽" if locale == "ru" else "RUB\u00a00"))
    await chat.tap("›")
    await chat.press("button-chart")
    picture = chat.chats.live(ADMIN)[-1]
    assert "photo" in picture.content
    content = chat.chats.file(picture.content["photo"][-1])
    assert content.startswith(b"\x89PNG")
    await chat.press("button-back")
    assert chat.says("manage", business="Barber House")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_figures_by_part_side_by_side_and_as_files(open_chats: Callable[..., Any], locale: str) -> None:
    """New clients, utilisation and hours in words; one specialist, one service; weeks and months; Excel and CSV."""
    chat = await open_admin_chat(open_chats, locale)
    await busy(chat)
    await chat.press("button-manage")
    await chat.press("button-figures")
    assert chat.says("figures-clients", count=1, new=1, known=0)
    # Anna works 4 + 8 + 8 hours and Boris 6 + 8; two bookings of 45 minutes
    assert chat.says("figures-utilisation", share=4, booked=2, opened=34)
    assert chat.t.label("figures-best-hours", hours="") in chat.chats.text(ADMIN)
    assert chat.t.label("figures-free-hours", hours="") in chat.chats.text(ADMIN)
    await chat.press("figures-specialists")
    assert [label.rpartition(" · ")[2] for label in chat.labels[:2]] == ["Anna", "Boris"]
    await chat.tap("Boris")
    money = "1 500 ₽" if locale == "ru" else "RUB\u00a01,500"
    assert chat.says("figures-booked", count=1, revenue=money.replace(" ", "\u00a0"))
    assert "Boris" in chat.chats.text(ADMIN)
    await chat.press("button-chart")
    assert "photo" in chat.chats.live(ADMIN)[-1].content
    await chat.press("button-trend-weeks")
    assert chat.says("figures-trend-weeks")
    assert "Boris" in chat.chats.text(ADMIN)
    await chat.press("button-back")
    await chat.press("button-back")
    await chat.press("figures-services")
    await chat.tap("Haircut")
    assert "Haircut" in chat.chats.text(ADMIN)
    assert not chat.says("figures-utilisation", share=4, booked=2, opened=34)
    await chat.press("button-month")
    await chat.press("button-trend-months")
    assert ("Январь 2026" if locale == "ru" else "January 2026") in chat.chats.text(ADMIN)
    await chat.press("button-chart")
    assert "photo" in chat.chats.live(ADMIN)[-1].content
    await chat.press("button-back")
    await chat.press("button-back")
    for key, start in (("file-xlsx", b"PK"), ("file-csv", b"\xef\xbb\xbf")):
        await chat.press(key)
        document = chat.chats.live(ADMIN)[-1].content["document"]
        assert str(document["file_name"]).startswith(f"{chat.chats.tenant.slug}-figures-2026-12-01-2026-12-31.")
        assert chat.chats.file(document).startswith(start)


def test_the_picture_draws_cyrillic_from_its_own_font_and_takes_any_name() -> None:
    def drawn(name: str) -> bytes:
        return draw_png(
            Chart(name, "", [Bar("пн 7", 3, "3"), Bar("вт 8", 0, "0")], "Мастера", [Bar(name, 1.7, "170 %")])
        )

    assert FONT.exists()
    # letters that are missing in the font would be the same empty box
    assert len({drawn("Анна"), drawn("Ёжик"), drawn("Щука"), drawn("    ")}) == 4
    nasty = "<svg onload=x>&amp;\u202e\x00]]>" + "Щ" * 500
    assert "<svg onload" not in chart_svg(Chart(nasty, nasty, [Bar(nasty, 1, nasty)], nasty, [Bar(nasty, 0.5, nasty)]))
    assert drawn(nasty).startswith(b"\x89PNG")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_files(open_chats: Callable[..., Any], locale: str) -> None:
    chat = await open_admin_chat(open_chats, locale)
    await busy(chat)
    await chat.press("button-manage")
    await chat.press("button-exports")
    await chat.press("span-next-days")

    async def sent(key: str) -> tuple[str, bytes]:
        await chat.press(key)
        document = chat.chats.live(ADMIN)[-1].content["document"]
        return str(document["file_name"]), chat.chats.file(document)

    name, content = await sent("file-csv")
    assert name == f"{chat.chats.tenant.slug}-2026-12-07-2027-01-06.csv"
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";" if locale == "ru" else ","))
    assert lines[0][:4] == (
        ["Запись", "Начало", "Конец", "Статус"] if locale == "ru" else ["Booking", "Start", "End", "Status"]
    )
    assert len(lines) == 3
    assert lines[1][1] == "2026-12-07 10:00"
    assert lines[1][8] == ("1500,00" if locale == "ru" else "1500.00")
    assert lines[1][3] == ("подтверждена" if locale == "ru" else "confirmed")
    assert lines[1][6:8] == ["'=HYPERLINK(1)", "+7 900 123-45-67"]
    _, content = await sent("file-xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK(1)" in sheet
    assert "<f>" not in sheet
    _, content = await sent("file-ics")
    assert content.count(b"BEGIN:VEVENT") == 2
    # the menu is still there, and a file of a time without bookings is a file as well
    await chat.press("span-last-month")
    assert (await sent("file-csv"))[1].count(b"\r\n") == 1
