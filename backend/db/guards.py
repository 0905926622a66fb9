"""What the database itself refuses, as triggers (and on PostgreSQL an exclusion constraint).

The names are those in the schema, so that a test may drop one and see its checker fail:
- `guard_items_*`: active items of one specialist never meet, unless they are of the same service and the peak of
  places, those of the new one among them, stays within the new one's capacity; where the service's clients start
  together, items that meet must start at one instant;
- `guard_rooms_*`: at any instant at most `rooms.count` distinct specialists hold a room;
- `guard_*_append`: audit and booking_history are never updated or deleted.

New rows are judged, and rows that come back, whose time changes or whose places grow: what is there already stays where
a service gets a smaller capacity, or lets its clients start together from now on.

A booking of several items that moves within its own old place must first be set inactive, then moved and set active:
each row is checked as it is written.

A change here needs a migration of its own, with the statements written out; a test holds this file against the
migrated schema.
"""

from backend.db.tables import MAX_SPAN_S

TAKEN = "slotgate:slot_taken"
APPEND_ONLY = "slotgate:append_only"

_NEAR_ITEM = f"""o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - {MAX_SPAN_S} AND o.occ_end > NEW.occ_start"""
_NEAR_ROOM = f"""r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - {MAX_SPAN_S} AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id"""
_ITEM_COLUMNS = ("tenant_id", "specialist_id", "service_id", "starts_at", "occ_start", "occ_end", "capacity", "active")
_ROOM_COLUMNS = ("tenant_id", "room_id", "specialist_id", "occ_start", "occ_end", "active")
_MORE_PLACES = "NEW.places > OLD.places"
_APPEND_ONLY = ("audit", "booking_history")


def _exclusive(other: str = "") -> str:
    """Return the condition that another stretch is in the way of a booking that cannot share its time."""
    return f"""EXISTS (SELECT 1 FROM booking_items o WHERE {_NEAR_ITEM}{other}
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1))"""  # noqa: S608 - constants of this file only


def _over_capacity(other: str = "") -> str:
    """Return the condition that the peak would pass the capacity, counted at the new start and at each start inside."""
    return f"""(NEW.capacity > 1 OR NEW.places > 1) AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE {_NEAR_ITEM}{other} AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT coalesce(sum(o.places), 0) FROM booking_items o WHERE {_NEAR_ITEM}{other}
      AND o.occ_start <= p.at AND o.occ_end > p.at) + NEW.places > NEW.capacity)"""  # noqa: S608 - constants of this file only


def _across_class(other: str = "") -> str:
    """Return the condition that another start of a service is in the way whose clients start together."""
    return f"""NEW.capacity > 1 AND EXISTS (SELECT 1 FROM booking_items o WHERE {_NEAR_ITEM}{other}
    AND o.starts_at <> NEW.starts_at)
    AND EXISTS (SELECT 1 FROM services s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.service_id
    AND s.starts = 'together')"""  # noqa: S608 - constants of this file only


_NO_ROOM = f"""EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT r.occ_start FROM item_rooms r WHERE {_NEAR_ROOM} AND r.occ_start > NEW.occ_start) p
    WHERE (SELECT count(DISTINCT r.specialist_id) FROM item_rooms r WHERE {_NEAR_ROOM}
      AND r.occ_start <= p.at AND r.occ_end > p.at)
      >= (SELECT q.count FROM rooms q WHERE q.tenant_id = NEW.tenant_id AND q.id = NEW.room_id))"""  # noqa: S608 - constants of this file only


def _changed(columns: tuple[str, ...], differs: str) -> str:
    return "(" + " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in columns) + ")"


def _sqlite_guards() -> dict[str, str]:
    def trigger(name: str, event: str, when: str, message: str, *conditions: str) -> str:
        body = "\n".join(f"  SELECT RAISE(ABORT, '{message}') WHERE {c};" for c in conditions)
        return f"CREATE TRIGGER {name} BEFORE {event}{when}\nBEGIN\n{body}\nEND"

    other = " AND o.id <> NEW.id"
    guards = {
        "guard_items_insert": trigger(
            "guard_items_insert",
            "INSERT ON booking_items",
            " WHEN NEW.active",
            TAKEN,
            _exclusive(),
            _over_capacity(),
            _across_class(),
        ),
        "guard_items_update": trigger(
            "guard_items_update",
            f"UPDATE OF {', '.join((*_ITEM_COLUMNS, 'places'))} ON booking_items",
            f" WHEN NEW.active AND ({_changed(_ITEM_COLUMNS, 'IS NOT')} OR {_MORE_PLACES})",
            TAKEN,
            _exclusive(other),
            _over_capacity(other),
            _across_class(other),
        ),
        "guard_rooms_insert": trigger(
            "guard_rooms_insert", "INSERT ON item_rooms", " WHEN NEW.active", TAKEN, _NO_ROOM
        ),
        "guard_rooms_update": trigger(
            "guard_rooms_update",
            f"UPDATE OF {', '.join(_ROOM_COLUMNS)} ON item_rooms",
            f" WHEN NEW.active AND {_changed(_ROOM_COLUMNS, 'IS NOT')}",
            TAKEN,
            _NO_ROOM,
        ),
    }
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            name = f"guard_{table}_{event.lower()}"
            guards[name] = trigger(name, f"{event} ON {table}", "", APPEND_ONLY, "1")
    return guards


def _postgres_guards() -> dict[str, str]:
    def function(name: str, message: str, *conditions: str) -> str:
        # The lock makes the check true until commit, also for a writer that has not taken it itself.
        checks = "\n".join(
            f"  IF {c} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'exclusion_violation'; END IF;"
            for c in conditions
        )
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
            f"  PERFORM pg_advisory_xact_lock(NEW.tenant_id);\n{checks}\n  RETURN NEW;\nEND $$"
        )

    def trigger(name: str, event: str, when: str, call: str) -> str:
        return f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {when}EXECUTE FUNCTION {call}()"

    other = " AND o.id <> NEW.id"
    guards = {
        "guard_items": function("guard_items", TAKEN, _exclusive(other), _over_capacity(other), _across_class(other)),
        "guard_rooms": function("guard_rooms", TAKEN, _NO_ROOM),
        "guard_append": "CREATE FUNCTION guard_append() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'restrict_violation'; END $$",
        # Needs no extension: one specialist as a range of a single number.
        "guard_items_exclusion": "ALTER TABLE booking_items ADD CONSTRAINT guard_items_exclusion EXCLUDE USING gist "
        "(int8range(specialist_id, specialist_id, '[]') WITH &&, int8range(occ_start, occ_end, '[)') WITH &&) "
        "WHERE (active AND capacity = 1)",
    }
    items_changed = f"({_changed(_ITEM_COLUMNS, 'IS DISTINCT FROM')} OR {_MORE_PLACES})"
    for table, call, columns, differs in (
        ("booking_items", "guard_items", (*_ITEM_COLUMNS, "places"), items_changed),
        ("item_rooms", "guard_rooms", _ROOM_COLUMNS, _changed(_ROOM_COLUMNS, "IS DISTINCT FROM")),
    ):
        changed = f"WHEN (NEW.active AND {differs}) "
        guards[f"{call}_insert"] = trigger(f"{call}_insert", f"INSERT ON {table}", "WHEN (NEW.active) ", call)
        guards[f"{call}_update"] = trigger(
            f"{call}_update", f"UPDATE OF {', '.join(columns)} ON {table}", changed, call
        )
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            name = f"guard_{table}_{event.lower()}"
            guards[name] = trigger(name, f"{event} ON {table}", "", "guard_append")
    return guards


# dialect name -> guard name -> the statement that makes it, in order.
GUARDS: dict[str, dict[str, str]] = {"sqlite": _sqlite_guards(), "postgresql": _postgres_guards()}

_TABLE_OF = {
    "guard_items": "booking_items",
    "guard_rooms": "item_rooms",
    **{f"guard_{t}": t for t in _APPEND_ONLY},
}


def drop_statement(dialect: str, name: str) -> str:
    """Return the statement that removes a guard (a trigger or the exclusion constraint; not the functions)."""
    if dialect == "sqlite":
        return f"DROP TRIGGER {name}"
    table = next(t for prefix, t in _TABLE_OF.items() if name.startswith(prefix + "_"))
    if name == "guard_items_exclusion":
        return f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    return f"DROP TRIGGER {name} ON {table}"
