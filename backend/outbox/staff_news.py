"""Telling admins what others on the team and clients do: written in the transaction in which it happens.

What happens within a minute or so comes in one message. Its text holds ids and times only, such as
`staff_news off:3:2026-12-07T00/2026-12-08T00 coming:17`; names are looked up when it is sent.
"""

from typing import Literal

from backend import clock
from backend.contract.notices import STAFF_NEWS
from backend.outbox.queries import NewNotice, add_to_waiting_text, insert_notices, list_admins_to_tell
from backend.quiet_hours import quiet_stretch
from backend.transactions import UnitOfWork

# How long a message waits for more of its kind: little where somebody may have to act, longer for what is good to know.
_WAIT_S: dict[str, int] = {"off": 60, "back": 60, "joined": 0, "coming": 600}


def tell_staff_news(unit: UnitOfWork, what: Literal["off", "back", "joined", "coming"], *about: object) -> None:
    """Tell every admin but the actor that time off was taken or given back, somebody joined the team, a client comes.

    Who wants no notices gets none of it; that a client comes is no change. It waits for the end of the quiet hours."""
    item = ":".join(map(str, (what, *about)))
    conn, tenant, now = unit.conn, unit.tenant, unit.now
    stretch = quiet_stretch(now, tenant.policies.quiet_hours, clock.load_zone(tenant.timezone))
    due_at = now + _WAIT_S[what] if stretch is None else stretch[1]
    actor_id = None if unit.actor.person is None else unit.actor.person.id
    for admin in list_admins_to_tell(conn, tenant.id):
        unwanted = admin.staff_notices == "none" or (admin.staff_notices == "changes" and what == "coming")
        if unwanted or admin.id == actor_id:
            continue
        if add_to_waiting_text(conn, tenant.id, admin.id, STAFF_NEWS, item, due_at):
            continue
        notice = NewNotice(tenant.id, None, admin.id, "admin", "text", created_at=now, due_at=due_at)
        insert_notices(conn, [notice._replace(text=f"{STAFF_NEWS} {item}")])
