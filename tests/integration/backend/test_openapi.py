"""The OpenAPI document: every route's answer by name, refusals as problems, the key, the headers.

That what it says is true is asked of every answer in the other tests, see `tests.support.documented_answers`.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from backend.auth.access import Access
from backend.contract.errors import Code, Problem
from backend.openapi import list_operations
from tests.support.backend_api import Api
from tests.support.business_rows import ADMIN, seed_barber

FILES = {"text/csv", "text/calendar", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@pytest.fixture
async def whole(api: Api) -> dict[str, Any]:
    answer = await api.call("GET", "/schema/openapi.json")
    assert answer.status == 200
    document: dict[str, Any] = answer.body
    return document


def _operations(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _resolve(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _names(schema: dict[str, Any]) -> list[str]:
    """Return what a schema refers to; a choice of several refers to each."""
    if "$ref" in schema:
        return [schema["$ref"].rsplit("/", 1)[1]]
    return [name for one in schema.get("anyOf", ()) for name in _names(one)]


async def test_every_route_names_its_answer(api: Api, whole: dict[str, Any]) -> None:
    listed = list(_operations(whole))
    assert len(listed) > 80
    assert len(listed) == len(list(list_operations(api.app)))
    for name, operation in listed:
        good = [status for status in operation["responses"] if status.startswith("2")]
        assert len(good) == 1, name
        content = operation["responses"][good[0]]["content"]
        assert len(content) == 1, name
        ((kind, media),) = content.items()
        if kind in FILES:
            continue
        assert kind == "application/json", name
        names = _names(media["schema"])
        assert names, f"{name} does not name its answer"
        for one in names:
            schema = whole["components"]["schemas"][one]
            assert schema["type"] == "object", one
            assert schema.get("properties") or one == "Done", one


async def test_every_body_that_is_sent_has_a_name(whole: dict[str, Any]) -> None:
    sent = {}
    for name, operation in _operations(whole):
        if "requestBody" in operation:
            sent[name] = _names(operation["requestBody"]["content"]["application/json"]["schema"])
            assert sent[name], f"{name} does not name its body"
    assert len(sent) > 30


async def test_structs_tell_of_themselves_and_bodies_refuse_what_is_unknown(whole: dict[str, Any]) -> None:
    schemas = whole["components"]["schemas"]
    assert "UTC" in schemas["Booking"]["description"]
    for name, room in (("ClaimHold", "holds"), ("ClaimNotices", "notices")):
        assert schemas[name]["description"].startswith(f"`POST /v1/{room}/claim`"), name
    for name, operation in _operations(whole):
        if "requestBody" in operation:
            for body in _names(operation["requestBody"]["content"]["application/json"]["schema"]):
                assert schemas[body]["additionalProperties"] is False, name
    assert not [name for name, one in schemas.items() if one.get("type") == "object" and not one.get("description")]


async def test_every_route_names_its_refusals(whole: dict[str, Any]) -> None:
    for name, operation in _operations(whole):
        refusals = {status: one for status, one in operation["responses"].items() if not status.startswith("2")}
        wanted = {"400", "401", "403", "404", "410", "503", "default"}
        if "requestBody" in operation:
            wanted |= {"413", "415"}
        if not name.startswith("GET"):
            wanted |= {"409", "422", "429"}
        assert wanted <= set(refusals), name
        for one in refusals.values():
            content = _resolve(whole, one)["content"]
            assert list(content) == ["application/problem+json"], name
            assert _names(content["application/problem+json"]["schema"]) == ["Problem"], name
    schema = whole["components"]["schemas"]["Problem"]
    assert set(schema["properties"]) == {field.name for field in msgspec.structs.fields(Problem)}
    assert set(_resolve(whole, schema["properties"]["code"])["enum"]) == {str(code) for code in Code}


async def test_the_key_is_the_security_scheme(whole: dict[str, Any]) -> None:
    ((name, scheme),) = whole["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert whole["security"] == [{name: []}]


async def test_the_headers_of_each_route(api: Api, whole: dict[str, Any]) -> None:
    for path, method, handler in list_operations(api.app):
        operation = whole["paths"][path][method]
        given = [_resolve(whole, one) for one in operation.get("parameters", ())]
        headers = {one["name"] for one in given if one["in"] == "header"}
        access = handler.opt["access"]
        name = f"{method} {path}"
        assert "X-Client-Type" in headers, name
        assert ("X-Tg-Id" in headers) == (access is not Access.OPERATOR), name
        assert ("Hold-Token" in headers) == path.startswith("/v1/holds/{hold_id}"), name
        # a write takes the key, and nothing else does: these two leave nothing in the database
        reads = path in ("/v1/invitations/preview", "/v1/holds/codes")
        writes = method != "get" and access is not Access.OPERATOR and not reads
        assert ("Idempotency-Key" in headers) == writes, name
        in_path = {one["name"] for one in given if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}, name


async def test_names_of_operations_are_unique_and_say_what_they_do(whole: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in _operations(whole)]
    assert len(set(ids)) == len(ids)
    assert {"bookings_move", "bookings_no_show", "schedule_get_slots", "people_identify_person"} <= set(ids)
    assert all(operation["description"] for _, operation in _operations(whole))


async def test_patterns_are_those_of_json_schema(api: Api) -> None:
    text = (await api.call("GET", "/schema/openapi.json")).text
    assert '"pattern":"^[0-9]{6}$"' in text
    assert r"\\A" not in text
    assert r"\\Z" not in text


async def test_references_lead_somewhere(whole: dict[str, Any]) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert _resolve(whole, node)
            for one in node.values():
                walk(one)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(whole)


async def test_the_document_is_json_at_the_root_as_well_and_no_page_of_another_site(api: Api) -> None:
    root = await api.call("GET", "/schema")
    assert root.content == (await api.call("GET", "/schema/openapi.json")).content
    assert "json" in root.headers["content-type"]
    for page in ("redoc", "swagger", "elements", "rapidoc"):
        assert (await api.call("GET", f"/schema/{page}")).status == 404


async def test_a_repeated_write_says_so_as_documented(api: Api, whole: dict[str, Any]) -> None:
    await seed_barber(api.db)
    for replayed in (None, "true"):
        answer = await api.call("POST", "/v1/closures", tg_id=ADMIN, key="k-1", json={"date": "2026-07-01"})
        assert answer.status == 201
        assert answer.headers.get("Idempotent-Replayed") == replayed
    assert "Idempotent-Replayed" in whole["paths"]["/v1/closures"]["post"]["responses"]["201"]["headers"]


async def test_no_union_is_ambiguous(whole: dict[str, Any]) -> None:
    """A body may fit two kinds of answers (one for the bot, one for the public): `oneOf` would refuse it."""

    def keys(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                yield from keys(item)

    assert "oneOf" not in set(keys(whole))


# the names of what is a date or an instant in any struct; a shift's times (`09:00`) and local times have no such format
_NAMED = ("_at", "_until")
_LOCAL = {"local_start"} | {f"{s}.{n}" for s in ("NewTimeOff", "TimeOff", "QuietHours") for n in ("start", "end")}


async def test_dates_and_instants_say_so(whole: dict[str, Any]) -> None:
    untold = []
    for struct, schema in whole["components"]["schemas"].items():
        for name, told in schema.get("properties", {}).items():
            if {name, f"{struct}.{name}"} & _LOCAL or '"string"' not in msgspec.json.encode(told).decode():
                continue
            if name in ("at", "start", "end", "local", "date", "from", "to", "now") or name.endswith(_NAMED):
                text = msgspec.json.encode(told).decode()
                if '"date-time"' not in text and '"date"' not in text:
                    untold.append(f"{struct}.{name}")
    assert untold == []


async def test_a_method_that_is_not_there_names_those_that_are(api: Api) -> None:
    await seed_barber(api.db)
    api.checked = False  # the document names no answers of methods that are not there
    by_path: dict[str, set[str]] = {}
    for path, method, _ in list_operations(api.app):
        by_path.setdefault(path, set()).add(method.upper())
    for path, methods in by_path.items():
        own = re.sub(r"\{[^}]*(date)[^}]*\}", "2026-06-01", path)
        own = re.sub(r"\{[^}]+\}", "1", own)
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - methods):
            answer = await api.call(method, own, tg_id=ADMIN)
            assert (answer.status, answer.code) == (405, "method_not_allowed"), f"{method} {own}"
            assert methods <= set(answer.headers["allow"].split(", ")), f"{method} {own}"
            assert method not in answer.headers["allow"].split(", ")
