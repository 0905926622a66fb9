"""Making the database say what a business file says: the difference is found first, then written.

Nothing that bookings ahead depend on is removed (`kept` says so), and no booking is changed: `affected` lists those that
a change touches.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Table

from backend.audit.queries.chain import Entry, append_entries
from backend.auth.actor import Actor, TenantRow, decode_policies, encode_policies
from backend.contract import Answer
from backend.contract.schedule import Affected
from backend.contract.tenancy import Policies
from backend.db import tables
from backend.schedule.queries.upcoming import UpcomingItem
from backend.tasks.withdrawals import settle_withdrawn
from backend.tenancy.business import queries
from backend.tenancy.business.effects import Effects
from backend.tenancy.business.groups import names_of, starts_of
from backend.tenancy.business.queries import StoredService, StoredSpecialist, Values
from backend.tenancy.business.structs import Business, Room, Service, Specialist
from backend.tenancy.queries import update_tenant
from backend.transactions import UnitOfWork

NEEDED = "bookings ahead depend on it"


class ImportResult(Answer):
    """What an import did (`changes`) and what it left and why (`kept`), a sentence each, and the bookings `affected`."""

    changes: list[str]
    kept: list[str]
    affected: list[Affected]


def apply_business(conn: Connection, tenant: TenantRow, business: Business, now: int) -> ImportResult:
    """Bring the business to what the file says, in the caller's transaction. A second run changes nothing."""
    work = _Import(conn, tenant.id, now)
    work.tenant(business)
    if business.rooms is not None:
        work.rooms(business.rooms)
    if business.services is not None:
        work.services(business.services)
    if business.specialists is not None:
        work.specialists(business.specialists)
    if business.rooms is not None:
        work.drop_rooms({room.name for room in business.rooms})
    if business.closures is not None:
        work.closures(set(business.closures))
    affected = work.effects.list_affected(work.upcoming, work.was, tenant.timezone) if work.effects else []
    if work.changes:
        detail = {"changes": len(work.changes), "kept": len(work.kept), "affected": len(affected)}
        entry = Entry(now, "operator", "business.imported", f"tenant:{tenant.id}", detail)
        append_entries(conn, tenant.id, [entry])
        # what the file has opened again may be in the way of no booking any more
        settle_withdrawn(UnitOfWork(conn, Actor(tenant, None, "internal", ""), now))
    return ImportResult(changes=work.changes, kept=work.kept, affected=affected)


class _Import:
    """One import: what was stored, and what has been done to it."""

    def __init__(self, conn: Connection, tenant_id: int, now: int) -> None:
        self.conn, self.tenant_id, self.now = conn, tenant_id, now
        self.was = queries.load_stored(conn, tenant_id)
        self.changes: list[str] = []
        self.kept: list[str] = []
        self.effects = Effects()
        # services that the file leaves out and that stay, because bookings ahead depend on them
        self.kept_services: set[int] = set()
        self._upcoming: Sequence[UpcomingItem] | None = None
        self.service_ids = {row.name: row.id for row in self.was.services.values() if row.archived_at is None}
        self.room_ids = {row.name: row.id for row in self.was.rooms.values()}

    @property
    def upcoming(self) -> Sequence[UpcomingItem]:
        if self._upcoming is None:
            self._upcoming = queries.list_items_ahead(self.conn, self.tenant_id, self.now)
        return self._upcoming

    def tenant(self, business: Business) -> None:
        """Set address, phone and policies."""
        row, values = self.was.tenant, {}
        for field in ("address", "phone"):
            wanted = getattr(business, field)
            if wanted is not None and wanted != getattr(row, field):
                values[field] = wanted
                self.changes.append(f"{field}: changed")
        if business.policies is not None:
            stored = decode_policies(row.policies, row.added_policies)
            wanted = msgspec.structs.replace(
                business.policies, **{k: getattr(stored, k) for k in business.absent_policies}
            )
            if wanted != stored:
                values |= encode_policies(wanted)._asdict()
                names = [f for f in Policies.__struct_fields__ if getattr(wanted, f) != getattr(stored, f)]
                self.changes.append(f"policies: {', '.join(names)} changed")
        if values:
            update_tenant(self.conn, self.tenant_id, values)

    def rooms(self, wanted: Iterable[Room]) -> None:
        """Add and change rooms; `drop_rooms` removes them, once the services have let go of them."""
        new = []
        changed: dict[int, dict[str, object]] = {}
        for room in wanted:
            room_id = self.room_ids.get(room.name)
            if room_id is None:
                new.append({"tenant_id": self.tenant_id, "name": room.name, "count": room.count})
                self.changes.append(f"room {room.name}: added")
            elif self.was.rooms[room_id].places != room.count:
                changed[room_id] = {"count": room.count}
                self.changes.append(f"room {room.name}: count changed")
        self.room_ids |= queries.insert_named(self.conn, tables.rooms, new)
        queries.update_rows(self.conn, tables.rooms, self.tenant_id, changed)

    def drop_rooms(self, named: set[str]) -> None:
        absent = {name: row_id for name, row_id in self.room_ids.items() if name not in named}
        if not absent:
            return
        needed = queries.find_rooms_needed(self.conn, self.tenant_id, self.now)
        self._tell("room", absent, dict.fromkeys(needed, NEEDED), "removed")
        queries.delete_rooms(self.conn, self.tenant_id, sorted(set(absent.values()) - needed))

    def _tell(self, kind: str, absent: dict[str, int], needed: dict[int, str], verb: str) -> None:
        for name, row_id in sorted(absent.items()):
            if row_id in needed:
                self.kept.append(f"{kind} {name}: not in the file, but kept: {needed[row_id]}")
            else:
                self.changes.append(f"{kind} {name}: {verb}")

    def services(self, wanted: Sequence[Service]) -> None:
        """Add, change and archive services, with the rooms that each takes."""
        terms = ("price", "price_from", "duration_min", "buffer_before_min", "buffer_after_min", "capacity")
        rows = {
            one.name: {c: getattr(one, c) for c in (*terms, "category")} | {"position": position}
            | ({} if one.description is None else {"description": one.description})
            | starts_of(one, self.was.services.values())
            for position, one in enumerate(wanted)
        }  # fmt: skip
        self.service_ids, changed = self._merge("service", tables.services, self.was.services, rows)
        self.effects.services |= {i for i, names in changed.items() if not names.isdisjoint((*terms, "starts"))}
        links, owners = [], []
        for one in wanted:
            service_id = self.service_ids[one.name]
            room_ids = {self.room_ids[name] for name in one.rooms}
            if room_ids != self.was.service_rooms.get(service_id, set()):
                if service_id in self.was.services:
                    self.changes.append(f"service {one.name}: rooms changed")
                    self.effects.services.add(service_id)
                owners.append(service_id)
                links += [{"tenant_id": self.tenant_id, "service_id": service_id, "room_id": r} for r in room_ids]
        queries.replace_rows(self.conn, tables.service_rooms, self.tenant_id, "service_id", owners, links)
        absent = {name: i for name, i in self.service_ids.items() if name not in rows}
        needed = {row.service_id: NEEDED for row in self.upcoming} if absent else {}
        gone = self._archive("service", tables.services, absent, needed)
        self.kept_services = set(absent.values()) - gone
        queries.delete_offers(self.conn, self.tenant_id, gone)
        for offers in self.was.offers.values():
            for service_id in gone:
                offers.pop(service_id, None)
        self.service_ids = {name: i for name, i in self.service_ids.items() if i not in gone}

    def specialists(self, wanted: Sequence[Specialist]) -> None:
        """Add, change and archive specialists, with all that belongs to each."""
        rows = {
            one.name: {"position": position} | ({} if one.description is None else {"description": one.description})
            for position, one in enumerate(wanted)
        }
        ids, _ = self._merge("specialist", tables.specialists, self.was.specialists, rows)
        self._offers(wanted, ids)
        self._hours(wanted, ids)
        absent = {name: i for name, i in ids.items() if name not in rows}
        needed = {row.specialist_id: NEEDED for row in self.upcoming} if absent else {}
        bound = {i: "an account acts for it" for i in absent.values() if self.was.specialists[i].person_id is not None}
        gone = self._archive("specialist", tables.specialists, absent, bound | needed)
        self._replace(tables.specialist_services, sorted(gone), [])

    def _merge(
        self, kind: str, table: Table, was: Mapping[int, StoredService | StoredSpecialist], rows: Mapping[str, Values]
    ) -> tuple[dict[str, int], dict[int, set[str]]]:
        """Insert new names, revive archived ones, update what differs; return ids by name and changed columns by id."""
        current = {row.name: row for row in was.values() if row.archived_at is None}
        archived = {row.name: row for row in was.values() if row.archived_at is not None}
        new: list[dict[str, object]] = []
        updates: dict[int, dict[str, object]] = {}
        changed: dict[int, set[str]] = {}
        for name, values in rows.items():
            row = current.get(name) or archived.get(name)
            if row is None:
                new.append({"tenant_id": self.tenant_id, "name": name, "description": "", **values})
                self.changes.append(f"{kind} {name}: added")
                continue
            different = {c: v for c, v in values.items() if getattr(row, c) != v}
            if name not in current:
                updates[row.id] = {**values, "archived_at": None}
                self.changes.append(f"{kind} {name}: brought back")
            elif different:
                updates[row.id] = different
                changed[row.id] = set(different)
                self.changes.append(f"{kind} {name}: {names_of(different)} changed")
        ids = {name: row.id for name, row in current.items()}
        ids |= {name: archived[name].id for name in rows if name not in current and name in archived}
        ids |= queries.insert_named(self.conn, table, new)
        queries.update_rows(self.conn, table, self.tenant_id, updates)
        return ids, changed

    def _archive(self, kind: str, table: Table, absent: dict[str, int], needed: dict[int, str]) -> set[int]:
        self._tell(kind, absent, needed, "archived")
        gone = set(absent.values()) - set(needed)
        queries.update_rows(self.conn, table, self.tenant_id, {i: {"archived_at": self.now} for i in gone})
        return gone

    def _offers(self, wanted: Iterable[Specialist], ids: dict[str, int]) -> None:
        rows, owners = [], []
        for one in wanted:
            specialist_id = ids[one.name]
            was = self.was.offers.get(specialist_id, {})
            offers = {
                self.service_ids[o.service]: queries.StoredOffer(o.price, o.price_from, o.duration_min)
                for o in one.offers
            }
            offers |= {i: terms for i, terms in was.items() if i in self.kept_services}
            if offers == was:
                continue
            if specialist_id in self.was.specialists:
                self.changes.append(f"specialist {one.name}: services changed")
            self.effects.offers |= {(specialist_id, i) for i in was if offers.get(i) != was[i]}
            owners.append(specialist_id)
            rows += [self._of(specialist_id, service_id=i, **terms._asdict()) for i, terms in offers.items()]
        self._replace(tables.specialist_services, owners, rows)

    def _hours(self, wanted: Iterable[Specialist], ids: dict[str, int]) -> None:
        """Replace weeks, dates and time off where they differ."""
        new: dict[Table, tuple[list[int], list[dict[str, object]]]] = {
            table: ([], []) for table in (tables.weekly_hours, tables.date_hours, tables.time_off)
        }
        for one in wanted:
            i = ids[one.name]
            week = {day: shifts for day, shifts in one.hours.items() if shifts}
            old_off = self.was.time_off.get(i, {})
            time_off = {
                (t.start, t.end): old_off.get((t.start, t.end), "") if t.reason is None else t.reason
                for t in one.time_off
            }
            if week != self.was.week.get(i, {}):
                rows = [
                    self._of(i, weekday=day, start_min=a, end_min=b) for day, shifts in week.items() for a, b in shifts
                ]
                self._differs(new[tables.weekly_hours], one.name, i, "hours", rows)
            if one.dates != self.was.dates.get(i, {}):
                rows = [
                    self._of(i, date=date, start_min=a, end_min=b)
                    for date, shifts in one.dates.items()
                    for a, b in shifts or [(-1, -1)]
                ]
                self._differs(new[tables.date_hours], one.name, i, "dates", rows)
            if time_off != old_off:
                rows = [self._of(i, starts_local=a, ends_local=b, reason=why) for (a, b), why in time_off.items()]
                self._differs(new[tables.time_off], one.name, i, "time off", rows)
            self.effects.open[i] = (week, one.dates, list(time_off))
        for table, (owners, rows) in new.items():
            self._replace(table, owners, rows)

    def _differs(
        self,
        found: tuple[list[int], list[dict[str, object]]],
        name: str,
        row_id: int,
        what: str,
        rows: list[dict[str, object]],
    ) -> None:
        found[0].append(row_id)
        found[1].extend(rows)
        if row_id in self.was.specialists:
            self.changes.append(f"specialist {name}: {what} changed")
            self.effects.hours.add(row_id)

    def _of(self, specialist_id: int, **values: object) -> dict[str, object]:
        return {"tenant_id": self.tenant_id, "specialist_id": specialist_id, **values}

    def _replace(self, table: Table, owners: list[int], rows: list[dict[str, object]]) -> None:
        queries.replace_rows(self.conn, table, self.tenant_id, "specialist_id", owners, rows)

    def closures(self, wanted: set[str]) -> None:
        """Close exactly these dates."""
        if wanted == self.was.closures:
            return
        self.changes += [f"closure {date}: added" for date in sorted(wanted - self.was.closures)]
        self.changes += [f"closure {date}: removed" for date in sorted(self.was.closures - wanted)]
        self.effects.closed = bool(wanted - self.was.closures)
        self.was.closures = wanted
        queries.replace_closures(self.conn, self.tenant_id, sorted(wanted))
