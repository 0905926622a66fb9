"""Reading a business file: a checked `Business`, or every problem at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import yaml

from backend.kit.phones import join_phones
from backend.kit.strict_yaml import Reader
from backend.kit.yaml_document import FileProblem, Wording
from backend.tenancy.business import calendars, rules
from backend.tenancy.business.contacts import read_phones
from backend.tenancy.business.policies import read_policies
from backend.tenancy.business.structs import Business, Offer, Room, Service, Specialist

T = TypeVar("T")
N = TypeVar("N", Room, Service, Specialist)
DAY = rules.DAY
MAX_SERVICES, MAX_SPECIALISTS, MAX_ROOMS = 5_000, 2_000, 1_000
MAX_SERVICE_ROOMS = 50
MAX_BYTES, MAX_DEPTH = 4 * 1024 * 1024, 12
_NO_MAPPING = "the file must be a mapping such as `services: […]`"
_WORDING = Wording(
    too_large="the file is larger than {limit}",
    too_deep="nested deeper than {limit} levels",
    not_allowed="{what} are not allowed",
    not_yaml="this is not YAML: {why}",
    second_document="only one document is allowed in the file",
    empty=_NO_MAPPING,
    no_mapping=_NO_MAPPING,
    nameless_key="a key must be a plain text",
    unknown_key="unknown key {key}",
    repeated_key="the key {key} was given before, on line {line}",
    meant="; did you mean `{name}`?",
    known_keys="; it can be {names}",
    wrong_mapping="must be a mapping",
    too_many="must have at most {limit} entries, not {count}",
    wrong_text="must be a text",
    unquoted="must be a text: YAML reads {value} as something else, put it in quotes",
    paths=False,
)


def load_business(text: str, filename: str) -> tuple[Business | None, list[FileProblem]]:
    """Return the business that the file describes, or None and every problem in the order of the file."""
    reader = Reader(filename, _WORDING, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    root = reader.compose(text.encode(errors="surrogatepass"))
    business = None if root is None else _Parser(reader).read_business(root)
    reader.problems.sort(key=lambda problem: (problem.line, problem.column))
    return (None if reader.problems else business), reader.problems


class _Parser:
    """Reads one file in one pass. Each method reads one section and reports its problems to the reader."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.rooms: dict[str, Room] | None = None
        self.services: dict[str, Service] | None = None

    def read_business(self, root: yaml.Node) -> Business:
        known = ("address", "phone", "phones", "policies", "rooms", "services", "specialists", "closures")
        found = self.reader.read_entries(root, "the file", known)
        # rooms, then services, then specialists, whatever their order in the file: each refers to those before
        nodes = {key: value for key, (_, value) in found.items()}
        address = self._read_optional(
            nodes, "address", lambda n: self.reader.convert_text(n, "address", rules.text_within(300))
        )
        phones = read_phones(self.reader, nodes)
        policies = self._read_optional(nodes, "policies", lambda n: read_policies(self.reader, n))
        self.rooms = self._read_optional(
            nodes, "rooms", lambda n: self._read_named(n, "rooms", MAX_ROOMS, self._read_room)
        )
        self.services = self._read_optional(
            nodes, "services", lambda n: self._read_named(n, "services", MAX_SERVICES, self._read_service)
        )
        specialists = self._read_optional(
            nodes, "specialists", lambda n: self._read_named(n, "specialists", MAX_SPECIALISTS, self._read_specialist)
        )
        closures = self._read_optional(nodes, "closures", lambda n: calendars.read_closures(self.reader, n))
        return Business(
            address=address,
            phone=None if phones is None else join_phones(phones),
            policies=policies[0] if policies else None,
            absent_policies=policies[1] if policies else frozenset(),
            rooms=None if self.rooms is None else tuple(self.rooms.values()),
            services=None if self.services is None else tuple(self.services.values()),
            specialists=None if specialists is None else tuple(specialists.values()),
            closures=closures,
        )

    @staticmethod
    def _read_optional(nodes: dict[str, yaml.Node], key: str, read: Callable[[yaml.Node], T]) -> T | None:
        return read(nodes[key]) if key in nodes else None

    def _read_named(self, node: yaml.Node, what: str, most: int, read: Callable[[yaml.Node], N | None]) -> dict[str, N]:
        """Return the entries of a list by name; a repeated name is reported."""
        found: dict[str, N] = {}
        places: dict[str, int] = {}
        for item in self.reader.read_list(node, what, most):
            entry = read(item)
            if entry is None:
                continue
            if entry.name in found:
                self.reader.report(item, "", f"{what}: `{entry.name}` was given before, on line {places[entry.name]}")
            else:
                found[entry.name], places[entry.name] = entry, item.start_mark.line + 1
        return found

    def _read_entry(
        self, node: yaml.Node, what: str, known: tuple[str, ...]
    ) -> tuple[str | None, dict[str, yaml.Node]]:
        """Return the name and the other values of one entry of a list; the name is None if it is missing or wrong."""
        found = {key: value for key, (_, value) in self.reader.read_entries(node, what, known).items()}
        named = found.pop("name", None)
        if named is None:
            if isinstance(node, yaml.MappingNode):
                self.reader.report(node, "", f"{what} needs a `name`")
            return None, found
        return self.reader.convert_text(named, f"the name of {what}", rules.parse_name), found

    def _read_room(self, node: yaml.Node) -> Room | None:
        name, rest = self._read_entry(node, "a room", ("name", "count"))
        count = self.reader.read_whole_number(rest["count"], "count", 1, 1000) if "count" in rest else 1
        return None if name is None else Room(name=name, count=count or 1)

    def _read_service(self, node: yaml.Node) -> Service | None:
        known = (
            "name", "category", "price", "price_from", "duration", "buffer_before", "buffer_after", "capacity", "starts",
            "rooms", "description",
        )  # fmt: skip
        name, rest = self._read_entry(node, "a service", known)
        values: dict[str, Any] = {}
        if "duration" not in rest and name is not None:
            self.reader.report(node, "", f"the service `{name}` needs a `duration`")
        if {"price", "price_from"} <= rest.keys():
            self.reader.report(rest["price_from"], "", "a service has a `price` or a `price_from`, not both")
        for key, value in rest.items():
            if key in ("price", "price_from"):
                values["price"] = self.reader.convert_text(value, key, rules.parse_price, also="int float")
                values["price_from"] = key == "price_from"
            elif key == "category":
                values[key] = self.reader.convert_text(value, key, rules.text_within(64))
            elif key == "duration":
                values["duration_min"] = self.reader.convert_text(
                    value, key, rules.duration_within(1, DAY), also="int float"
                )
            elif key in ("buffer_before", "buffer_after"):
                values[key + "_min"] = self.reader.convert_text(
                    value, key, rules.duration_within(0, DAY), also="int float"
                )
            elif key == "capacity":
                values[key] = self.reader.read_whole_number(value, key, 1, 1000)
            elif key == "starts":
                values[key] = self.reader.convert_text(value, key, rules.parse_starts)
            elif key == "rooms":
                values[key] = self._read_service_rooms(value)
            else:
                values[key] = self.reader.convert_text(value, key, rules.text_within(1000))
        if "starts" in rest and values.get("capacity", 1) == 1:
            self.reader.report(rest["starts"], "", "`starts` is for a group: a service with a `capacity` above 1")
        # an incomplete service still counts as known, so that what refers to it is not reported as well
        values = {key: value for key, value in values.items() if value is not None}
        return None if name is None else Service(name=name, **({"price": 0, "duration_min": 1} | values))

    def _read_service_rooms(self, node: yaml.Node) -> tuple[str, ...]:
        names: list[str] = []
        for item in self.reader.read_list(node, "the rooms of a service", MAX_SERVICE_ROOMS):
            name = self.reader.read_text(item, "a room")
            if name is None:
                continue
            if name in names:
                self.reader.report(item, "", f"the room `{name}` was given before")
            elif name not in (self.rooms or {}):
                self.reader.report(item, "", f"there is no room `{name}` under `rooms`")
            names.append(name)
        return tuple(names)

    def _read_specialist(self, node: yaml.Node) -> Specialist | None:
        known = ("name", "services", "hours", "dates", "time_off", "description")
        name, rest = self._read_entry(node, "a specialist", known)
        values: dict[str, Any] = {}
        if "services" in rest:
            values["offers"] = self._read_offers(rest["services"])
        if "hours" in rest:
            week = self.reader.read_entries(rest["hours"], "hours", rules.WEEKDAYS)
            values["hours"] = {
                rules.WEEKDAYS.index(d): calendars.read_shifts(self.reader, v, d) for d, (_, v) in week.items()
            }
        if "dates" in rest:
            values["dates"] = calendars.read_dates(self.reader, rest["dates"])
        if "time_off" in rest:
            values["time_off"] = calendars.read_time_off(self.reader, rest["time_off"])
        if "description" in rest:
            values["description"] = self.reader.convert_text(
                rest["description"], "description", rules.text_within(1000)
            )
        return None if name is None else Specialist(name=name, **values)

    def _read_offers(self, node: yaml.Node) -> tuple[Offer, ...]:
        found: dict[str, Offer] = {}
        for item in self.reader.read_list(node, "the services of a specialist", MAX_SERVICES):
            if isinstance(item, yaml.ScalarNode):
                name, rest = self.reader.read_text(item, "a service"), dict[str, yaml.Node]()
            else:
                name, rest = self._read_entry(item, "a service", ("name", "price", "price_from", "duration"))
            if {"price", "price_from"} <= rest.keys():
                self.reader.report(rest["price_from"], "", "a service has a `price` or a `price_from`, not both")
            cost_key = "price_from" if "price_from" in rest else "price"
            cost = (
                self.reader.convert_text(rest[cost_key], cost_key, rules.parse_price, also="int float")
                if cost_key in rest
                else None
            )
            minutes = (
                self.reader.convert_text(rest["duration"], "duration", rules.duration_within(1, DAY), also="int float")
                if "duration" in rest
                else None
            )
            if name is None:
                continue
            if name in found:
                self.reader.report(item, "", f"the service `{name}` was given before")
            elif name not in (self.services or {}):
                self.reader.report(item, "", f"there is no service `{name}` under `services`")
            found[name] = Offer(service=name, price=cost, price_from=cost_key == "price_from", duration_min=minutes)
        return tuple(found.values())
