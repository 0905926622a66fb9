"""Bookings, from the hold to the no-show."""
