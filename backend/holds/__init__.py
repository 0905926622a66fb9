"""Holds of the public API: taken by a visitor, taken over by a person in Telegram or with a one-time code."""
