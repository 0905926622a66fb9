"""The first release: every table, then what the database itself refuses.

A record, not code to edit: what has been released is changed by a further revision.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from alembic import op

# fmt: off
# ruff: noqa: E501
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Names of checks stand in op.f, else the naming convention would be applied to them a second time.
# SQLite gives a rowid alias only to INTEGER, PostgreSQL wants bigint.
Id = BigInteger().with_variant(Integer, "sqlite")

# What the database itself refuses: dialect -> the statements that make it, in order.
GUARDS = {
    "sqlite": (
        """CREATE TRIGGER guard_items_insert BEFORE INSERT ON booking_items WHEN NEW.active
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1));
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE NEW.capacity > 1 AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT count(*) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start
      AND o.occ_start <= p.at AND o.occ_end > p.at) >= NEW.capacity);
END""",
        """CREATE TRIGGER guard_items_update BEFORE UPDATE OF tenant_id, specialist_id, service_id, occ_start, occ_end, capacity, active ON booking_items WHEN NEW.active AND (OLD.tenant_id IS NOT NEW.tenant_id OR OLD.specialist_id IS NOT NEW.specialist_id OR OLD.service_id IS NOT NEW.service_id OR OLD.occ_start IS NOT NEW.occ_start OR OLD.occ_end IS NOT NEW.occ_end OR OLD.capacity IS NOT NEW.capacity OR OLD.active IS NOT NEW.active)
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1));
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE NEW.capacity > 1 AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT count(*) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
      AND o.occ_start <= p.at AND o.occ_end > p.at) >= NEW.capacity);
END""",
        """CREATE TRIGGER guard_rooms_insert BEFORE INSERT ON item_rooms WHEN NEW.active
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT r.occ_start FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id AND r.occ_start > NEW.occ_start) p
    WHERE (SELECT count(DISTINCT r.specialist_id) FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id
      AND r.occ_start <= p.at AND r.occ_end > p.at)
      >= (SELECT q.count FROM rooms q WHERE q.tenant_id = NEW.tenant_id AND q.id = NEW.room_id));
END""",
        """CREATE TRIGGER guard_rooms_update BEFORE UPDATE OF tenant_id, room_id, specialist_id, occ_start, occ_end, active ON item_rooms WHEN NEW.active AND (OLD.tenant_id IS NOT NEW.tenant_id OR OLD.room_id IS NOT NEW.room_id OR OLD.specialist_id IS NOT NEW.specialist_id OR OLD.occ_start IS NOT NEW.occ_start OR OLD.occ_end IS NOT NEW.occ_end OR OLD.active IS NOT NEW.active)
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT r.occ_start FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id AND r.occ_start > NEW.occ_start) p
    WHERE (SELECT count(DISTINCT r.specialist_id) FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id
      AND r.occ_start <= p.at AND r.occ_end > p.at)
      >= (SELECT q.count FROM rooms q WHERE q.tenant_id = NEW.tenant_id AND q.id = NEW.room_id));
END""",
        """CREATE TRIGGER guard_audit_update BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'slotgate:append_only') WHERE 1;
END""",
        """CREATE TRIGGER guard_audit_delete BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'slotgate:append_only') WHERE 1;
END""",
        """CREATE TRIGGER guard_booking_history_update BEFORE UPDATE ON booking_history
BEGIN
  SELECT RAISE(ABORT, 'slotgate:append_only') WHERE 1;
END""",
        """CREATE TRIGGER guard_booking_history_delete BEFORE DELETE ON booking_history
BEGIN
  SELECT RAISE(ABORT, 'slotgate:append_only') WHERE 1;
END""",
    ),
    "postgresql": (
        """CREATE FUNCTION guard_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(NEW.tenant_id);
  IF EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1)) THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  IF NEW.capacity > 1 AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT count(*) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
      AND o.occ_start <= p.at AND o.occ_end > p.at) >= NEW.capacity) THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  RETURN NEW;
END $$""",
        """CREATE FUNCTION guard_rooms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(NEW.tenant_id);
  IF EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT r.occ_start FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id AND r.occ_start > NEW.occ_start) p
    WHERE (SELECT count(DISTINCT r.specialist_id) FROM item_rooms r WHERE r.tenant_id = NEW.tenant_id AND r.room_id = NEW.room_id AND r.active
    AND r.occ_start < NEW.occ_end AND r.occ_start >= NEW.occ_start - 259200 AND r.occ_end > NEW.occ_start
    AND r.item_id <> NEW.item_id AND r.specialist_id <> NEW.specialist_id
      AND r.occ_start <= p.at AND r.occ_end > p.at)
      >= (SELECT q.count FROM rooms q WHERE q.tenant_id = NEW.tenant_id AND q.id = NEW.room_id)) THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  RETURN NEW;
END $$""",
        """CREATE FUNCTION guard_append() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'slotgate:append_only' USING ERRCODE = 'restrict_violation'; END $$""",
        """ALTER TABLE booking_items ADD CONSTRAINT guard_items_exclusion EXCLUDE USING gist (int8range(specialist_id, specialist_id, '[]') WITH &&, int8range(occ_start, occ_end, '[)') WITH &&) WHERE (active AND capacity = 1)""",
        """CREATE TRIGGER guard_items_insert BEFORE INSERT ON booking_items FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION guard_items()""",
        """CREATE TRIGGER guard_items_update BEFORE UPDATE OF tenant_id, specialist_id, service_id, occ_start, occ_end, capacity, active ON booking_items FOR EACH ROW WHEN (NEW.active AND (OLD.tenant_id IS DISTINCT FROM NEW.tenant_id OR OLD.specialist_id IS DISTINCT FROM NEW.specialist_id OR OLD.service_id IS DISTINCT FROM NEW.service_id OR OLD.occ_start IS DISTINCT FROM NEW.occ_start OR OLD.occ_end IS DISTINCT FROM NEW.occ_end OR OLD.capacity IS DISTINCT FROM NEW.capacity OR OLD.active IS DISTINCT FROM NEW.active)) EXECUTE FUNCTION guard_items()""",
        """CREATE TRIGGER guard_rooms_insert BEFORE INSERT ON item_rooms FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION guard_rooms()""",
        """CREATE TRIGGER guard_rooms_update BEFORE UPDATE OF tenant_id, room_id, specialist_id, occ_start, occ_end, active ON item_rooms FOR EACH ROW WHEN (NEW.active AND (OLD.tenant_id IS DISTINCT FROM NEW.tenant_id OR OLD.room_id IS DISTINCT FROM NEW.room_id OR OLD.specialist_id IS DISTINCT FROM NEW.specialist_id OR OLD.occ_start IS DISTINCT FROM NEW.occ_start OR OLD.occ_end IS DISTINCT FROM NEW.occ_end OR OLD.active IS DISTINCT FROM NEW.active)) EXECUTE FUNCTION guard_rooms()""",
        """CREATE TRIGGER guard_audit_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION guard_append()""",
        """CREATE TRIGGER guard_audit_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION guard_append()""",
        """CREATE TRIGGER guard_booking_history_update BEFORE UPDATE ON booking_history FOR EACH ROW EXECUTE FUNCTION guard_append()""",
        """CREATE TRIGGER guard_booking_history_delete BEFORE DELETE ON booking_history FOR EACH ROW EXECUTE FUNCTION guard_append()""",
    ),
}


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.create_table("tenants",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("slug", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("timezone", Text(), nullable=False),
        Column("locale", Text(), nullable=False),
        Column("currency", Text(), nullable=False),
        Column("enabled", Boolean(), server_default=true(), nullable=False),
        Column("bot_username", Text()),
        Column("address", Text(), server_default="", nullable=False),
        Column("phone", Text(), server_default="", nullable=False),
        Column("policies", Text(), server_default="{}", nullable=False),
        Column("shared_at", BigInteger()),
        Column("created_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_tenants"),
        UniqueConstraint("slug", name="uq_tenants_slug")
    )
    op.create_table("audit",
        Column("tenant_id", Id, nullable=False),
        Column("seq", BigInteger(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("actor", Text(), nullable=False),
        Column("action", Text(), nullable=False),
        Column("object", Text(), nullable=False),
        Column("detail", Text(), server_default="{}", nullable=False),
        Column("request_id", Text(), server_default="", nullable=False),
        Column("hash", LargeBinary(), nullable=False),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_audit_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "seq", name="pk_audit")
    )
    op.create_table("audit_heads",
        Column("tenant_id", Id, autoincrement=False, nullable=False),
        Column("seq", BigInteger(), nullable=False),
        Column("hash", LargeBinary(), nullable=False),
        Column("seal", LargeBinary(), nullable=False),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_audit_heads_tenant_id"),
        PrimaryKeyConstraint("tenant_id", name="pk_audit_heads")
    )
    op.create_table("closures",
        Column("tenant_id", Id, nullable=False),
        Column("date", Text(), nullable=False),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_closures_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "date", name="pk_closures")
    )
    op.create_table("idempotency",
        Column("tenant_id", Id, nullable=False),
        Column("scope", Text(), nullable=False),
        Column("key", Text(), nullable=False),
        Column("request_hash", LargeBinary(), nullable=False),
        Column("status", Integer(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_idempotency_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "scope", "key", name="pk_idempotency")
    )
    op.create_index("ix_idempotency_created", "idempotency", ["created_at"])
    op.create_table("people",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("tg_id", BigInteger()),
        Column("name", Text(), server_default="", nullable=False),
        Column("name_search", Text(), server_default="", nullable=False),
        Column("name_set", Boolean(), server_default=false(), nullable=False),
        Column("username", Text()),
        Column("phone", Text()),
        Column("phone_digits", Text(), server_default="", nullable=False),
        Column("phone_verified_at", BigInteger()),
        Column("locale", Text()),
        Column("language_code", Text()),
        Column("note", Text(), server_default="", nullable=False),
        Column("blocked", Boolean(), server_default=false(), nullable=False),
        Column("staff_notices", Text(), server_default="all", nullable=False),
        Column("news", Boolean(), server_default=true(), nullable=False),
        Column("unreachable_at", BigInteger()),
        Column("created_at", BigInteger(), nullable=False),
        Column("erased_at", BigInteger()),
        CheckConstraint("staff_notices IN ('all','changes','none')", name=op.f("ck_people_staff_notices")),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_people_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_people"),
        UniqueConstraint("tenant_id", "id", name="uq_people_tenant_id_id"),
        UniqueConstraint("tenant_id", "tg_id", name="uq_people_tenant_id_tg_id")
    )
    op.create_index("ix_people_name", "people", ["tenant_id", "name_search"])
    op.create_index("ix_people_phone", "people", ["tenant_id", "phone_digits"])
    op.create_table("rooms",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("name", Text(), nullable=False),
        Column("count", Integer(), server_default="1", nullable=False),
        CheckConstraint("count >= 1", name=op.f("ck_rooms_count")),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_rooms_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_rooms"),
        UniqueConstraint("tenant_id", "id", name="uq_rooms_tenant_id_id"),
        UniqueConstraint("tenant_id", "name", name="uq_rooms_tenant_id_name")
    )
    op.create_table("services",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("name", Text(), nullable=False),
        Column("description", Text(), server_default="", nullable=False),
        Column("price", BigInteger(), server_default="0", nullable=False),
        Column("duration_min", Integer(), nullable=False),
        Column("buffer_before_min", Integer(), server_default="0", nullable=False),
        Column("buffer_after_min", Integer(), server_default="0", nullable=False),
        Column("capacity", Integer(), server_default="1", nullable=False),
        Column("position", Integer(), server_default="0", nullable=False),
        Column("archived_at", BigInteger()),
        CheckConstraint("capacity >= 1", name=op.f("ck_services_capacity")),
        CheckConstraint("duration_min BETWEEN 1 AND 1440", name=op.f("ck_services_duration")),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_services_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_services"),
        UniqueConstraint("tenant_id", "id", name="uq_services_tenant_id_id")
    )
    op.create_index("uq_services_name", "services", ["tenant_id", "name"], unique=True, sqlite_where=text("archived_at IS NULL"), postgresql_where=text("archived_at IS NULL"))
    op.create_table("bookings",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("client_id", Id),
        Column("claim_hash", LargeBinary()),
        Column("status", Text(), nullable=False),
        Column("starts_at", BigInteger(), nullable=False),
        Column("ends_at", BigInteger(), nullable=False),
        Column("local_start", Text(), nullable=False),
        Column("timezone", Text(), nullable=False),
        Column("price", BigInteger(), nullable=False),
        Column("currency", Text(), nullable=False),
        Column("comment", Text(), server_default="", nullable=False),
        Column("policies", Text(), nullable=False),
        Column("hold_until", BigInteger()),
        Column("cancelled_at", BigInteger()),
        Column("cancelled_from", Text()),
        Column("cancelled_by", Id),
        Column("coming_at", BigInteger()),
        Column("created_by", Id),
        Column("source", Text(), nullable=False),
        Column("sequence", Integer(), server_default="0", nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        CheckConstraint("source IN ('internal','public')", name=op.f("ck_bookings_source")),
        CheckConstraint("status <> 'held' OR hold_until IS NOT NULL", name=op.f("ck_bookings_hold")),
        CheckConstraint("status IN ('held','pending','confirmed','arrived','completed','no_show','cancelled','expired')", name=op.f("ck_bookings_status")),
        CheckConstraint("ends_at > starts_at", name=op.f("ck_bookings_order")),
        CheckConstraint("client_id IS NOT NULL OR status IN ('held','expired','cancelled')", name=op.f("ck_bookings_client")),
        ForeignKeyConstraint(["tenant_id", "client_id"], ["people.tenant_id", "people.id"], name="fk_bookings_tenant_id_client_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_bookings_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_bookings"),
        UniqueConstraint("tenant_id", "id", name="uq_bookings_tenant_id_id")
    )
    op.create_index("uq_bookings_claim", "bookings", ["tenant_id", "claim_hash"], unique=True, sqlite_where=text("claim_hash IS NOT NULL"), postgresql_where=text("claim_hash IS NOT NULL"))
    op.create_index("ix_bookings_client", "bookings", ["tenant_id", "client_id", "starts_at"])
    op.create_index("ix_bookings_hold", "bookings", ["tenant_id", "hold_until"], sqlite_where=text("status = 'held'"), postgresql_where=text("status = 'held'"))
    op.create_index("ix_bookings_start", "bookings", ["tenant_id", "starts_at"])
    op.create_table("broadcasts",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("text", Text(), nullable=False),
        Column("entities", Text(), server_default="[]", nullable=False),
        Column("status", Text(), nullable=False),
        Column("created_by", Id, nullable=False),
        Column("total", Integer(), server_default="0", nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("started_at", BigInteger()),
        Column("done_at", BigInteger()),
        CheckConstraint("status IN ('draft','sending','stopped','done')", name=op.f("ck_broadcasts_status")),
        ForeignKeyConstraint(["tenant_id", "created_by"], ["people.tenant_id", "people.id"], name="fk_broadcasts_tenant_id_created_by"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_broadcasts_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_broadcasts"),
        UniqueConstraint("tenant_id", "id", name="uq_broadcasts_tenant_id_id")
    )
    op.create_table("roles",
        Column("tenant_id", Id, nullable=False),
        Column("person_id", Id, nullable=False),
        Column("role", Text(), nullable=False),
        Column("granted_at", BigInteger(), nullable=False),
        Column("granted_by", Id),
        CheckConstraint("role IN ('specialist','admin')", name=op.f("ck_roles_role")),
        ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name="fk_roles_tenant_id_person_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_roles_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "person_id", "role", name="pk_roles")
    )
    op.create_table("service_rooms",
        Column("tenant_id", Id, nullable=False),
        Column("service_id", Id, nullable=False),
        Column("room_id", Id, nullable=False),
        ForeignKeyConstraint(["tenant_id", "room_id"], ["rooms.tenant_id", "rooms.id"], name="fk_service_rooms_tenant_id_room_id"),
        ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"], name="fk_service_rooms_tenant_id_service_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_service_rooms_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "service_id", "room_id", name="pk_service_rooms")
    )
    op.create_table("specialists",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("name", Text(), nullable=False),
        Column("description", Text(), server_default="", nullable=False),
        Column("person_id", Id),
        Column("position", Integer(), server_default="0", nullable=False),
        Column("archived_at", BigInteger()),
        ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name="fk_specialists_tenant_id_person_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_specialists_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_specialists"),
        UniqueConstraint("tenant_id", "id", name="uq_specialists_tenant_id_id"),
        UniqueConstraint("tenant_id", "person_id", name="uq_specialists_tenant_id_person_id")
    )
    op.create_index("uq_specialists_name", "specialists", ["tenant_id", "name"], unique=True, sqlite_where=text("archived_at IS NULL"), postgresql_where=text("archived_at IS NULL"))
    op.create_table("booking_history",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("booking_id", Id, nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("actor_id", Id),
        Column("actor_role", Text(), nullable=False),
        Column("action", Text(), nullable=False),
        Column("from_status", Text()),
        Column("to_status", Text(), nullable=False),
        Column("detail", Text(), server_default="{}", nullable=False),
        ForeignKeyConstraint(["tenant_id", "booking_id"], ["bookings.tenant_id", "bookings.id"], name="fk_booking_history_tenant_id_booking_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_booking_history_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_booking_history")
    )
    op.create_index("ix_booking_history_booking", "booking_history", ["tenant_id", "booking_id", "id"])
    op.create_table("booking_items",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("booking_id", Id, nullable=False),
        Column("position", Integer(), nullable=False),
        Column("service_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("starts_at", BigInteger(), nullable=False),
        Column("ends_at", BigInteger(), nullable=False),
        Column("occ_start", BigInteger(), nullable=False),
        Column("occ_end", BigInteger(), nullable=False),
        Column("price", BigInteger(), nullable=False),
        Column("duration_min", Integer(), nullable=False),
        Column("buffer_before_min", Integer(), nullable=False),
        Column("buffer_after_min", Integer(), nullable=False),
        Column("capacity", Integer(), nullable=False),
        Column("active", Boolean(), nullable=False),
        Column("hold_until", BigInteger()),
        CheckConstraint("ends_at > starts_at AND occ_start <= starts_at AND occ_end >= ends_at", name=op.f("ck_booking_items_order")),
        CheckConstraint("occ_end - occ_start <= 259200", name=op.f("ck_booking_items_span")),
        ForeignKeyConstraint(["tenant_id", "booking_id"], ["bookings.tenant_id", "bookings.id"], name="fk_booking_items_tenant_id_booking_id"),
        ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"], name="fk_booking_items_tenant_id_service_id"),
        ForeignKeyConstraint(["tenant_id", "specialist_id"], ["specialists.tenant_id", "specialists.id"], name="fk_booking_items_tenant_id_specialist_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_booking_items_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_booking_items"),
        UniqueConstraint("tenant_id", "booking_id", "position", name="uq_booking_items_tenant_id_booking_id_position"),
        UniqueConstraint("tenant_id", "id", name="uq_booking_items_tenant_id_id")
    )
    op.create_index("ix_booking_items_busy", "booking_items", ["tenant_id", "specialist_id", "occ_start", "occ_end", "service_id", "booking_id", "hold_until", "active"], sqlite_where=text("active"), postgresql_where=text("active"))
    op.create_index("ix_booking_items_latest", "booking_items", ["tenant_id", "specialist_id", "id"], sqlite_where=text("active"), postgresql_where=text("active"))
    op.create_index("ix_booking_items_specialist", "booking_items", ["tenant_id", "specialist_id", "starts_at"])
    op.create_table("date_hours",
        Column("tenant_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("date", Text(), nullable=False),
        Column("start_min", Integer(), nullable=False),
        Column("end_min", Integer(), nullable=False),
        CheckConstraint("(start_min = -1 AND end_min = -1) OR (start_min BETWEEN 0 AND 1439 AND end_min > start_min AND end_min <= start_min + 1440)", name=op.f("ck_date_hours_shift")),
        ForeignKeyConstraint(["tenant_id", "specialist_id"], ["specialists.tenant_id", "specialists.id"], name="fk_date_hours_tenant_id_specialist_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_date_hours_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "specialist_id", "date", "start_min", name="pk_date_hours")
    )
    op.create_table("outbox",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("kind", Text(), nullable=False),
        Column("role", Text(), nullable=False),
        Column("person_id", Id, nullable=False),
        Column("booking_id", Id),
        Column("broadcast_id", Id),
        Column("text", Text()),
        Column("entities", Text()),
        Column("lead_min", Integer()),
        Column("previous_start", BigInteger()),
        Column("due_at", BigInteger(), nullable=False),
        Column("expires_at", BigInteger()),
        Column("status", Text(), server_default="waiting", nullable=False),
        Column("lease_until", BigInteger()),
        Column("epoch", Integer(), server_default="0", nullable=False),
        Column("attempts", Integer(), server_default="0", nullable=False),
        Column("dedupe_key", Text()),
        Column("message_id", BigInteger()),
        Column("error", Text()),
        Column("created_at", BigInteger(), nullable=False),
        Column("done_at", BigInteger()),
        CheckConstraint("status IN ('waiting','leased','sent','failed','dropped')", name=op.f("ck_outbox_status")),
        ForeignKeyConstraint(["tenant_id", "booking_id"], ["bookings.tenant_id", "bookings.id"], name="fk_outbox_tenant_id_booking_id"),
        ForeignKeyConstraint(["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name="fk_outbox_tenant_id_person_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_outbox_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_outbox"),
        UniqueConstraint("tenant_id", "dedupe_key", name="uq_outbox_tenant_id_dedupe_key")
    )
    op.create_index("ix_outbox_booking", "outbox", ["tenant_id", "booking_id"])
    op.create_index("ix_outbox_broadcast", "outbox", ["tenant_id", "broadcast_id", "status"], sqlite_where=text("broadcast_id IS NOT NULL"), postgresql_where=text("broadcast_id IS NOT NULL"))
    op.create_index("ix_outbox_due", "outbox", ["due_at"], sqlite_where=text("status IN ('waiting','leased')"), postgresql_where=text("status IN ('waiting','leased')"))
    op.create_table("specialist_services",
        Column("tenant_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("service_id", Id, nullable=False),
        Column("price", BigInteger()),
        Column("duration_min", Integer()),
        CheckConstraint("duration_min BETWEEN 1 AND 1440", name=op.f("ck_specialist_services_duration")),
        ForeignKeyConstraint(["tenant_id", "service_id"], ["services.tenant_id", "services.id"], name="fk_specialist_services_tenant_id_service_id"),
        ForeignKeyConstraint(["tenant_id", "specialist_id"], ["specialists.tenant_id", "specialists.id"], name="fk_specialist_services_tenant_id_specialist_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_specialist_services_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "specialist_id", "service_id", name="pk_specialist_services")
    )
    op.create_table("time_off",
        Column("id", Id, autoincrement=True, nullable=False),
        Column("tenant_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("starts_local", Text(), nullable=False),
        Column("ends_local", Text(), nullable=False),
        Column("reason", Text(), server_default="", nullable=False),
        CheckConstraint("ends_local > starts_local", name=op.f("ck_time_off_order")),
        ForeignKeyConstraint(["tenant_id", "specialist_id"], ["specialists.tenant_id", "specialists.id"], name="fk_time_off_tenant_id_specialist_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_time_off_tenant_id"),
        PrimaryKeyConstraint("id", name="pk_time_off"),
        UniqueConstraint("tenant_id", "specialist_id", "starts_local", "ends_local", name="uq_time_off_tenant_id_specialist_id_starts_local_ends_local")
    )
    op.create_table("weekly_hours",
        Column("tenant_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("weekday", Integer(), nullable=False),
        Column("start_min", Integer(), nullable=False),
        Column("end_min", Integer(), nullable=False),
        CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_weekly_hours_weekday")),
        CheckConstraint("start_min BETWEEN 0 AND 1439 AND end_min > start_min AND end_min <= start_min + 1440", name=op.f("ck_weekly_hours_shift")),
        ForeignKeyConstraint(["tenant_id", "specialist_id"], ["specialists.tenant_id", "specialists.id"], name="fk_weekly_hours_tenant_id_specialist_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_weekly_hours_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "specialist_id", "weekday", "start_min", name="pk_weekly_hours")
    )
    op.create_table("item_rooms",
        Column("tenant_id", Id, nullable=False),
        Column("item_id", Id, nullable=False),
        Column("room_id", Id, nullable=False),
        Column("specialist_id", Id, nullable=False),
        Column("occ_start", BigInteger(), nullable=False),
        Column("occ_end", BigInteger(), nullable=False),
        Column("active", Boolean(), nullable=False),
        Column("hold_until", BigInteger()),
        ForeignKeyConstraint(["tenant_id", "item_id"], ["booking_items.tenant_id", "booking_items.id"], name="fk_item_rooms_tenant_id_item_id"),
        ForeignKeyConstraint(["tenant_id", "room_id"], ["rooms.tenant_id", "rooms.id"], name="fk_item_rooms_tenant_id_room_id"),
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_item_rooms_tenant_id"),
        PrimaryKeyConstraint("tenant_id", "item_id", "room_id", name="pk_item_rooms")
    )
    op.create_index("ix_item_rooms_busy", "item_rooms", ["tenant_id", "room_id", "occ_start", "occ_end", "specialist_id", "hold_until", "active"], sqlite_where=text("active"), postgresql_where=text("active"))
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
