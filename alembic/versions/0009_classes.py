# ruff: noqa: E501 - statements as they are in the database
"""How the clients of a group start, and how many places a booking takes.

Additive: the previous release goes on working on this schema; its bookings take one place. Groups that are there keep
starting at any time (`starts`), and their admins are asked once (`starts_undecided`); what is no group yet would start
together. The guards count places, and refuse what would be booked across a class.

A record, not code to edit: what has been released is changed by a further revision.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
usable_from = "0002"

GUARDS = {
    "sqlite": (
        "DROP TRIGGER guard_items_insert",
        "DROP TRIGGER guard_items_update",
        """CREATE TRIGGER guard_items_insert BEFORE INSERT ON booking_items WHEN NEW.active
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1));
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE (NEW.capacity > 1 OR NEW.places > 1) AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT coalesce(sum(o.places), 0) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start
      AND o.occ_start <= p.at AND o.occ_end > p.at) + NEW.places > NEW.capacity);
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE NEW.capacity > 1 AND EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start
    AND o.starts_at <> NEW.starts_at)
    AND EXISTS (SELECT 1 FROM services s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.service_id
    AND s.starts = 'together');
END""",
        """CREATE TRIGGER guard_items_update BEFORE UPDATE OF tenant_id, specialist_id, service_id, starts_at, occ_start, occ_end, capacity, active, places ON booking_items WHEN NEW.active AND ((OLD.tenant_id IS NOT NEW.tenant_id OR OLD.specialist_id IS NOT NEW.specialist_id OR OLD.service_id IS NOT NEW.service_id OR OLD.starts_at IS NOT NEW.starts_at OR OLD.occ_start IS NOT NEW.occ_start OR OLD.occ_end IS NOT NEW.occ_end OR OLD.capacity IS NOT NEW.capacity OR OLD.active IS NOT NEW.active) OR NEW.places > OLD.places)
BEGIN
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1));
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE (NEW.capacity > 1 OR NEW.places > 1) AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT coalesce(sum(o.places), 0) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
      AND o.occ_start <= p.at AND o.occ_end > p.at) + NEW.places > NEW.capacity);
  SELECT RAISE(ABORT, 'slotgate:slot_taken') WHERE NEW.capacity > 1 AND EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND o.starts_at <> NEW.starts_at)
    AND EXISTS (SELECT 1 FROM services s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.service_id
    AND s.starts = 'together');
END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION guard_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(NEW.tenant_id);
  IF EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND (o.service_id <> NEW.service_id OR NEW.capacity = 1)) THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  IF (NEW.capacity > 1 OR NEW.places > 1) AND EXISTS (SELECT 1 FROM (
      SELECT NEW.occ_start AS at UNION
      SELECT o.occ_start FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id AND o.occ_start > NEW.occ_start) p
    WHERE (SELECT coalesce(sum(o.places), 0) FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
      AND o.occ_start <= p.at AND o.occ_end > p.at) + NEW.places > NEW.capacity) THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  IF NEW.capacity > 1 AND EXISTS (SELECT 1 FROM booking_items o WHERE o.tenant_id = NEW.tenant_id AND o.specialist_id = NEW.specialist_id AND o.active
    AND o.occ_start < NEW.occ_end AND o.occ_start >= NEW.occ_start - 259200 AND o.occ_end > NEW.occ_start AND o.id <> NEW.id
    AND o.starts_at <> NEW.starts_at)
    AND EXISTS (SELECT 1 FROM services s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.service_id
    AND s.starts = 'together') THEN RAISE EXCEPTION 'slotgate:slot_taken' USING ERRCODE = 'exclusion_violation'; END IF;
  RETURN NEW;
END $$""",
        "DROP TRIGGER guard_items_update ON booking_items",
        """CREATE TRIGGER guard_items_update BEFORE UPDATE OF tenant_id, specialist_id, service_id, starts_at, occ_start, occ_end, capacity, active, places ON booking_items FOR EACH ROW WHEN (NEW.active AND ((OLD.tenant_id IS DISTINCT FROM NEW.tenant_id OR OLD.specialist_id IS DISTINCT FROM NEW.specialist_id OR OLD.service_id IS DISTINCT FROM NEW.service_id OR OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.occ_start IS DISTINCT FROM NEW.occ_start OR OLD.occ_end IS DISTINCT FROM NEW.occ_end OR OLD.capacity IS DISTINCT FROM NEW.capacity OR OLD.active IS DISTINCT FROM NEW.active) OR NEW.places > OLD.places)) EXECUTE FUNCTION guard_items()""",
    ),
}


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.execute(
        "ALTER TABLE services ADD COLUMN starts TEXT NOT NULL DEFAULT 'any' "
        "CONSTRAINT ck_services_starts CHECK (starts IN ('together','any'))"
    )
    op.execute("ALTER TABLE services ADD COLUMN starts_undecided BOOLEAN NOT NULL DEFAULT false")
    op.execute("UPDATE services SET starts = 'together' WHERE capacity = 1")
    op.execute("UPDATE services SET starts_undecided = true WHERE capacity > 1 AND archived_at IS NULL")
    for table in ("bookings", "booking_items"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN places INTEGER NOT NULL DEFAULT 1 "
            f"CONSTRAINT ck_{table}_places CHECK (places BETWEEN 1 AND 4)"
        )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
