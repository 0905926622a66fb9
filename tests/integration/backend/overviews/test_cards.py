"""Cards of services and specialists, everybody's week, what days off would touch: a screen's worth each."""

from datetime import UTC, datetime

from tests.support.business import Business
from tests.support.business_rows import NOW, SPECIALIST

DAY_S = 86_400


def date_of(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


async def test_a_specialists_card_has_services_week_and_account(barber: Business) -> None:
    anna = barber.specialists["Anna"]
    await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60})
    card = await barber.admin.ok("GET", f"/v1/specialists/{anna}/card")
    assert card["specialist"] == await barber.admin.ok("GET", f"/v1/specialists/{anna}")
    assert [service["name"] for service in card["services"]] == ["Haircut", "Colour"]
    assert card["hours"] == (await barber.admin.ok("GET", f"/v1/specialists/{anna}/schedule"))["hours"]
    assert (card["account"]["tg_id"], card["account"]["roles"]) == (SPECIALIST, ["client", "specialist"])
    boris = await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris"})
    assert (await barber.admin.ok("GET", f"/v1/specialists/{boris['id']}/card"))["account"] is None
    weeks = (await barber.admin.ok("GET", "/v1/weeks"))["items"]
    assert [(week["name"], week["hours"]["mon"]) for week in weeks] == [("Anna", ["09:00-18:00"]), ("Boris", [])]
    staff = await barber.admin.ok("GET", "/v1/staff")
    assert staff["specialists"] == (await barber.admin.ok("GET", "/v1/specialists"))["items"]


async def test_a_services_card_has_all_specialists_and_rooms(barber: Business) -> None:
    service, anna = barber.services["Haircut"], barber.specialists["Anna"]
    boris = (await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris"}))["id"]
    card = await barber.admin.ok("GET", f"/v1/services/{service}/card")
    plain = await barber.admin.ok("GET", f"/v1/services/{service}")
    assert {name: card[name] for name in plain} == plain
    assert [(one["id"], one["name"]) for one in card["specialists"]] == [(anna, "Anna"), (boris, "Boris")]
    assert [room["name"] for room in card["rooms"]] == ["Chair"]
    added = await barber.admin.ok("POST", "/v1/services", json={"name": "Colour", "duration_min": 60})
    assert added["specialists"] == card["specialists"]


async def test_who_does_a_service_is_set_in_one_step(barber: Business, studio: Business) -> None:
    service, anna = barber.services["Haircut"], barber.specialists["Anna"]
    boris = (await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris"}))["id"]
    own = {"services": [{"service_id": service, "price": "12.00", "duration_min": None}]}
    await barber.admin.ok("PATCH", f"/v1/specialists/{anna}", json=own)
    booking = await barber.add_booking(NOW + 7200)
    both = await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"specialist_ids": [boris, anna]})
    assert (both["specialist_ids"], both["affected"]) == ([anna, boris], [])
    # she keeps her own price, the new one does it on the service's
    offers = {
        one["name"]: one["services"][0]["price"] for one in (await barber.admin.ok("GET", "/v1/specialists"))["items"]
    }
    assert offers == {"Anna": "12.00", "Boris": None}
    without = await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"specialist_ids": [boris]})
    assert without["specialist_ids"] == [boris]
    assert [one["booking_id"] for one in without["affected"]] == [booking]
    for bad in ([studio.specialists["Anna"]], [boris, boris]):
        problem = await barber.admin.refused(
            "invalid", "PATCH", f"/v1/services/{service}", json={"specialist_ids": bad}
        )
        assert problem["field"] == "specialist_ids"
    assert (await barber.admin.ok("PATCH", f"/v1/services/{service}", json={"specialist_ids": []}))[
        "specialist_ids"
    ] == []


async def test_an_admin_is_a_specialist_in_one_step(barber: Business) -> None:
    anna = barber.specialists["Anna"]
    await barber.admin.refused("in_use", "PUT", f"/v1/specialists/{anna}/account")
    boris = (await barber.admin.ok("POST", "/v1/specialists", json={"name": "Boris"}))["id"]
    clara = (await barber.admin.ok("POST", "/v1/specialists", json={"name": "Clara"}))["id"]
    for _ in range(2):  # once more changes nothing
        person = await barber.admin.ok("PUT", f"/v1/specialists/{boris}/account")
        assert (person["roles"], person["specialist_id"]) == (["client", "specialist", "admin"], boris)
    await barber.admin.refused("in_use", "PUT", f"/v1/specialists/{clara}/account")
    lines = (await barber.admin.ok("GET", "/v1/audit"))["items"]
    assert lines[0]["action"] == "role.granted"


async def test_a_change_of_a_schedule_answers_with_the_schedule(barber: Business) -> None:
    anna = barber.specialists["Anna"]
    path = f"/v1/specialists/{anna}"
    day = date_of(NOW + 5 * DAY_S)
    off = {"start": f"{day}T10:00", "end": f"{day}T11:00"}
    some = await barber.specialist.ok("PATCH", f"{path}/hours", json={"mon": ["10:00-12:00"], "tue": []})
    assert (some["schedule"]["name"], some["schedule"]["hours"]["mon"]) == ("Anna", ["10:00-12:00"])
    assert (some["schedule"]["hours"]["tue"], some["schedule"]["hours"]["wed"]) == ([], ["09:00-18:00"])
    steps = [
        ("PUT", f"{path}/hours", {"fri": ["10:00-12:00"]}),
        ("PUT", f"{path}/dates/{day}", {"shifts": ["12:00-13:00"]}),
        ("POST", f"{path}/time-off", off),
    ]
    for method, where, body in steps:
        changed = await barber.specialist.ok(method, where, json=body)
        assert changed["schedule"] == await barber.specialist.ok("GET", f"{path}/schedule")
    taken = await barber.specialist.ok("DELETE", f"{path}/time-off/{changed['id']}")
    assert taken["schedule"]["time_off"] == []
    assert (await barber.specialist.ok("DELETE", f"{path}/dates/{day}"))["schedule"]["dates"] == {}
    assert (await barber.admin.ok("POST", "/v1/closures", json={"date": day}))["closures"] == {"dates": [day]}
    assert (await barber.admin.ok("DELETE", f"/v1/closures/{day}"))["closures"] == {"dates": []}
    await barber.admin.refused("invalid", "PATCH", f"{path}/hours", json={"mon": ["10:00-12:00", "11:00-13:00"]})
