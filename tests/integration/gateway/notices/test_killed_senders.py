"""A broadcast through real gateway processes that are killed on the way: everybody is reached, and nobody twice."""

import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec

from backend.contract.broadcasts import Broadcast, NewBroadcast
from backend.contract.people import Identify
from backend.contract.tenancy import PutTenant
from gateway.notices.delivery import MAX_AT_ONCE_PER_BOT
from gateway.sandbox import people
from gateway.supervisor.processes import Child
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.whole_product import WholeProduct

ADMIN = 1003
CLIENTS = 60
LEASE_S = 60
TEXT = "We are open on Sunday"


class SetClock(msgspec.Struct):
    """The backend's clock, moved."""

    shift_s: int


@asynccontextmanager
async def sender(product: WholeProduct, log: Path) -> AsyncIterator[Child]:
    """A gateway's process; what is left of it at the end is killed."""
    settings = product.settings(port=free_port())
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), **settings.to_env()}
    child = await Child.start("gateway", [sys.executable, "-m", "gateway", "gateway"], env, log)
    try:
        yield child
    finally:
        child.kill()
        await child.process.wait()


def reached(product: WholeProduct) -> Counter[int]:
    """How often each client has got the message."""
    bot = product.bot("barber")
    found: Counter[int] = Counter()
    for person in bot.people:
        chat = product.sandbox.chat(bot, person)
        found[person] += sum(TEXT in str(one.content.get("text")) for one in chat.messages.values() if one.out)
    return found


def _have_reached(product: WholeProduct, clients: int) -> bool:
    return sum(reached(product).values()) >= clients


async def crowd(product: WholeProduct) -> int:
    """Clients who have opened the bot, and an admin; answers the broadcast that waits to be sent."""
    bot = product.bot("barber")
    tenant = PutTenant(name="Barber", timezone="Europe/London", locale="en", currency="GBP")
    await product.client.put_tenant("barber", tenant, "t")
    await product.appoint_admin("barber", ADMIN)
    for n in range(CLIENTS):
        person = people.add_person(product.sandbox, bot, f"Guest {n}").id
        product.sandbox.chat(bot, person).started = True
        await product.client.identify_person("barber", Identify(tg_id=person, first_name=f"Guest {n}"), "t")
    product.sandbox.chat(bot, ADMIN).started = True
    admin = product.client.act_as("barber", ADMIN, "t")
    made = await admin.create_broadcast(NewBroadcast(text=TEXT), key="draft")
    assert made.total == CLIENTS
    return made.id


async def test_two_senders_killed_on_the_way_reach_everybody_and_nobody_twice(
    product: WholeProduct, tmp_path: Path
) -> None:
    async with product.backend():
        broadcast = await crowd(product)
        admin = product.client.act_as("barber", ADMIN, "t")
        await admin.send_broadcast(broadcast, key="send")
        for life in (1, 2):
            async with sender(product, tmp_path / f"{life}.log") as child:
                await until(partial(_have_reached, product, 15 * life), 60)
                child.kill()
                await child.process.wait()
            # the dead one's lease ends
            await product.client.set_clock_shift((LEASE_S + 5) * life, "t")
        async with sender(product, tmp_path / "3.log"):

            async def over() -> Broadcast | None:
                now = await admin.get_broadcast(broadcast)
                return now if now.status == "done" else None

            done = await until(over, 60)
        got = reached(product)
    assert max(got.values()) == 1
    assert done.sent + done.unsure == done.total == CLIENTS
    assert done.missed == 0
    # at the most what was on its way at the two deaths
    assert done.unsure <= 2 * MAX_AT_ONCE_PER_BOT
    assert done.sent <= sum(got.values())
