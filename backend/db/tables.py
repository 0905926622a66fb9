"""Every table of the system.

Rules that hold for all of them:
- the tenant is the first column of every key, and every reference carries it, so that a row can never point into
  another tenant;
- an instant is a BigInteger of epoch seconds (UTC); a wall time is text (`YYYY-MM-DDTHH:MM`) or minutes of the day,
  because it must survive a change of zone rules; a date is `YYYY-MM-DD` of the business's calendar;
- money is a BigInteger of hundredths of the tenant's currency; durations are whole minutes;
- `occ_start`/`occ_end` of an item are its occupied stretch: own time plus buffers, half-open.

A change here needs a migration; a test holds this file against the migrated schema of both databases.
What plain tables cannot say (no overlap, peak capacity, peak of rooms, append-only audit) is in `dialect.py`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives a rowid alias only to INTEGER, PostgreSQL wants bigint.
Id = BigInteger().with_variant(Integer, "sqlite")

# Statuses in which a booking occupies its place.
ACTIVE = ("held", "pending", "confirmed", "arrived", "completed", "no_show")

# An occupied stretch is at most this long (24 h of service, 24 h of buffer on each side): it bounds the overlap search.
MAX_SPAN_S = 3 * 86_400


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _tenant() -> Column[int]:
    return Column("tenant_id", Id, ForeignKey("tenants.id"), nullable=False)


def _to(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


tenants = Table(
    "tenants",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("currency", Text, nullable=False),
    # who says each of these four: contract.tenancy.Source
    Column("name_source", Text, nullable=False, server_default="file"),
    Column("timezone_source", Text, nullable=False, server_default="file"),
    Column("locale_source", Text, nullable=False, server_default="file"),
    Column("currency_source", Text, nullable=False, server_default="file"),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    Column("bot_username", Text),
    Column("address", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    # contract.tenancy.Policies as JSON
    Column("policies", Text, nullable=False, server_default="{}"),
    # those of the policies that releases up to revision 0009 do not know, and would refuse in the document above
    Column("added_policies", Text, nullable=False, server_default="{}"),
    # an admin has shared the bot's link (a step of the checklist)
    Column("shared_at", BigInteger),
    # the bookings with which the admins tried the bot before were removed then (a step of the checklist as well)
    Column("tested_at", BigInteger),
    # the zone before the last change and when it was changed; None once that cannot be taken back any more: the zone was
    # put back, or the instants of before were kept
    Column("previous_timezone", Text),
    Column("zone_changed_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    *(
        CheckConstraint(f"{field}_source IN ('file','bot','default')", name=f"{field}_source")
        for field in ("name", "timezone", "locale", "currency")
    ),
)

people = Table(
    "people",
    metadata,
    _id(),
    _tenant(),
    # None: a client entered by staff, or erased
    Column("tg_id", BigInteger),
    # the whole name: first and last
    Column("name", Text, nullable=False, server_default=""),
    # the name in lower case and the digits of the phone, for the staff's search
    Column("name_search", Text, nullable=False, server_default=""),
    # the name was given by the person or by staff: Telegram's no longer replaces it
    Column("name_set", Boolean, nullable=False, server_default=false()),
    Column("username", Text),
    Column("phone", Text),
    Column("phone_digits", Text, nullable=False, server_default=""),
    # since when the number is known to be theirs (their own contact, shared in Telegram); None: somebody says so
    Column("phone_verified_at", BigInteger),
    # the person's own choice; Telegram's language is used until they choose
    Column("locale", Text),
    Column("language_code", Text),
    # for the admins alone
    Column("note", Text, nullable=False, server_default=""),
    # for everybody who works with the client
    Column("team_note", Text, nullable=False, server_default=""),
    Column("blocked", Boolean, nullable=False, server_default=false()),
    # of what staff want to be told: contract.people.StaffNotices
    Column("staff_notices", Text, nullable=False, server_default="all"),
    # the person's own choice: whether they get what the business writes to everybody
    Column("news", Boolean, nullable=False, server_default=true()),
    # since when Telegram refuses our messages to them
    Column("unreachable_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger),
    # who of the staff has entered this client
    Column("added_by", Id),
    # the client in Telegram whom this walk-in turned out to be
    Column("joined_into", Id),
    CheckConstraint("staff_notices IN ('all','changes','none')", name="staff_notices"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "tg_id"),
    Index("ix_people_name", "tenant_id", "name_search"),
    Index("ix_people_phone", "tenant_id", "phone_digits"),
)

# Everybody is a client; a row adds a role.
roles = Table(
    "roles",
    metadata,
    _tenant(),
    Column("person_id", Id, nullable=False),
    Column("role", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("granted_by", Id),
    CheckConstraint("role IN ('specialist','admin')", name="role"),
    PrimaryKeyConstraint("tenant_id", "person_id", "role"),
    _to("people", "person_id"),
)

# Walk-ins who are, or may be, somebody in Telegram. `booking_ids` (JSON) are those that moved to the client, and
# `was_blocked` is what the client was before, so that it can be undone.
client_joins = Table(
    "client_joins",
    metadata,
    _id(),
    _tenant(),
    Column("walk_in_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    Column("status", Text, nullable=False),
    Column("booking_ids", Text, nullable=False, server_default="[]"),
    Column("was_blocked", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
    Column("joined_at", BigInteger),
    CheckConstraint("status IN ('proposed','joined','undone','refused')", name="status"),
    UniqueConstraint("tenant_id", "walk_in_id", "client_id"),
    _to("people", "walk_in_id"),
    _to("people", "client_id"),
)

# What staff call a client (`VIP`). `tag` is as it was typed, `tag_key` a digest of it in one case: the same for one tag.
client_tags = Table(
    "client_tags",
    metadata,
    _tenant(),
    Column("person_id", Id, nullable=False),
    Column("tag_key", Text, nullable=False),
    Column("tag", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "person_id", "tag_key"),
    _to("people", "person_id"),
    Index("ix_client_tags_tag_key", "tenant_id", "tag_key"),
)

# Whom a specialist may book for besides their own clients: they have named the client's whole number.
known_clients = Table(
    "known_clients",
    metadata,
    _tenant(),
    # the specialist
    Column("person_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    PrimaryKeyConstraint("tenant_id", "person_id", "client_id"),
    _to("people", "person_id"),
    _to("people", "client_id"),
)

services = Table(
    "services",
    metadata,
    _id(),
    _tenant(),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("price", BigInteger, nullable=False, server_default="0"),
    # the price is the least that is asked: the final one is agreed on later
    Column("price_from", Boolean, nullable=False, server_default=false()),
    # under which clients find it; empty: none
    Column("category", Text, nullable=False, server_default=""),
    Column("duration_min", Integer, nullable=False),
    Column("buffer_before_min", Integer, nullable=False, server_default="0"),
    Column("buffer_after_min", Integer, nullable=False, server_default="0"),
    Column("capacity", Integer, nullable=False, server_default="1"),
    # of a group: contract.catalog.Starts. The default is for a release that knows nothing of it.
    Column("starts", Text, nullable=False, server_default="any"),
    # a group from before there was a choice: its admins are asked until they have made it
    Column("starts_undecided", Boolean, nullable=False, server_default=false()),
    Column("position", Integer, nullable=False, server_default="0"),
    # removed from sale, kept because bookings speak of it
    Column("archived_at", BigInteger),
    CheckConstraint("capacity >= 1", name="capacity"),
    CheckConstraint("starts IN ('together','any')", name="starts"),
    CheckConstraint("duration_min BETWEEN 1 AND 1440", name="duration"),
    UniqueConstraint("tenant_id", "id"),
    Index("uq_services_name", "tenant_id", "name", unique=True, sqlite_where=text("archived_at IS NULL"),
          postgresql_where=text("archived_at IS NULL")),
)  # fmt: skip

rooms = Table(
    "rooms",
    metadata,
    _id(),
    _tenant(),
    Column("name", Text, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    CheckConstraint("count >= 1", name="count"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "name"),
)

service_rooms = Table(
    "service_rooms",
    metadata,
    _tenant(),
    Column("service_id", Id, nullable=False),
    Column("room_id", Id, nullable=False),
    PrimaryKeyConstraint("tenant_id", "service_id", "room_id"),
    _to("services", "service_id"),
    _to("rooms", "room_id"),
)

specialists = Table(
    "specialists",
    metadata,
    _id(),
    _tenant(),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    # the account that may act for this calendar
    Column("person_id", Id),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("archived_at", BigInteger),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "person_id"),
    _to("people", "person_id"),
    Index("uq_specialists_name", "tenant_id", "name", unique=True, sqlite_where=text("archived_at IS NULL"),
          postgresql_where=text("archived_at IS NULL")),
)  # fmt: skip

specialist_services = Table(
    "specialist_services",
    metadata,
    _tenant(),
    Column("specialist_id", Id, nullable=False),
    Column("service_id", Id, nullable=False),
    # None: the service's own
    Column("price", BigInteger),
    # the specialist's own price is the least that is asked; without one it says nothing
    Column("price_from", Boolean, nullable=False, server_default=false()),
    Column("duration_min", Integer),
    CheckConstraint("duration_min BETWEEN 1 AND 1440", name="duration"),
    PrimaryKeyConstraint("tenant_id", "specialist_id", "service_id"),
    _to("specialists", "specialist_id"),
    _to("services", "service_id"),
)

# weekday 0 is Monday. A shift runs [start_min, end_min) in minutes of its starting date; end_min <= 2880 and above
# 1440 where it runs over midnight (`22:00-02:00` is 1320..1560, `09:00-09:00` is 540..1980, `00:00-24:00` is 0..1440).
weekly_hours = Table(
    "weekly_hours",
    metadata,
    _tenant(),
    Column("specialist_id", Id, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("start_min", Integer, nullable=False),
    Column("end_min", Integer, nullable=False),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint(
        "start_min BETWEEN 0 AND 1439 AND end_min > start_min AND end_min <= start_min + 1440", name="shift"
    ),
    PrimaryKeyConstraint("tenant_id", "specialist_id", "weekday", "start_min"),
    _to("specialists", "specialist_id"),
)

# Overrides of one date, for the shifts that start on it: `start_min` -1 with `end_min` -1 is the day off.
date_hours = Table(
    "date_hours",
    metadata,
    _tenant(),
    Column("specialist_id", Id, nullable=False),
    Column("date", Text, nullable=False),
    Column("start_min", Integer, nullable=False),
    Column("end_min", Integer, nullable=False),
    CheckConstraint(
        "(start_min = -1 AND end_min = -1) OR "
        "(start_min BETWEEN 0 AND 1439 AND end_min > start_min AND end_min <= start_min + 1440)",
        name="shift",
    ),
    PrimaryKeyConstraint("tenant_id", "specialist_id", "date", "start_min"),
    _to("specialists", "specialist_id"),
)

# Local wall times: a change of zone rules moves them with the clock.
time_off = Table(
    "time_off",
    metadata,
    _id(),
    _tenant(),
    Column("specialist_id", Id, nullable=False),
    Column("starts_local", Text, nullable=False),
    Column("ends_local", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("ends_local > starts_local", name="order"),
    UniqueConstraint("tenant_id", "specialist_id", "starts_local", "ends_local"),
    _to("specialists", "specialist_id"),
)

closures = Table(
    "closures",
    metadata,
    _tenant(),
    Column("date", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "date"),
)

bookings = Table(
    "bookings",
    metadata,
    _id(),
    _tenant(),
    # None: held by a visitor of the public API, without a client until somebody takes the hold over
    Column("client_id", Id),
    # SHA-256 of the token by which it is taken over
    Column("claim_hash", LargeBinary),
    Column("status", Text, nullable=False),
    # without buffers: the first item's start, the last item's end
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    # what the client was promised on the wall (`YYYY-MM-DDTHH:MM`, with the zone): truth when zone rules change
    Column("local_start", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    # unit prices times places
    Column("price", BigInteger, nullable=False),
    # of each group in it; 1 where there is none
    Column("places", Integer, nullable=False, server_default="1"),
    # of how many of them somebody came, once staff have marked it; None: of all of them, as far as anybody has said
    Column("came_places", Integer),
    Column("currency", Text, nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    # contract.tenancy.Policies as they were when booked
    Column("policies", Text, nullable=False),
    Column("hold_until", BigInteger),
    Column("cancelled_at", BigInteger),
    # the status that an undo brings back
    Column("cancelled_from", Text),
    Column("cancelled_by", Id),
    # why what is cancelled has ended: contract.bookings.EndReason; None: it was cancelled by a release without it
    Column("end_reason", Text),
    # completed by the clock: nobody has said that it took place
    Column("unconfirmed", Boolean, nullable=False, server_default=false()),
    Column("coming_at", BigInteger),
    # about how many minutes late the client has said they will be
    Column("late_min", Integer),
    # until when a request is answered; of a hold: what its client was told before they confirm; else None
    Column("decide_by", BigInteger),
    # who has approved or declined the request
    Column("decided_by", Id),
    # what was typed for the other side when it was declined or cancelled
    Column("end_note", Text, nullable=False, server_default=""),
    # contract.bookings.TaskState; None: it takes place as booked, as far as anybody knows
    Column("task", Text),
    # its client's latest request for another time
    Column("move_request_id", Id),
    Column("created_by", Id),
    Column("source", Text, nullable=False),
    # grows with every change that calendars must follow (RFC 5545)
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("source IN ('internal','public')", name="source"),
    CheckConstraint(
        "status IN ('held','pending','confirmed','arrived','completed','no_show','cancelled','expired')", name="status"
    ),
    CheckConstraint("ends_at > starts_at", name="order"),
    CheckConstraint("places BETWEEN 1 AND 4", name="places"),
    CheckConstraint("came_places BETWEEN 0 AND 4", name="came_places"),
    CheckConstraint("status <> 'held' OR hold_until IS NOT NULL", name="hold"),
    CheckConstraint(
        "end_reason IN ('client','client_late','business','declined','request_expired','task_unanswered')",
        name="end_reason",
    ),
    CheckConstraint("task IN ('open','placed')", name="task"),
    # what has no client never becomes a booking
    CheckConstraint("client_id IS NOT NULL OR status IN ('held','expired','cancelled')", name="client"),
    UniqueConstraint("tenant_id", "id"),
    _to("people", "client_id"),
    Index("uq_bookings_claim", "tenant_id", "claim_hash", unique=True, sqlite_where=text("claim_hash IS NOT NULL"),
          postgresql_where=text("claim_hash IS NOT NULL")),
    Index("ix_bookings_start", "tenant_id", "starts_at"),
    Index("ix_bookings_client", "tenant_id", "client_id", "starts_at"),
    Index("ix_bookings_unmarked", "ends_at", "tenant_id", sqlite_where=text("status = 'confirmed'"),
          postgresql_where=text("status = 'confirmed'")),
    Index("ix_bookings_request", "tenant_id", "decide_by",
          sqlite_where=text("status = 'pending' OR decide_by IS NOT NULL"),
          postgresql_where=text("status = 'pending' OR decide_by IS NOT NULL")),
    Index("ix_bookings_hold", "tenant_id", "hold_until", sqlite_where=text("status = 'held'"),
          postgresql_where=text("status = 'held'")),
)  # fmt: skip

# A client's requests for another time. `starts_at` None: in words alone. `specialist_ids` is JSON, one for each item.
# `hold_id` is the booking that keeps the place meanwhile. `sequence` is the booking's own when it was asked for: one that
# has moved since is not the one that was meant.
move_requests = Table(
    "move_requests",
    metadata,
    _id(),
    _tenant(),
    Column("booking_id", Id, nullable=False),
    Column("starts_at", BigInteger),
    Column("specialist_ids", Text, nullable=False, server_default="[]"),
    Column("hold_id", Id),
    Column("sequence", Integer, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    # until when it is answered: then the booking stays as it is
    Column("decide_by", BigInteger, nullable=False),
    # contract.bookings.MoveOutcome; None: it waits for an answer
    Column("outcome", Text),
    Column("decided_by", Id),
    # what was typed when it was declined
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("outcome IN ('accepted','declined','expired','withdrawn')", name="outcome"),
    _to("bookings", "booking_id"),
    _to("bookings", "hold_id"),
    Index("uq_move_requests_open", "tenant_id", "booking_id", unique=True, sqlite_where=text("outcome IS NULL"),
          postgresql_where=text("outcome IS NULL")),
)  # fmt: skip

# One row per service of a booking: the stretch of one specialist's time.
# `active` and `hold_until` repeat the booking's (the triggers and the hot read look only here).
booking_items = Table(
    "booking_items",
    metadata,
    _id(),
    _tenant(),
    Column("booking_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("service_id", Id, nullable=False),
    Column("specialist_id", Id, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("occ_start", BigInteger, nullable=False),
    Column("occ_end", BigInteger, nullable=False),
    # unit price times places
    Column("price", BigInteger, nullable=False),
    # the least that was asked when booked
    Column("price_from", Boolean, nullable=False, server_default=false()),
    Column("duration_min", Integer, nullable=False),
    Column("buffer_before_min", Integer, nullable=False),
    Column("buffer_after_min", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    # the booking's, so that the guards look only here
    Column("places", Integer, nullable=False, server_default="1"),
    Column("active", Boolean, nullable=False),
    Column("hold_until", BigInteger),
    CheckConstraint("ends_at > starts_at AND occ_start <= starts_at AND occ_end >= ends_at", name="order"),
    CheckConstraint(f"occ_end - occ_start <= {MAX_SPAN_S}", name="span"),
    CheckConstraint("places BETWEEN 1 AND 4", name="places"),
    UniqueConstraint("tenant_id", "id"),
    UniqueConstraint("tenant_id", "booking_id", "position"),
    _to("bookings", "booking_id"),
    _to("services", "service_id"),
    _to("specialists", "specialist_id"),
    # all that free times are computed from, so that the table itself is not visited (an older SQLite wants `active`
    # among the columns for that, although the condition says it)
    Index("ix_booking_items_busy", "tenant_id", "specialist_id", "occ_start", "occ_end", "service_id", "booking_id",
          "hold_until", "active", sqlite_where=text("active"), postgresql_where=text("active")),
    # who was booked least recently
    Index("ix_booking_items_latest", "tenant_id", "specialist_id", "id", sqlite_where=text("active"),
          postgresql_where=text("active")),
    Index("ix_booking_items_specialist", "tenant_id", "specialist_id", "starts_at"),
)  # fmt: skip

# The rooms that an item takes, for as long as its specialist is occupied.
item_rooms = Table(
    "item_rooms",
    metadata,
    _tenant(),
    Column("item_id", Id, nullable=False),
    Column("room_id", Id, nullable=False),
    Column("specialist_id", Id, nullable=False),
    Column("occ_start", BigInteger, nullable=False),
    Column("occ_end", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("hold_until", BigInteger),
    PrimaryKeyConstraint("tenant_id", "item_id", "room_id"),
    _to("booking_items", "item_id"),
    _to("rooms", "room_id"),
    Index("ix_item_rooms_busy", "tenant_id", "room_id", "occ_start", "occ_end", "specialist_id", "hold_until",
          "active", sqlite_where=text("active"), postgresql_where=text("active")),
)  # fmt: skip

booking_history = Table(
    "booking_history",
    metadata,
    _id(),
    _tenant(),
    Column("booking_id", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    # None: the system itself (an expired hold)
    Column("actor_id", Id),
    Column("actor_role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default="{}"),
    _to("bookings", "booking_id"),
    Index("ix_booking_history_booking", "tenant_id", "booking_id", "id"),
)

# Bookings that cannot take place as booked. One of a booking's is open at most (`closed_at` None); its `task` says so too,
# because every rule of a booking asks for it.
tasks = Table(
    "tasks",
    metadata,
    _id(),
    _tenant(),
    Column("booking_id", Id, nullable=False),
    # what has changed: contract.tasks.Cause
    Column("cause", Text, nullable=False),
    # in whose calendar; None: everywhere
    Column("specialist_id", Id),
    Column("opened_at", BigInteger, nullable=False),
    Column("opened_by", Id),
    # when the client is asked again and staff are warned; None: that is done, or would come too late
    Column("ask_again_at", BigInteger),
    Column("warn_at", BigInteger),
    Column("closed_at", BigInteger),
    # how it was settled: contract.tasks.Outcome
    Column("outcome", Text),
    CheckConstraint(
        "cause IN ('time_off','closure','hours','service','specialist','room','capacity','asked')", name="cause"
    ),
    CheckConstraint(
        "outcome IN ('moved','placed','cancelled','withdrawn','told','took_place','unanswered')", name="outcome"
    ),
    _to("bookings", "booking_id"),
    _to("specialists", "specialist_id"),
    Index("uq_tasks_open", "tenant_id", "booking_id", unique=True, sqlite_where=text("closed_at IS NULL"),
          postgresql_where=text("closed_at IS NULL")),
    Index("ix_tasks_booking", "tenant_id", "booking_id", "closed_at"),
)  # fmt: skip

# The stored answer of a write, inserted in the transaction of its effect.
idempotency = Table(
    "idempotency",
    metadata,
    _tenant(),
    # whose key it is: `p<person id>`, or `public` for an anonymous caller of the public API
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "scope", "key"),
    Index("ix_idempotency_created", "created_at"),
)

# Messages to send, inserted in the transaction that causes them.
outbox = Table(
    "outbox",
    metadata,
    _id(),
    _tenant(),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("person_id", Id, nullable=False),
    Column("booking_id", Id),
    Column("broadcast_id", Id),
    Column("text", Text),
    # how a text of its own is formatted: JSON as in `broadcasts.entities`
    Column("entities", Text),
    # reminders: minutes before the start
    Column("lead_min", Integer),
    Column("previous_start", BigInteger),
    Column("due_at", BigInteger, nullable=False),
    # not worth sending after this instant (a reminder whose booking has begun)
    Column("expires_at", BigInteger),
    Column("status", Text, nullable=False, server_default="waiting"),
    Column("lease_until", BigInteger),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # what must be sent once only, e.g. `reminder:<booking>:<sequence>:<lead>`
    Column("dedupe_key", Text),
    Column("message_id", BigInteger),
    Column("error", Text),
    # how far its delivery is: notices.rules.Delivery
    Column("delivery", Text),
    # it could not be sent because the person has blocked the bot
    Column("blocked", Boolean, nullable=False, server_default=false()),
    # the trace in which it was written (W3C), which its sending joins
    Column("traceparent", Text),
    # the client's words that it brings or answers; who of the staff has written its text
    Column("client_message_id", Id),
    Column("sender_id", Id),
    # since when it is due once more, as what it says has changed; `changing`: that was while a sender had it
    Column("changed_at", BigInteger),
    Column("changing", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    CheckConstraint("status IN ('waiting','leased','sent','failed','dropped')", name="status"),
    CheckConstraint("delivery IN ('claimed','begun','unsure','last')", name="delivery"),
    UniqueConstraint("tenant_id", "dedupe_key"),
    _to("people", "person_id"),
    _to("bookings", "booking_id"),
    Index("ix_outbox_due", "due_at", sqlite_where=text("status IN ('waiting','leased')"),
          postgresql_where=text("status IN ('waiting','leased')")),
    Index("ix_outbox_booking", "tenant_id", "booking_id"),
    Index("ix_outbox_client_message", "tenant_id", "client_message_id",
          sqlite_where=text("client_message_id IS NOT NULL"), postgresql_where=text("client_message_id IS NOT NULL")),
    # how far a broadcast is
    Index("ix_outbox_broadcast", "tenant_id", "broadcast_id", "status", sqlite_where=text("broadcast_id IS NOT NULL"),
          postgresql_where=text("broadcast_id IS NOT NULL")),
)  # fmt: skip

# What clients write about a booking of their own accord, and the answer: free words, which erasing clears.
client_messages = Table(
    "client_messages",
    metadata,
    _id(),
    _tenant(),
    Column("booking_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    # unsent: kept for a day; answered: closed for everybody who was told
    Column("status", Text, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    # a picture or a recording, by Telegram's own id of the file
    Column("media", Text),
    Column("file_id", Text),
    Column("answer", Text, nullable=False, server_default=""),
    Column("answered_by", Id),
    Column("created_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("answered_at", BigInteger),
    CheckConstraint("status IN ('unsent','sent','answered')", name="status"),
    CheckConstraint("media IN ('photo','voice')", name="media"),
    UniqueConstraint("tenant_id", "id"),
    _to("bookings", "booking_id"),
    _to("people", "client_id"),
    _to("people", "answered_by"),
    Index("ix_client_messages_client", "tenant_id", "client_id", "sent_at"),
    Index("ix_client_messages_unsent", "created_at", sqlite_where=text("status = 'unsent'"),
          postgresql_where=text("status = 'unsent'")),
)  # fmt: skip

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    _tenant(),
    Column("text", Text, nullable=False),
    # JSON: list of contract.broadcasts.Entity
    Column("entities", Text, nullable=False, server_default="[]"),
    # the picture above the text, by Telegram's own id of the file
    Column("photo", Text),
    # contract.broadcasts.Audience as JSON
    Column("audience", Text, nullable=False, server_default='{"kind":"all"}'),
    # the service that the Book button leads to; None: to all of them
    Column("book_service_id", Id),
    # when a draft is sent by itself, as a wall time of the business, and who wishes that
    Column("send_local", Text),
    Column("scheduled_by", Id),
    Column("status", Text, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("done_at", BigInteger),
    CheckConstraint("status IN ('draft','sending','stopped','done')", name="status"),
    UniqueConstraint("tenant_id", "id"),
    _to("people", "created_by"),
    Index("ix_broadcasts_scheduled", "send_local", sqlite_where=text("send_local IS NOT NULL"),
          postgresql_where=text("send_local IS NOT NULL")),
)  # fmt: skip

# Append-only and chained per tenant: `hash` covers the row and `prev_hash`; the head is sealed so that a truncated
# log shows as well.
audit = Table(
    "audit",
    metadata,
    _tenant(),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default="{}"),
    Column("request_id", Text, nullable=False, server_default=""),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant_id", "seq"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("tenant_id", Id, ForeignKey("tenants.id"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # HMAC over (tenant, seq, hash) with a key derived from the internal key
    Column("seal", LargeBinary, nullable=False),
)
