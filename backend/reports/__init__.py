"""Figures, and the bookings as files."""
