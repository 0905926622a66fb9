"""The typed client of the backend: what the bot and the gateway call."""
