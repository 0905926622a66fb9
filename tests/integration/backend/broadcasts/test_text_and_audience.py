"""What a broadcast says and who wants to hear it, on both databases: formatting that is kept, news switched off."""

from typing import Any

import pytest

from tests.support.broadcasting import LEASE_S, begin, claim, crowd, do, draft, report, see
from tests.support.business import Business
from tests.support.business_rows import ADMIN, CLIENT, OTHER


async def test_formatting_is_kept_where_it_stands(barber: Business) -> None:
    """What is cleaned away moves the entities; to a test and to clients it goes as it was written."""
    words = "  \u200bНовый 👍 мастер\u202e: здесь & <b>там</b>  "
    bold, link = words.index("👍"), words.index("здесь")
    entities = [
        {"type": "bold", "offset": bold, "length": len("👍 мастер\u202e") + 1},
        {"type": "text_link", "offset": link + 1, "length": 5, "url": "https://example.com/?a=1&b=2"},
        {"type": "italic", "offset": link + 1, "length": 5},
    ]
    made = await barber.admin.ok("POST", "/v1/broadcasts", json={"text": words, "entities": entities})
    assert made["text"] == "Новый 👍 мастер: здесь & <b>там</b>"
    kept: bytes = made["text"].encode("utf-16-le")

    def stretch(one: Any) -> str:
        return kept[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")

    assert [(one["type"], stretch(one)) for one in made["entities"]] == [
        ("bold", "👍 мастер"), ("text_link", "здесь"), ("italic", "здесь"),
    ]  # fmt: skip
    await do(barber, made, "test")
    await do(barber, made, "send")
    items = await claim(barber)
    assert {one["tg_id"] for one in items} == {ADMIN, CLIENT, OTHER}
    assert all(one["entities"] == made["entities"] and one["text"] == made["text"] for one in items)


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "bold", "offset": 0, "length": 99},
        {"type": "bold", "offset": 1, "length": 1},
        {"type": "mention", "offset": 0, "length": 1},
        {"type": "text_link", "offset": 2, "length": 1},
        {"type": "bold", "offset": 2, "length": 1, "url": "https://example.com"},
        {"type": "text_link", "offset": 2, "length": 1, "url": "javascript:alert(1)"},
        {"type": "text_link", "offset": 2, "length": 1, "url": 'https://example.com">'},
        {"type": "bold", "offset": -1, "length": 1},
    ],
    ids=str,
)
async def test_formatting_that_cannot_be_is_refused(barber: Business, entity: Any) -> None:
    await barber.admin.refused("invalid", "POST", "/v1/broadcasts", json={"text": "👍 hi", "entities": [entity]})


async def test_who_wants_no_news_gets_none_also_of_what_is_under_way(barber: Business) -> None:
    await crowd(barber, 6)
    made = await draft(barber)
    await barber.client.ok("PATCH", "/v1/people/me", json={"news": False})
    assert (await see(barber, made))["total"] == 7
    await do(barber, made, "send")
    items = await claim(barber)
    assert CLIENT not in {one["tg_id"] for one in items}
    held, sent = (next(one for one in items if one["tg_id"] == who) for who in (50_000, OTHER))
    assert await begin(barber, sent)
    for person in (50_000, OTHER):  # one has not been written to yet, the other's message is on its way
        await barber.caller(person).ok("PATCH", "/v1/people/me", json={"news": False})
    assert not await begin(barber, held)
    assert await report(barber, sent) == 200
    found = await see(barber, made)
    assert (found["sent"], found["left"]) == (1, 5)
    await do(barber, made, "stop")
    await do(barber, made, "send")
    barber.api.clock.shift_s += LEASE_S + 1
    # again wanted: from the next one on
    await barber.client.ok("PATCH", "/v1/people/me", json={"news": True})
    assert (await barber.client.ok("GET", "/v1/people/me"))["news"] is True
    assert {one["tg_id"] for one in await claim(barber)} == {50_001 + n for n in range(5)}
    assert (await draft(barber))["total"] == 6
