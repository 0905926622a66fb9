"""The control API: people, the product beside the sandbox, the journal, events, and the saved state."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from gateway.sandbox import Sandbox
from tests.support.sandbox_client import (
    TOKEN,
    FakeProduct,
    SandboxClient,
    make_png,
    running_sandbox,
    wait_until,
    webhook_server,
)

KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


async def test_each_bot_has_people_named_in_its_language() -> None:
    async with running_sandbox() as sandbox:
        sandbox.server.add_bot("7000002:another_token", "Клиника", slug="clinic", language="ru")
        state = await sandbox.get("state")
        people = {bot["slug"]: [(p["id"], p["role"], p["first_name"]) for p in bot["people"]] for bot in state["bots"]}
        assert people == {
            "barber": [(1001, "client", "Alex"), (1002, "specialist", "Sam"), (1003, "admin", "Kim")],
            "clinic": [(1001, "client", "Алексей"), (1002, "specialist", "Светлана"), (1003, "admin", "Кира")],
        }
        assert TOKEN not in json.dumps(state)


def test_bots_have_unique_names_and_tokens() -> None:
    server = Sandbox()
    server.add_bot("7000001:one_token", "One", slug="one")
    with pytest.raises(ValueError, match="already"):
        server.add_bot("7000002:two_token", "Two", slug="one")
    with pytest.raises(ValueError, match="a bot token looks like"):
        server.add_bot("nonsense", "X")
    again = server.add_bot("7000001:one_token", "One again", slug="one")
    assert (len(server.bots), again.name) == (1, "One again")
    assert "one_token" not in repr(again)


async def test_people_share_contacts_and_send_stickers() -> None:
    async with running_sandbox() as sandbox:
        await sandbox.send_text("/start")
        own = await sandbox.control("contact", person=1001)
        assert (own["contact"]["user_id"], own["contact"]["phone_number"]) == (1001, "12025550101")
        foreign = await sandbox.control("contact", person=1001, of=1002)
        assert foreign["contact"]["user_id"] == 1002
        sticker = await sandbox.control("send", person=1001, content={"sticker": {"file_id": "x", "emoji": "👍"}})
        assert sticker["sticker"]["emoji"] == "👍"
        updates = (await sandbox.call("getUpdates"))["result"]
        assert [update["message"]["message_id"] for update in updates] == [1, 2, 3, 4]


async def test_people_send_files() -> None:
    async with running_sandbox() as sandbox:
        for name, kind, data, status in (
            ("note.txt", "text/plain", b"hello", 200),
            ("p.png", "image/png", make_png(), 200),
            ("p.png", "image/png", b"no picture", 400),
        ):
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", data, filename=name, content_type=kind)
            form.add_field("caption", "here")
            async with sandbox.http.post(f"{sandbox.url}/sandbox/upload/barber/1001", data=form) as response:
                assert response.status == status, await response.text()
        updates = [update["message"] for update in (await sandbox.call("getUpdates"))["result"]]
        assert updates[0]["document"]["file_name"] == "note.txt"
        assert updates[1]["photo"][0]["width"] == 48
        assert updates[1]["caption"] == "here"


async def test_a_person_is_added() -> None:
    async with running_sandbox() as sandbox:
        person = await sandbox.control("person", first_name="Zoë", language="de")
        assert (person["id"], person["language_code"]) == (1004, "de")
        assert (await sandbox.send_text("/start", person=1004))["from"]["first_name"] == "Zoë"


async def test_impossible_actions_are_refused() -> None:
    async with running_sandbox() as sandbox:
        await sandbox.send_text("/start")
        sent = await sandbox.send_message(reply_markup=KEYS)
        number = sent["message_id"]
        for deed, body, http in (
            ("press", {"person": 1001, "message_id": number, "data": "y"}, 404),
            ("press", {"person": 1001, "message_id": 99, "data": "x"}, 404),
            ("press", {"person": 9, "message_id": number, "data": "x"}, 404),
            ("send", {"person": 1001, "text": "  "}, 400),
            ("send", {"person": 1001, "text": "x" * 4097}, 400),
            ("send", {"person": 1001, "text": "x", "role": "admin"}, 400),
            ("send", {"bot": "nobody", "person": 1001, "text": "x"}, 404),
        ):
            assert (await sandbox.control(deed, **body))["http"] == http, (deed, body)
        assert (await sandbox.control("press", person=1001, message_id=number, data="tampered", forged=True))[
            "http"
        ] == 200
        await sandbox.control("block", person=1001)
        assert (await sandbox.send_text("hello"))["http"] == 409


async def test_a_one_time_keyboard_is_removed_by_its_button() -> None:
    async with running_sandbox() as sandbox:
        await sandbox.send_text("/start")
        await sandbox.send_message(reply_markup={"keyboard": [["Yes", "No"]], "one_time_keyboard": True})
        assert (await sandbox.get("chats/barber/1001"))["keyboard"]
        await sandbox.send_text("Yes")
        assert (await sandbox.get("chats/barber/1001"))["keyboard"] is None


async def test_the_product_is_controlled() -> None:
    product = FakeProduct("starting")
    async with running_sandbox(product) as sandbox:
        assert (await sandbox.get("state"))["status"] == {"gateway": "starting"}
        assert (await sandbox.control("restart"))["http"] == 202
        clock = await sandbox.control("clock", seconds=86400)
        assert (product.restarts, product.shifted) == (1, 86400)
        assert clock["shift"] == 86400
        await sandbox.send_text("/start")
        message = (await sandbox.get("chats/barber/1001"))["messages"][0]
        assert abs(message["date"] - clock["now"]) < 60


async def test_the_journal_masks_secrets() -> None:
    async with webhook_server() as hook, running_sandbox() as sandbox:
        await sandbox.call("setWebhook", url=hook.url, secret_token="very-secret")
        await sandbox.send_text(f"my token is {TOKEN}")
        await sandbox.control("wait")
        journal = json.dumps(await sandbox.get("calls"))
        assert "very-secret" not in journal
        assert TOKEN not in journal
        assert "7000001:•••" in json.dumps(await sandbox.get("calls"), ensure_ascii=False)
        kinds = [(call["kind"], call["method"]) for call in (await sandbox.get("calls?bot=barber"))["calls"]]
        assert kinds == [("call", "setWebhook"), ("delivery", "message")]


async def read_events(sandbox: SandboxClient, names: list[str]) -> list[str]:
    """Reads events until all the names came."""
    seen: list[str] = []
    async with sandbox.http.get(f"{sandbox.url}/sandbox/events") as response:
        async for line in response.content:
            text = line.decode().strip()
            if text.startswith("event: "):
                seen.append(text.removeprefix("event: "))
                if text == "event: hello":
                    await sandbox.send_text("/start")
                    await sandbox.send_message(reply_markup=KEYS)
                    press = await sandbox.control("press", person=1001, label="go")
                    await sandbox.call("answerCallbackQuery", callback_query_id=press["query"])
                    await sandbox.call("sendChatAction", chat_id=1001, action="typing")
            if set(names) <= set(seen):
                break
    return seen


async def test_every_event_is_streamed() -> None:
    async with running_sandbox() as sandbox:
        await asyncio.wait_for(read_events(sandbox, ["hello", "message", "press", "answer", "action", "call"]), 30)


async def test_open_streams_do_not_delay_the_end() -> None:
    loop = asyncio.get_running_loop()
    async with running_sandbox() as sandbox:
        stream = await sandbox.http.get(f"{sandbox.url}/sandbox/events")
        poll = asyncio.create_task(sandbox.call("getUpdates", timeout=30))
        await wait_until(lambda: sandbox.server.polls.by_token)
        begun = loop.time()
        sandbox.server.polls.close()
        assert (await poll)["result"] == []
    assert loop.time() - begun < 10  # the server would wait for 15 s
    stream.close()


async def test_the_state_is_kept_and_ids_never_go_back(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    async with running_sandbox(server=Sandbox(file)) as sandbox:
        await sandbox.send_text("/start")
        sent = await sandbox.call_with_files("sendDocument", {"document": ("a.txt", b"hello")}, chat_id="1001")
        await sandbox.call("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
        await sandbox.control("clock", seconds=3600)
        last = sent["result"]["message_id"]
        pending = (await sandbox.call("getWebhookInfo"))["result"]["pending_update_count"]
    assert file.stat().st_mode & 0o077 == 0, "it holds tokens"
    async with running_sandbox(server=Sandbox(file)) as sandbox:
        view = await sandbox.get("chats/barber/1001")
        assert [message["message_id"] for message in view["messages"]] == [1, last]
        assert view["commands"]
        assert (await sandbox.get("state"))["shift"] == 3600
        assert (await sandbox.call("getWebhookInfo"))["result"]["pending_update_count"] == pending == 1
        assert (await sandbox.send_text("again"))["message_id"] == last + 1
        async with sandbox.http.get(
            f"{sandbox.url}/sandbox/files/barber/{sent['result']['document']['file_id']}"
        ) as response:
            assert await response.read() == b"hello"
            assert response.headers["Content-Disposition"].startswith("attachment")


async def test_after_a_kill_ids_jump_ahead(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    async with running_sandbox(server=Sandbox(file)) as sandbox:
        await sandbox.send_text("/start")
        await wait_until(file.is_file)
        killed = file.read_bytes()  # as the file lies there while the sandbox runs
        for _ in range(5):
            await sandbox.send_text("unsaved")
    file.write_bytes(killed)
    async with running_sandbox(server=Sandbox(file)) as sandbox:
        assert (await sandbox.send_text("later"))["message_id"] > 6


async def test_an_unreadable_state_file_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{broken")
    async with running_sandbox(server=Sandbox(file)) as sandbox:
        assert (await sandbox.send_text("/start"))["message_id"] == 1
    assert (tmp_path / "state.unreadable").read_text() == "{broken"


async def test_a_phone_number_ends_with_its_line() -> None:
    """Digits on the line below are no part of a phone number."""
    async with running_sandbox() as sandbox:
        await sandbox.send_text("/start")
        answer = await sandbox.call("sendMessage", chat_id=1001, text="+7 900 000-00-12\n2 bookings")
        assert [(entity["type"], entity["length"]) for entity in answer["result"]["entities"]] == [("phone_number", 16)]
