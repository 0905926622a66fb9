"""The typed client of the backend, for the bot and the gateway: `api.py` puts it together, one file per feature."""
