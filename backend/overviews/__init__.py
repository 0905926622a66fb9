"""Answers that put several features together, so that a screen needs one request."""
