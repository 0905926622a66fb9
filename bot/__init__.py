"""The bot: the user interface in Telegram. A library that the gateway calls; it only talks to the backend's HTTP API."""
