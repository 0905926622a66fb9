"""Routes of people: oneself, clients, staff, invitations."""

from typing import Literal

from backend.client.requests import Requester
from backend.contract import Done, people, tenancy


class PeopleRoutes(Requester):
    """`/v1/people/me`, `/v1/clients`, `/v1/staff` and `/v1/invitations`."""

    __slots__ = ()

    # -- oneself -----------------------------------------------------------------------------------------------

    async def get_me(self) -> people.Person:
        """Return the calling person."""
        return await self.call("GET", "/v1/people/me", people.Person)

    async def update_me(self, change: people.UpdateMe, *, key: str) -> people.Person:
        """Change what a person may say about themselves."""
        return await self.call("PATCH", "/v1/people/me", people.Person, body=change, key=key)

    async def export_me(self) -> people.MyData:
        """Return everything that is stored about the calling person."""
        return await self.call("GET", "/v1/people/me/export", people.MyData)

    async def erase_me(self, *, key: str) -> None:
        """Erase the calling person's data."""
        await self.call("DELETE", "/v1/people/me", None, key=key)

    # -- clients -----------------------------------------------------------------------------------------------

    async def list_clients(
        self, query: str = "", *, tag: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> people.Clients:
        """Return clients by name, phone, username or tag, those whose name begins with `query` first (staff).

        `tag` is the key of a tag that all of them have."""
        pairs: list[tuple[str, str | int]] = [] if limit is None else [("limit", limit)]
        if query:
            pairs.append(("query", query))
        if tag:
            pairs.append(("tag", tag))
        if cursor:
            pairs.append(("cursor", cursor))
        return await self.call("GET", "/v1/clients", people.Clients, query=pairs)

    async def get_client(self, client_id: int) -> people.Client:
        """Return one client, as the calling member of staff may see them."""
        return await self.call("GET", f"/v1/clients/{client_id}", people.Client)

    async def create_client(self, client: people.NewClient, *, key: str) -> people.Client:
        """Enter a client who is not in Telegram (staff)."""
        return await self.call("POST", "/v1/clients", people.Client, body=client, key=key)

    async def find_client(self, phone: str, *, key: str) -> people.Clients:
        """Return who has this whole number (staff); specialists may book for them from now on."""
        return await self.call("POST", "/v1/clients/find", people.Clients, body=people.FindClient(phone=phone), key=key)

    async def update_client(self, client_id: int, change: people.UpdateClient, *, key: str) -> people.Client:
        """Change what the business keeps about a client (admins; specialists the note for the team)."""
        return await self.call("PATCH", f"/v1/clients/{client_id}", people.Client, body=change, key=key)

    async def list_tags(self) -> people.Tags:
        """Return the tags of the clients whom the caller sees (staff)."""
        return await self.call("GET", "/v1/tags", people.Tags)

    async def get_client_tags(self, client_id: int) -> people.ClientTags:
        """Return a client with their tags, and the tags that there are (admins)."""
        return await self.call("GET", f"/v1/clients/{client_id}/tags", people.ClientTags)

    async def add_client_tags(self, client_id: int, tags: people.AddTags, *, key: str) -> people.ClientTags:
        """Give a client tags (admins); `limit_reached` (refused) beyond 20."""
        return await self.call("POST", f"/v1/clients/{client_id}/tags", people.ClientTags, body=tags, key=key)

    async def remove_client_tag(self, client_id: int, tag: str, *, key: str) -> people.ClientTags:
        """Take a tag from a client, by its key (admins)."""
        return await self.call("DELETE", f"/v1/clients/{client_id}/tags/{tag}", people.ClientTags, key=key)

    async def list_client_joins(self) -> people.ClientJoins:
        """Return the walk-ins that may be, or became, somebody in Telegram (admins)."""
        return await self.call("GET", "/v1/client-joins", people.ClientJoins)

    async def decide_client_join(
        self, join_id: int, decision: Literal["accept", "refuse", "undo"], *, key: str
    ) -> people.ClientJoin:
        """Make one client of a walk-in and somebody in Telegram, keep them apart, or part them again (admins)."""
        return await self.call("POST", f"/v1/client-joins/{join_id}/{decision}", people.ClientJoin, key=key)

    async def get_privacy(self) -> tenancy.Privacy:
        """Return what clients agree to, when they are unlinked, and what each choice would do now (admins)."""
        return await self.call("GET", "/v1/privacy", tenancy.Privacy)

    # -- staff -------------------------------------------------------------------------------------------------

    async def list_staff(self) -> people.Staff:
        """Return everyone who has a role, and all specialists (admins)."""
        return await self.call("GET", "/v1/staff", people.Staff)

    async def revoke_role(self, person_id: int, role: Literal["specialist", "admin"], *, key: str) -> people.Person:
        """Take a role from a person (admins); `last_admin` (refused) for the only admin."""
        return await self.call("DELETE", f"/v1/staff/{person_id}/roles/{role}", people.Person, key=key)

    async def bind_own_account(self, specialist_id: int, *, key: str) -> people.Person:
        """Let the caller act for this calendar: "this is me" (admins); `in_use` (refused) where either has another."""
        return await self.call("PUT", f"/v1/specialists/{specialist_id}/account", people.Person, key=key)

    async def create_invitation(self, invitation: people.NewInvitation, *, key: str | None = None) -> people.Invitation:
        """Issue a one-time invitation: a token for a link and a code to type (admins)."""
        return await self.call("POST", "/v1/invitations", people.Invitation, body=invitation, key=key)

    async def revoke_invitation(self, invitation_id: str, *, key: str) -> None:
        """Make an invitation void; `not_found` (refused) where it was used or has expired (admins)."""
        await self.call("DELETE", f"/v1/invitations/{invitation_id}", Done, key=key)

    async def preview_invitation(self, code: str) -> people.InvitationPreview:
        """Return what accepting the invitation would do; a wrong code counts as a guess."""
        body = people.Redeem(code=code)
        return await self.call("POST", "/v1/invitations/preview", people.InvitationPreview, body=body)

    async def redeem_invitation(self, code: str, *, key: str) -> people.Person:
        """Accept an invitation; a wrong code counts as a guess."""
        return await self.call("POST", "/v1/invitations/redeem", people.Person, body=people.Redeem(code=code), key=key)
