"""The bot: the user interface in Telegram, a library that the gateway calls. It only talks to the backend's HTTP API."""
