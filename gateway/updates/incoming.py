"""One update on its way through the gateway, as one object from the door to the bot."""

import time

import msgspec

from gateway.tenants.snapshot import TenantSnapshot
from gateway.updates.envelope import Envelope, User


class IncomingUpdate(msgspec.Struct, frozen=True, gc=False):
    """Made once, by the webhook, by polling or by a replay, and handed on whole.

    `body` is the JSON that came. `source` is the peer's address, `polling` or `replay`. `arrived_at` is a time of
    `time.perf_counter`.
    """

    tenant: TenantSnapshot
    envelope: Envelope
    body: bytes
    source: str
    request_id: str
    arrived_at: float = msgspec.field(default_factory=time.perf_counter)

    @property
    def user(self) -> User:
        """Who sent it. Every update has a user except those that are ignored, which this must not be asked of."""
        assert self.envelope.user is not None
        return self.envelope.user
