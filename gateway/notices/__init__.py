"""Sending what the backend's outbox holds."""
