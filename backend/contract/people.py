"""People: clients, specialists, admins; who somebody is and what they may do."""

from typing import Annotated, Literal, get_args

from msgspec import Meta

from backend.contract import Answer, Request
from backend.contract.bookings import Booking
from backend.contract.catalog import Specialist
from backend.contract.messages import ClientMessage
from backend.contract.times import Instant

Role = Literal["client", "specialist", "admin"]
# Each has its texts in `bot/locales/<code>.ftl`; what has no words in a language is said in English.
Locale = Literal["ru", "en"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
# What staff are told: everything, all but new bookings, or only what waits for their answer.
StaffNotices = Literal["all", "changes", "none"]
TgId = Annotated[int, Meta(ge=1, lt=2**53)]
PersonName = Annotated[str, Meta(min_length=1, max_length=64)]
TAG_KEY = r"\A[0-9a-f]{12}\Z"
TagKey = Annotated[str, Meta(pattern=TAG_KEY, description="a tag's key", examples=["8a1c0f52d37e"])]
# Characters of a note; two notes that a join has made one are longer.
NOTE_MAX = 1000
LONGEST_NOTES = 100 * NOTE_MAX
Note = Annotated[str, Meta(max_length=NOTE_MAX)]
# Of one client; characters of one.
MAX_TAGS = 20
TAG_MAX = 32


class Identify(Request):
    """`POST /v1/people/identify`: get or create the person behind a Telegram id."""

    tg_id: TgId
    first_name: Annotated[str, Meta(max_length=256)] = ""
    last_name: Annotated[str, Meta(max_length=256)] = ""
    username: Annotated[str, Meta(max_length=64)] | None = None
    language_code: Annotated[str, Meta(max_length=35)] | None = None


class Person(Answer):
    """Who somebody is in one tenant. `locale` is the person's choice, else their Telegram language, else the tenant's."""

    id: int
    tg_id: int | None
    roles: list[Role]
    locale: Locale
    name: str = ""
    phone: str | None = None
    specialist_id: int | None = None
    blocked: bool = False
    staff_notices: StaffNotices = "all"
    news: bool = True


class UpdateMe(Request):
    """`PATCH /v1/people/me`: what a person says of themselves. `news` false: no broadcasts from now on.

    `reachable` comes from Telegram: false once they have blocked the bot, so that nothing is sent any more."""

    locale: Locale | None = None
    name: PersonName | None = None
    phone: Annotated[str, Meta(max_length=64)] | None = None
    staff_notices: StaffNotices | None = None
    news: bool | None = None
    reachable: bool | None = None


class Tag(Answer):
    """What staff call some of the clients. `key` names it in routes, however it is written; `clients` have it."""

    key: TagKey
    name: str
    clients: int = 0


class Client(Answer):
    """A client as staff see them. `bookings` are those that took place; a specialist's are those with themselves.

    `note` is for admins only, `team_note` for everybody who works with the client. Specialists are told `tg_id`, `username`
    and `phone` where the policy `specialists_see_contacts` lets them; `in_telegram` says whether there is an account. Somebody
    who is not the specialist's own client (`is_own` false) has a name and nothing else."""

    id: int
    name: str
    tg_id: int | None
    username: str | None
    phone: str | None
    note: str
    blocked: bool
    unreachable: bool
    bookings: int
    no_shows: int
    last_booking: str | None
    team_note: str = ""
    tags: list[Tag] = []
    in_telegram: bool = False
    is_own: bool = True


class Clients(Answer):
    """`GET /v1/clients?query=&tag=&cursor=`: people who have booked, or may; not staff who never did.

    The query is a part of a name, a number, a username or a tag. Specialists have their own clients, and by a whole number
    anybody's name. `tag` is the key of a tag, whose name is the answer's `tag`.

    For admins `proposed` counts the walk-ins that may be somebody in Telegram, `undoable` those that lately became one."""

    items: list[Client]
    next: str | None
    proposed: int = 0
    undoable: int = 0
    tag: Tag | None = None


class FindClient(Request):
    """`POST /v1/clients/find` (staff): who has this whole number. Specialists may book for them from now on."""

    phone: Annotated[str, Meta(min_length=1, max_length=64)]


class NewClient(Request):
    """`POST /v1/clients`: a client who is not in Telegram, entered by staff."""

    name: PersonName
    phone: Annotated[str, Meta(max_length=64)] | None = None
    note: Note = ""
    team_note: Note = ""


class UpdateClient(Request):
    """`PATCH /v1/clients/{id}`; an absent field stays as it is. Specialists change the `team_note` of their own clients.

    `read_note` is the note that the writer has read: refused (`illegal_step`) where it is another by now."""

    name: PersonName | None = None
    phone: Annotated[str, Meta(max_length=64)] | None = None
    note: Note | None = None
    team_note: Note | None = None
    read_note: Annotated[str, Meta(max_length=LONGEST_NOTES)] | None = None
    blocked: bool | None = None


class AddTags(Request):
    """`POST /v1/clients/{id}/tags` (admins): tags that the client has from now on, besides those they have already.

    `keys` are those of tags that other clients have."""

    names: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=MAX_TAGS)] = []
    keys: Annotated[list[TagKey], Meta(max_length=MAX_TAGS)] = []


class ClientTags(Answer):
    """`GET /v1/clients/{id}/tags` (admins): the client, and the tags of the business, the most used first, at most 200."""

    client: Client
    tags: list[Tag]


class Tags(Answer):
    """`GET /v1/tags` (staff): the tags of the clients that the caller sees, the most used first, at most 200."""

    items: list[Tag]


class ClientJoin(Answer):
    """A walk-in who is, or may be, a client in Telegram: `proposed` to the admins, or `joined`.

    `undo_until` is set while a join can be undone."""

    id: int
    status: Literal["proposed", "joined", "undone", "refused"]
    walk_in: Client
    client: Client
    undo_until: Instant | None


class ClientJoins(Answer):
    """`GET /v1/client-joins` (admins): what is proposed, and what was joined in the last 30 days, the latest first."""

    items: list[ClientJoin]


class StaffMember(Answer):
    """An admin or a specialist's account."""

    person_id: int
    tg_id: int | None
    name: str
    roles: list[Role]
    specialist_id: int | None


class Staff(Answer):
    """`GET /v1/staff` (admins): everybody with a role, and all specialists, with an account or without."""

    items: list[StaffMember]
    specialists: list[Specialist]


class NewInvitation(Request):
    """`POST /v1/invitations`: a one-time invitation. `specialist_id` binds the account to that specialist's calendar."""

    role: Literal["specialist", "admin"]
    specialist_id: int | None = None


class Invitation(Answer):
    """`token` goes into a deep link; `code` (8 characters) may be typed instead. Both end after use or 48 h."""

    id: str
    token: str
    code: str
    expires_at: Instant
    role: Role
    specialist_id: int | None


class Redeem(Request):
    """`POST /v1/invitations/preview` and `/redeem`: a token or a typed code."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


class InvitationPreview(Answer):
    """What accepting would do, shown before Accept."""

    role: Role
    business: str
    specialist_name: str | None


# What must be settled before somebody can be erased: bookings ahead are cancelled first, another admin is named.
Obstacle = Literal["upcoming", "last_admin"]


class MyData(Answer):
    """`GET /v1/people/me/export`: everything that is kept about the caller, with what staff have noted: notes, tags, a block.

    `retention_months`: after so many months without a booking it leaves by itself (0: never)."""

    person: Person
    username: str | None
    created_at: Instant
    bookings: list[Booking]
    messages: list[ClientMessage] = []
    retention_months: int = 0
    keeps_from_erasing: list[Obstacle] = []
    note: str = ""
    team_note: str = ""
    tags: list[str] = []
    blocked: bool = False
