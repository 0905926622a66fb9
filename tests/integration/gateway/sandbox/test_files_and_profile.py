"""The sandbox's Bot API: files and pictures, commands, profile, pins, places."""

from collections.abc import AsyncIterator

import pytest

from tests.support.sandbox_play import TOKEN, Play, picture, playing


@pytest.fixture(name="play")
async def fixture_play() -> AsyncIterator[Play]:
    async with playing() as play:
        await play.say("/start")
        yield play


async def test_files_there_and_back(play: Play) -> None:
    answer = await play.form(
        "sendDocument", {"document": ("визит.ics", b"BEGIN")}, chat_id="1001", caption="<b>c</b>", parse_mode="HTML"
    )
    document = answer["result"]["document"]
    assert (document["file_name"], document["file_size"], document["mime_type"]) == ("визит.ics", 5, "text/calendar")
    assert answer["result"]["caption_entities"][0]["type"] == "bold"
    found = (await play.call("getFile", file_id=document["file_id"]))["result"]
    async with play.http.get(f"{play.url}/file/bot{TOKEN}/{found['file_path']}") as response:
        assert await response.read() == b"BEGIN"
    async with play.http.get(f"{play.url}/file/bot{TOKEN}/documents/../secret") as response:
        assert response.status == 404
    again = await play.call("sendDocument", chat_id=1001, document=document["file_id"])
    assert again["result"]["document"] == document

    photo = await play.form("sendPhoto", {"file": ("p.png", picture(48, 24))}, chat_id="1001", photo="attach://file")
    size = photo["result"]["photo"][-1]
    assert (size["width"], size["height"]) == (48, 24)
    album = await play.form(
        "sendMediaGroup", {"a": ("a.png", picture()), "b": ("b.png", picture())}, chat_id="1001",
        media=[{"type": "photo", "media": "attach://a", "caption": "both"}, {"type": "photo", "media": "attach://b"}],
    )  # fmt: skip
    assert len({message["media_group_id"] for message in album["result"]}) == 1
    edited = await play.call(
        "editMessageMedia", chat_id=1001, message_id=photo["result"]["message_id"],
        media={"type": "document", "media": document["file_id"], "caption": "now a file"},
    )  # fmt: skip
    assert edited["result"]["document"]["file_id"] == document["file_id"]
    assert (await play.call("editMessageCaption", chat_id=1001, message_id=photo["result"]["message_id"], caption="c"))[
        "ok"
    ]


async def test_file_refusals(play: Play) -> None:
    assert await play.refusal("sendPhoto", chat_id=1001) == "Bad Request: there is no photo in the request"
    assert await play.refusal("sendPhoto", chat_id=1001, photo="nothing") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert await play.refusal("sendPhoto", chat_id=1001, photo="https://a.io/x.png") == (
        "Bad Request: failed to get HTTP URL content"
    )
    for data, sentence in (
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (b"", "file must be non-empty"),
    ):
        answer = await play.form("sendPhoto", {"photo": ("p.png", data)}, chat_id="1001")
        assert answer["description"] == f"Bad Request: {sentence}"
    answer = await play.form("sendDocument", {"document": ("a", b"x")}, chat_id="1001", caption="x" * 1025)
    assert answer["description"] == "Bad Request: message caption is too long"


async def test_commands_by_scope_and_language(play: Play) -> None:
    assert (await play.call("setMyCommands", commands=[{"command": "start", "description": "Begin"}]))["result"]
    await play.call(
        "setMyCommands", commands=[{"command": "day", "description": "Day"}], scope={"type": "chat", "chat_id": 1002}
    )
    await play.call("setMyCommands", commands=[{"command": "start", "description": "Начать"}], language_code="ru")
    assert (await play.call("getMyCommands", language_code="ru"))["result"][0]["description"] == "Начать"
    assert (await play.call("getMyCommands", scope={"type": "all_private_chats"}))["result"] == []
    assert (await play.ask("chats/barber/1002"))["commands"][0]["command"] == "day"
    assert (await play.ask("chats/barber/1001"))["commands"][0]["description"] == "Begin"
    await play.call("deleteMyCommands", scope={"type": "chat", "chat_id": 1002})
    assert (await play.ask("chats/barber/1002"))["commands"][0]["command"] == "start"
    for bad, sentence in (
        ({"command": "Start!", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "start", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"command": "start", "description": "x" * 257}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        assert await play.refusal("setMyCommands", commands=[bad]) == f"Bad Request: {sentence}"


async def test_profile_menu_button_chat_and_pins(play: Play) -> None:
    await play.call("setMyName", name="Barber")
    await play.call("setMyDescription", description="Книга", language_code="ru")
    assert (await play.call("getMyName"))["result"] == {"name": "Barber"}
    assert (await play.call("getMyDescription", language_code="ru"))["result"] == {"description": "Книга"}
    assert (await play.call("getMyShortDescription"))["result"] == {"short_description": ""}
    await play.call("setChatMenuButton", chat_id=1001, menu_button={"type": "commands"})
    assert (await play.call("getChatMenuButton", chat_id=1001))["result"] == {"type": "commands"}
    sent = await play.sent()
    assert (await play.call("pinChatMessage", chat_id=1001, message_id=sent["message_id"]))["result"]
    chat = (await play.call("getChat", chat_id=1001))["result"]
    assert (chat["type"], chat["pinned_message"]["message_id"]) == ("private", sent["message_id"])
    assert (await play.call("unpinChatMessage", chat_id=1001))["result"]
    assert "pinned_message" not in (await play.call("getChat", chat_id=1001))["result"]


async def test_places_and_contacts(play: Play) -> None:
    assert (await play.call("sendLocation", chat_id=1001, latitude=55.75, longitude=37.61))["result"]["location"]
    venue = await play.call("sendVenue", chat_id=1001, latitude=1, longitude=2, title="Barber", address="Lenina 5")
    assert venue["result"]["venue"]["address"] == "Lenina 5"
    assert (await play.call("sendContact", chat_id=1001, phone_number="1", first_name="A"))["result"]["contact"]
    assert (
        await play.refusal("sendLocation", chat_id=1001, latitude=95, longitude=2) == "Bad Request: latitude is invalid"
    )
    assert await play.refusal("sendChatAction", chat_id=1001, action="dancing") == (
        "Bad Request: wrong parameter action in request"
    )
