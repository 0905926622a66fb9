"""The sandbox's Bot API: files and pictures, commands, profile, pins, places."""

from tests.support.sandbox_client import TOKEN, SandboxClient, make_png


async def test_files_are_sent_downloaded_and_sent_again(sandbox: SandboxClient) -> None:
    answer = await sandbox.call_with_files(
        "sendDocument", {"document": ("визит.ics", b"BEGIN")}, chat_id="1001", caption="<b>c</b>", parse_mode="HTML"
    )
    document = answer["result"]["document"]
    assert (document["file_name"], document["file_size"], document["mime_type"]) == ("визит.ics", 5, "text/calendar")
    assert answer["result"]["caption_entities"][0]["type"] == "bold"
    file = (await sandbox.call("getFile", file_id=document["file_id"]))["result"]
    async with sandbox.http.get(f"{sandbox.url}/file/bot{TOKEN}/{file['file_path']}") as response:
        assert await response.read() == b"BEGIN"
    async with sandbox.http.get(f"{sandbox.url}/file/bot{TOKEN}/documents/../secret") as response:
        assert response.status == 404
    again = await sandbox.call("sendDocument", chat_id=1001, document=document["file_id"])
    assert again["result"]["document"] == document

    photo = await sandbox.call_with_files(
        "sendPhoto", {"file": ("p.png", make_png(48, 24))}, chat_id="1001", photo="attach://file"
    )
    size = photo["result"]["photo"][-1]
    assert (size["width"], size["height"]) == (48, 24)
    album = await sandbox.call_with_files(
        "sendMediaGroup", {"a": ("a.png", make_png()), "b": ("b.png", make_png())}, chat_id="1001",
        media=[{"type": "photo", "media": "attach://a", "caption": "both"}, {"type": "photo", "media": "attach://b"}],
    )  # fmt: skip
    assert len({message["media_group_id"] for message in album["result"]}) == 1
    edited = await sandbox.call(
        "editMessageMedia", chat_id=1001, message_id=photo["result"]["message_id"],
        media={"type": "document", "media": document["file_id"], "caption": "now a file"},
    )  # fmt: skip
    assert edited["result"]["document"]["file_id"] == document["file_id"]
    assert (
        await sandbox.call("editMessageCaption", chat_id=1001, message_id=photo["result"]["message_id"], caption="c")
    )["ok"]


async def test_recordings_are_passed_on_by_their_id(sandbox: SandboxClient) -> None:
    """A recording is no picture and no file, its caption is edited, and some people take none."""
    sent = await sandbox.call_with_files("sendVoice", {"voice": ("v.ogg", b"OggS")}, chat_id="1001", caption="listen")
    voice = sent["result"]["voice"]
    again = await sandbox.call("sendVoice", chat_id=1001, voice=voice["file_id"])
    assert again["result"]["voice"] == voice
    edit = {"chat_id": 1001, "message_id": sent["result"]["message_id"]}
    assert (await sandbox.call("editMessageCaption", **edit, caption="heard"))["result"]["caption"] == "heard"
    assert await sandbox.call_refused("editMessageText", **edit, text="a") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await sandbox.call_refused("sendPhoto", chat_id=1001, photo=voice["file_id"]) == (
        "Bad Request: can't use file of type Voice as Photo"
    )
    bot = next(iter(sandbox.server.bots.values()))
    bot.people[1001].no_voice = True
    try:
        refused = await sandbox.call_refused("sendVoice", chat_id=1001, voice=voice["file_id"])
        assert refused == "Bad Request: VOICE_MESSAGES_FORBIDDEN"
    finally:
        bot.people[1001].no_voice = False


async def test_file_refusals(sandbox: SandboxClient) -> None:
    assert await sandbox.call_refused("sendPhoto", chat_id=1001) == "Bad Request: there is no photo in the request"
    assert await sandbox.call_refused("sendPhoto", chat_id=1001, photo="nothing") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert await sandbox.call_refused("sendPhoto", chat_id=1001, photo="https://a.io/x.png") == (
        "Bad Request: failed to get HTTP URL content"
    )
    for data, sentence in (
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (make_png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (b"", "file must be non-empty"),
    ):
        answer = await sandbox.call_with_files("sendPhoto", {"photo": ("p.png", data)}, chat_id="1001")
        assert answer["description"] == f"Bad Request: {sentence}"
    answer = await sandbox.call_with_files(
        "sendDocument", {"document": ("a", b"x")}, chat_id="1001", caption="x" * 1025
    )
    assert answer["description"] == "Bad Request: message caption is too long"


async def test_commands_by_scope_and_language(sandbox: SandboxClient) -> None:
    assert (await sandbox.call("setMyCommands", commands=[{"command": "start", "description": "Begin"}]))["result"]
    await sandbox.call(
        "setMyCommands", commands=[{"command": "day", "description": "Day"}], scope={"type": "chat", "chat_id": 1002}
    )
    await sandbox.call("setMyCommands", commands=[{"command": "start", "description": "Начать"}], language_code="ru")
    assert (await sandbox.call("getMyCommands", language_code="ru"))["result"][0]["description"] == "Начать"
    assert (await sandbox.call("getMyCommands", scope={"type": "all_private_chats"}))["result"] == []
    assert (await sandbox.get("chats/barber/1002"))["commands"][0]["command"] == "day"
    assert (await sandbox.get("chats/barber/1001"))["commands"][0]["description"] == "Begin"
    await sandbox.call("deleteMyCommands", scope={"type": "chat", "chat_id": 1002})
    assert (await sandbox.get("chats/barber/1002"))["commands"][0]["command"] == "start"
    for bad, sentence in (
        ({"command": "Start!", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "start", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"command": "start", "description": "x" * 257}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        assert await sandbox.call_refused("setMyCommands", commands=[bad]) == f"Bad Request: {sentence}"


async def test_profile_menu_button_chat_and_pins(sandbox: SandboxClient) -> None:
    await sandbox.call("setMyName", name="Barber")
    await sandbox.call("setMyDescription", description="Книга", language_code="ru")
    assert (await sandbox.call("getMyName"))["result"] == {"name": "Barber"}
    assert (await sandbox.call("getMyDescription", language_code="ru"))["result"] == {"description": "Книга"}
    assert (await sandbox.call("getMyShortDescription"))["result"] == {"short_description": ""}
    await sandbox.call("setChatMenuButton", chat_id=1001, menu_button={"type": "commands"})
    assert (await sandbox.call("getChatMenuButton", chat_id=1001))["result"] == {"type": "commands"}
    sent = await sandbox.send_message()
    assert (await sandbox.call("pinChatMessage", chat_id=1001, message_id=sent["message_id"]))["result"]
    chat = (await sandbox.call("getChat", chat_id=1001))["result"]
    assert (chat["type"], chat["pinned_message"]["message_id"]) == ("private", sent["message_id"])
    assert (await sandbox.call("unpinChatMessage", chat_id=1001))["result"]
    assert "pinned_message" not in (await sandbox.call("getChat", chat_id=1001))["result"]


async def test_places_and_contacts(sandbox: SandboxClient) -> None:
    assert (await sandbox.call("sendLocation", chat_id=1001, latitude=55.75, longitude=37.61))["result"]["location"]
    venue = await sandbox.call("sendVenue", chat_id=1001, latitude=1, longitude=2, title="Barber", address="Lenina 5")
    assert venue["result"]["venue"]["address"] == "Lenina 5"
    assert (await sandbox.call("sendContact", chat_id=1001, phone_number="1", first_name="A"))["result"]["contact"]
    assert (
        await sandbox.call_refused("sendLocation", chat_id=1001, latitude=95, longitude=2)
        == "Bad Request: latitude is invalid"
    )
    assert await sandbox.call_refused("sendChatAction", chat_id=1001, action="dancing") == (
        "Bad Request: wrong parameter action in request"
    )
