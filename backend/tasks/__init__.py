"""Bookings that cannot take place as booked: opened by a change, offered new times, asked about again, settled."""
