"""The gateway's HTTP side: the server, the webhook's checks, the public API."""
