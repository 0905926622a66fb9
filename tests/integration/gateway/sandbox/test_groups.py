"""Groups: what of them reaches a bot in privacy mode, and what a bot may do there."""

from typing import Any

import pytest

from tests.support.sandbox_client import SandboxClient, running_sandbox

KEYS = {"inline_keyboard": [[{"text": "go", "callback_data": "x"}]]}


async def updates(sandbox: SandboxClient) -> list[Any]:
    """Return the pending updates and confirm them."""
    found = (await sandbox.call("getUpdates"))["result"]
    if found:
        await sandbox.call("getUpdates", offset=found[-1]["update_id"] + 1)
    return [{key: value for key, value in update.items() if key != "update_id"} for update in found]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_bot_is_added_to_a_group_and_thrown_out(kind: str) -> None:
    async with running_sandbox() as sandbox:
        group = await sandbox.control("group", person=1003, title="Neighbours", kind=kind)
        assert (group["http"], group["type"], group["title"]) == (201, kind, "Neighbours")
        assert group["id"] < 0
        member, service = await updates(sandbox)
        assert [member["my_chat_member"][f"{when}_chat_member"]["status"] for when in ("old", "new")] == [
            "left",
            "member",
        ]
        assert member["my_chat_member"]["chat"] == {"id": group["id"], "title": "Neighbours", "type": kind}
        assert service["message"]["new_chat_members"][0]["username"] == "barber_bot"
        assert service["message"]["from"]["id"] == 1003
        assert (await sandbox.send_message(chat_id=group["id"]))["chat"]["type"] == kind
        assert (await sandbox.call("getChat", chat_id=group["id"]))["result"]["title"] == "Neighbours"

        await sandbox.control("group/act", person=1002, group=group["id"], remove=True)
        service, member = await updates(sandbox)
        assert service["message"]["left_chat_member"]["is_bot"] is True
        assert member["my_chat_member"]["new_chat_member"] == {
            "user": service["message"]["left_chat_member"], "status": "kicked", "until_date": 0,
        }  # fmt: skip
        refusal = await sandbox.call_refused("sendMessage", chat_id=group["id"], text="hello")
        assert refusal == f"Forbidden: bot was kicked from the {kind} chat"
        again = await sandbox.control("group/act", person=1002, group=group["id"], remove=True)
        assert (again["http"], again["error"]) == (409, "the bot is not in this group")


async def test_privacy_mode_lets_commands_and_replies_through() -> None:
    async with running_sandbox() as sandbox:
        group = (await sandbox.control("group", person=1003, title="Neighbours"))["id"]
        asked = await sandbox.send_message(chat_id=group, reply_markup=KEYS)
        await updates(sandbox)

        async def say(text: str, **more: Any) -> Any:
            return await sandbox.control("group/act", person=1001, group=group, text=text, **more)

        written = await say("when do you open?")
        for text in ("/start@other_bot", "/", "hello @barber_bot"):
            await say(text)
        await say("answers a person", reply_to=written["message_id"])
        assert await updates(sandbox) == []
        for text in ("/start", "/start@Barber_Bot now"):
            await say(text)
        await say("answers the bot", reply_to=asked["message_id"])
        reached = await updates(sandbox)
        assert [one["message"]["text"] for one in reached] == ["/start", "/start@Barber_Bot now", "answers the bot"]
        assert {one["message"]["from"]["id"] for one in reached} == {1001}
        # without privacy mode everything comes
        sandbox.server.find_bot("barber").reads_groups = True  # type: ignore[union-attr]  # it is there
        await say("hello all")
        assert [one["message"]["text"] for one in await updates(sandbox)] == ["hello all"]


async def test_a_press_in_a_group_names_the_group_and_the_member() -> None:
    async with running_sandbox() as sandbox:
        group = (await sandbox.control("group", person=1003, title="Neighbours"))["id"]
        shown = await sandbox.send_message(chat_id=group, reply_markup=KEYS)
        await updates(sandbox)
        await sandbox.control("group/act", person=1002, group=group, message_id=shown["message_id"], label="go")
        (press,) = await updates(sandbox)
        assert press["callback_query"]["from"]["id"] == 1002
        assert press["callback_query"]["message"]["chat"]["id"] == group
        wrong = await sandbox.control("group/act", person=1002, group=group, message_id=shown["message_id"], label="no")
        assert wrong["http"] == 404
        view = await sandbox.get(f"chats/barber/{group}")
        assert (view["person"]["role"], view["person"]["first_name"]) == ("group", "Neighbours")


async def test_what_is_no_group_or_no_member_is_refused() -> None:
    async with running_sandbox() as sandbox:
        assert await sandbox.call_refused("sendMessage", chat_id=-5, text="x") == "Bad Request: chat not found"
        assert (await sandbox.control("group/act", person=1001, group=-5, text="x"))["http"] == 404
        assert (await sandbox.control("group", person=1001, title=" "))["http"] == 400
        assert (await sandbox.control("group", person=77, title="x"))["http"] == 404
