"""Reading a business file: text in, a checked `Business` or every problem at once out."""

from collections.abc import Callable
from typing import Any, TypeVar

import yaml

from backend.tenancy.business import rules
from backend.tenancy.business.document import Document
from backend.tenancy.business.policies import read_policies
from backend.tenancy.business.structs import Business, Offer, Problem, Room, Service, Shift, Specialist, TimeOff

T = TypeVar("T")
DAY = rules.DAY
MAX_SERVICES, MAX_SPECIALISTS, MAX_ROOMS = 5_000, 2_000, 1_000
MAX_CLOSURES, MAX_DATES, MAX_SHIFTS, MAX_TIME_OFF, MAX_SERVICE_ROOMS = 5_000, 2_000, 24, 1_000, 50


def load_business(text: str, filename: str) -> tuple[Business | None, list[Problem]]:
    """The business that the file describes, or None and every problem in the order of the file."""
    doc = Document(filename)
    root = doc.root(text)
    business = None if root is None else _Parser(doc).business(root)
    doc.problems.sort(key=lambda p: (p.line, p.column))
    return (None if doc.problems else business), doc.problems


def _short(most: int) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"must be at most {most} characters, not {len(text)}")
        return text if most == 1000 else rules.visible(text)

    return convert


class _Parser:
    """One pass over one document. Each method reads one section and reports into the document."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.rooms: dict[str, Room] | None = None
        self.services: dict[str, Service] | None = None

    def business(self, root: yaml.Node) -> Business:
        known = ("address", "phone", "policies", "rooms", "services", "specialists", "closures")
        found = self.doc.mapping(root, "the file", known)
        # rooms before services before specialists, in whatever order the file has them: each speaks of the one before
        nodes = {key: value for key, (_, value) in found.items()}
        address = self._opt(nodes, "address", lambda n: self.doc.text(n, "address", _short(300)))
        phone = self._opt(nodes, "phone", lambda n: self.doc.text(n, "phone", _short(32)))
        policies = self._opt(nodes, "policies", lambda n: read_policies(self.doc, n))
        self.rooms = self._opt(nodes, "rooms", lambda n: self._named(n, "rooms", MAX_ROOMS, self.room))
        self.services = self._opt(nodes, "services", lambda n: self._named(n, "services", MAX_SERVICES, self.service))
        specialists = self._opt(
            nodes, "specialists", lambda n: self._named(n, "specialists", MAX_SPECIALISTS, self.specialist)
        )
        closures = self._opt(nodes, "closures", self.closures)
        return Business(
            address=address,
            phone=phone,
            policies=policies[0] if policies else None,
            unspoken=policies[1] if policies else frozenset(),
            rooms=None if self.rooms is None else tuple(self.rooms.values()),
            services=None if self.services is None else tuple(self.services.values()),
            specialists=None if specialists is None else tuple(specialists.values()),
            closures=closures,
        )

    @staticmethod
    def _opt(nodes: dict[str, yaml.Node], key: str, read: Callable[[yaml.Node], T]) -> T | None:
        return read(nodes[key]) if key in nodes else None

    def _named(self, node: yaml.Node, what: str, most: int, read: Callable[[yaml.Node], Any]) -> dict[str, Any]:
        """A list of things with names, each name once."""
        found: dict[str, Any] = {}
        places: dict[str, int] = {}
        for item in self.doc.sequence(node, what, most):
            thing = read(item)
            if thing is None:
                continue
            if thing.name in found:
                self.doc.report(item, f"{what}: `{thing.name}` was given before, on line {places[thing.name]}")
            else:
                found[thing.name], places[thing.name] = thing, item.start_mark.line + 1
        return found

    def _entry(self, node: yaml.Node, what: str, known: tuple[str, ...]) -> tuple[str | None, dict[str, yaml.Node]]:
        """The name and the other values of one entry of a list; the name None if it is missing or wrong."""
        found = {key: value for key, (_, value) in self.doc.mapping(node, what, known).items()}
        named = found.pop("name", None)
        if named is None:
            if isinstance(node, yaml.MappingNode):
                self.doc.report(node, f"{what} needs a `name`")
            return None, found
        return self.doc.text(named, f"the name of {what}", rules.name), found

    def room(self, node: yaml.Node) -> Room | None:
        name, rest = self._entry(node, "a room", ("name", "count"))
        count = self.doc.whole(rest["count"], "count", 1, 1000) if "count" in rest else 1
        return None if name is None else Room(name=name, count=count or 1)

    def service(self, node: yaml.Node) -> Service | None:
        known = ("name", "price", "duration", "buffer_before", "buffer_after", "capacity", "rooms", "description")
        name, rest = self._entry(node, "a service", known)
        values: dict[str, Any] = {}
        if "duration" not in rest and name is not None:
            self.doc.report(node, f"the service `{name}` needs a `duration`")
        for key, value in rest.items():
            if key == "price":
                values[key] = self.doc.text(value, key, rules.price, also="int float")
            elif key == "duration":
                values["duration_min"] = self.doc.text(value, key, rules.within(1, DAY), also="int float")
            elif key in ("buffer_before", "buffer_after"):
                values[key + "_min"] = self.doc.text(value, key, rules.within(0, DAY), also="int float")
            elif key == "capacity":
                values[key] = self.doc.whole(value, key, 1, 1000)
            elif key == "rooms":
                values[key] = self._service_rooms(value)
            else:
                values[key] = self.doc.text(value, key, _short(1000))
        # an incomplete one still stands for its name, so that what speaks of it is not reported as well
        values = {key: value for key, value in values.items() if value is not None}
        return None if name is None else Service(name=name, **({"price": 0, "duration_min": 1} | values))

    def _service_rooms(self, node: yaml.Node) -> tuple[str, ...]:
        names: list[str] = []
        for item in self.doc.sequence(node, "the rooms of a service", MAX_SERVICE_ROOMS):
            name = self.doc.text(item, "a room", str)
            if name is None:
                continue
            if name in names:
                self.doc.report(item, f"the room `{name}` was given before")
            elif name not in (self.rooms or {}):
                self.doc.report(item, f"there is no room `{name}` under `rooms`")
            names.append(name)
        return tuple(names)

    def specialist(self, node: yaml.Node) -> Specialist | None:
        known = ("name", "services", "hours", "dates", "time_off", "description")
        name, rest = self._entry(node, "a specialist", known)
        values: dict[str, Any] = {}
        if "services" in rest:
            values["offers"] = self._offers(rest["services"])
        if "hours" in rest:
            week = self.doc.mapping(rest["hours"], "hours", rules.WEEKDAYS)
            values["hours"] = {rules.WEEKDAYS.index(d): self._shifts(v, d) for d, (_, v) in week.items()}
        if "dates" in rest:
            values["dates"] = self._dates(rest["dates"])
        if "time_off" in rest:
            values["time_off"] = self._time_off(rest["time_off"])
        if "description" in rest:
            values["description"] = self.doc.text(rest["description"], "description", _short(1000))
        return None if name is None else Specialist(name=name, **values)

    def _offers(self, node: yaml.Node) -> tuple[Offer, ...]:
        found: dict[str, Offer] = {}
        for item in self.doc.sequence(node, "the services of a specialist", MAX_SERVICES):
            if isinstance(item, yaml.ScalarNode):
                name, rest = self.doc.text(item, "a service", str), dict[str, yaml.Node]()
            else:
                name, rest = self._entry(item, "a service", ("name", "price", "duration"))
            cost = self.doc.text(rest["price"], "price", rules.price, also="int float") if "price" in rest else None
            minutes = (
                self.doc.text(rest["duration"], "duration", rules.within(1, DAY), also="int float")
                if "duration" in rest
                else None
            )
            if name is None:
                continue
            if name in found:
                self.doc.report(item, f"the service `{name}` was given before")
            elif name not in (self.services or {}):
                self.doc.report(item, f"there is no service `{name}` under `services`")
            found[name] = Offer(service=name, price=cost, duration_min=minutes)
        return tuple(found.values())

    def _shifts(self, node: yaml.Node, what: str) -> list[Shift]:
        found: list[Shift] = []
        for item in self.doc.sequence(node, what, MAX_SHIFTS):
            one = self.doc.text(item, what, rules.shift)
            if one is None:
                continue
            if clash := rules.overlapping([*found, one]):
                first, second = (rules.show_shift(*s) for s in clash)
                self.doc.report(item, f"{what}: the shifts {first} and {second} overlap")
            else:
                found.append(one)
        return sorted(found)

    def _dates(self, node: yaml.Node) -> dict[str, list[Shift]]:
        found: dict[str, list[Shift]] = {}
        entries = self.doc.mapping(node, "dates", None)
        if len(entries) > MAX_DATES:
            self.doc.report(node, f"dates must have at most {MAX_DATES} entries, not {len(entries)}")
            return found
        for key_node, value in entries.values():
            date = self.doc.key(key_node, "dates:", rules.day)
            shifts = self._shifts(value, "dates" if date is None else date)
            if date is not None:
                found[date] = shifts
        return found

    def _time_off(self, node: yaml.Node) -> tuple[TimeOff, ...]:
        found: dict[tuple[str, str], TimeOff] = {}
        for item in self.doc.sequence(node, "time_off", MAX_TIME_OFF):
            reason = None
            where: yaml.Node = item
            if isinstance(item, yaml.MappingNode):
                entry = self.doc.mapping(item, "a time off", ("period", "reason"))
                if "period" not in entry:
                    self.doc.report(item, "a time off needs a `period`")
                    continue
                where = entry["period"][1]
                reason = self.doc.text(entry["reason"][1], "reason", _short(200)) if "reason" in entry else None
            period = self.doc.text(where, "time_off", rules.period)
            if period is None:
                continue
            if period in found:
                self.doc.report(item, "this time off was given before")
            found[period] = TimeOff(start=period[0], end=period[1], reason=reason)
        return tuple(found.values())

    def closures(self, node: yaml.Node) -> tuple[str, ...]:
        found: list[str] = []
        for item in self.doc.sequence(node, "closures", MAX_CLOSURES):
            date = self.doc.text(item, "a closure", rules.day, also="timestamp")
            if date in found:
                self.doc.report(item, f"the closure {date} was given before")
            elif date is not None:
                found.append(date)
        return tuple(sorted(found))
