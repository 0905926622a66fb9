"""People, state and control: what the chat page and tests can do with the sandbox."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import Sandbox
from tests.support.sandbox_play import TOKEN, Play, listening, picture, playing, until

KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


class Boss:
    """A control that notes what it is asked."""

    def __init__(self) -> None:
        self.restarts = 0
        self.shifted = 0
        self.gateway = "starting"

    async def restart_gateway(self) -> None:
        self.restarts += 1

    async def shift_clock(self, seconds: int) -> None:
        self.shifted += seconds

    async def status(self) -> dict[str, Any]:
        return {"gateway": self.gateway}


async def test_people_are_ready_made_in_the_language() -> None:
    async with playing() as play:
        play.sandbox.add_bot("7000002:another_token", "Клиника", slug="clinic", language="ru")
        state = await play.ask("state")
        people = {bot["slug"]: [(p["id"], p["role"], p["first_name"]) for p in bot["people"]] for bot in state["bots"]}
        assert people == {
            "barber": [(1001, "client", "Alex"), (1002, "specialist", "Sam"), (1003, "admin", "Kim")],
            "clinic": [(1001, "client", "Алексей"), (1002, "specialist", "Светлана"), (1003, "admin", "Кира")],
        }
        assert TOKEN not in json.dumps(state)


def test_bots_are_told_apart() -> None:
    sandbox = Sandbox()
    sandbox.add_bot("7000001:one_token", "One", slug="one")
    with pytest.raises(ValueError, match="already"):
        sandbox.add_bot("7000002:two_token", "Two", slug="one")
    with pytest.raises(ValueError, match="a bot token looks like"):
        sandbox.add_bot("nonsense", "X")
    again = sandbox.add_bot("7000001:one_token", "One again", slug="one")
    assert (len(sandbox.bots), again.name) == (1, "One again")
    assert "one_token" not in repr(again)


async def test_own_and_foreign_contacts_files_and_anything_else() -> None:
    async with playing() as play:
        await play.say("/start")
        own = await play.do("contact", person=1001)
        assert (own["contact"]["user_id"], own["contact"]["phone_number"]) == (1001, "12025550101")
        foreign = await play.do("contact", person=1001, of=1002)
        assert foreign["contact"]["user_id"] == 1002
        sticker = await play.do("send", person=1001, content={"sticker": {"file_id": "x", "emoji": "👍"}})
        assert sticker["sticker"]["emoji"] == "👍"
        updates = (await play.call("getUpdates"))["result"]
        assert [update["message"]["message_id"] for update in updates] == [1, 2, 3, 4]


async def test_files_from_a_persons_device() -> None:
    async with playing() as play:
        for name, kind, data, status in (
            ("note.txt", "text/plain", b"hello", 200),
            ("p.png", "image/png", picture(), 200),
            ("p.png", "image/png", b"no picture", 400),
        ):
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", data, filename=name, content_type=kind)
            form.add_field("caption", "here")
            async with play.http.post(f"{play.url}/sandbox/upload/barber/1001", data=form) as response:
                assert response.status == status, await response.text()
        updates = [update["message"] for update in (await play.call("getUpdates"))["result"]]
        assert updates[0]["document"]["file_name"] == "note.txt"
        assert updates[1]["photo"][0]["width"] == 48
        assert updates[1]["caption"] == "here"


async def test_a_new_person_may_come() -> None:
    async with playing() as play:
        person = await play.do("person", first_name="Zoë", language="de")
        assert (person["id"], person["language_code"]) == (1004, "de")
        assert (await play.say("/start", person=1004))["from"]["first_name"] == "Zoë"


async def test_what_a_person_cannot_do() -> None:
    async with playing() as play:
        await play.say("/start")
        sent = await play.sent(reply_markup=KEYS)
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
            assert (await play.do(deed, **body))["http"] == http, (deed, body)
        assert (await play.do("press", person=1001, message_id=number, data="tampered", forged=True))["http"] == 200
        await play.do("block", person=1001)
        assert (await play.say("hello"))["http"] == 409


async def test_a_one_time_keyboard_goes_away() -> None:
    async with playing() as play:
        await play.say("/start")
        await play.sent(reply_markup={"keyboard": [["Yes", "No"]], "one_time_keyboard": True})
        assert (await play.ask("chats/barber/1001"))["keyboard"]
        await play.say("Yes")
        assert (await play.ask("chats/barber/1001"))["keyboard"] is None


async def test_control_is_asked() -> None:
    boss = Boss()
    async with playing(boss) as play:
        assert (await play.ask("state"))["status"] == {"gateway": "starting"}
        assert (await play.do("restart"))["http"] == 202
        clock = await play.do("clock", seconds=86400)
        assert (boss.restarts, boss.shifted) == (1, 86400)
        assert clock["shift"] == 86400
        await play.say("/start")
        message = (await play.ask("chats/barber/1001"))["messages"][0]
        assert abs(message["date"] - clock["now"]) < 60


async def test_the_journal_masks_secrets() -> None:
    async with listening() as hook, playing() as play:
        await play.call("setWebhook", url=hook.url, secret_token="very-secret")
        await play.say(f"my token is {TOKEN}")
        await play.do("wait")
        journal = json.dumps(await play.ask("calls"))
        assert "very-secret" not in journal
        assert TOKEN not in journal
        assert "7000001:•••" in json.dumps(await play.ask("calls"), ensure_ascii=False)
        kinds = [(call["kind"], call["method"]) for call in (await play.ask("calls?bot=barber"))["calls"]]
        assert kinds == [("call", "setWebhook"), ("delivery", "message")]


async def events(play: Play, names: list[str]) -> list[str]:
    """Reads events until all the names came."""
    seen: list[str] = []
    async with play.http.get(f"{play.url}/sandbox/events") as response:
        async for line in response.content:
            text = line.decode().strip()
            if text.startswith("event: "):
                seen.append(text.removeprefix("event: "))
                if text == "event: hello":
                    await play.say("/start")
                    await play.sent(reply_markup=KEYS)
                    press = await play.do("press", person=1001, label="go")
                    await play.call("answerCallbackQuery", callback_query_id=press["query"])
                    await play.call("sendChatAction", chat_id=1001, action="typing")
            if set(names) <= set(seen):
                break
    return seen


async def test_events_stream() -> None:
    async with playing() as play:
        await asyncio.wait_for(events(play, ["hello", "message", "press", "answer", "action", "call"]), 5)


async def test_open_streams_do_not_hold_up_the_end() -> None:
    loop = asyncio.get_running_loop()
    async with playing() as play:
        stream = await play.http.get(f"{play.url}/sandbox/events")
        poll = asyncio.create_task(play.call("getUpdates", timeout=30))
        await until(lambda: play.sandbox.polls.by_token)
        begun = loop.time()
        play.sandbox.polls.close()
        assert (await poll)["result"] == []
    assert loop.time() - begun < 3
    stream.close()


async def test_state_survives_and_ids_never_go_back(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    async with playing(sandbox=Sandbox(file)) as play:
        await play.say("/start")
        sent = await play.form("sendDocument", {"document": ("a.txt", b"hello")}, chat_id="1001")
        await play.call("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
        await play.do("clock", seconds=3600)
        last = sent["result"]["message_id"]
        pending = (await play.call("getWebhookInfo"))["result"]["pending_update_count"]
    assert file.stat().st_mode & 0o077 == 0, "it holds tokens"
    async with playing(sandbox=Sandbox(file)) as play:
        view = await play.ask("chats/barber/1001")
        assert [message["message_id"] for message in view["messages"]] == [1, last]
        assert view["commands"]
        assert (await play.ask("state"))["shift"] == 3600
        assert (await play.call("getWebhookInfo"))["result"]["pending_update_count"] == pending == 1
        assert (await play.say("again"))["message_id"] == last + 1
        async with play.http.get(
            f"{play.url}/sandbox/files/barber/{sent['result']['document']['file_id']}"
        ) as response:
            assert await response.read() == b"hello"
            assert response.headers["Content-Disposition"].startswith("attachment")


async def test_after_a_kill_ids_jump_ahead(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    sandbox = Sandbox(file)
    async with playing(sandbox=sandbox) as play:
        await play.say("/start")
        await until(file.is_file)
        killed = file.read_bytes()  # as the file lies there while the sandbox runs
        for _ in range(5):
            await play.say("unsaved")
    file.write_bytes(killed)
    async with playing(sandbox=Sandbox(file)) as play:
        assert (await play.say("later"))["message_id"] > 6


async def test_an_unreadable_state_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{broken")
    async with playing(sandbox=Sandbox(file)) as play:
        assert (await play.say("/start"))["message_id"] == 1
    assert (tmp_path / "state.unreadable").read_text() == "{broken"


async def test_a_number_ends_with_its_line() -> None:
    """What stands below a telephone number is not a part of it."""
    async with playing() as play:
        await play.say("/start")
        told = await play.call("sendMessage", chat_id=1001, text="+7 900 000-00-12\n2 visits")
        assert [(one["type"], one["length"]) for one in told["result"]["entities"]] == [("phone_number", 16)]
